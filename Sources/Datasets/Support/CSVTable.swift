import Basics
import Foundation

/// A text table: records of fields, with the line each record starts on (RFC 4180, and what else is common).
///
/// Fields stand between commas, semicolons or tabs, may be in double quotes (with `""` for a quotation mark inside), and
/// lose white space at their ends; empty lines are skipped.
package struct CSVTable {
  struct Record: Equatable {
    var line: Int
    var fields: [String]
  }

  let name: String
  private(set) var records: [Record] = []
  /// How it was read, for people.
  private(set) var notes: [String] = []

  var width: Int { records[0].fields.count }

  /// Text takes several times its size in memory while it is taken apart.
  static let largestCount = 1 << 30

  /// Reads a plain or a gzip file.
  static func read(_ path: String) throws -> CSVTable {
    let url = URL(fileURLWithPath: path)
    let reader = try ContentReader(
      file: url, remedy: "Repair the file, or save a large table as numpy arrays (npz:FILE).")
    return try CSVTable(reader.readAll(limit: largestCount), name: url.lastPathComponent)
  }

  package init(_ bytes: [UInt8], name: String) throws {
    self.name = name
    let text = try TableText(bytes, name: name), delimiter = text.delimiter ?? TableDelimiter(of: text.bytes)
    var parser = TableParser(bytes: text.bytes, delimiter: delimiter)
    while let record = try parser.next(file: name) { records.append(record) }
    notes = text.notes + ["separated by \(delimiter.plural)"]
    dropEmptyLines()
    guard !records.isEmpty else {
      throw Problem.badData("\(name) is empty.", remedy: "Give one line per sample, with its label.")
    }
    dropEmptyColumns()
    if let ragged = records.first(where: { $0.fields.count != width }) {
      throw Problem.badData(
        "\(name) line \(ragged.line) has \(ragged.fields.count) columns; line \(records[0].line) has \(width).",
        remedy: "Give every line the same number of columns.")
    }
    guard width >= 2 else {
      throw Problem.badData(
        "\(name) has a single column: there are no commas, semicolons or tabs.",
        remedy: "Separate the columns, one of which holds the labels.")
    }
  }

  /// Leaves out lines of delimiters alone, with which spreadsheets fill up a table.
  private mutating func dropEmptyLines() {
    let count = records.count
    records.removeAll { $0.fields.allSatisfy(\.isEmpty) }
    if records.count < count { notes.append("\(grouped(count - records.count)) lines of delimiters alone left out") }
  }

  /// Leaves out what a delimiter at the end of every line makes; the header may lack it.
  private mutating func dropEmptyColumns() {
    var count = 0
    while let width = records.last?.fields.count, width > 2,
      records.dropFirst().allSatisfy({ $0.fields.count == width && $0.fields[width - 1].isEmpty }),
      records[0].fields.count == width - 1 || records[0].fields.count == width && records[0].fields[width - 1].isEmpty
    {
      for i in records.indices where records[i].fields.count == width { records[i].fields.removeLast() }
      count += 1
    }
    if count > 0 { notes.append("\(count == 1 ? "the empty column" : "\(count) empty columns") at the end left out") }
  }
}

/// Cuts the bytes into records.
struct TableParser {
  private let bytes: [UInt8]
  private let delimiter: UInt8
  private var position = 0
  private var line = 1

  init(bytes: [UInt8], delimiter: TableDelimiter) {
    self.bytes = bytes
    self.delimiter = delimiter.rawValue
  }

  private static let quote = UInt8(ascii: "\""), newline = UInt8(ascii: "\n")

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

  /// Reads up to the delimiter, newline or end that closes the field.
  private mutating func field(_ file: String) throws -> String {
    skip { $0 == UInt8(ascii: " ") }
    if position < bytes.count, bytes[position] == Self.quote { return try quotedField(file) }
    let start = position, delimiter = delimiter
    skip { $0 != delimiter && $0 != Self.newline }
    return try text(bytes[start..<position], file)
  }

  private mutating func quotedField(_ file: String) throws -> String {
    let start = line
    var content: [UInt8] = []
    position += 1
    while position < bytes.count {
      let byte = bytes[position]
      position += 1
      if byte == Self.newline { line += 1 }
      guard byte == Self.quote else {
        content.append(byte)
        continue
      }
      guard position < bytes.count, bytes[position] == Self.quote else { return try closed(content, file) }
      content.append(byte)
      position += 1
    }
    throw Problem.badData(
      "\(file) line \(start) opens a quotation mark that is never closed.", remedy: "Close it, or double it.")
  }

  private mutating func closed(_ content: [UInt8], _ file: String) throws -> String {
    skip { $0 == UInt8(ascii: " ") || $0 == UInt8(ascii: "\r") }
    guard position == bytes.count || bytes[position] == delimiter || bytes[position] == Self.newline else {
      throw Problem.badData(
        "\(file) line \(line) goes on after a closing quotation mark.",
        remedy: "Double quotation marks inside a field, and separate fields by commas, semicolons or tabs."
      )
    }
    return try text(content[...], file)
  }

  private mutating func skip(while holds: (UInt8) -> Bool) {
    while position < bytes.count, holds(bytes[position]) { position += 1 }
  }

  /// Without white space at its ends.
  private func text(_ bytes: ArraySlice<UInt8>, _ file: String) throws -> String {
    func isSpace(_ byte: UInt8) -> Bool { byte == 32 || (9...13).contains(byte) }
    var bytes = bytes
    while let last = bytes.last, isSpace(last) { bytes.removeLast() }
    while let first = bytes.first, isSpace(first) { bytes.removeFirst() }
    guard let text = String(validating: bytes, as: UTF8.self) else {
      throw Problem.badData(
        "\(file) line \(line) holds '\(String(decoding: bytes, as: UTF8.self).cut)', which is no UTF-8.",
        remedy: "Save the file as UTF-8.")
    }
    return text
  }
}

extension String {
  /// Its beginning, for messages.
  var cut: String { count > 40 ? prefix(40) + "..." : self }
}
