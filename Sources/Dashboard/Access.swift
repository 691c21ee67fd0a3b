import Basics
import Foundation

/// Who may read.
struct Access: Sendable {
  private let token: String?
  private let hosts: Set<String>
  private static let cookie = "tombola-token"

  /// - Parameter hosts: Names for which it answers beside the address that a request came to.
  init(token: String?, hosts: [String]) {
    self.token = token
    self.hosts = Set(hosts.map { $0.lowercased() })
  }

  /// What to answer instead, or `nil` if the request is welcome.
  func refusal(of request: HTTPRequest) -> HTTPResponse? {
    // A page elsewhere can make a browser ask a name that leads to this machine; it cannot choose the name that is asked for.
    guard isServed(request.headers["host"] ?? "", at: request.localAddress) else {
      return .text(403, "this server does not answer to that host; start it with --host NAME if it should")
    }
    guard let token else { return nil }
    let bearer = request.headers["authorization"].flatMap { $0.hasPrefix("Bearer ") ? String($0.dropFirst(7)) : nil }
    let cookies = (request.headers["cookie"] ?? "").split(separator: ";").map {
      $0.trimmingCharacters(in: .whitespaces)
    }
    let kept = cookies.first { $0.hasPrefix(Self.cookie + "=") }.map { String($0.dropFirst(Self.cookie.count + 1)) }
    guard let given = bearer ?? kept, Self.equal(given, token) else { return SignInPage.response(to: request) }
    return request.path == SignInPage.path ? admission(token) : nil
  }

  /// Keeps the token in a cookie, which no script reads and no page elsewhere makes a browser send.
  private func admission(_ token: String) -> HTTPResponse {
    var response = HTTPResponse.text(200, "welcome")
    response.headers["Set-Cookie"] = "\(Self.cookie)=\(token); HttpOnly; SameSite=Strict; Path=/"
    return response
  }

  /// The very address that the request came to, `localhost` if that is loopback, or a name that it was started for; any port,
  /// for tunnels have others.
  private func isServed(_ host: String, at address: String) -> Bool {
    let name = Self.withoutPort(host.lowercased())
    let isLoopback = address == "::1" || address.hasPrefix("127.")
    return name == (address.contains(":") ? "[\(address)]" : address) || isLoopback && name == "localhost"
      || hosts.contains(name)
  }

  private static func withoutPort(_ host: String) -> String {
    guard let colon = host.lastIndex(of: ":"), !host.hasSuffix("]") else { return host }
    let port = host[host.index(after: colon)...]
    return UInt16(port) != nil && port.utf8.allSatisfy { 48...57 ~= $0 } ? String(host[..<colon]) : host
  }

  /// In a time that does not tell where they differ: all of two digests is looked at, whatever they hold.
  private static func equal(_ a: String, _ b: String) -> Bool {
    zip(Digest.sha256(a).utf8, Digest.sha256(b).utf8).reduce(0 as UInt8) { $0 | $1.0 ^ $1.1 } == 0
  }
}
