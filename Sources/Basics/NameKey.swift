/// A key of a JSON object whose names are known at run time alone.
public struct NameKey: CodingKey, Hashable, ExpressibleByStringLiteral {
  public let stringValue: String
  public var intValue: Int? { nil }

  public init(_ name: String) { stringValue = name }
  public init(stringValue: String) { self.stringValue = stringValue }
  public init(stringLiteral name: String) { stringValue = name }
  public init?(intValue: Int) { nil }
}
