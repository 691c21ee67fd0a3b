import ArgumentParser
import Basics
import Dashboard
import Foundation
import Pages

struct ServeCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "serve", abstract: "Show runs and sweeps as a live local web page.",
    discussion: """
      Nothing is ever written through it. Listens on this machine alone unless told otherwise. Bound elsewhere, readers need the token that the printed address \
      holds behind '#', or send it as 'Authorization: Bearer TOKEN'; what is read is not encrypted, so use a tunnel over networks that others share.
      """)

  @OptionGroup var place: StoreOption
  @Option(help: "Port; 0 lets the system choose.") var port: UInt16 = 8470
  @Option(help: "Address to listen on: 127.0.0.1, ::1, 0.0.0.0.") var bind = "127.0.0.1"
  @Option(
    help: "A name by which browsers reach this machine, if neither its address nor its host name; may be repeated.")
  var host: [String] = []
  @Option(help: "Token that readers must show; made up if bound elsewhere than loopback.") var token: String?

  func run() throws {
    let isLoopback = bind == "::1" || bind.hasPrefix("127.")
    let token = try checked(token) ?? (isLoopback ? nil : Self.newToken)
    let dashboard = try Dashboard(
      store: place.store, address: bind, port: port, hosts: host, token: token, chartScript: ChartLibrary.locate())
    let isEverywhere = ["0.0.0.0", "::"].contains(bind)
    let name = isEverywhere ? host.first ?? ProcessInfo.processInfo.hostName : bind.contains(":") ? "[\(bind)]" : bind
    // What stands behind '#' stays in the browser: no server, proxy or log sees it.
    let key = token.map { "#token=\($0)" } ?? ""
    Terminal.print("http://\(name):\(dashboard.port)/\(key)")
    try SystemThread.start {
      while !Interruption.isRequested { Thread.sleep(forTimeInterval: 0.1) }
      dashboard.stop()
    }
    dashboard.run()
  }

  private func checked(_ token: String?) throws -> String? {
    guard let token else { return nil }
    let isPlain = token.allSatisfy { $0.isASCII && ($0.isLetter || $0.isNumber) }
    guard isPlain, token.count >= 16 else {
      throw Problem.usage("--token is too short or has other than letters and digits.", remedy: "Give 16 or more.")
    }
    return token
  }

  /// From the system's own source of chance: a secret, not part of any result.
  private static var newToken: String {
    let letters = Array("abcdefghijkmnpqrstuvwxyz23456789")
    return String((0..<32).map { _ in letters.randomElement()! })
  }
}
