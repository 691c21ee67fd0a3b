import Basics
import Dashboard
import Foundation
import TestSupport
import Testing

/// What the server refuses, and how.
@Suite struct ServerTests {
  private func status(_ answer: String) -> Int? {
    answer.split(separator: " ").dropFirst().first.flatMap { Int($0.prefix(3)) }
  }

  private func site() throws -> Site {
    try Site { store in
      try Handmade.run("find-plain", in: store, settings: ["model": "mlp:9"])
      try Handmade.run(Handmade.hostile, in: store)
      try Data("secret".utf8).write(to: store.appendingPathComponent("secret.txt"))
      try AtomicFile.createFolder(store.appendingPathComponent("study-odd"))
    }
  }

  @Test func servesWhatThereIs() throws {
    let site = try site()
    for target in [
      "/", "/?q=model%3Dmlp:9&sort=-accuracy&page=2", "/run/find-plain", "/sweeps", "/run/find-plain/charts",
      "/compare?run=find-plain", "/api/runs?q=seeds%3D2",
    ] {
      let answer = site.get(target)
      #expect(status(answer) == 200, "\(target): \(answer.prefix(200))")
      for header in ["Content-Security-Policy: ", "X-Content-Type-Options: nosniff", "Cache-Control: no-store"] {
        #expect(answer.contains(header), "\(target)")
      }
    }
    #expect(site.get("/api/runs?q=model%3Dmlp:9").contains("\"count\":1"))
    #expect(site.get("/?q=nonsense").contains("is no condition"))
    let head = site.get("/", method: "HEAD")
    #expect(status(head) == 200 && head.hasSuffix("\r\n\r\n"))
  }

  @Test(arguments: [
    "/../secret.txt", "/run/../../secret.txt", "/run/..%2f..%2fsecret.txt", "/run/%2e%2e", "/report/..",
    "/report/secret.txt",
    "/report/%2e%2e%2fsecret.txt", "/run/find-plain/masks?seed=../../x", "/sweep/..%2fx", "/sweep-report/odd/../../..",
    "/run/find-plai", "/run/plain", "/report/.index", "/report/study-odd", "/secret.txt", "//etc/passwd", "/run/a%00b",
    "/events?run=../..", "/compare?run=../secret.txt", "/sweep-report/odd", "/run/find-plain/masks", "/nothing",
    "/run/%",
  ])
  func pathsLeadNowhereElse(_ target: String) throws {
    let answer = try site().get(target)
    #expect([400, 404].contains(status(answer) ?? 0), "\(target): \(answer.prefix(300))")
    #expect(!answer.contains("root:") && !answer.contains("\nsecret"), "\(target)")
  }

  @Test func whatIsTooMuchIsRefused() throws {
    let site = try site()
    #expect(status(site.get("/" + String(repeating: "a", count: 5000))) == 414)
    let wide = ["X: " + String(repeating: "a", count: 20_000)]
    #expect(status(site.get("/", headers: wide)) == 431)
    #expect(status(site.get("/", headers: (0..<150).map { "X\($0): 1" })) == 431)
    #expect(status(site.exchange(Array(repeating: UInt8(ascii: "a"), count: 600_000))) == 431)
    #expect(status(site.get("/", method: "POST", headers: ["Content-Length: 5"])) == 405)
    #expect(status(site.get("/", headers: ["Content-Length: 5"])) == 413)
    #expect(status(site.get("/", headers: ["Transfer-Encoding: chunked"])) == 413)
    #expect(status(site.get("/?" + (0..<300).map { "a\($0)=1" }.joined(separator: "&"))) == 400)
    for bytes in [
      "\r\n\r\n", "GET\r\n\r\n", "GET / HTTP/3\r\n\r\n", "GET x HTTP/1.1\r\n\r\n", "GET / HTTP/1.1\r\nbad\r\n\r\n",
    ] {
      #expect(status(site.exchange(Array(bytes.utf8))) == 400, "\(bytes)")
    }
    #expect(status(site.exchange([0xFF, 0xFE, 13, 10, 13, 10])) == 400)
    #expect(status(site.get("/")) == 200, "it goes on")
  }

  /// Pages of other sites reach loopback under names of their own.
  @Test func otherHostsAreRefused() throws {
    let site = try site()
    for host in [
      "example.org", "127.0.0.1.example.org", "localhost.evil", "", "127.0.0.2", "127.1", "2130706433", "0.0.0.0",
      "[::1]",
      "localhost.", "me@localhost", "localhost:", "localhost:x", "localhost:99999", "localhost:80:80", "[127.0.0.1]",
      "runs.example", ProcessInfo.processInfo.hostName + ".",
    ] {
      #expect(status(site.get("/", host: host)) == 403, "\(host)")
    }
    for host in ["localhost:\(site.dashboard.port)", "localhost", "LOCALHOST:1", "127.0.0.1", "127.0.0.1:9"] {
      #expect(status(site.get("/", host: host)) == 200, "\(host)")
    }
    let named = try Site(hosts: ["Runs.example"])
    #expect(status(named.get("/", host: "runs.example:8470")) == 200)
    #expect(status(named.get("/", host: "other.example")) == 403)
  }

  /// Every interface is listened to; the host must still be an address of this machine, or its name.
  @Test func aWideServerAnswersToItsOwnAddress() throws {
    let site = try Site(address: "0.0.0.0", token: "abcdefghij0123456789")
    let key = ["Authorization: Bearer abcdefghij0123456789"]
    #expect(status(site.get("/", headers: key)) == 200)
    #expect(status(site.get("/", headers: key, host: ProcessInfo.processInfo.hostName)) == 200)
    for host in ["0.0.0.0", "192.0.2.1", "rebound.example"] {
      #expect(status(site.get("/", headers: key, host: host)) == 403, "\(host)")
    }
  }

  /// A reader that closes its stream leaves its place within a second.
  @Test(arguments: ["/events", "/events?run=find-plain"])
  func closedStreamsAreLetGo(_ target: String) throws {
    let site = try site()
    for _ in 0..<20 { #expect(site.get(target, wanted: "retry: ").contains("text/event-stream")) }
    let began = Date()
    while site.dashboard.connections > 0, Date().timeIntervalSince(began) < 5 { Thread.sleep(forTimeInterval: 0.02) }
    #expect(site.dashboard.connections == 0 && Date().timeIntervalSince(began) < 1)
  }

  /// In a header or a cookie, never in an address: servers, proxies and histories keep those.
  @Test func tokensAreAskedFor() throws {
    let token = "abcdefghij0123456789", site = try Site(token: token)
    let wrong = ["wrong", "", "bbcdefghij0123456789", "abcdefghij0123456788", token + "0", token.uppercased()]
    for given in wrong {
      #expect(status(site.get("/", headers: ["Authorization: Bearer \(given)"])) == 401, "\(given)")
      #expect(status(site.get("/", headers: ["Cookie: tombola-token=\(given)"])) == 401, "\(given)")
    }
    #expect(status(site.get("/")) == 401 && status(site.get("/sign-in")) == 401)
    for target in ["/?token=\(token)", "/?q=a&token=\(token)", "/sign-in?token=\(token)"] {
      #expect(status(site.get(target)) == 401, "\(target)")
    }
    #expect(status(site.get("/", headers: ["Authorization: Bearer \(token)"])) == 200)
    #expect(status(site.get("/", headers: ["Cookie: x=1; tombola-token=\(token)"])) == 200)
    #expect(throws: Problem.self) { try Site.unguarded() }
  }

  /// The token is changed for a cookie that no script reads and no page elsewhere makes a browser send.
  @Test func signingInGivesACookie() throws {
    let token = "abcdefghij0123456789", site = try Site(token: token)
    let admitted = site.get("/sign-in", headers: ["Authorization: Bearer \(token)"])
    #expect(status(admitted) == 200)
    #expect(admitted.contains("Set-Cookie: tombola-token=\(token); HttpOnly; SameSite=Strict; Path=/\r\n"))
    let page = site.get("/", headers: ["Accept: text/html"])
    #expect(status(page) == 401 && page.contains("<label for=\"token\">") && !page.contains(token))
    #expect(page.contains("default-src 'none'") && page.contains("Referrer-Policy: no-referrer"))
    #expect(!page.contains("Set-Cookie"))
  }

  /// A browser that opens the printed address gets in, and the token is gone from the address.
  @Test func thePrintedAddressOpensInABrowser() throws {
    guard let browser = Browser() else { return }
    let token = "abcdefghij0123456789", site = try Site(token: token)
    // Not the first page: it keeps a stream open, for whose end a browser without a window would wait.
    let page = try #require(URL(string: "\(site.address)/sweeps#token=\(token)"))
    let document = try browser.document(at: page)
    #expect(document.contains("<h1>Sweeps</h1>"), "\(document.prefix(400))")
    let refused = try browser.document(at: try #require(URL(string: "\(site.address)/sweeps#token=\(token)0")))
    #expect(refused.contains("That is not the token."), "\(refused.prefix(400))")
  }

  /// Connections stay open for more requests, and slow or silent ones do not stop the others.
  @Test func connectionsAreKeptAndSilentOnesDoNoHarm() throws {
    let site = try site()
    let request = "GET /sweeps HTTP/1.1\r\nHost: localhost\r\n\r\n"
    let answer = site.exchange(Array((request + request + request).utf8), seconds: 1)
    #expect(answer.split(separator: "HTTP/1.1 200 OK").count == 3)
    #expect(site.exchange([], seconds: 1) == "" && status(site.get("/")) == 200)
  }
}
