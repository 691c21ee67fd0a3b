public import Foundation

extension AtomicFile {
  /// Writes a folder of files under a temporary name and renames it, so that no reader sees a part of it. A folder of that name is replaced;
  /// for the moment between two renames there is neither.
  ///
  /// - Parameter files: Content by path within the folder.
  /// - Throws: `Problem.cannotWrite`.
  public static func write(folder files: [String: Data], to url: URL) throws {
    let manager = FileManager.default, new = temporary(for: url), old = temporary(for: url)
    defer { for folder in [new, old] { try? manager.removeItem(at: folder) } }
    for (path, content) in files.sorted(by: { $0.key < $1.key }) {
      let file = new.appendingPathComponent(path)
      try createFolder(file.deletingLastPathComponent())
      try write(content, to: file)
    }
    let isThere = manager.fileExists(atPath: url.path)
    do {
      if isThere { try manager.moveItem(at: url, to: old) }
      try manager.moveItem(at: new, to: url)
    } catch {
      if isThere, !manager.fileExists(atPath: url.path) { try? manager.moveItem(at: old, to: url) }
      throw Problem.cannotWrite(
        "The folder \(url.path) cannot be written: \(error.localizedDescription).",
        remedy: "Choose another place for it.")
    }
  }
}
