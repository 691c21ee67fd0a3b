/// A key of a JSON object whose names are known at run time alone.
public struct NameKey: CodingKey, Hashable, ExpressibleByStringLiteral {
  public let stringValue: String
  public var intValue: Int? { nil }

  public init(_ name: String) { stringValue = name }
  public init(stringValue: String) { self.stringValue = stringValue }
  public init(stringLiteral name: String) { stringValue = name }
  public init?(intValue: Int) { nil }
}

extension KeyedDecodingContainer<NameKey> {
  /// Values of some keys by name; what is null or missing is left out.
  public func named<Value: Decodable>(_ keys: [NameKey], needed: String...) throws -> [String: Value] {
    let values = try keys.map { ($0.stringValue, try decodeIfPresent(Value.self, forKey: $0)) }
    for name in needed where !values.contains(where: { $0.0 == name && $0.1 != nil }) {
      throw DecodingError.keyNotFound(
        NameKey(name), DecodingError.Context(codingPath: codingPath, debugDescription: "\(name) is missing"))
    }
    return Dictionary(uniqueKeysWithValues: values).compactMapValues { $0 }
  }
}

extension KeyedEncodingContainer<NameKey> {
  public mutating func encode(named values: [String: some Encodable]) throws {
    for (name, value) in values { try encode(value, forKey: NameKey(name)) }
  }
}
