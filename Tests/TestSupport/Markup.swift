import Foundation
public import Pages
import Testing

/// What tests ask of a finished page.
public enum Markup {
  /// Every element that must be closed is closed, in order.
  public static func check(_ page: String) throws {
    let void: Set<String> = ["meta", "link", "br", "input", "img"]
    var open: [String] = []
    for tag in tags(of: page) {
      let name = tag.drop { $0 == "/" }.prefix { $0.isLetter || $0.isNumber }.lowercased()
      if tag.hasPrefix("/") {
        try #require(open.popLast() == name, "</\(name)> closes another element")
      } else if !void.contains(name) {
        open.append(name)
      }
    }
    #expect(open.isEmpty)
  }

  /// The insides of all tags, without the contents of scripts and styles.
  public static func tags(of page: String) -> [Substring] {
    var tags: [Substring] = [], rest = page.dropFirst("<!DOCTYPE html>".count)
    while let start = rest.firstIndex(of: "<"), let end = rest[start...].firstIndex(of: ">") {
      let tag = rest[rest.index(after: start)..<end]
      tags.append(tag)
      rest = rest[rest.index(after: end)...]
      for raw in ["script", "style"] where tag.hasPrefix(raw) {
        if let close = rest.range(of: "</\(raw)>") { rest = rest[close.lowerBound...] }
      }
    }
    return tags
  }

  /// The values of an attribute in all tags.
  public static func values(of attribute: String, in page: String) -> [String] {
    tags(of: page).compactMap { tag in
      guard let start = tag.range(of: " \(attribute)=\"") else { return nil }
      return String(tag[start.upperBound...].prefix { $0 != "\"" })
    }
  }

  /// The page's data, read back as its script would.
  public static func data(of page: String) throws -> PageData {
    let start = try #require(page.range(of: "<script type=\"application/json\" id=\"page-data\">"))
    let end = try #require(page[start.upperBound...].range(of: "</script>"))
    return try JSONDecoder().decode(PageData.self, from: Data(page[start.upperBound..<end.lowerBound].utf8))
  }
}

/// Names that try to break out of text, attributes and scripts.
public enum Hostile {
  public static let names = [
    "<script>alert(1)</script>", "</script><img src=x onerror=alert(1)>", "\" onmouseover=\"alert(1)",
    "'><svg/onload=alert(1)>",
    "<!--<script>", "<\u{301}script>alert(1)</script>", "&lt;script&gt;", "]]>\u{2028}\u{0}\r\n", "javascript:alert(1)",
  ]

}
