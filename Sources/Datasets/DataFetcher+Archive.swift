import Basics
import Foundation

/// Data sets whose files are published together in one archive.
extension DataFetcher {
  /// Files go to the first of the data set's folders that holds some already, else to the one of its name.
  func fetch(
    _ archive: DataArchive, of source: any DataSource, report: @Sendable (String) -> Void
  ) async throws -> [URL] {
    let folders = DataLocator.namedFolders(source, in: locator.downloadFolder)
    let folder =
      folders.first { folder in source.files.contains { DataLocator.find($0, in: folder) != nil } } ?? folders[0]
    let wanted = try source.files.filter { try isWanted($0, in: folder) }
    if !wanted.isEmpty { try await fetch(wanted, from: archive, of: source, into: folder) }
    return source.files.compactMap { file in
      report("\(file.name) \(wanted.contains(file) ? "fetched, SHA-256 correct" : "is there already")")
      return DataLocator.find(file, in: folder)
    }
  }

  /// - Throws: `Problem.badData` if a copy with other content lies there: it may be the only one of its kind.
  private func isWanted(_ file: DataFile, in folder: URL) throws -> Bool {
    guard let place = DataLocator.find(file, in: folder) else { return true }
    let state = FileCheck(file, at: place).state
    if case .other = state {
      throw Problem.badData(
        "\(place.path) has other content than the original, and is not overwritten.",
        remedy: "It can be used as it is. To fetch the original, move it away or choose another folder with --data-dir."
      )
    }
    return state != .correct
  }

  private func fetch(
    _ files: [DataFile], from archive: DataArchive, of source: any DataSource, into folder: URL
  ) async throws {
    let remedy = manualRemedy(archive, source)
    let data = try await download(archive.name, of: source, limit: archive.byteCount, remedy: remedy) { data in
      let found = Digest.sha256(data)
      return found == archive.digest ? nil : "it has the SHA-256 \(found), not \(archive.digest)"
    }
    try TarArchive(data, name: archive.name, remedy: remedy).extract(files) { file, content in
      let content = Data(content)
      guard FileCheck.state(of: content, file) == .correct else {
        throw Problem.badData("\(archive.name) holds another \(file.name) than the original.", remedy: remedy)
      }
      try Self.store(content, at: folder.appendingPathComponent(file.name))
    }
  }

  private func manualRemedy(_ archive: DataArchive, _ source: any DataSource) -> String {
    let address = source.archiveAddress ?? archive.name
    return "Try again when online, or download \(address) and unpack it in \(locator.downloadFolder.path) yourself."
  }
}
