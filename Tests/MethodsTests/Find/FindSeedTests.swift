import Basics
import Datasets
import Experiments
import Foundation
import Methods
import TestSupport
import Testing
import Tickets
import Training

/// A search one seed at a time, as sweeps run it.
@Suite struct FindSeedTests {
  private func runner(
    _ scratch: Scratch, _ changes: [String] = [], seeds: [UInt64] = [0, 1]
  ) throws -> Runner<Find> {
    var settings = try smallSettings()
    for change in changes { try settings.apply(change) }
    return searchRunner(settings, seeds: seeds, threads: 1, in: scratch)
  }

  private func summary(_ outcome: Runner<Find>.SeedOutcome) throws -> SeedSummary {
    guard case .done(let summary) = outcome else { throw Problem.usage("busy", remedy: "") }
    return summary
  }

  /// Seed by seed gives what all together give, bit for bit, and the summaries say so.
  @Test func seedsOneByOneGiveWhatASearchGives() throws {
    let whole = try Scratch(), pieces = try Scratch()
    let wanted = try Outcome(try smallSettings(), in: whole)
    let search = try runner(pieces), prepared = try search.prepared(DataLocator())
    let summaries = try [1, 0].map { try summary(search.runSeed($0, prepared)) }
    #expect(summaries.map(\.seed) == [1, 0] && summaries.allSatisfy { $0.stages.count == 1 + 3 * 4 })
    var result = try search.conclude(prepared).finding
    result.ticket?.path = ""
    #expect(result == wanted.finding)
    for seed in [0, 1] as [UInt64] {
      let found = try #require(Runner<Find>.summary(seed, in: search.folder))
      let other = try #require(Runner<Find>.summary(seed, in: try runner(whole).folder))
      #expect(found.stages == other.stages && found.digest == other.digest)
      for stage in found.stages {
        #expect(wanted.records["seed-\(seed)/\(stage.name).json"] == stage.digest, "\(stage.name)")
      }
    }
    #expect(try Outcome(try smallSettings(), in: pieces) == wanted, "find goes on in the same folder")
  }

  /// Searches that differ in pruning alone train one dense network, and get what they get by themselves.
  @Test func theDenseNetworkIsTrainedOnce() throws {
    let shared = try Scratch(), alone = try Scratch()
    let changes = [
      ["criterion=random"], ["criterion=magnitude"], ["fraction=0.5", "rewind=3it", "algorithm=one-shot"],
    ]
    func folder(_ search: Runner<Find>) throws -> URL {
      let material = try search.prepared(DataLocator()).material
      return try #require(search.experiment.sharedFolder(material, in: shared.url))
    }
    var folders: Set<URL> = []
    for change in changes {
      let search = try runner(shared, change, seeds: [4]), prepared = try search.prepared(DataLocator())
      let found = try summary(search.runSeed(4, prepared))
      folders.insert(try folder(search))
      let other = try runner(alone, change, seeds: [4])
      _ = try other.run(locator: DataLocator())
      #expect(found.stages == Runner<Find>.summary(4, in: other.folder)?.stages)
      let files = [search, other].map { $0.folder.appendingPathComponent("seed-4/dense.safetensors") }
      #expect(try Data(contentsOf: files[0]) == Data(contentsOf: files[1]), "the ticket's settings are its own")
    }
    #expect(folders.count == 1)
    let journal = Journal(try #require(folders.first).appendingPathComponent("seed-4/journal.jsonl"))
    #expect(try journal.events().events.count { $0.kind == "trained" } == 1)
    let other = try runner(shared, ["lr=0.2"], seeds: [4])
    #expect(!folders.contains(try folder(other)))
  }

  /// What another process works on is left to it, and what is done is not done again.
  @Test func aSeedIsDoneOnce() throws {
    let scratch = try Scratch(), search = try runner(scratch), prepared = try search.prepared(DataLocator())
    let folder = search.folder.appendingPathComponent("seed-0")
    try AtomicFile.createFolder(folder)
    do {
      let lock = try FolderLock(folder)
      #expect(try search.runSeed(0, prepared) == .busy)
      #expect(FolderLock.isHeld(folder))
      withExtendedLifetime(lock) {}
    }
    let whole = try FolderLock(search.folder)
    #expect(try search.runSeed(0, prepared) == .busy)
    withExtendedLifetime(whole) {}
  }

  @Test func doneSeedsStayAsTheyAre() throws {
    let scratch = try Scratch(), search = try runner(scratch), prepared = try search.prepared(DataLocator())
    let first = try summary(search.runSeed(0, prepared))
    #expect(try summary(search.runSeed(0, prepared)) == first)
    let record = search.folder.appendingPathComponent("seed-0/round-02.reinit.json")
    try FileManager.default.removeItem(at: record)
    #expect(Runner<Find>.summary(0, in: search.folder) == nil, "a record is gone")
    #expect(try summary(search.runSeed(0, prepared)).stages == first.stages)
  }

  @Test func estimatesAreOfTheRightSize() throws {
    let scratch = try Scratch(), search = try runner(scratch), prepared = try search.prepared(DataLocator())
    let timing = try JSONDecoder().decode(StepTiming.self, from: Data(#"{"step": 1, "evaluation": 0}"#.utf8))
    let estimate = try search.experiment.estimate(of: 0, prepared.material, timing)
    // A dense training, and of every round a ticket and three controls.
    let recipe = search.experiment.settings.search.recipe
    let steps = 2 * Double(recipe.stepsPerEpoch(samples: prepared.material.data.train.count))
    var shares = 1.0
    for density in [0.8, 0.64, 0.512] { shares += 4 * (0.15 + 0.85 * density) }
    #expect(abs(estimate.seconds - steps * shares) < 1e-6)
    #expect(estimate.denseSeconds == steps && estimate.memoryBytes > 60 << 20)
    _ = try summary(search.runSeed(0, prepared))
    let files = try FileManager.default.subpathsOfDirectory(atPath: scratch.url.path)
    let bytes = files.reduce(0) { sum, path in
      let size = try? scratch.url.appendingPathComponent(path).resourceValues(forKeys: [.fileSizeKey]).fileSize
      return sum + (size ?? 0)
    }
    #expect(Double(estimate.diskBytes) > 0.5 * Double(bytes) && Double(estimate.diskBytes) < 4 * Double(bytes))
  }
}
