import Foundation
import Testing

/// The built command, run as a user runs it.
enum Command {
  /// `TOMBOLA_BINARY`, or the command beside the tests; `nil` where it was not built.
  static let binary: URL? = {
    let environment = ProcessInfo.processInfo.environment
    let besideTests = URL(fileURLWithPath: ProcessInfo.processInfo.arguments[0]).deletingLastPathComponent()
    let repository = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
      .deletingLastPathComponent()
    let places =
      [environment["TOMBOLA_BINARY"].map { URL(fileURLWithPath: $0) }].compactMap { $0 }
      + [besideTests, repository.appendingPathComponent(".build/release")].map { $0.appendingPathComponent("tombola") }
    let found = places.first { FileManager.default.isExecutableFile(atPath: $0.path) }
    if found == nil { print("skipped: the command is not built; run 'swift build -c release' or set TOMBOLA_BINARY") }
    return found
  }()

  static let isBuilt = binary != nil

  struct Output {
    var status: Int32
    /// Whether a signal ended it.
    var isKilled: Bool
    var out: String
    var err: String

    /// Standard output as one JSON object and nothing else.
    func json() throws -> [String: Any] {
      try #require(try JSONSerialization.jsonObject(with: Data(out.utf8)) as? [String: Any])
    }
  }

  /// A started command; its output goes to files, so that nothing waits for a reader.
  final class Job {
    private let process = Process()
    private let ended = DispatchSemaphore(value: 0)
    private let scratch: Scratch
    private var out: URL { scratch.url.appendingPathComponent("out") }
    private var err: URL { scratch.url.appendingPathComponent("err") }

    init(_ arguments: [String], environment: [String: String] = [:], binary: URL? = Command.binary) throws {
      scratch = try Scratch()
      process.executableURL = binary
      process.arguments = arguments
      process.environment = ProcessInfo.processInfo.environment.merging(environment) { $1 }
      for url in [out, err] { try Data().write(to: url) }
      process.standardOutput = try FileHandle(forWritingTo: out)
      process.standardError = try FileHandle(forWritingTo: err)
      process.standardInput = FileHandle.nullDevice
      process.terminationHandler = { [ended] _ in ended.signal() }
      try process.run()
    }

    var isRunning: Bool { process.isRunning }
    func send(_ signal: Int32) { if process.isRunning { kill(process.processIdentifier, signal) } }

    func wait() throws -> Output {
      ended.wait()
      return Output(
        status: process.terminationStatus, isKilled: process.terminationReason == .uncaughtSignal,
        out: try String(contentsOf: out, encoding: .utf8), err: try String(contentsOf: err, encoding: .utf8))
    }
  }

  static func run(_ arguments: String..., environment: [String: String] = [:]) throws -> Output {
    try run(arguments, environment: environment)
  }

  static func run(
    _ arguments: [String], environment: [String: String] = [:], binary: URL? = Command.binary
  ) throws -> Output {
    try Job(arguments, environment: environment, binary: binary).wait()
  }

  /// A search on the digits in a fraction of a second.
  static let smallSearch = ["find", "--data", "digits", "--model", "mlp:24,16", "--rounds", "3", "--steps", "2ep"]
}

/// Runs the command, which must end with `status`, tell why on standard error with all of `words`, and print nothing else.
@discardableResult
func expectFailure(
  _ status: Int32, _ words: [String], _ arguments: [String], environment: [String: String] = [:],
  location: SourceLocation = #_sourceLocation
) throws -> Command.Output {
  let output = try Command.run(arguments, environment: environment)
  let text = "\(arguments.joined(separator: " ")): \(output.status) \(output.err)"
  #expect(output.status == status && !output.isKilled, "\(text)", sourceLocation: location)
  #expect(output.out == "", "\(text)", sourceLocation: location)
  for word in words { #expect(output.err.contains(word), "'\(word)' in \(text)", sourceLocation: location) }
  #expect(!output.err.contains("Fatal error") && output.err.count < 1000, "\(text)", sourceLocation: location)
  return output
}

/// A folder that vanishes with the test.
final class Scratch: Sendable {
  let url: URL

  init() throws {
    url = FileManager.default.temporaryDirectory.appendingPathComponent("tombola-command-\(UUID().uuidString)")
    try FileManager.default.createDirectory(at: url, withIntermediateDirectories: true)
  }

  deinit { try? FileManager.default.removeItem(at: url) }

  var path: String { url.path }

  /// Makes the folder of a CIFAR-100 whose files have the right sizes and nothing in them.
  @discardableResult
  func hollowCIFAR100() throws -> URL {
    let folder = url.appendingPathComponent("cifar-100")
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    for (name, count) in [("train.bin", 153_700_000), ("test.bin", 30_740_000)] {
      let file = folder.appendingPathComponent(name)
      try Data().write(to: file)
      let handle = try FileHandle(forWritingTo: file)
      try handle.truncate(atOffset: UInt64(count))
      try handle.close()
    }
    return folder
  }

  func write(_ name: String, _ data: Data) throws -> String {
    let file = url.appendingPathComponent(name)
    try FileManager.default.createDirectory(at: file.deletingLastPathComponent(), withIntermediateDirectories: true)
    try data.write(to: file)
    return file.path
  }

  func write(_ name: String, _ text: String) throws -> String { try write(name, Data(text.utf8)) }
}
