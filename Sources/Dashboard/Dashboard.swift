import Basics
public import Foundation
import Pages
import Sweeps

/// The store as local web pages: runs with filters and live progress, comparisons, masks, sweeps. Nothing is ever written.
public final class Dashboard: Sendable {
  let store: URL
  let index: RunIndex
  let chartScript: String?
  private let access: Access
  private let server: ServerBox

  /// - Parameters:
  ///   - address: Of the machine's, in numbers. Anything but loopback needs a token.
  ///   - port: 0 lets the system choose.
  ///   - token: What readers must show; `nil` for none.
  /// - Throws: `Problem` if there is no store, or nothing can listen there.
  public init(store: URL, address: String = "127.0.0.1", port: UInt16 = 0, token: String?, chartScript: String?) throws
  {
    self.store = store
    self.chartScript = chartScript
    index = try RunIndex(store)
    let isLoopback = address == "::1" || address.hasPrefix("127.")
    guard isLoopback || token != nil else {
      throw Problem.usage(
        "Without a token everyone who reaches \(address) could read.", remedy: "Give one with --token.")
    }
    access = Access(token: token, isLoopback: isLoopback)
    server = ServerBox()
    let router = Router(store: store, index: index, chartScript: chartScript)
    server.value = try HTTPServer(address: address, port: port) { [access] request in
      access.refusal(of: request) ?? router.response(to: request)
    }
  }

  public var port: UInt16 { server.value!.port }

  /// Serves until `stop`; looks for changed runs every two seconds meanwhile.
  public func run() {
    let watcher = Thread { [index, server] in
      while server.isRunning {
        Thread.sleep(forTimeInterval: 2)
        try? index.refresh()
      }
    }
    watcher.start()
    server.value!.run()
    server.isRunning = false
  }

  public func stop() { server.value!.stop() }

  /// It is `@unchecked Sendable` because the server is set once, before anything is served.
  private final class ServerBox: @unchecked Sendable {
    var value: HTTPServer?
    private let lock = NSLock()
    private var running = true
    var isRunning: Bool {
      get { lock.withLock { running } }
      set { lock.withLock { running = newValue } }
    }
  }
}

/// Who may read.
struct Access: Sendable {
  let token: String?
  let isLoopback: Bool
  private static let cookie = "tombola-token"

  init(token: String?, isLoopback: Bool) {
    self.token = token
    self.isLoopback = isLoopback
  }

  /// What to answer instead, or `nil` if the request is welcome.
  func refusal(of request: HTTPRequest) -> HTTPResponse? {
    // A page elsewhere can make a browser ask a name that leads to this machine; it cannot choose the name that is asked for.
    if isLoopback, !Self.isLocal(request.headers["host"] ?? "") {
      return .text(403, "this server answers to localhost alone")
    }
    guard let token else { return nil }
    if let given = request.value("token"), Self.equal(given, token) { return admit(request, token) }
    let bearer = request.headers["authorization"].flatMap { $0.hasPrefix("Bearer ") ? String($0.dropFirst(7)) : nil }
    let cookies = (request.headers["cookie"] ?? "").split(separator: ";").map {
      $0.trimmingCharacters(in: .whitespaces)
    }
    let kept = cookies.first { $0.hasPrefix(Self.cookie + "=") }.map { String($0.dropFirst(Self.cookie.count + 1)) }
    if let given = bearer ?? kept, Self.equal(given, token) { return nil }
    return .text(401, "open the address that tombola serve printed; it holds the token")
  }

  /// Keeps the token in a cookie, and takes it out of the address.
  private func admit(_ request: HTTPRequest, _ token: String) -> HTTPResponse {
    var response = HTTPResponse.redirect(to: Link.path(request.path, request.query.filter { $0.name != "token" }))
    response.headers["Set-Cookie"] = "\(Self.cookie)=\(token); HttpOnly; SameSite=Strict; Path=/"
    return response
  }

  private static func isLocal(_ host: String) -> Bool {
    let name = host.hasPrefix("[") ? String(host.prefix { $0 != "]" }) + "]" : String(host.prefix { $0 != ":" })
    let isNumeric = name.utf8.allSatisfy { (48...57).contains($0) || $0 == UInt8(ascii: ".") }
    return name == "localhost" || name == "[::1]" || (name.hasPrefix("127.") && isNumeric)
  }

  /// In a time that does not tell where they differ.
  private static func equal(_ a: String, _ b: String) -> Bool {
    Digest.sha256(a) == Digest.sha256(b)
  }
}

/// Addresses within the dashboard.
enum Link {
  static func path(_ parts: [String], _ query: [(name: String, value: String)] = []) -> String {
    let path = "/" + parts.map(encoded).joined(separator: "/")
    guard !query.isEmpty else { return path }
    return path + "?" + query.map { "\(encoded($0.name))=\(encoded($0.value))" }.joined(separator: "&")
  }

  private static func encoded(_ text: String) -> String {
    text.addingPercentEncoding(withAllowedCharacters: unreserved) ?? ""
  }

  private static let unreserved = CharacterSet(
    charactersIn: "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~")
}
