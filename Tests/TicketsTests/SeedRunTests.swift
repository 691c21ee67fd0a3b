import Basics
import Datasets
import Foundation
import Testing
import Tickets
import Training

@Suite struct SeedRunTests {
  private func search(_ scratch: Scratch, _ changes: [String] = [], seeds: [UInt64] = [0, 1]) throws -> Search {
    var settings = try smallSettings()
    for change in changes { try settings.apply(change) }
    return Search(settings: settings, seeds: seeds, threads: 1, output: scratch.url)
  }

  private func summary(_ outcome: SeedOutcome) throws -> SeedSummary {
    guard case .done(let summary) = outcome else { throw Problem.usage("busy", remedy: "") }
    return summary
  }

  /// Seed by seed gives what `find` gives, bit for bit, and the summaries say so.
  @Test func seedsOneByOneGiveWhatASearchGives() throws {
    let whole = try Scratch(), pieces = try Scratch()
    let wanted = try Outcome(try smallSettings(), in: whole)
    let search = try search(pieces), prepared = try search.prepared(DataLocator())
    let summaries = try [1, 0].map { try summary(search.runSeed($0, prepared)) }
    #expect(summaries.map(\.seed) == [1, 0] && summaries.allSatisfy { $0.stages.count == 1 + 3 * 4 })
    var result = try search.conclude(prepared)
    (result.seconds, result.residentBytes) = ([:], 0)
    result.ticket?.path = ""
    #expect(result == wanted.result)
    for seed in [0, 1] as [UInt64] {
      let found = try #require(Search.summary(seed, in: search.folder))
      let other = try #require(Search.summary(seed, in: try self.search(whole).folder))
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
    var folders: Set<URL> = []
    for change in changes {
      let search = try search(shared, change, seeds: [4]), prepared = try search.prepared(DataLocator())
      let found = try summary(search.runSeed(4, prepared))
      folders.insert(search.sharedDenseFolder(prepared))
      let other = try self.search(alone, change, seeds: [4])
      _ = try other.run(locator: DataLocator())
      #expect(found.stages == Search.summary(4, in: other.folder)?.stages)
      let files = [search, other].map { $0.folder.appendingPathComponent("seed-4/dense.safetensors") }
      #expect(try Data(contentsOf: files[0]) == Data(contentsOf: files[1]), "the ticket's settings are its own")
    }
    #expect(folders.count == 1)
    let journal = Journal(try #require(folders.first).appendingPathComponent("seed-4/journal.jsonl"))
    #expect(try journal.events().events.count { $0.kind == "trained" } == 1)
    let other = try search(shared, ["lr=0.2"], seeds: [4])
    #expect(!folders.contains(other.sharedDenseFolder(try other.prepared(DataLocator()))))
  }

  /// What another process works on is left to it, and what is done is not done again.
  @Test func aSeedIsDoneOnce() throws {
    let scratch = try Scratch(), search = try search(scratch), prepared = try search.prepared(DataLocator())
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
    let scratch = try Scratch(), search = try search(scratch), prepared = try search.prepared(DataLocator())
    let first = try summary(search.runSeed(0, prepared))
    #expect(try summary(search.runSeed(0, prepared)) == first)
    let record = search.folder.appendingPathComponent("seed-0/round-02.reinit.json")
    try FileManager.default.removeItem(at: record)
    #expect(Search.summary(0, in: search.folder) == nil, "a record is gone")
    #expect(try summary(search.runSeed(0, prepared)).stages == first.stages)
  }
}
