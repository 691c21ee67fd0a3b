import Basics
public import Foundation

/// Finds the files of a data set.
///
/// Searched in this order: the folder given (`--data-dir`), `$TOMBOLA_DATA`, the user's data folder, the system's
/// `/usr/share/datasets`. In each, first the subfolder with the data set's name, then the one that its archive unpacks
/// to, then the folder itself.
public struct DataLocator: Sendable {
  public var folders: [URL]
  /// Where downloads go: the first of the folder given, `$TOMBOLA_DATA` and the user's data folder.
  public var downloadFolder: URL
  var memory: Memory?
  var held: [String: Dataset] = [:]

  public init(
    dataFolder: String? = nil, environment: [String: String] = ProcessInfo.processInfo.environment,
    systemFolders: [String] = ["/usr/share/datasets"]
  ) {
    let chosen = [dataFolder, environment["TOMBOLA_DATA"]].compactMap { $0 }.filter { !$0.isEmpty }
    let own = chosen.map(Self.folder) + [Self.userFolder(environment)]
    folders = own + systemFolders.map(Self.folder)
    downloadFolder = own[0]
  }

  private static func folder(_ path: String) -> URL {
    URL(fileURLWithPath: (path as NSString).expandingTildeInPath, isDirectory: true)
  }

  private static func userFolder(_ environment: [String: String]) -> URL {
    let home = environment["HOME"].map(folder) ?? FileManager.default.homeDirectoryForCurrentUser
    #if os(macOS)
      return home.appendingPathComponent("Library/Application Support/tombola", isDirectory: true)
    #else
      let base = environment["XDG_DATA_HOME"].flatMap { $0.hasPrefix("/") ? folder($0) : nil }
      return (base ?? home.appendingPathComponent(".local/share", isDirectory: true))
        .appendingPathComponent("tombola", isDirectory: true)
    #endif
  }

  /// The places of a source's files, in the order of `files`; all lie in one folder.
  ///
  /// Data sets share file names. Files outside a folder of the data set's name therefore count only if their names tell
  /// enough or the smallest of them has the right digest.
  /// - Throws: `Problem.missingInput` saying which file to put where.
  public func locate(_ source: any DataSource) throws -> [URL] {
    for folder in places(source) {
      let found = source.files.compactMap { Self.find($0, in: folder) }
      guard found.count == source.files.count else { continue }
      let isNamed = source.hasTellingNames || source.folderNames.contains(folder.lastPathComponent)
      if isNamed || Self.smallestIsCorrect(source, found) { return found }
    }
    throw missing(source)
  }

  /// The folders to look into, best first.
  private func places(_ source: any DataSource) -> [URL] {
    folders.flatMap { Self.namedFolders(source, in: $0) + [$0] }
  }

  static func namedFolders(_ source: any DataSource, in folder: URL) -> [URL] {
    source.folderNames.map { folder.appendingPathComponent($0, isDirectory: true) }
  }

  static func find(_ file: DataFile, in folder: URL) -> URL? {
    file.fileNames.lazy.map { folder.appendingPathComponent($0) }
      .first { FileManager.default.fileExists(atPath: $0.path) }
  }

  private static func smallestIsCorrect(_ source: any DataSource, _ urls: [URL]) -> Bool {
    guard let (file, url) = zip(source.files, urls).min(by: { $0.0.byteCount < $1.0.byteCount }) else { return true }
    return FileCheck(file, at: url).state == .correct
  }

  private func missing(_ source: any DataSource) -> Problem {
    let best = places(source).first { folder in source.files.contains { Self.find($0, in: folder) != nil } }
    let absent = source.files.filter { file in best.flatMap { Self.find(file, in: $0) } == nil }
    let suffix = source.archive == nil ? ".gz" : ""
    let names = (absent.isEmpty ? source.files : absent).map { $0.name + suffix }.joined(separator: ", ")
    return .missingInput(
      "The data set \(source.name) is not complete in any of \(folders.map(\.path).joined(separator: ", ")).",
      remedy: remedy(source, names))
  }

  /// How to get files by that name.
  func remedy(_ source: any DataSource, _ names: String) -> String {
    let package = source.debianPackage.map { " On Debian: 'apt-get install \($0)'." } ?? ""
    let target = downloadFolder.appendingPathComponent(source.name).path
    let origin = source.archiveAddress.map { " from \($0)" } ?? ""
    return "Run 'tombola data fetch \(source.name)', or put \(names)\(origin) into \(target).\(package)"
  }
}

extension DataLocator {
  /// Checks every file of a source where it is found first; a source that is built in has none.
  public func verify(_ source: any DataSource) -> [FileCheck] {
    source.files.map { file in
      let url = places(source).lazy.compactMap { Self.find(file, in: $0) }.first
      return url.map { FileCheck(file, at: $0) } ?? FileCheck(missing: file)
    }
  }
}
