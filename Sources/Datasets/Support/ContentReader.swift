import Basics
import CZlib
package import Foundation

/// Reads the content of a file from front to back, whether it is stored plain or compressed.
///
/// Every failure is a `Problem.badData` that names the file and ends with `remedy`.
package final class ContentReader {
  /// The name that messages use.
  let name: String
  let remedy: String
  /// No more bytes than this can be read in total.
  let mostCount: Int
  /// How many bytes were read so far.
  private(set) var readCount = 0
  /// CRC-32 of what was read so far.
  private(set) var checksum: UInt = 0
  private let tracksChecksum: Bool
  private var plain = Data()
  private var inflater: Inflater?

  /// Content larger than this is refused: it would not fit beside a network on the machines Tombola is for.
  static let largestCount = 8 << 30

  private init(_ data: Data, _ format: Inflater.Format?, name: String, remedy: String, tracksChecksum: Bool) {
    self.name = name
    self.remedy = remedy
    self.tracksChecksum = tracksChecksum
    if let format {
      inflater = Inflater(data, format)
      mostCount = min(data.count.multipliedReportingOverflow(by: Inflater.largestRatio).partialValue, Self.largestCount)
    } else {
      plain = data
      mostCount = data.count
    }
  }

  /// Opens the file's bytes; a gzip file is recognised by its first two bytes.
  convenience init(file url: URL, remedy: String) throws {
    self.init(try Problem.content(of: url), name: url.lastPathComponent, remedy: remedy)
  }

  package convenience init(_ data: Data, name: String, remedy: String) {
    let format: Inflater.Format? = data.starts(with: [0x1F, 0x8B]) ? .gzip : nil
    self.init(data, format, name: name, remedy: remedy, tracksChecksum: false)
  }

  /// Reads a part of an archive: stored if `format` is nil. The CRC of what is read is kept.
  convenience init(part data: Data, _ format: Inflater.Format?, name: String, remedy: String) {
    self.init(data, format, name: name, remedy: remedy, tracksChecksum: true)
  }

  var isCompressed: Bool { inflater != nil }

  /// The next `count` bytes. Memory is only taken if the file can hold that many.
  /// - Parameter promise: who said how many, for the message: "its header promises 47 040 016".
  func read(_ count: Int, promise: String) throws -> [UInt8] {
    guard count <= mostCount - readCount else { throw short("is\(isCompressed ? " at most" : "")", mostCount, promise) }
    if !isCompressed {
      return try [UInt8](unsafeUninitializedCapacity: count) { buffer, initialized in
        initialized = try fill(UnsafeMutableRawBufferPointer(buffer))
      }
    }
    // What a compressed file holds is known once it is inflated: memory is taken in proportion to what has come.
    var bytes: [UInt8] = []
    while bytes.count < count {
      let room = min(count - bytes.count, max(1 << 20, bytes.count))
      let part = try [UInt8](unsafeUninitializedCapacity: room) { buffer, initialized in
        initialized = try fill(UnsafeMutableRawBufferPointer(buffer))
      }
      guard !part.isEmpty else { throw short("is", readCount, promise) }
      bytes += part
    }
    return bytes
  }

  /// All the rest, if it is no more than `limit` bytes.
  package func readAll(limit: Int) throws -> [UInt8] {
    var all: [UInt8] = []
    while true {
      let chunk = try [UInt8](unsafeUninitializedCapacity: min(1 << 20, limit - all.count + 1)) { buffer, initialized in
        initialized = try fill(UnsafeMutableRawBufferPointer(buffer))
      }
      if chunk.isEmpty { break }
      all.append(contentsOf: chunk)
      guard all.count <= limit else { throw damaged("holds more than \(grouped(limit)) bytes") }
    }
    try expectWhole()
    return all
  }

  /// Fails if anything follows what was read.
  func expectEnd(promise: String) throws {
    var extra: UInt8 = 0
    let count = try withUnsafeMutableBytes(of: &extra) { try fill($0) }
    guard count == 0 else {
      let size = isCompressed ? "at least \(grouped(readCount))" : grouped(mostCount)
      throw damaged("is \(size) bytes; \(promise)")
    }
    try expectWhole()
  }

  private func expectWhole() throws {
    if let inflater, !inflater.isWhole { throw damaged("ends before the end of its compressed data") }
  }

  func damaged(_ what: String) -> Problem { .badData("\(name) \(what).", remedy: remedy) }

  private func short(_ verb: String, _ count: Int, _ promise: String) -> Problem {
    damaged("\(verb) \(grouped(count)) bytes\(isCompressed ? " inflated" : ""); \(promise)")
  }

  private func fill(_ buffer: UnsafeMutableRawBufferPointer) throws -> Int {
    let count = try inflater.map { try inflate($0, buffer) } ?? copy(buffer)
    readCount += count
    if tracksChecksum && count > 0 {
      checksum = crc32_z(checksum, buffer.baseAddress?.assumingMemoryBound(to: UInt8.self), count)
    }
    return count
  }

  private func copy(_ buffer: UnsafeMutableRawBufferPointer) -> Int {
    plain.withUnsafeBytes { bytes in
      let rest = bytes[readCount..<min(readCount + buffer.count, bytes.count)]
      buffer.copyMemory(from: UnsafeRawBufferPointer(rebasing: rest))
      return rest.count
    }
  }

  private func inflate(_ inflater: Inflater, _ buffer: UnsafeMutableRawBufferPointer) throws -> Int {
    do {
      return try inflater.read(into: buffer)
    } catch let damage as Inflater.Damage {
      throw damaged("cannot be inflated (\(damage.reason))")
    }
  }
}
