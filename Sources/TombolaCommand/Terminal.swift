import Basics
import Foundation
import Pages

#if canImport(Glibc)
  import Glibc
#elseif canImport(Darwin)
  import Darwin
#endif

/// What goes to the terminal: results on standard output, everything else on standard error.
enum Terminal {
  /// Notes are lost where nobody can read them; work goes on.
  static func note(_ text: String) { _ = write(text + "\n", to: STDERR_FILENO) }

  /// Ends the program where the result cannot be written; quietly if the reader, like `head`, wants no more.
  static func print(_ text: String) {
    let code = write(text + "\n", to: STDOUT_FILENO)
    if code == EPIPE { Foundation.exit(0) }
    if code != 0 {
      let reason = String(cString: strerror(code))
      note(
        """
        tombola: Cannot write to standard output: \(reason).
          Finished work is saved; start the same command again to print it.
        """)
      Foundation.exit(Problem.Kind.cannotWrite.exitCode)
    }
  }

  /// Writes all of the text; 0, or the system's error.
  private static func write(_ text: String, to descriptor: Int32) -> Int32 {
    var bytes = Array(text.utf8)[...]
    while !bytes.isEmpty {
      let written = bytes.withUnsafeBytes { Foundation.write(descriptor, $0.baseAddress!, $0.count) }
      if written < 0 && errno == EINTR { continue }
      guard written > 0 else { return errno }
      bytes = bytes.dropFirst(written)
    }
    return 0
  }

  static var isInteractive: Bool { isatty(STDERR_FILENO) == 1 }

  /// Rewrites the current line of standard error.
  static func live(_ text: String) { _ = write("\r\u{1B}[K\(text)", to: STDERR_FILENO) }
  static func endLive() { _ = write("\r\u{1B}[K", to: STDERR_FILENO) }

  static func json(_ value: some Encodable) throws { print(try text(value)) }

  /// One JSON object on a line.
  static func text(_ value: some Encodable) throws -> String {
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
    return String(decoding: try encoder.text(value), as: UTF8.self)
  }

  static func milliseconds(_ seconds: Double) -> String { String(format: "%.3f ms", seconds * 1e3) }
  static func ratio(_ value: Double) -> String { String(format: "%.2f", value) }

  static func duration(_ seconds: Double) -> String {
    guard StoredRange.seconds.contains(seconds) else { return Format.missing }
    if seconds < 10 { return String(format: "%.1f s", seconds) }
    if seconds < 120 { return String(format: "%.0f s", seconds) }
    return String(format: "%d min %02d s", Int(seconds) / 60, Int(seconds) % 60)
  }
}
