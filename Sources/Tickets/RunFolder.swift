public import Basics
public import Foundation

/// The folder of one run: what it is, and a store of finished trainings with its journal for every part of it.
public struct RunFolder: Sendable {
  public let url: URL

  public init(_ url: URL) { self.url = url }

  /// Makes the folder, locks it, clears away what killed processes left, and writes `run.json`.
  ///
  /// - Parameter parts: The folders in it that are worked in.
  /// - Throws: `Problem` if it cannot be written, another process works in it, or it holds results of other data.
  public func open(_ identity: RunIdentity, parts: [String]) throws -> FolderLock {
    try AtomicFile.createFolder(url)
    let lock = try FolderLock(url)
    let folders = [url] + parts.map { url.appendingPathComponent($0) }
    AtomicFile.removeLeftovers(in: folders)
    StageStore.removeFinishedCheckpoints(in: folders)
    try check(identity)
    try write(identity, to: "run.json")
    return lock
  }

  /// As `open`, beside other processes whose parts of the folder have locks of their own.
  ///
  /// - Parameter onlyReads: Whether `run.json` stays as it is if there is one.
  public func share(_ identity: RunIdentity, onlyReads: Bool) throws -> FolderLock {
    try AtomicFile.createFolder(url)
    try clear()
    let lock = try FolderLock(url, .together)
    try check(identity)
    if !onlyReads || self.identity == nil { try write(identity, to: "run.json") }
    return lock
  }

  /// Clears away what killed processes left in the folder itself, unless somebody works in it.
  public func clear() throws {
    guard let alone = try FolderLock.ifFree(url) else { return }
    AtomicFile.removeLeftovers(in: [url])
    withExtendedLifetime(alone) {}
  }

  /// As `open`, beside other processes that work on other parts of the same run.
  ///
  /// - Returns: `nil` if another process works in one of the parts.
  public func join(_ identity: RunIdentity, parts: [String]) throws -> [FolderLock]? {
    let folders = parts.filter { !$0.isEmpty }.map { url.appendingPathComponent($0) }
    for folder in folders { try AtomicFile.createFolder(folder) }
    guard let run = try FolderLock.ifFree(url, .together) else { return nil }
    var locks = [run]
    for folder in folders {
      guard let own = try FolderLock.ifFree(folder) else { return nil }
      locks.append(own)
    }
    AtomicFile.removeLeftovers(in: folders)
    StageStore.removeFinishedCheckpoints(in: folders)
    try check(identity)
    if self.identity == nil { try write(identity, to: "run.json") }
    return locks
  }

  /// What `run.json` says; `nil` if it is missing or damaged.
  private var identity: RunIdentity? { RunIdentity(in: url) }

  private func check(_ identity: RunIdentity) throws {
    if let before = self.identity, before.draws != identity.draws {
      throw Problem.badData(
        "\(url.path) was begun by a version that drew other training samples.",
        remedy: "Choose another folder with --out; 'tombola report' still shows what is there.")
    }
    guard let before = self.identity?.dataDigest, let now = identity.dataDigest, before != now else { return }
    throw Problem.badData(
      """
      \(identity.settings["data"] ?? "The data set") is not what it was when \(url.path) was begun (SHA-256 \
      \(before.prefix(12)) then, \(now.prefix(12)) now).
      """,
      remedy: "Put the old data back, or choose another folder with --out.")
  }

  public func store(_ path: String) throws -> StageStore {
    let store = reader(path)
    try AtomicFile.createFolder(store.folder)
    try store.journal.repair()
    return store
  }

  /// The same for a folder that is only read, and may be missing.
  public func reader(_ path: String) -> StageStore {
    let folder = url.appendingPathComponent(path)
    let arm = path.split(separator: "/").prefix { !$0.hasPrefix("seed-") }.map { "\($0)/" }.joined()
    return StageStore(folder: folder, journal: Journal(folder.appendingPathComponent("journal.jsonl")), arm: arm)
  }

  public func write(_ value: some Encodable, to name: String) throws {
    try StoredJSON.write(value, to: url.appendingPathComponent(name), pretty: true)
  }
}

/// What `run.json` says.
public struct RunIdentity: Codable, Equatable, Sendable {
  public var command: String
  public var format = 1
  public var settings: [String: String]
  public var reproduce: String
  /// `Dataset.digest`; absent in folders of older versions.
  public var dataDigest: String?
  /// 2 where the training samples are few and drawn with all classes in proportion; absent where any version draws the same.
  public var draws: Int?
  /// What a network reaches that has learned nothing; absent in folders of older versions.
  public var guess: GuessingShare?

  public init(command: String, settings: some Configurable, reproduce: String, dataDigest: String?) {
    self.command = command
    self.settings = settings.texts
    self.reproduce = reproduce
    self.dataDigest = dataDigest
  }

  /// What `run.json` of a folder says; `nil` if it is missing or damaged.
  public init?(in folder: URL) {
    guard let identity: RunIdentity = StoredJSON.read(folder.appendingPathComponent("run.json")) else { return nil }
    self = identity
  }
}
