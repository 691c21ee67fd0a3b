import Foundation
import Foundations

/// The folder of one run: what it is, its journal, and a store of finished trainings for every part of it.
struct RunFolder: Sendable {
  let url: URL

  init(_ url: URL) { self.url = url }

  private var journal: Journal { Journal(url.appendingPathComponent("journal.jsonl")) }

  /// Makes the folder, locks it, and writes `run.json`.
  ///
  /// - Throws: `Problem` if it cannot be written, or another process works in it.
  func open(command: String, settings: [(key: String, value: String)], reproduce: String) throws -> FolderLock {
    try AtomicFile.createFolder(url)
    let lock = try FolderLock(url)
    try journal.repair()
    let identity = RunIdentity(
      command: command, format: 1, settings: Dictionary(uniqueKeysWithValues: settings.map { ($0.key, $0.value) }),
      reproduce: reproduce)
    try write(identity, to: "run.json")
    return lock
  }

  func store(_ path: String) throws -> StageStore {
    let folder = url.appendingPathComponent(path)
    try AtomicFile.createFolder(folder)
    return StageStore(folder: folder, journal: journal)
  }

  func write(_ value: some Encodable, to name: String) throws {
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.sortedKeys, .prettyPrinted, .withoutEscapingSlashes]
    try AtomicFile.write(try encoder.encode(value), to: url.appendingPathComponent(name))
  }
}

/// What `run.json` says.
struct RunIdentity: Codable, Equatable, Sendable {
  var command: String
  var format: Int
  var settings: [String: String]
  var reproduce: String
}
