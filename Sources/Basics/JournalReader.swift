public import Foundation

#if canImport(Glibc)
  import Glibc
#elseif canImport(Darwin)
  import Darwin
#endif

/// Reads a journal as it grows: every line once, a piece of the file at a time, so that neither memory nor the next look
/// depends on how long it is.
public struct JournalReader: Sendable {
  public let url: URL
  /// Lines so far that are events.
  public private(set) var events = 0
  /// Lines so far that are not, or whose numbers cannot be what they say.
  public private(set) var damagedLines = 0
  /// Whether the file ends in the middle of a line: one that is being written, or that a crash has torn.
  public private(set) var isTorn = false
  /// Bytes taken from the file in all.
  public private(set) var bytesRead = 0

  /// Where the next line begins.
  private var offset = 0
  /// Of the file that was read, so that another one in its place is read from its start.
  private var identity: [UInt64] = []
  /// Whether the rest of a line is passed over that is longer than a piece.
  private var isPassing = false

  private static let piece = 1 << 20

  public init(_ url: URL) { self.url = url }

  /// Looks at what has been appended since. A file that is no plain one, or is gone, is an empty journal.
  ///
  /// - Parameters:
  ///   - restarted: Called if another file stands in the place of the one that was read: what it said does not hold.
  ///   - visit: Called with every event.
  public mutating func read(restarted: () -> Void = {}, _ visit: (JournalLine) -> Void = { _ in }) {
    let descriptor = open(url.path, O_RDONLY | O_NONBLOCK | O_CLOEXEC)
    defer { if descriptor >= 0 { close(descriptor) } }
    var status = stat()
    let isPlain = descriptor >= 0 && fstat(descriptor, &status) == 0 && status.st_mode & S_IFMT == S_IFREG
    let found = isPlain ? [UInt64(truncatingIfNeeded: status.st_dev), UInt64(status.st_ino)] : []
    if found != identity || Int(status.st_size) < offset {
      let isFirst = identity.isEmpty
      self = JournalReader(url, identity: found, bytesRead: bytesRead)
      if !isFirst { restarted() }
    }
    isTorn = false
    guard isPlain, Int(status.st_size) > offset else { return }
    withUnsafeTemporaryAllocation(byteCount: Self.piece, alignment: 16) { buffer in
      while true {
        let count = pread(descriptor, buffer.baseAddress!, buffer.count, off_t(offset))
        guard count > 0 else { break }
        let taken = takeLines(UnsafeRawBufferPointer(rebasing: buffer[..<count]), visit)
        bytesRead += count
        offset += taken
        isTorn = taken < count
        guard count == buffer.count else { break }
      }
    }
  }

  private init(_ url: URL, identity: [UInt64], bytesRead: Int) {
    self.url = url
    self.identity = identity
    self.bytesRead = bytesRead
  }

  /// - Returns: The bytes that are done with.
  private mutating func takeLines(_ bytes: UnsafeRawBufferPointer, _ visit: (JournalLine) -> Void) -> Int {
    var start = 0
    while start < bytes.count,
      let found = memchr(bytes.baseAddress! + start, Int32(UInt8(ascii: "\n")), bytes.count - start)
    {
      let end = UnsafeRawPointer(found) - bytes.baseAddress!
      if isPassing {
        isPassing = false
      } else if end > start {
        take(UnsafeRawBufferPointer(rebasing: bytes[start..<end]), visit)
      }
      start = end + 1
    }
    guard start == 0, bytes.count == Self.piece else { return start }
    if !isPassing { damagedLines += 1 }
    isPassing = true
    return bytes.count
  }

  private mutating func take(_ line: UnsafeRawBufferPointer, _ visit: (JournalLine) -> Void) {
    if let line = JournalLine(line) {
      events += 1
      return visit(line)
    }
    guard line[0] == UInt8(ascii: "{"), let event = try? JSONDecoder().decode(Event.self, from: Data(line)) else {
      damagedLines += 1
      return
    }
    var stage = event.stage
    let isSound = stage.withUTF8 { name in
      guard let line = JournalLine(event, stage: UnsafeRawBufferPointer(name)) else { return false }
      visit(line)
      return true
    }
    if isSound { events += 1 } else { damagedLines += 1 }
  }
}
