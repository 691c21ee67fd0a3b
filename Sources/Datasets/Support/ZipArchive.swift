import Basics
package import Foundation

/// The entries of a zip file, as far as numpy's `.npz` needs them: stored or deflated, with or without zip64 fields.
///
/// Format: PKWARE APPNOTE 6.3.10. Sizes and places come from the central directory; every one is checked against the
/// file.
package struct ZipArchive {
  package struct Entry {
    var name: String
    var method: Int
    var isEncrypted: Bool
    var checksum: UInt
    var compressedCount: Int
    var count: Int
    var headerOffset: Int
  }

  let name: String
  let remedy: String
  package private(set) var entries: [String: Entry] = [:]
  private let file: LittleEndianBytes

  init(contentsOf url: URL, remedy: String) throws {
    guard let data = try? Data(contentsOf: url) else {
      throw Problem.missingInput("There is no readable file \(url.path).", remedy: "Check the path.")
    }
    try self.init(data, name: url.lastPathComponent, remedy: remedy)
  }

  package init(_ data: Data, name: String, remedy: String) throws {
    self.name = name
    self.remedy = remedy
    file = LittleEndianBytes(data: data)
    for entry in try directory() where entries.updateValue(entry, forKey: entry.name) != nil {
      throw damaged("holds two entries named \(entry.name)")
    }
  }

  var byteCount: Int { file.count }

  /// Reads one entry with `body`, then checks its length and CRC.
  package func read<Value>(_ entryName: String, _ body: (ContentReader) throws -> Value) throws -> Value {
    guard let entry = entries[entryName] else {
      let found = entries.keys.sortedNames().joined(separator: ", ")
      throw Problem.badData(
        "\(name) holds no \(entryName) (it holds \(found.isEmpty ? "nothing" : found)).", remedy: remedy)
    }
    let reader = try reader(entry)
    let value = try body(reader)
    guard reader.readCount == entry.count, reader.checksum == entry.checksum else {
      throw reader.damaged("does not have the size and CRC that the archive's directory gives")
    }
    return value
  }

  private func reader(_ entry: Entry) throws -> ContentReader {
    let format: Inflater.Format?
    switch entry.method {
    case 0: format = nil
    case 8: format = .raw
    default: throw damaged("stores \(entry.name) with compression method \(entry.method)")
    }
    guard !entry.isEncrypted else { throw damaged("has an encrypted \(entry.name)") }
    guard format != nil || entry.compressedCount == entry.count else {
      throw damaged("gives the stored \(entry.name) two sizes, \(entry.compressedCount) and \(entry.count)")
    }
    let start = try contentStart(entry)
    guard let content = file.slice(start, entry.compressedCount) else {
      throw damaged("places \(entry.name) beyond its end")
    }
    return ContentReader(part: content, format, name: "\(name):\(entry.name)", remedy: remedy)
  }

  /// The local header repeats the name and has extra fields of its own length, so the content starts after both.
  private func contentStart(_ entry: Entry) throws -> Int {
    guard file.number(entry.headerOffset, 4) == 0x0403_4B50,
      let nameCount = file.number(entry.headerOffset + 26, 2), let extraCount = file.number(entry.headerOffset + 28, 2)
    else { throw damaged("has no entry where its directory places \(entry.name)") }
    return entry.headerOffset + 30 + nameCount + extraCount
  }

  fileprivate func damaged(_ what: String) -> Problem { .badData("\(name) \(what).", remedy: remedy) }
}

// The central directory.
extension ZipArchive {
  private func directory() throws -> [Entry] {
    let (count, start) = try directoryPlace()
    var entries: [Entry] = [], offset = start
    while entries.count < count {
      let (entry, size) = try directoryEntry(at: offset)
      entries.append(entry)
      offset += size
    }
    return entries
  }

  /// The end record stands at most 65 557 bytes before the end of the file.
  private func directoryPlace() throws -> (count: Int, offset: Int) {
    let last = file.count - 22
    guard last >= 0,
      let end = stride(from: last, through: max(0, last - 65_535), by: -1)
        .first(where: { file.number($0, 4) == 0x0605_4B50 }),
      let count = file.number(end + 10, 2), let offset = file.number(end + 16, 4)
    else {
      let isArray = file.slice(0, 6) == Data([0x93] + Array("NUMPY".utf8))
      throw damaged(
        isArray
          ? "is a single array (.npy): samples need labels beside them"
          : "is no zip file: it has no directory at its end (is it whole?)")
    }
    return count == 0xFFFF || offset == 0xFFFF_FFFF ? try zip64Place(before: end) : (count, offset)
  }

  private func zip64Place(before end: Int) throws -> (count: Int, offset: Int) {
    guard file.number(end - 20, 4) == 0x0706_4B50, let record = file.number(end - 12, 8),
      file.number(record, 4) == 0x0606_4B50, let count = file.number(record + 32, 8),
      let offset = file.number(record + 48, 8)
    else { throw damaged("has a damaged zip64 directory") }
    return (count, offset)
  }

  private func directoryEntry(at offset: Int) throws -> (Entry, size: Int) {
    guard file.number(offset, 4) == 0x0201_4B50, let flags = file.number(offset + 8, 2),
      let method = file.number(offset + 10, 2), let checksum = file.number(offset + 16, 4),
      let compressed = file.number(offset + 20, 4), let count = file.number(offset + 24, 4),
      let nameCount = file.number(offset + 28, 2), let extraCount = file.number(offset + 30, 2),
      let commentCount = file.number(offset + 32, 2), let place = file.number(offset + 42, 4),
      let name = file.slice(offset + 46, nameCount), let extra = file.slice(offset + 46 + nameCount, extraCount)
    else { throw damaged("has a damaged directory") }
    let sizes = try widened([count, compressed, place], LittleEndianBytes(data: extra))
    let entry = Entry(
      name: String(decoding: name, as: UTF8.self), method: method, isEncrypted: flags & 1 != 0,
      checksum: UInt(checksum), compressedCount: sizes[1], count: sizes[0], headerOffset: sizes[2])
    return (entry, 46 + nameCount + extraCount + commentCount)
  }

  /// Numbers of 0xFFFFFFFF stand, in this order, as 64 bits in the extra field 1.
  private func widened(_ numbers: [Int], _ extra: LittleEndianBytes) throws -> [Int] {
    guard numbers.contains(0xFFFF_FFFF) else { return numbers }
    var field = 0
    while let id = extra.number(field, 2), id != 1, let size = extra.number(field + 2, 2) { field += 4 + size }
    field += 4
    return try numbers.map { number in
      guard number == 0xFFFF_FFFF else { return number }
      guard let wide = extra.number(field, 8) else { throw damaged("has a damaged zip64 field") }
      field += 8
      return wide
    }
  }
}

/// Little-endian numbers at any place of some bytes; nil where there are none.
private struct LittleEndianBytes {
  let data: Data

  init(data: Data) { self.data = Data(data) }

  var count: Int { data.count }

  /// The unsigned number of `size` bytes at `offset`; nil also if it exceeds `Int.max`.
  func number(_ offset: Int, _ size: Int) -> Int? {
    guard let bytes = slice(offset, size) else { return nil }
    let value = bytes.reversed().reduce(UInt64(0)) { $0 << 8 | UInt64($1) }
    return Int(exactly: value)
  }

  func slice(_ offset: Int, _ size: Int) -> Data? {
    guard offset >= 0, size >= 0, offset <= count, size <= count - offset else { return nil }
    return data[offset..<offset + size]
  }
}
