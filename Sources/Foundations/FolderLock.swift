public import Foundation

#if canImport(Glibc)
  import Glibc
#elseif canImport(Darwin)
  import Darwin
#endif

/// Keeps a run folder to one process at a time: the system drops the lock when the process ends, however it ends.
public final class FolderLock: Sendable {
  private let descriptor: Int32

  /// - Throws: `Problem.cannotWrite` if another process holds the folder or the lock file cannot be made.
  public init(_ folder: URL) throws {
    let path = folder.appendingPathComponent(".lock").path
    descriptor = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0o644)
    guard descriptor >= 0 else {
      throw Problem.cannotWrite(
        "Cannot write in \(folder.path): \(String(cString: strerror(errno))).",
        remedy: "Check the folder's permissions, or choose another with --out.")
    }
    guard Self.lock(descriptor) else {
      close(descriptor)
      throw Problem.cannotWrite(
        "Another process is at work in \(folder.path).", remedy: "Wait for it, or choose another folder with --out.")
    }
  }

  /// A child process that is just being started holds its parent's files open until it runs, and a lock just dropped with
  /// them; so a lock that is taken is tried for half a second.
  private static func lock(_ descriptor: Int32) -> Bool {
    for _ in 0..<10 {
      if flock(descriptor, LOCK_EX | LOCK_NB) == 0 { return true }
      usleep(50_000)
    }
    return false
  }

  deinit { close(descriptor) }
}
