/// Markup that is safe to place in a page.
///
/// Literals are trusted, because they stand in the source code; every string interpolated into one is escaped, because
/// it may come from a data set's name or a setting. So a page cannot be built from unescaped text by oversight.
public struct HTMLText: ExpressibleByStringInterpolation, Equatable, Sendable {
  /// The finished markup.
  public private(set) var markup: String

  public init(stringLiteral value: String) { markup = value }
  public init(stringInterpolation: Interpolation) { markup = stringInterpolation.markup }

  /// Takes markup as it is; only for style sheets and scripts that were escaped by their own rules.
  public init(verbatim markup: String) { self.markup = markup }

  /// Plain text, escaped.
  public init(_ text: String) { markup = Self.escape(text) }

  public static let empty: HTMLText = ""

  public static func + (left: HTMLText, right: HTMLText) -> HTMLText {
    HTMLText(verbatim: left.markup + right.markup)
  }

  /// Escapes the five characters that can end a text or an attribute value.
  ///
  /// Works on Unicode scalars: as a `Character`, `<` followed by a combining mark would not equal `<`.
  public static func escape(_ text: String) -> String {
    var escaped = String.UnicodeScalarView()
    for scalar in text.unicodeScalars {
      switch scalar {
      case "&": escaped.append(contentsOf: "&amp;".unicodeScalars)
      case "<": escaped.append(contentsOf: "&lt;".unicodeScalars)
      case ">": escaped.append(contentsOf: "&gt;".unicodeScalars)
      case "\"": escaped.append(contentsOf: "&quot;".unicodeScalars)
      case "'": escaped.append(contentsOf: "&#39;".unicodeScalars)
      default: escaped.append(scalar)
      }
    }
    return String(escaped)
  }
}

extension HTMLText {
  public typealias StringInterpolation = Interpolation

  /// Collects the parts of an interpolated literal and escapes those that are text.
  public struct Interpolation: StringInterpolationProtocol {
    var markup = ""

    public init(literalCapacity: Int, interpolationCount: Int) {
      markup.reserveCapacity(literalCapacity + 16 * interpolationCount)
    }

    public mutating func appendLiteral(_ literal: String) { markup += literal }
    public mutating func appendInterpolation(_ text: String) { markup += HTMLText.escape(text) }
    public mutating func appendInterpolation(_ number: Int) { markup += String(number) }
    public mutating func appendInterpolation(_ part: HTMLText) { markup += part.markup }
    public mutating func appendInterpolation(_ parts: [HTMLText]) { for part in parts { markup += part.markup } }

    /// An optional part: nothing if it is `nil`.
    public mutating func appendInterpolation(_ part: HTMLText?) { markup += part?.markup ?? "" }
  }
}

extension Sequence<HTMLText> {
  public func joined(separator: HTMLText = "") -> HTMLText {
    HTMLText(verbatim: map(\.markup).joined(separator: separator.markup))
  }
}
