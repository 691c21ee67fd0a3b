public import Foundation

/// A value of a file whose parts must fit together: lengths of arrays, order of steps.
public protocol Sound {
  var isSound: Bool { get }
}

/// JSON files that are read back: they carry a digest of themselves, and no number in them may be outside of its range.
///
/// Every file of a run folder but journals and tables goes through here. A file of an older version carries no digest; its
/// ranges are checked all the same.
public enum StoredJSON {
  /// Why a file counts as damaged.
  public struct Damage: Error, Sendable { public var reason: String }

  /// - Throws: `Problem.badData` naming a number that JSON cannot hold.
  public static func encoded(_ value: some Encodable, pretty: Bool = false) throws -> Data {
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
    if pretty { encoder.outputFormatting.insert(.prettyPrinted) }
    let plain = try encoder.text(value), isObject = plain.first == UInt8(ascii: "{")
    var data = Data("{\(Seal.blank),".utf8)
    if isObject { data.append(plain.dropFirst()) } else { data += Data("\"value\":".utf8) + plain + Data("}".utf8) }
    Seal.close(&data, header: 0..<data.count)
    return data
  }

  public static func write(_ value: some Encodable, to url: URL, pretty: Bool = false) throws {
    try AtomicFile.write(try encoded(value, pretty: pretty), to: url)
  }

  /// What a file holds; `nil` if there is none, or a damaged one.
  public static func read<Value: Decodable>(_ url: URL, as type: Value.Type = Value.self) -> Value? {
    PlainFile.data(url).flatMap { try? decode($0) }
  }

  /// - Parameter name: Of a number that is no part of an object.
  /// - Throws: `Damage`.
  public static func decode<Value: Decodable>(
    _ data: Data, as type: Value.Type = Value.self, named name: String = "value"
  ) throws -> Value {
    guard Seal.state(of: data, header: 0..<data.count) != .wrong else {
      throw Damage(reason: "it does not have the digest that it states")
    }
    guard let tree = try? JSONSerialization.jsonObject(with: data, options: .fragmentsAllowed) else {
      throw Damage(reason: "it is no JSON")
    }
    if let fault = StoredRange.fault(in: tree, named: name) { throw Damage(reason: fault) }
    let isWrapped = (tree as? [String: Any]).map { Set($0.keys) == ["sha256", "value"] } ?? false
    let value: Value
    do {
      let decoder = JSONDecoder()
      value =
        try isWrapped ? decoder.decode(Wrapped<Value>.self, from: data).value : decoder.decode(Value.self, from: data)
    } catch let problem as Problem {
      throw Damage(reason: problem.problem)
    } catch {
      throw Damage(reason: "it lacks what belongs in it, or has it in another form")
    }
    guard (value as? any Sound)?.isSound != false else { throw Damage(reason: "its parts do not fit together") }
    return value
  }

  /// What is no object by itself.
  private struct Wrapped<Value: Decodable>: Decodable { var value: Value }
}

extension JSONEncoder {
  /// The bytes of a value.
  ///
  /// - Throws: `Problem.badData` naming a number that JSON cannot hold.
  public func text(_ value: some Encodable) throws -> Data {
    do { return try encode(value) } catch EncodingError.invalidValue(let value, let context) {
      let place = context.codingPath.map { $0.intValue.map { "\($0)" } ?? $0.stringValue }.joined(separator: ".")
      throw Problem.badData(
        "\(place.isEmpty ? "The result" : place) is \((value as? Double)?.inWords ?? "nothing that JSON can hold").",
        remedy: "Look for a training that diverged, or for data without variation, and start it again without them.")
    }
  }
}
