public import Foundation

#if canImport(Glibc)
  import Glibc
#elseif canImport(Darwin)
  import Darwin
#endif

extension AtomicFile {
  /// Deletes the temporary files that processes left in the folders when they were killed. Files of processes that still
  /// run on this machine stay, as does whatever has another name.
  ///
  /// Call it under the folder's lock.
  public static func removeLeftovers(in folders: [URL]) {
    for folder in folders {
      let names = (try? FileManager.default.contentsOfDirectory(atPath: folder.path)) ?? []
      for name in names {
        if let owner = owner(of: name), !isRunning(owner) { unlink(folder.appendingPathComponent(name).path) }
      }
    }
  }

  /// The process that a name `.NAME.PROCESS.NUMBER.tmp` belongs to.
  private static func owner(of name: String) -> pid_t? {
    let parts = name.split(separator: ".", omittingEmptySubsequences: false)
    guard parts.count >= 5, parts[0].isEmpty, parts.last == "tmp", UInt32(parts[parts.count - 2]) != nil else {
      return nil
    }
    return pid_t(parts[parts.count - 3]).flatMap { $0 > 0 ? $0 : nil }
  }

  private static func isRunning(_ process: pid_t) -> Bool { kill(process, 0) == 0 || errno == EPERM }
}
