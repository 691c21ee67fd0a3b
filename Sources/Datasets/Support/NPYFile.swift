import Basics
import Foundation

/// Reads NPY, numpy's format for one array, versions 1.0, 2.0 and 3.0.
///
/// Described at https://numpy.org/doc/stable/reference/generated/numpy.lib.format.html: a magic string, the version,
/// the length of the header, the header (a Python dictionary in text), and the elements.
package enum NPYFile {
  /// numpy itself refuses longer headers.
  static let longestHeader = 1 << 16

  static func read(_ url: URL, remedy: String) throws -> NumberArray {
    try read(ContentReader(file: url, remedy: remedy))
  }

  package static func read(_ reader: ContentReader) throws -> NumberArray {
    let header = try header(reader)
    guard !header.descr.hasSuffix("O") else {
      throw Problem.badData(
        "\(reader.name) is an array of Python objects, stored as a program (pickle) that Tombola does not run.",
        remedy: "Give it a plain type: numpy.stack(list(a)) for samples, a.astype(str) or a.astype(int) for labels.")
    }
    guard let (type, bigEndian) = elementType(header.descr) else {
      throw reader.damaged("holds elements of type '\(header.descr)', which are no numbers Tombola reads")
    }
    guard let count = NumberArray.byteCount(type, header.shape), count <= ContentReader.largestCount else {
      throw reader.damaged("promises the impossible shape \(header.shape)")
    }
    let promise = "its header promises \(grouped(reader.readCount + count))"
    let bytes = try reader.read(count, promise: promise)
    try reader.expectEnd(promise: promise)
    return NumberArray(
      name: reader.name, remedy: reader.remedy, type: type, bigEndian: bigEndian, shape: header.shape,
      bytes: header.fortranOrder ? rowMajor(bytes, header.shape, type.byteCount) : bytes)
  }

  /// Elements whose first index runs fastest, put in the order in which the last does.
  private static func rowMajor(_ bytes: [UInt8], _ shape: [Int], _ size: Int) -> [UInt8] {
    guard shape.filter({ $0 > 1 }).count > 1, !bytes.isEmpty else { return bytes }
    var strides: [Int] = [], stride = size
    for dimension in shape {
      strides.append(stride)
      stride *= dimension
    }
    var moved: [UInt8] = [], index = shape.map { _ in 0 }, offset = 0
    moved.reserveCapacity(bytes.count)
    while moved.count < bytes.count {
      for i in 0..<size { moved.append(bytes[offset + i]) }
      var axis = shape.count - 1
      while axis >= 0 {
        index[axis] += 1
        offset += strides[axis]
        if index[axis] < shape[axis] { break }
        offset -= strides[axis] * shape[axis]
        index[axis] = 0
        axis -= 1
      }
    }
    return moved
  }

  private static func header(_ reader: ContentReader) throws -> NPYHeader {
    let start = try reader.read(8, promise: "an NPY file starts with a header of at least 10")
    guard start.starts(with: [0x93] + Array("NUMPY".utf8)), (1...3).contains(start[6]) else {
      throw reader.damaged("does not start like an NPY file of version 1 to 3")
    }
    let digits = try reader.read(start[6] == 1 ? 2 : 4, promise: "its header is longer")
    let length = digits.reversed().reduce(0) { $0 << 8 | Int($1) }
    guard length <= longestHeader else { throw reader.damaged("promises a header of \(grouped(length)) bytes") }
    let text = String(decoding: try reader.read(length, promise: "its header is \(length) long"), as: UTF8.self)
    guard let header = NPYHeader(text) else {
      throw reader.damaged("has the malformed header \(text.debugDescription)")
    }
    return header
  }

  /// `<f4` and the like: byte order, kind, bytes.
  private static func elementType(_ descr: String) -> (ElementType, bigEndian: Bool)? {
    guard let order = descr.first, "<>|=".contains(order) else { return nil }
    let code = String(descr.dropFirst())
    guard let type = types[code] ?? text(code) else { return nil }
    return (type, order == ">")
  }

  /// Strings of a fixed length: `U5` is five code points of four bytes each, `S5` five bytes.
  private static func text(_ code: String) -> ElementType? {
    guard "US".contains(code.prefix(1)), let length = Int(code.dropFirst()), (1...longestText).contains(length) else {
      return nil
    }
    return code.hasPrefix("U") ? .unicode(length) : .ascii(length)
  }

  private static let longestText = 4096

  private static let types: [String: ElementType] = [
    "b1": .bool, "u1": .uint8, "i1": .int8, "u2": .uint16, "i2": .int16, "u4": .uint32, "i4": .int32, "u8": .uint64,
    "i8": .int64, "f2": .float16, "f4": .float32, "f8": .float64,
  ]
}

/// The dictionary at the start of an NPY file: `{'descr': '<f4', 'fortran_order': False, 'shape': (3, 4), }`.
struct NPYHeader: Equatable {
  var descr: String
  var fortranOrder: Bool
  var shape: [Int]

  init?(_ text: String) {
    guard let descr = Self.value("descr", in: text)?.quoted,
      let order = Self.value("fortran_order", in: text), order.hasPrefix("True") || order.hasPrefix("False"),
      let shape = Self.value("shape", in: text).flatMap(Self.tuple)
    else { return nil }
    self.descr = descr
    fortranOrder = order.hasPrefix("True")
    self.shape = shape
  }

  /// The text after `'key':`.
  private static func value(_ key: String, in text: String) -> Substring? {
    guard let range = text.range(of: "'\(key)':") else { return nil }
    return text[range.upperBound...].drop { $0 == " " }
  }

  /// `(3, 4)`, `(3,)` or `()`.
  private static func tuple(_ text: Substring) -> [Int]? {
    guard text.first == "(", let end = text.firstIndex(of: ")") else { return nil }
    let words = text[text.index(after: text.startIndex)..<end].split(separator: ",")
      .map { $0.trimmingCharacters(in: .whitespaces) }.filter { !$0.isEmpty }
    let numbers = words.compactMap { Int($0.hasSuffix("L") ? String($0.dropLast()) : $0) }
    return numbers.count == words.count ? numbers : nil
  }
}

extension Substring {
  /// The text between a leading quotation mark and the next one like it.
  fileprivate var quoted: String? {
    guard let mark = first, mark == "'" || mark == "\"" else { return nil }
    let rest = dropFirst()
    return rest.firstIndex(of: mark).map { String(rest[..<$0]) }
  }
}
