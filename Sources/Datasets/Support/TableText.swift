import Basics
import Foundation

/// The text of a table as UTF-8 whose lines end in LF (a CR before it does no harm), whatever the file has.
struct TableText {
  private(set) var bytes: [UInt8]
  /// What the file has instead, for people to read.
  private(set) var notes: [String] = []
  /// What stands between fields by a first line such as `sep=;`, which Excel writes.
  private(set) var delimiter: TableDelimiter?
  private let name: String

  /// - Throws: `Problem.badData` for what is no text.
  init(_ raw: [UInt8], name: String) throws {
    self.name = name
    bytes = raw
    guard !raw.starts(with: [0x50, 0x4B, 3, 4]) else {
      throw Problem.badData(
        "\(name) is an archive, as workbooks of Excel are, and no text.", remedy: "Save the sheet as CSV in UTF-8.")
    }
    if raw.starts(with: [0xFF, 0xFE]) || raw.starts(with: [0xFE, 0xFF]) {
      try decodeUTF16()
    } else if raw.starts(with: [0xEF, 0xBB, 0xBF]) {
      bytes.removeFirst(3)
    }
    guard !bytes.contains(0) else {
      throw Problem.badData(
        "\(name) holds zero bytes: it is UTF-16 without a mark, or no text.", remedy: "Save it as UTF-8.")
    }
    endLines()
    readDelimiter()
  }

  private mutating func decodeUTF16() throws {
    guard let text = String(bytes: bytes, encoding: .utf16), bytes.count.isMultiple(of: 2) else {
      throw Problem.badData(
        "\(name) begins as UTF-16 and cannot be read as such.", remedy: "Save it as UTF-8, whole.")
    }
    bytes = Array(text.utf8)
    notes.append("in UTF-16")
  }

  /// CR alone ends the lines of old Macs.
  private mutating func endLines() {
    let newline = UInt8(ascii: "\n"), carriageReturn = UInt8(ascii: "\r")
    guard !bytes.contains(newline), bytes.dropLast().contains(carriageReturn) else { return }
    for i in bytes.indices where bytes[i] == carriageReturn { bytes[i] = newline }
    notes.append("lines end in CR")
  }

  private mutating func readDelimiter() {
    guard bytes.starts(with: Array("sep=".utf8)), let end = bytes.firstIndex(of: UInt8(ascii: "\n")), end > 4,
      let found = TableDelimiter.allCases.first(where: { $0.rawValue == bytes[4] }),
      bytes[5..<end].allSatisfy({ $0 == 13 })
    else { return }
    delimiter = found
    // The line stays, so that the others keep their numbers.
    bytes.removeSubrange(0..<end)
  }
}

/// What stands between the fields of a table. Where two would do, the first of these is taken.
enum TableDelimiter: UInt8, CaseIterable {
  case tab = 9
  case semicolon = 59
  case comma = 44

  var plural: String {
    switch self {
    case .tab: "tabs"
    case .semicolon: "semicolons"
    case .comma: "commas"
    }
  }

  /// The one by which all lines have as many fields, most of them numbers; the first two hundred lines are looked at.
  init(of bytes: [UInt8]) {
    self = Self.allCases.max { $0.fit(bytes) < $1.fit(bytes) }!
  }

  private func fit(_ bytes: [UInt8]) -> (Int, Double) {
    var parser = TableParser(bytes: bytes, delimiter: self), records: [[String]] = []
    do {
      while records.count < 200, let record = try parser.next(file: "") { records.append(record.fields) }
    } catch { return (1, -1) }
    guard let width = records.last?.count, records.contains(where: { $0.count > 1 }) else { return (0, 0) }
    // A header may lack a delimiter at its end.
    let isEven =
      records[0].count > 1 && records.dropFirst().allSatisfy { $0.count == width }
      && (0...1).contains(width - records[0].count)
    let fields = records.dropFirst().joined(), numbers = fields.count { TableNumber.isLike($0) }
    return (isEven ? 2 : 1, Double(numbers) / Double(max(1, fields.count)))
  }
}
