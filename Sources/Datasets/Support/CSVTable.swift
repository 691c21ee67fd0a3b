import Basics
import Foundation

/// A text table: records of fields, separated by commas, with the line each record starts on (RFC 4180).
///
/// Fields may stand in double quotes (with `""` for a quotation mark inside); lines may end with CR LF; empty lines are
/// skipped.
struct CSVTable {
  struct Record: Equatable {
    var line: Int
    var fields: [String]
  }

  let name: String
  private(set) var records: [Record] = []

  /// Text takes several times its size in memory while it is taken apart.
  static let largestCount = 1 << 30

  /// Reads a plain or a gzip file.
  static func read(_ url: URL) throws -> CSVTable {
    let reader = try ContentReader(
      file: url, remedy: "Repair the file, or save a large table as numpy arrays (npz:FILE).")
    return try CSVTable(reader.readAll(limit: largestCount), name: url.lastPathComponent)
  }

  init(_ bytes: [UInt8], name: String) throws {
    self.name = name
    var parser = CSVParser(bytes: bytes.starts(with: [0xEF, 0xBB, 0xBF]) ? Array(bytes.dropFirst(3)) : bytes)
    while let record = try parser.next(file: name) { records.append(record) }
    guard let width = records.first?.fields.count else {
      throw Problem.badData("\(name) is empty.", remedy: "Give one line per sample, the label in its last column.")
    }
    if let ragged = records.first(where: { $0.fields.count != width }) {
      throw Problem.badData(
        "\(name) line \(ragged.line) has \(ragged.fields.count) columns; line \(records[0].line) has \(width).",
        remedy: "Give every line the same number of columns.")
    }
    guard width >= 2 else {
      throw Problem.badData(
        "\(name) has a single column.", remedy: "Separate the columns by commas, the label in the last.")
    }
  }
}

/// Cuts the bytes into records.
private struct CSVParser {
  let bytes: [UInt8]
  var position = 0
  var line = 1

  init(bytes: [UInt8]) { self.bytes = bytes }

  private static let comma = UInt8(ascii: ","), quote = UInt8(ascii: "\"")
  private static let newline = UInt8(ascii: "\n"), carriageReturn = UInt8(ascii: "\r")

  /// The next record that is not an empty line.
  mutating func next(file: String) throws -> CSVTable.Record? {
    while position < bytes.count {
      let start = line
      let fields = try record(file)
      if fields.count > 1 || !fields[0].isEmpty { return CSVTable.Record(line: start, fields: fields) }
    }
    return nil
  }

  private mutating func record(_ file: String) throws -> [String] {
    var fields: [String] = []
    while true {
      fields.append(try field(file))
      guard position < bytes.count else { return fields }
      position += 1
      if bytes[position - 1] == Self.newline {
        line += 1
        return fields
      }
    }
  }

  /// Reads up to the comma, newline or end that closes the field.
  private mutating func field(_ file: String) throws -> String {
    skip { $0 == UInt8(ascii: " ") }
    if position < bytes.count, bytes[position] == Self.quote { return try quotedField(file) }
    let start = position
    skip { $0 != Self.comma && $0 != Self.newline }
    return Self.trimmed(bytes[start..<position])
  }

  private mutating func quotedField(_ file: String) throws -> String {
    let start = line
    var text: [UInt8] = []
    position += 1
    while position < bytes.count {
      let byte = bytes[position]
      position += 1
      if byte == Self.newline { line += 1 }
      guard byte == Self.quote else {
        text.append(byte)
        continue
      }
      guard position < bytes.count, bytes[position] == Self.quote else { return try closed(text, file) }
      text.append(byte)
      position += 1
    }
    throw Problem.badData(
      "\(file) line \(start) opens a quotation mark that is never closed.", remedy: "Close it, or double it.")
  }

  private mutating func closed(_ text: [UInt8], _ file: String) throws -> String {
    skip { $0 == UInt8(ascii: " ") || $0 == Self.carriageReturn }
    guard position == bytes.count || bytes[position] == Self.comma || bytes[position] == Self.newline else {
      throw Problem.badData(
        "\(file) line \(line) goes on after a closing quotation mark.", remedy: "Double quotation marks inside a field."
      )
    }
    return String(decoding: text, as: UTF8.self)
  }

  private mutating func skip(while holds: (UInt8) -> Bool) {
    while position < bytes.count, holds(bytes[position]) { position += 1 }
  }

  /// Without spaces, tabs and carriage returns at the end.
  private static func trimmed(_ bytes: ArraySlice<UInt8>) -> String {
    let end = bytes.lastIndex { $0 != UInt8(ascii: " ") && $0 != carriageReturn && $0 != UInt8(ascii: "\t") }
    return String(decoding: bytes[..<(end.map { $0 + 1 } ?? bytes.startIndex)], as: UTF8.self)
  }
}
