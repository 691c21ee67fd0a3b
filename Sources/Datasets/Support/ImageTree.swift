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
/// folder belong to the class, links are followed, what is hidden and what systems leave behind is passed by.
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

  /// What systems leave behind, in small letters; all that starts with a dot besides.
  private static let leftovers: Set<String> = [
    "thumbs.db", "ehthumbs.db", "desktop.ini", "icon\r", "__macosx", "@eadir", "lost+found", "$recycle.bin",
  ]

  init(_ folder: String) throws {
    self.folder = folder
    classes = try Self.content(folder).folders
    if let (first, second) = classes.lookalikes {
      throw Problem.badData(
        "\(folder) has two folders whose names look alike: \(first.spelledOut) and \(second.spelledOut).",
        remedy: "Rename one of them if they are two classes, else put their files into one.")
    }
    for (label, name) in classes.enumerated() { walk("\(folder)/\(name)", Int32(label), above: []) }
  }

  /// The names of the folders in a folder, and of what else it holds, sorted, without what is hidden or left behind.
  /// - Throws: `Problem.missingInput` if it is no readable folder.
  static func content(_ folder: String) throws -> (folders: [String], others: [String]) {
    guard let names = names(in: folder) else {
      throw Problem.missingInput("There is no readable folder \(folder).", remedy: "Check the path.")
    }
    let folders = names.filter { Entry("\(folder)/\($0)").kind == .folder }
    return (folders, names.filter { name in !folders.contains { $0.utf8.elementsEqual(name.utf8) } })
  }

  private static func names(in folder: String) -> [String]? {
    (try? FileManager.default.contentsOfDirectory(atPath: folder))?
      .filter { !$0.hasPrefix(".") && !leftovers.contains($0.lowercased()) }.sortedNames()
  }

  /// - Parameter above: The folders that this one stands in, to notice links that lead back.
  private mutating func walk(_ path: String, _ label: Int32, above: [Entry]) {
    let entry = Entry(path)
    switch entry.kind {
    case .folder:
      guard !above.contains(entry) else { return faults.append((path, "is a link to a folder that it stands in")) }
      guard let names = Self.names(in: path) else {
        return faults.append((path, "is a folder that cannot be read"))
      }
      for name in names { walk("\(path)/\(name)", label, above: above + [entry]) }
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
