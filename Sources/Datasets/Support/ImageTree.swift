import Basics
import Foundation

#if canImport(Glibc)
  import Glibc
#elseif canImport(Darwin)
  import Darwin
#endif

/// The files below the class folders of a folder, in an order that does not depend on the file system.
///
/// Every folder in it that is not hidden is a class; classes and files are sorted by name. Files in folders of a class
/// folder belong to the class, links are followed, hidden files and those that file managers leave behind are passed by.
struct ImageTree {
  struct File: Equatable {
    var path: String
    /// Index of its class folder.
    var label: Int32
  }

  let folder: String
  private(set) var classes: [String] = []
  private(set) var files: [File] = []
  /// What stands in the class folders and cannot be an image: path and reason.
  private(set) var faults: [(path: String, reason: String)] = []

  private static let leftovers: Set<String> = ["Thumbs.db", "desktop.ini", "Icon\r"]

  init(_ folder: String) throws {
    self.folder = folder
    classes = try Self.subfolders(folder)
    for (label, name) in classes.enumerated() { walk("\(folder)/\(name)", Int32(label), above: []) }
  }

  /// The names of the folders in a folder that are not hidden, sorted.
  /// - Throws: `Problem.missingInput` if it is no readable folder.
  static func subfolders(_ folder: String) throws -> [String] {
    guard let names = try? FileManager.default.contentsOfDirectory(atPath: folder) else {
      throw Problem.missingInput("There is no readable folder \(folder).", remedy: "Check the path.")
    }
    return names.filter { !$0.hasPrefix(".") && Entry("\(folder)/\($0)").kind == .folder }.sorted()
  }

  /// - Parameter above: The folders that this one stands in, to notice links that lead back.
  private mutating func walk(_ path: String, _ label: Int32, above: [Entry]) {
    let entry = Entry(path)
    switch entry.kind {
    case .folder:
      guard !above.contains(entry) else { return faults.append((path, "is a link to a folder that it stands in")) }
      guard let names = try? FileManager.default.contentsOfDirectory(atPath: path) else {
        return faults.append((path, "is a folder that cannot be read"))
      }
      for name in names.sorted() where !name.hasPrefix(".") && !Self.leftovers.contains(name) {
        walk("\(path)/\(name)", label, above: above + [entry])
      }
    case .file: files.append(File(path: path, label: label))
    case .other: faults.append((path, "is no regular file"))
    case .unreadable(let reason): faults.append((path, "cannot be read (\(reason))"))
    }
  }

  /// What a path leads to, links followed.
  private struct Entry: Equatable {
    enum Kind: Equatable {
      case folder, file, other
      case unreadable(String)
    }
    var kind: Kind
    var device: UInt64 = 0
    var number: UInt64 = 0

    init(_ path: String) {
      var status = stat()
      guard stat(path, &status) == 0 else {
        kind = .unreadable(String(cString: strerror(errno)))
        return
      }
      kind =
        switch status.st_mode & S_IFMT {
        case S_IFDIR: .folder
        case S_IFREG: .file
        default: .other
        }
      device = UInt64(truncatingIfNeeded: status.st_dev)
      number = UInt64(status.st_ino)
    }
  }
}
