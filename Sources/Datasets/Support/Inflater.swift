import CZlib
import Foundation

/// Inflates deflate data step by step, so that the reader decides how much memory the output gets.
///
/// The reading end trusts nothing: it asks for as many bytes as a checked header promises, then asks whether more
/// follow.
final class Inflater {
  /// The wrapping around the deflate data.
  enum Format: Int32 {
    case gzip = 31
    case zlib = 15
    case raw = -15
  }

  /// Deflate cannot shrink data by more than this factor (1 bit for 129 bytes is its limit, 1032 to 1).
  static let largestRatio = 1032

  private let stream = UnsafeMutablePointer<z_stream>.allocate(capacity: 1)
  private let input: Data
  private let format: Format
  private var position = 0
  private var ended = false
  /// All compressed data was there, and its checksum right.
  private(set) var isWhole = false

  init(_ input: Data, _ format: Format) {
    self.input = input
    self.format = format
    stream.initialize(to: z_stream())
    let status = inflateInit2_(stream, format.rawValue, ZLIB_VERSION, Int32(MemoryLayout<z_stream>.size))
    precondition(status == Z_OK, "zlib cannot start: status \(status)")
  }

  deinit {
    inflateEnd(stream)
    stream.deallocate()
  }

  /// What is wrong with the deflate data.
  struct Damage: Error { var reason: String }

  /// Fills `output` as far as the data reaches, and returns how many bytes were written.
  func read(into output: UnsafeMutableRawBufferPointer) throws -> Int {
    var written = 0
    while written < output.count && !ended {
      let step = try inflateOnce(into: UnsafeMutableRawBufferPointer(rebasing: output[written...]))
      written += step.written
      if step.status == Z_STREAM_END { try startNextMember() } else { try checkProgress(step) }
    }
    return written
  }

  private typealias Progress = (written: Int, read: Int, status: Int32)

  private func inflateOnce(into output: UnsafeMutableRawBufferPointer) throws -> Progress {
    let room = UInt32(clamping: output.count), rest = UInt32(clamping: input.count - position)
    let status = input.withUnsafeBytes { bytes in
      stream.pointee.next_in = UnsafeMutablePointer(
        mutating: bytes.baseAddress?.advanced(by: position).assumingMemoryBound(to: UInt8.self))
      stream.pointee.avail_in = rest
      stream.pointee.next_out = output.baseAddress?.assumingMemoryBound(to: UInt8.self)
      stream.pointee.avail_out = room
      return inflate(stream, Z_NO_FLUSH)
    }
    let read = Int(rest - stream.pointee.avail_in)
    position += read
    return (Int(room - stream.pointee.avail_out), read, status)
  }

  private func checkProgress(_ step: Progress) throws {
    guard step.status == Z_OK || step.status == Z_BUF_ERROR else {
      throw Damage(reason: stream.pointee.msg.map { String(cString: $0) } ?? "zlib status \(step.status)")
    }
    if step.written == 0 && step.read == 0 { ended = true }
  }

  /// gzip files may be several members one after another; zeros may pad their end.
  private func startNextMember() throws {
    (ended, isWhole) = (true, true)
    let rest = input.dropFirst(position)
    guard format == .gzip, rest.contains(where: { $0 != 0 }) else { return }
    guard rest.starts(with: [0x1F, 0x8B]) else { throw Damage(reason: "foreign bytes follow the compressed data") }
    inflateReset(stream)
    (ended, isWhole) = (false, false)
  }
}
