public import Foundation

/// JSON with values in it that no version ever wrote.
public enum HostileJSON {
  /// What is put in place of every value, one at a time.
  public static let values: [any Sendable] = [
    1e308, -1e308, 1e19, -1, 0, 1e6, Int.max, Int.min, 0.5, "", String(repeating: "x", count: 10_000), [Int](),
    [Int](repeating: 7, count: 1000), [String: Int](), NSNull(), true,
  ]

  /// The texts of a JSON text with one value in another's place: in every place, of lists in the first and the last. A place
  /// gets two of the values, neighbouring ones others, so that names that stand at several places get most of them.
  ///
  /// - Parameter body: Takes each text, and what was put where.
  public static func variants(of data: Data, _ body: (Data, String) throws -> Void) throws {
    let root = try JSONSerialization.jsonObject(with: data, options: .fragmentsAllowed)
    for (number, place) in places(in: root).enumerated() {
      for value in [values[number % values.count], values[(7 * number + 3) % values.count]] {
        let changed = replaced(root, at: place[...], by: value)
        let text = try JSONSerialization.data(withJSONObject: changed, options: .fragmentsAllowed)
        try body(text, "\(place.map { "\($0)" }.joined(separator: ".")) is \("\(value)".prefix(20))")
      }
    }
  }

  private static func places(in value: Any) -> [[AnyHashable]] {
    var inside: [[AnyHashable]] = []
    if let object = value as? [String: Any] {
      for key in object.keys.sorted() where key != "sha256" { inside += places(in: object[key]!).map { [key] + $0 } }
    } else if let list = value as? [Any], !list.isEmpty {
      for i in Set([0, list.count - 1]).sorted() { inside += places(in: list[i]).map { [i] + $0 } }
    }
    return [[]] + inside
  }

  /// Digests go: the file is one of an older version.
  private static func replaced(_ value: Any, at place: ArraySlice<AnyHashable>, by other: Any) -> Any {
    guard let first = place.first else { return other }
    if var object = value as? [String: Any], let key = first as? String {
      object["sha256"] = nil
      object[key] = replaced(object[key]!, at: place.dropFirst(), by: other)
      return object
    }
    guard var list = value as? [Any], let i = first as? Int else { return value }
    list[i] = replaced(list[i], at: place.dropFirst(), by: other)
    return list
  }
}
