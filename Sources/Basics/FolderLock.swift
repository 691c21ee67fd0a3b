public import Foundation

#if canImport(Glibc)
  import Glibc
#elseif canImport(Darwin)
  import Darwin
#endif

/// Keeps a folder to one process at a time, or to several that work in different parts of it: the system drops the lock
/// when the process ends, however it ends.
public final class FolderLock: Sendable {
  public enum Mode: Sendable {
    /// Nobody else is in the folder.
    case alone
    /// Others may be in the folder in this mode, none alone.
    case together
  }

  private let descriptor: Int32

  private init(descriptor: Int32) { self.descriptor = descriptor }

  /// - Throws: `Problem.cannotWrite` if another process holds the folder or the lock file cannot be made.
  public convenience init(_ folder: URL, _ mode: Mode = .alone) throws {
    guard let descriptor = try Self.take(folder, mode, attempts: 100) else {
      throw Problem.cannotWrite(
        "Another process is at work in \(folder.path).", remedy: "Wait for it, or choose another folder with --out.")
    }
    self.init(descriptor: descriptor)
  }

  /// The lock, or `nil` if another process holds the folder.
  public static func ifFree(_ folder: URL, _ mode: Mode = .alone) throws -> FolderLock? {
    try take(folder, mode, attempts: 4).map(FolderLock.init(descriptor:))
  }

  /// Waits for the lock.
  /// - Throws: `Interruption.problem` if the user asks to stop meanwhile.
  public static func waiting(for folder: URL) throws -> FolderLock {
    while true {
      if let lock = try ifFree(folder) { return lock }
      try Interruption.check()
      usleep(20_000)
    }
  }

  /// Whether some process works in the folder.
  public static func isHeld(_ folder: URL) -> Bool {
    let descriptor = open(folder.appendingPathComponent(".lock").path, O_RDONLY | O_CLOEXEC)
    guard descriptor >= 0 else { return false }
    defer { close(descriptor) }
    return flock(descriptor, LOCK_SH | LOCK_NB) != 0
  }

  deinit { close(descriptor) }

  /// A lock that is taken is tried again, every five milliseconds: one that only looks whether the folder is held (`isHeld`)
  /// is gone in a moment, and a child process that is just being started holds its parent's files open until it runs, and a
  /// lock just dropped with them.
  private static func take(_ folder: URL, _ mode: Mode, attempts: Int) throws -> Int32? {
    let path = folder.appendingPathComponent(".lock").path
    let descriptor = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0o644)
    guard descriptor >= 0 else {
      throw Problem.system(errno, "Cannot write in \(folder.path)")
    }
    for attempt in 0..<attempts {
      if attempt > 0 { usleep(5_000) }
      if flock(descriptor, (mode == .alone ? LOCK_EX : LOCK_SH) | LOCK_NB) == 0 { return descriptor }
    }
    close(descriptor)
    return nil
  }
}
