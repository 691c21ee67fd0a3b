import Foundation
import Foundations

#if canImport(Glibc)
  import Glibc
#elseif canImport(Darwin)
  import Darwin
#endif

/// What goes to the terminal: results on standard output, everything else on standard error.
enum Terminal {
  static func note(_ text: String) { FileHandle.standardError.write(Data((text + "\n").utf8)) }
  static func print(_ text: String) { FileHandle.standardOutput.write(Data((text + "\n").utf8)) }

  static var isInteractive: Bool { isatty(STDERR_FILENO) == 1 }

  /// Rewrites the current line of standard error.
  static func live(_ text: String) { FileHandle.standardError.write(Data("\r\u{1B}[K\(text)".utf8)) }
  static func endLive() { FileHandle.standardError.write(Data("\r\u{1B}[K".utf8)) }

  static func json(_ value: some Encodable) throws {
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
    print(String(decoding: try encoder.encode(value), as: UTF8.self))
  }

  static func duration(_ seconds: Double) -> String {
    if seconds < 10 { return String(format: "%.1f s", seconds) }
    if seconds < 120 { return String(format: "%.0f s", seconds) }
    return String(format: "%d min %02d s", Int(seconds) / 60, Int(seconds) % 60)
  }
}

/// Columns of text, numbers to the right.
struct TextTable {
  var header: [String]
  var rows: [[String]] = []

  var text: String {
    let widths = header.indices.map { column in ([header] + rows).map { $0[column].count }.max() ?? 0 }
    func line(_ cells: [String]) -> String {
      zip(cells, widths).enumerated().map { i, cell in
        let space = String(repeating: " ", count: cell.1 - cell.0.count)
        return i == 0 ? cell.0 + space : space + cell.0
      }.joined(separator: "  ").replacingOccurrences(of: #"\s+$"#, with: "", options: .regularExpression)
    }
    let rule = widths.map { String(repeating: "-", count: $0) }.joined(separator: "  ")
    return ([line(header), rule] + rows.map(line)).joined(separator: "\n")
  }
}

/// Ctrl-C and SIGTERM once: finish the step, save, end. Ctrl-C twice: end at once.
enum Signals {
  static func install() {
    for number in [SIGINT, SIGTERM] {
      signal(number) { received in
        if Interruption.isRequested { _exit(128 + received) }
        Interruption.request()
      }
    }
    signal(SIGPIPE, SIG_IGN)
  }
}
