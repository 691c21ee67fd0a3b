import Basics
package import Foundation
import Networks

/// The dense training that runs have in common: runs of one store that differ only in what comes after it start from the same
/// trained network, which is trained once, in a folder of its own beside the run folders.
package struct SharedDense: Sendable {
  /// The name of the training in that folder.
  package static let stage = "dense"
  /// `OUT/dense-DIGEST`.
  package let folder: URL

  /// - Parameters:
  ///   - evaluated: Steps besides those of the recipe after which the network is evaluated.
  ///   - dataDigest: `Dataset.digest`; other data are another training.
  package init(_ settings: SearchSettings, evaluated: [Int] = [], dataDigest: String, output: URL) {
    let steps = evaluated.isEmpty ? "" : "\(evaluated)\n"
    let text = "dense\n\(settings.beforePruning.identity)\n\(steps)\(dataDigest)"
    folder = output.appendingPathComponent("dense-\(Digest.sha256(text).prefix(12))")
  }

  package static func isDone(_ folder: URL, seed: UInt64) -> Bool {
    let record = folder.appendingPathComponent("seed-\(seed)/\(stage).json")
    return FileManager.default.fileExists(atPath: record.path)
  }

  /// Gives `store` the record and the ticket of the dense training, and has it trained first if nobody has done so; where
  /// another process is at that, waits for it.
  ///
  /// - Parameters:
  ///   - settings: What the ticket in `store` states as its settings, as if it had been trained there.
  ///   - name: The name of the training in `store`.
  ///   - train: Trains into a store, or skips if all is there.
  package func provide(
    _ settings: [String: String], as name: String = stage, seed: UInt64, to store: StageStore,
    train: (StageStore) throws -> Void
  ) throws {
    let own = folder.appendingPathComponent("seed-\(seed)")
    try AtomicFile.createFolder(own)
    let lock = try FolderLock.waiting(for: own)
    defer { withExtendedLifetime(lock) {} }
    AtomicFile.removeLeftovers(in: [own])
    let journal = Journal(own.appendingPathComponent("journal.jsonl"))
    try journal.repair()
    let shared = StageStore(folder: own, journal: journal)
    try train(shared)
    guard let record = shared.record(Self.stage), var ticket = shared.ticket(Self.stage) else {
      throw shared.missing(Self.stage)
    }
    ticket.settings = settings
    try ticket.file().write(to: store.ticketURL(name))
    try store.finish(name, record)
  }
}

extension SearchSettings {
  /// Settings that play no part until the dense network is trained. A setting that is missing here costs a second training,
  /// never a wrong one.
  package static let pruningKeys: Set<String> = [
    "algorithm", "criterion", "allocation", "factors", "structure", "move-every", "move-fraction", "move-until",
    "score-split", "score-batches", "score-batch", "score-norm", "score-passes", "exclude", "rounds", "fraction",
    "rewind",
    "retraining", "controls", "tolerance", "margin",
  ]

  /// The settings with those of pruning at their defaults.
  var beforePruning: SearchSettings { self.reset(Self.pruningKeys) }

  /// The settings with some of them at their defaults.
  package func reset(_ keys: Set<String>) -> SearchSettings {
    var settings = SearchSettings()
    for (key, value) in changes where !keys.contains(key) {
      guard (try? settings.set(key, to: value)) != nil else { preconditionFailure("\(key)=\(value) was read before") }
    }
    return settings
  }
}
