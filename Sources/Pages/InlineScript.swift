import Basics
import Foundation

/// A script placed inside the page, with the digest by which the page's content security policy admits it.
public struct InlineScript: Equatable, Sendable {
  /// The text as it stands between the tags.
  public let text: String

  /// - Parameter source: JavaScript; what would end the element early is rewritten to mean the same inside strings.
  public init(_ source: String) { text = Self.embeddable(source) }

  public var element: HTMLText { HTMLText(verbatim: "<script>\(text)</script>\n") }

  /// The source expression for `script-src`: SHA-256 in base 64, after CSP level 2.
  public var policySource: String {
    let digits = Array(Digest.sha256(text))
    let bytes = stride(from: 0, to: digits.count, by: 2).compactMap { UInt8(String(digits[$0...$0 + 1]), radix: 16) }
    return "'sha256-\(Data(bytes).base64EncodedString())'"
  }

  /// Rewrites `</script` and `<!--`, the two sequences by which an HTML parser leaves plain script text, and line ends,
  /// which it would change after the digest was taken.
  public static func embeddable(_ source: String) -> String {
    let bytes = Array(source.utf8)
    var result: [UInt8] = []
    result.reserveCapacity(bytes.count)
    var i = 0
    while i < bytes.count {
      let byte = bytes[i]
      i += 1
      if byte == UInt8(ascii: "\r") {
        if i < bytes.count, bytes[i] == UInt8(ascii: "\n") { i += 1 }
        result.append(UInt8(ascii: "\n"))
        continue
      }
      result.append(byte)
      guard byte == UInt8(ascii: "<") else { continue }
      if begins(bytes[i...], with: "/script") || begins(bytes[i...], with: "!--") { result.append(UInt8(ascii: "\\")) }
    }
    return String(decoding: result, as: UTF8.self)
  }

  private static func begins(_ bytes: ArraySlice<UInt8>, with word: String) -> Bool {
    // Bit 5 folds ASCII letters to lower case, and leaves '/', '!' and '-' as they are.
    bytes.prefix(word.utf8.count).map { $0 | 0x20 } == Array(word.utf8)
  }
}

/// Data for the page's script, as a block that no browser executes.
public enum DataBlock {
  /// `<script type="application/json">` holding `value`; `<`, `>` and `&` are written as escapes that JSON reads back.
  public static func element(id: String, _ value: some Encodable) -> HTMLText {
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
    encoder.nonConformingFloatEncodingStrategy = .convertToString(
      positiveInfinity: "Infinity", negativeInfinity: "-Infinity", nan: "NaN")
    guard let data = try? encoder.encode(value) else { preconditionFailure("page data cannot be encoded") }
    let json = HTMLText(verbatim: embeddable(String(decoding: data, as: UTF8.self)))
    return "<script type=\"application/json\" id=\"\(id)\">\(json)</script>\n"
  }

  public static func embeddable(_ json: String) -> String {
    var escaped = String.UnicodeScalarView()
    for scalar in json.unicodeScalars {
      switch scalar {
      case "<", ">", "&", "\u{2028}", "\u{2029}":
        let code = String(scalar.value, radix: 16)
        escaped.append(contentsOf: ("\\u" + String(repeating: "0", count: 4 - code.count) + code).unicodeScalars)
      default: escaped.append(scalar)
      }
    }
    return String(escaped)
  }
}
