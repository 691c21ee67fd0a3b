import Foundation

/// An answer with all of its body, or one that goes on.
struct HTTPResponse: Sendable {
  /// Tells whoever is at the other end for as long as it likes.
  typealias Stream = @Sendable (_ listener: Listener) -> Void

  /// The other end of a stream. Both are `false` once nobody listens.
  struct Listener {
    var send: (String) -> Bool
    /// Waits for so many seconds, or until the other end is closed.
    var wait: (_ seconds: Double) -> Bool
  }

  var status = 200
  var type = "text/html; charset=utf-8"
  var body = Data()
  var headers: [String: String] = [:]
  var stream: Stream?
  /// What a page may load and run; the strictest unless a page says otherwise.
  var policy = "default-src 'none'"

  static func page(_ markup: String, policy: String) -> HTTPResponse {
    var response = HTTPResponse()
    response.body = Data(markup.utf8)
    response.policy = policy
    return response
  }

  static func json(_ value: some Encodable) -> HTTPResponse {
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
    encoder.nonConformingFloatEncodingStrategy = .convertToString(
      positiveInfinity: "Infinity", negativeInfinity: "-Infinity", nan: "NaN")
    var response = HTTPResponse()
    response.type = "application/json"
    response.body = (try? encoder.encode(value)) ?? Data("null".utf8)
    return response
  }

  static func text(_ status: Int, _ text: String) -> HTTPResponse {
    var response = HTTPResponse()
    (response.status, response.type, response.body) = (status, "text/plain; charset=utf-8", Data((text + "\n").utf8))
    return response
  }

  static func events(_ stream: @escaping Stream) -> HTTPResponse {
    var response = HTTPResponse()
    (response.type, response.stream) = ("text/event-stream", stream)
    return response
  }

  /// Status line and headers.
  func head(keepsAlive: Bool) -> Data {
    var lines = ["HTTP/1.1 \(status) \(Self.reasons[status] ?? "Status")", "Content-Type: \(type)"]
    if stream == nil { lines.append("Content-Length: \(body.count)") }
    lines += [
      "Connection: \(keepsAlive && stream == nil ? "keep-alive" : "close")", "Cache-Control: no-store",
      "Content-Security-Policy: \(policy); frame-ancestors 'none'", "X-Content-Type-Options: nosniff",
      "Referrer-Policy: no-referrer", "Cross-Origin-Resource-Policy: same-origin",
    ]
    lines += headers.sorted { $0.key < $1.key }.map { "\($0.key): \($0.value)" }
    return Data((lines.joined(separator: "\r\n") + "\r\n\r\n").utf8)
  }

  private static let reasons = [
    200: "OK", 400: "Bad Request", 401: "Unauthorized", 403: "Forbidden", 404: "Not Found",
    405: "Method Not Allowed", 408: "Request Timeout", 413: "Content Too Large", 414: "URI Too Long",
    431: "Request Header Fields Too Large", 500: "Internal Server Error", 503: "Service Unavailable",
  ]
}
