public import Foundation

#if canImport(Glibc)
  import Glibc
#elseif canImport(Darwin)
  import Darwin
#endif

/// Reads small files that anyone may have put there: a pipe, a device or a folder is none, and never waited for.
public enum PlainFile {
  /// - Returns: `nil` if there is no plain file, or one of more than `most` bytes.
  public static func data(_ url: URL, atMost most: Int = 1 << 30) -> Data? {
    let descriptor = open(url.path, O_RDONLY | O_NONBLOCK | O_CLOEXEC)
    guard descriptor >= 0 else { return nil }
    let handle = FileHandle(fileDescriptor: descriptor, closeOnDealloc: true)
    var status = stat()
    guard fstat(descriptor, &status) == 0, status.st_mode & S_IFMT == S_IFREG, status.st_size <= most else {
      return nil
    }
    return try? handle.readToEnd() ?? Data()
  }
}
