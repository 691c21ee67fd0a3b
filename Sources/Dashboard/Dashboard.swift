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
  private let cache = CurveCache()
  private let server: ServerBox

  /// - Parameters:
  ///   - address: Of the machine's, in numbers. Anything but loopback needs a token.
  ///   - port: 0 lets the system choose.
  ///   - hosts: Names beside its own by which browsers may reach this machine.
  ///   - token: What readers must show; `nil` for none.
  /// - Throws: `Problem` if there is no store, or nothing can listen there.
  public init(
    store: URL, address: String = "127.0.0.1", port: UInt16 = 0, hosts: [String] = [], token: String?,
    chartScript: String?
  ) throws {
    self.store = store
    self.chartScript = chartScript
    index = try RunIndex(store)
    let isLoopback = address == "::1" || address.hasPrefix("127.")
    guard isLoopback || token != nil else {
      throw Problem.usage(
        "Without a token everyone who reaches \(address) could read.", remedy: "Give one with --token.")
    }
    access = Access(token: token, hosts: isLoopback ? hosts : hosts + [ProcessInfo.processInfo.hostName])
    server = ServerBox()
    let router = Router(store: store, index: index, chartScript: chartScript, cache: cache)
    server.value = try HTTPServer(address: address, port: port) { [access] request in
      access.refusal(of: request) ?? router.response(to: request)
    }
  }

  public var port: UInt16 { server.value!.port }

  /// Readers that hold a connection now.
  package var connections: Int { server.value!.connectionCount }
  /// Bytes of journals that were read so far.
  package var journalBytesRead: Int { cache.journalBytesRead }

  /// Serves until `stop`; looks for changed runs every two seconds meanwhile.
  public func run() {
    // Without it, pages look for changes when they are asked for.
    try? SystemThread.start { [index, server] in
      while server.isRunning {
        Thread.sleep(forTimeInterval: 2)
        try? index.refresh()
      }
    }
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
