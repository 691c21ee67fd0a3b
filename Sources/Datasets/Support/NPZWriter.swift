import CZlib
public import Foundation

/// Arrays as numpy's `.npz`: a zip file of `.npy` entries, stored without compression.
///
/// Formats: PKWARE APPNOTE 6.3.10, and NPY 1.0 (numpy.lib.format). Archives stay below 4 GiB.
public struct NPZWriter {
  private var body = Data()
  private var directory = Data()
  private var count: UInt16 = 0

  public init() {}

  /// - Parameter shape: Its product is the number of values.
  public mutating func add(_ name: String, _ values: [Float], shape: [Int]) { add(name, "<f4", values, shape) }
  public mutating func add(_ name: String, _ values: [Int32], shape: [Int]) { add(name, "<i4", values, shape) }
  public mutating func add(_ name: String, _ values: [UInt8], shape: [Int]) { add(name, "|u1", values, shape) }

  private mutating func add<Value: BitwiseCopyable>(_ name: String, _ type: String, _ values: [Value], _ shape: [Int]) {
    precondition(shape.reduce(1, *) == values.count, "\(values.count) values for \(shape)")
    let dimensions = shape.map { "\($0)," }.joined(separator: " ")
    var header = "{'descr': '\(type)', 'fortran_order': False, 'shape': (\(dimensions)), }"
    // Magic, version and length take ten bytes; numbers begin at a multiple of 64.
    header += String(repeating: " ", count: 63 - (10 + header.utf8.count) % 64) + "\n"
    var entry = Data([0x93]) + Data("NUMPY".utf8) + Data([1, 0])
    entry.append(UInt16(header.utf8.count).littleEndian)
    entry += Data(header.utf8)
    values.withUnsafeBytes { entry.append(contentsOf: $0) }
    append("\(name).npy", entry)
  }

  private mutating func append(_ name: String, _ entry: Data) {
    let checksum = entry.withUnsafeBytes {
      UInt32(crc32_z(0, $0.baseAddress?.assumingMemoryBound(to: UInt8.self), $0.count))
    }
    // Version, flags, method, time, date (1980-01-01), checksum, both sizes, lengths of name and extra field.
    var common = Data()
    for value: UInt16 in [20, 0, 0, 0, 0x21] { common.append(value.littleEndian) }
    for value in [checksum, UInt32(entry.count), UInt32(entry.count)] { common.append(value.littleEndian) }
    for value: UInt16 in [UInt16(name.utf8.count), 0] { common.append(value.littleEndian) }
    let offset = UInt32(body.count)
    body.append(UInt32(0x0403_4b50).littleEndian)
    body += common + Data(name.utf8) + entry
    directory.append(UInt32(0x0201_4b50).littleEndian)
    directory.append(UInt16(20).littleEndian)
    directory += common
    for value: UInt16 in [0, 0, 0] { directory.append(value.littleEndian) }
    for value in [UInt32(0), offset] { directory.append(value.littleEndian) }
    directory += Data(name.utf8)
    count += 1
  }

  /// The whole file.
  public var data: Data {
    var end = Data()
    end.append(UInt32(0x0605_4b50).littleEndian)
    for value: UInt16 in [0, 0, count, count] { end.append(value.littleEndian) }
    for value in [UInt32(directory.count), UInt32(body.count)] { end.append(value.littleEndian) }
    end.append(UInt16(0).littleEndian)
    return body + directory + end
  }
}

extension Data {
  fileprivate mutating func append<Value: FixedWidthInteger>(_ value: Value) {
    Swift.withUnsafeBytes(of: value) { append(contentsOf: $0) }
  }
}
