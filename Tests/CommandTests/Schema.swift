import Foundation
import TestSupport

/// The JSON Schema of an experiment's record, `docs/schemas/NAME.json` (the toy's beside it in Tests/Toy), and as much of
/// its language as these use: type, properties, required, additionalProperties, items.
struct Schema {
  private let root: [String: Any]

  init(named name: String) {
    let places = ["docs/schemas/\(name).json", "Tests/Toy/\(name).schema.json"].map(
      Repository.root.appendingPathComponent)
    let data = places.lazy.compactMap { try? Data(contentsOf: $0) }.first
    root = data.flatMap { try? JSONSerialization.jsonObject(with: $0) } as? [String: Any] ?? [:]
  }

  /// What in a value is otherwise than described; a missing schema is a fault.
  func faults(in value: Any) -> [String] { root.isEmpty ? ["there is no schema"] : Self.faults(value, root, "") }

  private static func faults(_ value: Any, _ schema: [String: Any], _ path: String) -> [String] {
    let types = schema["type"] as? [String] ?? (schema["type"] as? String).map { [$0] } ?? []
    guard types.isEmpty || types.contains(where: { isA(value, $0) }) else {
      return ["\(path) is not \(types.joined(separator: " or "))"]
    }
    if let values = value as? [Any], let items = schema["items"] as? [String: Any] {
      return values.enumerated().flatMap { faults($0.1, items, "\(path)[\($0.0)]") }
    }
    guard let object = value as? [String: Any] else { return [] }
    let properties = schema["properties"] as? [String: [String: Any]] ?? [:], others = schema["additionalProperties"]
    let missing = (schema["required"] as? [String] ?? []).filter { object[$0] == nil }.map {
      "\(path).\($0) is missing"
    }
    return missing
      + object.sorted { $0.key < $1.key }.flatMap { key, part -> [String] in
        if let own = properties[key] { return faults(part, own, "\(path).\(key)") }
        if let others = others as? [String: Any] { return faults(part, others, "\(path).\(key)") }
        return others as? Bool == false ? ["\(path).\(key) is not described"] : []
      }
  }

  private static func isA(_ value: Any, _ type: String) -> Bool {
    let number = value as? NSNumber, isBool = number.map { isBoolean($0) } ?? false
    return switch type {
    case "object": value is [String: Any]
    case "array": value is [Any]
    case "string": value is String
    case "boolean": isBool
    case "number": number != nil && !isBool
    case "integer": number != nil && !isBool && number!.doubleValue == number!.doubleValue.rounded()
    case "null": value is NSNull
    default: false
    }
  }

  private static func isBoolean(_ number: NSNumber) -> Bool { String(cString: number.objCType) == "c" }
}
