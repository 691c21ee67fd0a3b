import Foundation

#if canImport(Glibc)
  import Glibc
#elseif canImport(Darwin)
  import Darwin
#endif

/// The folders within a folder and when each was last changed, without a line of Foundation: tens of thousands in a
/// fraction of a second.
enum FolderListing {
  struct Folder {
    var name: String
    /// Nanoseconds since 1970: when a file in it was last created, renamed or deleted.
    var changed: Int64
  }

  /// - Returns: Nothing if there is no such folder.
  static func folders(in url: URL, where wanted: (String) -> Bool) -> [Folder] {
    guard let stream = opendir(url.path) else { return [] }
    defer { closedir(stream) }
    let place = dirfd(stream)
    var folders: [Folder] = []
    while let entry = readdir(stream) {
      let name = withUnsafePointer(to: &entry.pointee.d_name) { tuple in
        tuple.withMemoryRebound(to: CChar.self, capacity: MemoryLayout.size(ofValue: tuple.pointee)) {
          String(cString: $0)
        }
      }
      guard !name.hasPrefix("."), wanted(name) else { continue }
      var status = stat()
      guard fstatat(place, name, &status, 0) == 0, status.st_mode & S_IFMT == S_IFDIR else { continue }
      folders.append(Folder(name: name, changed: nanoseconds(status)))
    }
    return folders
  }

  private static func nanoseconds(_ status: stat) -> Int64 {
    #if canImport(Darwin)
      Int64(status.st_mtimespec.tv_sec) * 1_000_000_000 + Int64(status.st_mtimespec.tv_nsec)
    #else
      Int64(status.st_mtim.tv_sec) * 1_000_000_000 + Int64(status.st_mtim.tv_nsec)
    #endif
  }
}
