import Basics
public import Foundation

/// Downloads the files of a data set into the locator's download folder.
public struct DataFetcher: Sendable {
  public var locator: DataLocator
  /// Taken instead of the source's own mirrors if given.
  public var mirrors: [URL]?

  public init(locator: DataLocator, mirrors: [URL]? = nil) {
    self.locator = locator
    self.mirrors = mirrors
  }

  /// Downloads what is missing or wrong, and returns where the files lie.
  ///
  /// A file is kept only if its SHA-256 is right, and appears under its name only when it is whole. Of an archive, only
  /// the files of the data set are unpacked.
  /// - Parameter report: receives a line per file.
  /// - Throws: `Problem.missingInput` if no mirror delivers, saying which file to put where; `Problem.badData` if what
  ///   came has the wrong digest, or if a file with other content than the original is in the way;
  ///   `Problem.cannotWrite`.
  @discardableResult
  public func fetch(_ source: any DataSource, report: @Sendable (String) -> Void = { _ in }) async throws -> [URL] {
    if let archive = source.archive { return try await fetch(archive, of: source, report: report) }
    let folder = locator.downloadFolder.appendingPathComponent(source.name, isDirectory: true)
    var places: [URL] = []
    for file in source.files {
      if let place = DataLocator.find(file, in: folder), FileCheck(file, at: place).state == .correct {
        report("\(file.name) is there already")
        places.append(place)
      } else {
        places.append(try await fetch(file, of: source, into: folder))
        report("\(file.name) fetched, SHA-256 correct")
      }
    }
    return places
  }

  private func fetch(_ file: DataFile, of source: any DataSource, into folder: URL) async throws -> URL {
    let remedy = manualRemedy(file, source)
    let data = try await download(file.name + ".gz", of: source, limit: file.byteCount + 65_536, remedy: remedy) {
      if case .wrong(let reason) = FileCheck.state(of: $0, file) { reason } else { nil }
    }
    let place = folder.appendingPathComponent(file.name + ".gz")
    try Self.store(data, at: place)
    return place
  }

  /// The bytes from the first mirror that has the right ones.
  /// - Parameter objection: what is wrong with bytes that came, or nil.
  func download(
    _ name: String, of source: any DataSource, limit: Int, remedy: String, objection: (Data) -> String?
  ) async throws -> Data {
    var failures: [String] = [], refused = false
    for mirror in mirrors ?? source.mirrors {
      let url = mirror.appendingPathComponent(name)
      do {
        let data = try await Download.data(from: url, limit: limit)
        guard let reason = objection(data) else { return data }
        refused = true
        failures.append("\(url.absoluteString): refused, \(reason)")
      } catch let failure as DownloadFailure {
        failures.append("\(url.absoluteString): \(failure.reason)")
      }
    }
    throw Problem(
      refused ? .badData : .missingInput,
      "\(name) could not be fetched (\(failures.joined(separator: "; "))). Nothing was kept.", remedy: remedy)
  }

  private func manualRemedy(_ file: DataFile, _ source: any DataSource) -> String {
    let folder = locator.downloadFolder.appendingPathComponent(source.name).path
    let package = source.debianPackage.map { " On Debian: 'apt-get install \($0)'." } ?? ""
    return "Try again when online, or put \(file.name).gz into \(folder) yourself.\(package)"
  }

  static func store(_ data: Data, at place: URL) throws {
    do {
      try AtomicFile.createFolder(place.deletingLastPathComponent())
      try AtomicFile.write(data, to: place)
    } catch var problem as Problem {
      problem.remedy = "Check the folder's permissions and space, or choose another with --data-dir or $TOMBOLA_DATA."
      throw problem
    }
  }
}
