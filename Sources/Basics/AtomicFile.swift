public import Foundation

#if canImport(Glibc)
  import Glibc
#elseif canImport(Darwin)
  import Darwin
#endif

/// Writes whole files so that a reader sees the old content or the new, never a part.
///
/// The bytes go to a temporary name in the same folder, are flushed to the device, and are renamed over the target; the
/// folder is flushed as well. A crash leaves at worst a temporary file behind, which `removeLeftovers` clears away.
public enum AtomicFile {
  /// - Throws: `Problem.cannotWrite` naming the file, the system's reason, and what to do.
  public static func write(_ data: Data, to url: URL) throws {
    let temporary = temporary(for: url)
    do {
      try writeAndFlush(data, to: temporary)
      guard rename(temporary.path, url.path) == 0 else { throw failure("rename", url) }
    } catch {
      unlink(temporary.path)
      throw error
    }
    flushFolder(url.deletingLastPathComponent())
  }

  public static func write(_ text: String, to url: URL) throws { try write(Data(text.utf8), to: url) }

  /// Appends `data` to the file (created if missing) in one write, and flushes it unless told not to.
  public static func append(_ data: Data, to url: URL, flushed: Bool = true) throws {
    try withDescriptor(url, flags: O_WRONLY | O_CREAT | O_APPEND, flushed: flushed) { try writeAll(data, to: $0, url) }
  }

  /// A name beside the file's, which `removeLeftovers` knows.
  static func temporary(for url: URL) -> URL {
    url.deletingLastPathComponent()
      .appendingPathComponent(".\(url.lastPathComponent).\(getpid()).\(UInt32.random(in: .min ... .max)).tmp")
  }

  /// Creates a folder with its parents.
  public static func createFolder(_ url: URL) throws {
    do {
      try FileManager.default.createDirectory(at: url, withIntermediateDirectories: true)
    } catch {
      let reason = reason(of: error).map { ": \($0)" } ?? ""
      throw Problem.cannotWrite(
        "The folder \(url.path) cannot be created\(reason).", remedy: "Choose a folder you may write to with --out.")
    }
  }

  private static func writeAndFlush(_ data: Data, to url: URL) throws {
    try withDescriptor(url, flags: O_WRONLY | O_CREAT | O_TRUNC) { try writeAll(data, to: $0, url) }
  }

  private static func withDescriptor(
    _ url: URL, flags: Int32, flushed: Bool = true, _ body: (Int32) throws -> Void
  ) throws {
    let descriptor = open(url.path, flags, 0o644)
    guard descriptor >= 0 else { throw failure("open", url) }
    defer { close(descriptor) }
    try body(descriptor)
    guard !flushed || fsync(descriptor) == 0 else { throw failure("flush", url) }
  }

  private static func writeAll(_ data: Data, to descriptor: Int32, _ url: URL) throws {
    try data.withUnsafeBytes { bytes in
      var rest = bytes[...]
      while !rest.isEmpty {
        let written = Foundation.write(descriptor, rest.baseAddress!, rest.count)
        if written < 0 && errno == EINTR { continue }
        guard written > 0 else { throw failure("write", url) }
        rest = rest.dropFirst(written)
      }
    }
  }

  private static func flushFolder(_ url: URL) {
    let descriptor = open(url.path, O_RDONLY)
    guard descriptor >= 0 else { return }
    fsync(descriptor)
    close(descriptor)
  }

  private static func failure(_ action: String, _ url: URL) -> Problem {
    .system(errno, "Cannot \(action) \(url.path)")
  }

  /// The system's own words, where the error carries its number.
  private static func reason(of error: any Error) -> String? {
    let underlying = (error as NSError).userInfo[NSUnderlyingErrorKey] as? NSError
    return underlying.map { String(cString: strerror(Int32($0.code))) }
  }
}

extension Slice where Base == UnsafeRawBufferPointer {
  fileprivate var baseAddress: UnsafeRawPointer? { UnsafeRawBufferPointer(rebasing: self).baseAddress }
}
