public import Basics
import Networks

/// What goes at once.
public enum Structure: Hashable, Sendable {
  /// Single weights: exactly as many as the quota says.
  case weights
  /// All weights into a unit of a linear layer, or of a filter of a convolution.
  case units
  /// Blocks of outputs x inputs of the weight matrix, where an input of a convolution is one place of its kernel; blocks at
  /// the edges are smaller.
  case blocks(rows: Int, columns: Int)
  /// Of every `of` neighbouring weights of a row, the `keep` with the highest scores stay. The quota's counts play no part.
  case neighbours(keep: Int, of: Int)

  /// Removes groups of lowest mean score: as many whole ones as fit into the quota, of equal scores the later ones.
  ///
  /// A group's score is the mean over its survivors.
  func remove(_ quota: Quota, _ scores: [Float], _ mask: inout Mask) throws(Selection.NotFinite) {
    switch self {
    case .weights:
      for (count, entries) in quota.parts { try Selection.clear(count, in: entries.map(\.range), scores, &mask.keeps) }
    case .units, .blocks:
      for (count, entries) in quota.parts { try removeGroups(count, entries, scores, &mask) }
    case .neighbours(let keep, let span):
      for entry in quota.parts.flatMap(\.entries) { try thin(entry, to: keep, of: span, scores, &mask) }
    }
  }

  private func removeGroups(
    _ count: Int, _ entries: [ParameterLayout.Entry], _ scores: [Float], _ mask: inout Mask
  ) throws(Selection.NotFinite) {
    var groups: [WeightGroup] = []
    for entry in entries { groups += try self.groups(of: entry, scores, mask) }
    var left = count
    for group in groups.enumerated().sorted(by: { ($0.element.score, $1.offset) < ($1.element.score, $0.offset) }) {
      left -= group.element.survivors.count
      if left < 0 { return }
      for i in group.element.survivors { mask.keeps[i] = false }
    }
  }

  /// The groups of a tensor that have survivors.
  private func groups(
    of entry: ParameterLayout.Entry, _ scores: [Float], _ mask: Mask
  ) throws(Selection.NotFinite) -> [WeightGroup] {
    let columns = entry.count / entry.shape.dimensions[0]
    let (height, width) = if case .blocks(let rows, let columns) = self { (rows, columns) } else { (1, columns) }
    let perRow = (columns + width - 1) / width
    var survivors = [[Int]](repeating: [], count: (entry.shape.dimensions[0] + height - 1) / height * perRow)
    for i in entry.range where mask.keeps[i] {
      guard scores[i].isFinite else { throw Selection.NotFinite(index: i, score: scores[i]) }
      let place = i - entry.offset
      survivors[place / columns / height * perRow + place % columns / width].append(i)
    }
    return survivors.filter { !$0.isEmpty }.map { WeightGroup(survivors: $0, scores) }
  }

  private func thin(
    _ entry: ParameterLayout.Entry, to keep: Int, of span: Int, _ scores: [Float], _ mask: inout Mask
  ) throws(Selection.NotFinite) {
    let columns = entry.count / entry.shape.dimensions[0]
    for row in stride(from: entry.offset, to: entry.offset + entry.count, by: columns) {
      for first in stride(from: row, to: row + columns, by: span) {
        let group = (first..<min(first + span, row + columns)).filter { mask.keeps[$0] }
        if let i = group.first(where: { !scores[$0].isFinite }) {
          throw Selection.NotFinite(index: i, score: scores[i])
        }
        for i in group.sorted(by: { (scores[$0], $1) < (scores[$1], $0) }).prefix(max(0, group.count - keep)) {
          mask.keeps[i] = false
        }
      }
    }
  }
}

/// Weights that go together.
private struct WeightGroup {
  var survivors: [Int]
  var score: Double

  init(survivors: [Int], _ scores: [Float]) {
    self.survivors = survivors
    score = survivors.reduce(0.0) { $0 + Double(scores[$1]) } / Double(survivors.count)
  }
}

extension Structure: SettingValue {
  /// Reads `weights`, `units`, `2:4` and `blocks:4x4`.
  public init?(setting text: String) {
    func pair(_ text: some StringProtocol, _ separator: Character) -> (Int, Int)? {
      let parts = text.split(separator: separator, omittingEmptySubsequences: false).map { Int($0) ?? 0 }
      return parts.count == 2 && parts.allSatisfy { (1...4096).contains($0) } ? (parts[0], parts[1]) : nil
    }
    switch text {
    case "weights": self = .weights
    case "units": self = .units
    default:
      if text.hasPrefix("blocks:"), let (rows, columns) = pair(text.dropFirst(7), "x") {
        self = .blocks(rows: rows, columns: columns)
      } else if let (keep, span) = pair(text, ":"), keep < span {
        self = .neighbours(keep: keep, of: span)
      } else {
        return nil
      }
    }
  }

  public var settingText: String {
    switch self {
    case .weights: "weights"
    case .units: "units"
    case .blocks(let rows, let columns): "blocks:\(rows)x\(columns)"
    case .neighbours(let keep, let span): "\(keep):\(span)"
    }
  }

  public static var settingForm: String { "weights, units, blocks:ROWSxCOLUMNS, or N:M such as 2:4" }
}
