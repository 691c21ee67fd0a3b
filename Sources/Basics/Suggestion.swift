/// Finds the names a user probably meant.
public enum Suggestion {
  /// Returns the up to `count` candidates nearest to `word` by edit distance, nearest first.
  public static func nearest(to word: String, among candidates: [String], count: Int = 3) -> [String] {
    // Nothing is near what is longer than any name; the distance takes the product of the lengths.
    guard word.utf8.count <= 200 else { return [] }
    let ranked = candidates.map { (name: $0, distance: distance(word.lowercased(), $0.lowercased())) }
      .filter { $0.distance <= max(2, word.count / 2) || $0.name.lowercased().hasPrefix(word.lowercased()) }
      .sorted { ($0.distance, $0.name) < ($1.distance, $1.name) }
    return ranked.prefix(count).map(\.name)
  }

  /// A sentence that names the nearest candidates, or all of them if none is near.
  public static func sentence(for word: String, among candidates: [String]) -> String {
    let near = nearest(to: word, among: candidates)
    if !near.isEmpty { return "Did you mean \(near.joined(separator: ", "))?" }
    return "Valid: \(candidates.sorted().joined(separator: ", "))."
  }

  /// Levenshtein distance in characters.
  static func distance(_ a: String, _ b: String) -> Int {
    let a = Array(a), b = Array(b)
    var row = Array(0...b.count)
    for i in 0..<a.count {
      var diagonal = row[0]
      row[0] = i + 1
      for j in 0..<b.count {
        let substituted = diagonal + (a[i] == b[j] ? 0 : 1)
        diagonal = row[j + 1]
        row[j + 1] = min(substituted, row[j] + 1, diagonal + 1)
      }
    }
    return row[b.count]
  }
}
