public import Foundation

/// A program of the system's that says something short, run to its end.
public enum SystemProgram {
  public struct Outcome: Sendable {
    /// The exit code; of a program that a signal ended, the signal's number.
    public var status: Int32
    public var output: Data
    /// What it said on standard error, without space around it.
    public var message: String
    /// Standard output, without space around it.
    public var text: String { Self.trimmed(output) }

    static func trimmed(_ data: Data) -> String {
      String(decoding: data, as: UTF8.self).trimmingCharacters(in: .whitespacesAndNewlines)
    }
  }

  /// The first executable file of that name in the folders of `PATH`; nil if there is none.
  public static func path(of name: String, environment: [String: String] = ProcessInfo.processInfo.environment)
    -> String?
  {
    (environment["PATH"] ?? "").split(separator: ":").lazy.map { "\($0)/\(name)" }
      .first(where: FileManager.default.isExecutableFile)
  }

  /// - Parameters:
  ///   - path: The program's file.
  ///   - seconds: The program is ended if it takes longer; nil waits.
  ///   - mostBytes: The program is ended once it has said more than that.
  /// - Throws: What Foundation says where the program cannot be started.
  public static func run(
    _ path: String, _ arguments: [String], seconds: Double? = nil, mostBytes: Int = .max
  ) throws -> Outcome {
    let process = Process(), output = Pipe(), errors = Pipe()
    process.executableURL = URL(fileURLWithPath: path)
    process.arguments = arguments
    process.standardInput = FileHandle.nullDevice
    process.standardOutput = output
    process.standardError = errors
    try process.run()
    let number = process.processIdentifier
    let alarm = DispatchWorkItem { kill(number, SIGKILL) }
    if let seconds { DispatchQueue.global().asyncAfter(deadline: .now() + seconds, execute: alarm) }
    var said = Data()
    while let piece = try output.fileHandleForReading.read(upToCount: 1 << 16), !piece.isEmpty {
      said += piece
      guard said.count > mostBytes else { continue }
      kill(number, SIGKILL)
      break
    }
    let message = errors.fileHandleForReading.readDataToEndOfFile()
    // Before its number is given to another.
    alarm.cancel()
    process.waitUntilExit()
    return Outcome(status: process.terminationStatus, output: said, message: Outcome.trimmed(message))
  }
}
