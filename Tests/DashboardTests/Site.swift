import Basics
import Dashboard
import Experiments
import Foundation
import Methods
import Pages
import Sweeps
import TestSupport
import Testing

#if canImport(Glibc)
  import Glibc
#elseif canImport(Darwin)
  import Darwin
#endif

/// A dashboard over a scratch store, served for as long as it lives.
final class Site: Sendable {
  let scratch: Scratch
  let dashboard: Dashboard

  init(
    address: String = "127.0.0.1", hosts: [String] = [], token: String? = nil, prepare: (URL) throws -> Void = { _ in }
  ) throws {
    // The other side may close while something is being sent.
    signal(SIGPIPE, SIG_IGN)
    ExperimentCatalog.install(MethodCatalog.all)
    scratch = try Scratch()
    try prepare(scratch.url)
    dashboard = try Dashboard(
      store: scratch.url, address: address, hosts: hosts, token: token, chartScript: ChartLibrary.locate())
    let thread = Thread { [dashboard] in dashboard.run() }
    thread.start()
  }

  deinit { dashboard.stop() }

  var address: String { "http://127.0.0.1:\(dashboard.port)" }

  /// Sends bytes as they are, and reads what comes until the other side closes, so many seconds are over, or what is wanted
  /// is there.
  func exchange(_ bytes: [UInt8], seconds: Int = 3, wanted: String? = nil) -> String {
    let socket = Self.connect(dashboard.port)
    defer { close(socket) }
    var time = timeval(tv_sec: seconds, tv_usec: 0)
    setsockopt(socket, SOL_SOCKET, SO_RCVTIMEO, &time, socklen_t(MemoryLayout<timeval>.size))
    var sent = 0
    while sent < bytes.count {
      let count = bytes.withUnsafeBytes { write(socket, $0.baseAddress! + sent, min(65_536, bytes.count - sent)) }
      if count <= 0 { break }
      sent += count
    }
    var answer: [UInt8] = [], buffer = [UInt8](repeating: 0, count: 65_536)
    while true {
      let count = read(socket, &buffer, buffer.count)
      guard count > 0 else { break }
      answer += buffer[..<count]
      if let wanted, String(decoding: answer, as: UTF8.self).contains(wanted) { break }
    }
    return String(decoding: answer, as: UTF8.self)
  }

  /// The answer to a plain request.
  func get(
    _ target: String, method: String = "GET", headers: [String] = [], host: String? = nil, wanted: String? = nil
  ) -> String {
    let lines = ["\(method) \(target) HTTP/1.1", "Host: \(host ?? "127.0.0.1:\(dashboard.port)")", "Connection: close"]
    return exchange(Array((lines + headers + ["", ""]).joined(separator: "\r\n").utf8), wanted: wanted)
  }

  private static func connect(_ port: UInt16) -> Int32 {
    #if canImport(Glibc)
      let socket = Glibc.socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
    #else
      let socket = Darwin.socket(AF_INET, SOCK_STREAM, 0)
    #endif
    var address = sockaddr_in()
    address.sin_family = sa_family_t(AF_INET)
    address.sin_port = port.bigEndian
    address.sin_addr.s_addr = UInt32(0x7F00_0001).bigEndian
    let status = withUnsafePointer(to: &address) { pointer in
      pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
        #if canImport(Glibc)
          Glibc.connect(socket, $0, socklen_t(MemoryLayout<sockaddr_in>.size))
        #else
          Darwin.connect(socket, $0, socklen_t(MemoryLayout<sockaddr_in>.size))
        #endif
      }
    }
    #expect(status == 0)
    return socket
  }
}

/// Run folders made by hand, one with a name that would be markup.
enum Handmade {
  static let hostile = "find-<img src=x onerror=alert(1)>&\"'"

  static func run(_ name: String, in store: URL, seeds: Int = 2, settings: [String: String] = [:]) throws {
    let folder = store.appendingPathComponent(name)
    try AtomicFile.createFolder(folder)
    let identity: [String: Any] = ["command": "find", "settings": settings, "reproduce": "tombola find"]
    try JSONSerialization.data(withJSONObject: identity).write(to: folder.appendingPathComponent("run.json"))
    for seed in 0..<UInt64(seeds) {
      let part = folder.appendingPathComponent("seed-\(seed)")
      try AtomicFile.createFolder(part)
      var stages = [stage("dense", 0, seed)]
      for round in 1...3 { stages += [stage("ticket", round, seed), stage("reinit", round, seed)] }
      for stage in stages {
        let curve = (0..<40).map(point)
        let record: [String: Any] = [
          "curve": curve, "trainingSeconds": 1, "evaluationSeconds": 1, "parametersDigest": stage.digest,
        ]
        try JSONSerialization.data(withJSONObject: record).write(to: part.appendingPathComponent("\(stage.name).json"))
      }
      let summary = SeedSummary(seed: seed, stages: stages, seconds: 2, residentBytes: 1, finished: 1)
      try JSONEncoder().encode(summary).write(to: folder.appendingPathComponent(SeedSummary.fileName(seed)))
    }
  }

  private static func stage(_ arm: String, _ round: Int, _ seed: UInt64) -> SeedSummary.Stage {
    let name = arm == "dense" ? "dense" : arm == "ticket" ? "round-0\(round)" : "round-0\(round).\(arm)"
    let loss: Double = arm == "reinit" ? 0.05 : 0
    let accuracy: Double = 0.9 - 0.01 * Double(round) - loss + 0.001 * Double(seed)
    return SeedSummary.Stage(
      name: name, round: round, arm: arm, remaining: 1000 >> round, density: 1 / Double(1 << round),
      metrics: [
        "testAccuracy": accuracy, "validationAccuracy": 0.9, "earlyStopStep": 5, "earlyStopTestAccuracy": 0.9,
      ],
      digest: "\(seed)\(round)\(arm)")
  }

  private static func point(_ step: Int) -> [String: Double] {
    let n = Double(step + 1)
    return ["step": Double(10 * step), "validationLoss": 2 / n, "validationAccuracy": 1 - 0.9 / n, "testAccuracy": 0.5]
  }
}
