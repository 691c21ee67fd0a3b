import Foundation

/// A request as the server understands it: the line and the headers; nothing here is ever sent with a body.
package struct HTTPRequest: Sendable {
  enum Method: String, Sendable {
    case get = "GET"
    case head = "HEAD"
  }

  /// Why a request is refused, with the status of the answer.
  package struct Refusal: Error, Equatable {
    var status: Int
    var reason: String
  }

  /// Bytes of line and headers together.
  static let mostBytes = 16_384
  static let mostLineBytes = 4_096
  static let mostHeaders = 100

  var method: Method
  /// The parts of the path, decoded; none is empty, `.` or `..`.
  var path: [String]
  /// In the order given; names may repeat.
  var query: [(name: String, value: String)]
  /// By name in lower case.
  var headers: [String: String]
  var keepsAlive: Bool
  /// Of this machine's, the one that it came to.
  var localAddress = ""

  func value(_ name: String) -> String? { query.first { $0.name == name }?.value }
  func values(_ name: String) -> [String] { query.filter { $0.name == name }.map(\.value) }

  /// - Parameter head: Everything before the empty line.
  /// - Throws: `Refusal`.
  package init(head: [UInt8]) throws {
    guard let text = String(validating: head, as: UTF8.self) else { throw Refusal(status: 400, reason: "not UTF-8") }
    var lines = text.split(separator: "\r\n", omittingEmptySubsequences: false).map(String.init)
    guard lines[0].utf8.count <= Self.mostLineBytes else {
      throw Refusal(status: 414, reason: "the address is too long")
    }
    let words = lines.removeFirst().split(separator: " ", omittingEmptySubsequences: false).map(String.init)
    guard words.count == 3, words[2] == "HTTP/1.1" || words[2] == "HTTP/1.0" else {
      throw Refusal(status: 400, reason: "no request line of HTTP/1.1")
    }
    guard let method = Method(rawValue: words[0]) else {
      throw Refusal(status: 405, reason: "this server is read-only: GET and HEAD")
    }
    self.method = method
    headers = try Self.headers(lines)
    guard headers["transfer-encoding"] == nil, headers["content-length"].map({ $0 == "0" }) ?? true else {
      throw Refusal(status: 413, reason: "requests have no body here")
    }
    (path, query) = try Self.target(words[1])
    let connection = headers["connection"]?.lowercased()
    keepsAlive = words[2] == "HTTP/1.1" ? connection != "close" : connection == "keep-alive"
  }

  private static func headers(_ lines: [String]) throws -> [String: String] {
    guard lines.count <= mostHeaders else { throw Refusal(status: 431, reason: "too many headers") }
    var headers: [String: String] = [:]
    for line in lines {
      guard let colon = line.firstIndex(of: ":"), colon > line.startIndex else {
        throw Refusal(status: 400, reason: "a header without a name")
      }
      let name = line[..<colon].lowercased()
      guard name.utf8.allSatisfy({ (33...126).contains($0) }) else {
        throw Refusal(status: 400, reason: "a header's name")
      }
      let value = line[line.index(after: colon)...].trimmingCharacters(in: .whitespaces)
      guard headers.updateValue(value, forKey: name) == nil || name != "host" else {
        throw Refusal(status: 400, reason: "two hosts")
      }
    }
    return headers
  }

  private static func target(_ text: String) throws -> (path: [String], query: [(name: String, value: String)]) {
    let halves = text.split(separator: "?", maxSplits: 1, omittingEmptySubsequences: false).map(String.init)
    guard halves[0].hasPrefix("/") else { throw Refusal(status: 400, reason: "no path") }
    let path = try halves[0].split(separator: "/").map { part -> String in
      guard let plain = String(part).removingPercentEncoding, isName(plain) else {
        throw Refusal(status: 400, reason: "a path that leads elsewhere")
      }
      return plain
    }
    let pairs = halves.count < 2 ? [] : halves[1].split(separator: "&").map(String.init)
    guard pairs.count <= 200 else { throw Refusal(status: 400, reason: "too many parameters") }
    let query = try pairs.map { pair -> (name: String, value: String) in
      let sides = pair.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
        .map { String($0).replacing("+", with: " ").removingPercentEncoding }
      guard let name = sides[0], let value = sides.count > 1 ? sides[1] : "" else {
        throw Refusal(status: 400, reason: "a parameter that cannot be read")
      }
      return (name, value)
    }
    return (path, query)
  }

  /// A name of one thing, never of a folder above.
  private static func isName(_ text: String) -> Bool {
    text != "." && text != ".." && !text.unicodeScalars.contains { $0 == "/" || $0 == "\\" || $0.value < 32 }
  }
}
