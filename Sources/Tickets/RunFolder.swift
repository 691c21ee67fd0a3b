import Basics
import Foundation

/// The folder of one run: what it is, and a store of finished trainings with its journal for every part of it.
struct RunFolder: Sendable {
  let url: URL

  init(_ url: URL) { self.url = url }

  /// Makes the folder, locks it, clears away what killed processes left, and writes `run.json`.
  ///
  /// - Parameter parts: The folders in it that are worked in.
  /// - Throws: `Problem` if it cannot be written, another process works in it, or it holds results of other data.
  func open(_ identity: RunIdentity, parts: [String]) throws -> FolderLock {
    try AtomicFile.createFolder(url)
    let lock = try FolderLock(url)
    AtomicFile.removeLeftovers(in: [url] + parts.map { url.appendingPathComponent($0) })
    try check(identity)
    try write(identity, to: "run.json")
    return lock
  }

  /// As `open`, beside other processes that work on other parts of the same run.
  ///
  /// - Returns: `nil` if another process works in the part.
  func join(_ identity: RunIdentity, part: String) throws -> [FolderLock]? {
    let folder = url.appendingPathComponent(part)
    try AtomicFile.createFolder(folder)
    guard let run = try FolderLock.ifFree(url, .together), let own = try FolderLock.ifFree(folder) else { return nil }
    AtomicFile.removeLeftovers(in: [folder])
    try check(identity)
    if self.identity == nil { try write(identity, to: "run.json") }
    return [run, own]
  }

  /// What `run.json` says; `nil` if it is missing or damaged.
  private var identity: RunIdentity? {
    let data = try? Data(contentsOf: url.appendingPathComponent("run.json"))
    return data.flatMap { try? JSONDecoder().decode(RunIdentity.self, from: $0) }
  }

  private func check(_ identity: RunIdentity) throws {
    guard let before = self.identity?.dataDigest, let now = identity.dataDigest, before != now else { return }
    throw Problem.badData(
      """
      \(identity.settings["data"] ?? "The data set") is not what it was when \(url.path) was begun (SHA-256 \
      \(before.prefix(12)) then, \(now.prefix(12)) now).
      """,
      remedy: "Put the old data back, or choose another folder with --out.")
  }

  func store(_ path: String) throws -> StageStore {
    let folder = url.appendingPathComponent(path)
    try AtomicFile.createFolder(folder)
    let journal = Journal(folder.appendingPathComponent("journal.jsonl"))
    try journal.repair()
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
  var format = 1
  var settings: [String: String]
  var reproduce: String
  /// `Dataset.digest`; absent in folders of older versions.
  var dataDigest: String?

  init(command: String, settings: some Configurable, reproduce: String, dataDigest: String) {
    self.command = command
    self.settings = Dictionary(uniqueKeysWithValues: settings.assignments.map { ($0.key, $0.value) })
    self.reproduce = reproduce
    self.dataDigest = dataDigest
  }
}
