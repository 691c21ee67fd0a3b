import Basics
import Experiments
import Foundation
import Lanes
import Methods
import Sweeps
import TestSupport
import Testing

/// Run folders made by hand.
enum Folders {
  static let models = ["lenet-300-100", "mlp:64,32", "resnet-20"]

  /// - Returns: Settings that a folder got, by its name.
  @discardableResult
  static func make(_ count: Int, in store: URL) throws -> [String: [String: String]] {
    var made: [String: [String: String]] = [:]
    for i in 0..<count {
      let settings = [
        "model": models[i % 3], "criterion": i % 2 == 0 ? "magnitude" : "random", "lr": "\(Double(i % 7 + 1) / 10)",
        "rounds": "\(i % 5 + 1)", "steps": "\(i % 4 + 1)ep",
      ]
      let name = "find-\(Digest.sha256("\(i)").prefix(12))"
      try make(name, settings, seeds: i % 4, in: store)
      made[name] = settings
    }
    return made
  }

  static func make(_ name: String, _ settings: [String: String], seeds: Int, in store: URL) throws {
    let folder = store.appendingPathComponent(name)
    try AtomicFile.createFolder(folder)
    let identity: [String: Any] = ["command": "find", "format": 1, "settings": settings, "reproduce": "again"]
    try JSONSerialization.data(withJSONObject: identity).write(to: folder.appendingPathComponent("run.json"))
    for seed in 0..<UInt64(seeds) {
      let summary = summary(seed, name: name, rounds: Int(settings["rounds"] ?? "1") ?? 1)
      try JSONEncoder().encode(summary).write(to: folder.appendingPathComponent(SeedSummary.fileName(seed)))
    }
  }

  static func summary(_ seed: UInt64, name: String, rounds: Int) -> SeedSummary {
    var random = RandomStream(seed: seed, name)
    let stages = (0...rounds).flatMap { round in
      (round == 0 ? ["dense"] : ["ticket", "reinit"]).map { arm in
        let accuracy = 0.9 - 0.02 * Double(round) + 0.02 * Double(random.nextUniform())
        let density = (0..<round).reduce(1.0) { rest, _ in rest * 0.8 }
        return SeedSummary.Stage(
          name: "\(arm)-\(round)", round: round, arm: arm, remaining: Int(1000 * density), density: density,
          metrics: [
            "testAccuracy": accuracy, "validationAccuracy": accuracy, "earlyStopStep": 10,
            "earlyStopTestAccuracy": accuracy,
          ],
          digest: "\(name) \(seed) \(arm) \(round)")
      }
    }
    return SeedSummary(seed: seed, stages: stages, seconds: 1, residentBytes: 1, finished: 1)
  }
}

@Suite struct StoreTests {
  init() { ExperimentCatalog.install(MethodCatalog.all) }

  /// The index finds what going through all runs finds.
  @Test(arguments: [
    "model=lenet-300-100", "model=LENET-300-100", "model!=resnet-20", "lr<0.3", "lr<=0.30", "lr>=0.5 rounds>2",
    "model=lenet*", "model=*-*0", "model=mlp:64,32|resnet-20", "steps=2ep", "seeds>1 status=partial", "density<0.7",
    "accuracy>0.85 gap>-0.05", "lr=0.30", "model>3", "name=find-*", "digest=*", "criterion=magnitude", "lr!=0.1|0.2",
    "model=[l]enet-300-100", "model=?lp:64,32", "status=begun|partial density<0.9", "seeds=0",
  ])
  func filtersFindWhatTheyMean(_ text: String) throws {
    let scratch = try Scratch()
    try Folders.make(80, in: scratch.url)
    let index = try RunIndex(scratch.url), filter = try RunFilter([text], keys: index.keys)
    let all = try index.runs(RunIndex.Query(sort: "name"))
    #expect(all.count == 80)
    let wanted = all.filter { run in filter.holds { run[$0] } }.map(\.name)
    #expect(try index.runs(RunIndex.Query(filter, sort: "name")).map(\.name) == wanted)
    #expect(try index.count(filter) == wanted.count)
    if !["model=LENET-300-100", "model>3", "model=[l]enet-300-100", "model=?lp:64,32"].contains(text) {
      #expect(!wanted.isEmpty)
    }
  }

  /// Conditions that people write are in the unit of the table, with or without its sign.
  @Test func filtersAreInTheUnitOfTheTable() throws {
    let scratch = try Scratch()
    try Folders.make(80, in: scratch.url)
    let index = try RunIndex(scratch.url)
    func count(_ filter: RunFilter) throws -> Int { try index.count(filter) }
    for (shown, stored) in [
      ("density<70", "density<0.7"), ("density<70%", "density<0.7"), ("accuracy>85 gap>-5", "accuracy>0.85 gap>-0.05"),
      ("testAccuracy>=85%", "testAccuracy>=0.85"), ("lr<0.3", "lr<0.3"), ("seeds>1", "seeds>1"),
    ] {
      let wanted = try count(RunFilter([stored], keys: index.keys))
      #expect(try count(index.filter([shown])) == wanted && (0..<80).contains(wanted), "\(shown)")
    }
    #expect(throws: Problem.self) { try index.filter(["lr<3%"]) }
  }

  @Test func filtersThatCannotBeReadSayWhy() throws {
    let scratch = try Scratch(), keys = try RunIndex(scratch.url).keys
    for (text, word) in [
      ("model", "no condition"), ("modle=x", "model"), ("lr<abc", "number"), ("", ""), ("=3", "nothing named"),
    ] {
      let problem = Result { try RunFilter([text], keys: keys) }
      guard case .failure(let error as Problem) = problem else { #expect(text.isEmpty, "\(text)"); continue }
      #expect(error.kind == .usage && error.description.contains(word), "\(error)")
    }
  }

  /// Sorted, in pages: every run once.
  @Test(arguments: ["name", "-updated", "lr", "-accuracy", "model", "density"])
  func pagesHoldEveryRunOnce(_ sort: String) throws {
    let scratch = try Scratch()
    try Folders.make(57, in: scratch.url)
    let index = try RunIndex(scratch.url), all = try index.runs(RunIndex.Query(sort: sort))
    let pages = try (0..<6).flatMap { try index.runs(RunIndex.Query(sort: sort, limit: 10, offset: 10 * $0)) }
    #expect(pages == all && Set(all.map(\.name)).count == 57)
    let key = sort.hasPrefix("-") ? String(sort.dropFirst()) : sort, values = all.compactMap { $0[key] }
    let numbers = values.compactMap { Double($0) }
    if numbers.count == values.count { #expect(numbers == numbers.sorted(by: sort.hasPrefix("-") ? (>) : (<))) }
    #expect(throws: Problem.self) { try index.runs(RunIndex.Query(sort: "accuracyy")) }
  }

  /// Runs that come, change and go are seen, and nothing else is read again.
  @Test func theIndexFollowsTheFolders() throws {
    let scratch = try Scratch(), store = scratch.url
    let made = try Folders.make(20, in: store).keys.sorted()
    for name in made {
      try FileManager.default.setAttributes(
        [.modificationDate: Date(timeIntervalSinceNow: -60)], ofItemAtPath: store.appendingPathComponent(name).path)
    }
    #expect(try RunIndex(store).lastRefresh.read == 20)
    let index = try RunIndex(store)
    #expect(index.lastRefresh.runs == 20 && index.lastRefresh.read == 0 && index.lastRefresh.rebuilt == nil)
    let summary = Folders.summary(9, name: made[3], rounds: 2)
    try AtomicFile.write(
      try JSONEncoder().encode(summary), to: store.appendingPathComponent("\(made[3])/seed-9.json"))
    try FileManager.default.removeItem(at: store.appendingPathComponent(made[5]))
    try Folders.make("find-new", ["model": "mlp:1"], seeds: 1, in: store)
    try index.refresh()
    #expect(index.lastRefresh.read == 2 && index.lastRefresh.removed == 1)
    #expect(try index.run(named: made[3]).seeds.contains(9))
    #expect(throws: Problem.self) { try index.run(named: made[5]) }
    #expect(try index.run(named: "new").settings["model"] == "mlp:1")
    // A change within a tick of the clock: what changed just now is read once more.
    try index.refresh()
    #expect(index.lastRefresh.read >= 1)
  }

  @Test(arguments: ["deleted", "truncated", "garbage", "empty", "text", "middle", "other version"])
  func aDamagedIndexIsMadeAnew(_ damage: String) throws {
    let scratch = try Scratch(), store = scratch.url
    try Folders.make(60, in: store)
    let wanted = try RunIndex(store).runs(RunIndex.Query(sort: "name"))
    let file = store.appendingPathComponent(".index.sqlite")
    var data = try Data(contentsOf: file)
    switch damage {
    case "deleted": try FileManager.default.removeItem(at: file)
    case "truncated": try data.prefix(data.count / 2).write(to: file)
    case "garbage": try Data((0..<data.count).map { UInt8(truncatingIfNeeded: $0 &* 31 &+ 7) }).write(to: file)
    case "empty": try Data().write(to: file)
    case "text": try Data("no table".utf8).write(to: file)
    case "middle":
      for i in data.count / 3..<data.count / 2 { data[i] = 0xA5 }
      try data.write(to: file)
    default:
      try data.replacing(Data("2 ".utf8), with: Data("9 ".utf8), maxReplacements: .max).write(to: file)
    }
    #expect(try RunIndex(store).runs(RunIndex.Query(sort: "name")) == wanted, "\(damage)")
  }

  /// Whatever stands in a run folder, the list shows it and goes on.
  /// A table that is whole but for one letter of each row is not believed.
  @Test func changedRowsAreReadAnew() throws {
    let scratch = try Scratch(), store = scratch.url, file = store.appendingPathComponent(".index.sqlite")
    try Folders.make(12, in: store)
    let past = [FileAttributeKey.modificationDate: Date(timeIntervalSince1970: 1e9)]
    for name in try FileManager.default.contentsOfDirectory(atPath: store.path) {
      try FileManager.default.setAttributes(past, ofItemAtPath: store.appendingPathComponent(name).path)
    }
    let wanted = try RunIndex(store).runs(RunIndex.Query(sort: "name"))
    #expect(try RunIndex(store).lastRefresh.read == 0, "nothing has changed")
    var bytes = try Data(contentsOf: file)
    while let place = bytes.range(of: Data("lenet-300-100".utf8)) { bytes[place.lowerBound] = UInt8(ascii: "x") }
    try bytes.write(to: file)
    let index = try RunIndex(store)
    let found = try index.runs(RunIndex.Query(sort: "name"))
    #expect(found.map(\.settings) == wanted.map(\.settings) && index.lastRefresh.rebuilt != nil)
    #expect(try index.run(named: wanted[0].name).settings == wanted[0].settings)
  }

  @Test func damagedRunsAreShownAsSuch() throws {
    let scratch = try Scratch(), store = scratch.url
    try Folders.make(4, in: store)
    for (name, text) in [("find-torn", "{\"command\": \"fi"), ("find-list", "[]"), ("find-empty", "")] {
      try AtomicFile.createFolder(store.appendingPathComponent(name))
      try Data(text.utf8).write(to: store.appendingPathComponent("\(name)/run.json"))
    }
    try Folders.make("find-<b>'; DROP TABLE runs; --", ["model": "<script>"], seeds: 1, in: store)
    try Data("no summary".utf8).write(
      to: store.appendingPathComponent("find-<b>'; DROP TABLE runs; --/seed-7.json"))
    let index = try RunIndex(store)
    #expect(try index.count() == 8)
    #expect(try index.count(RunFilter(["status=damaged"], keys: index.keys)) == 3)
    let hostile = try index.run(named: "find-<b>'; DROP TABLE runs; --")
    #expect(hostile.seeds == [0] && hostile.settings["model"] == "<script>")
  }

  @Test func twoProcessesKeepOneIndex() async throws {
    let scratch = try Scratch(), store = scratch.url
    try Folders.make(60, in: store)
    try await withThrowingTaskGroup(of: Int.self) { group in
      for _ in 0..<6 { group.addTask { try RunIndex(store).runs().count } }
      for try await count in group { #expect(count == 60) }
    }
  }

  @Test func cleaningLeavesWhatIsInUse() throws {
    let scratch = try Scratch(), store = scratch.url
    try Folders.make("find-a", [:], seeds: 0, in: store)
    try Folders.make("find-b", [:], seeds: 1, in: store)
    for path in [
      "find-b/seed-0/checkpoint-dense.safetensors", "find-b/seed-0/checkpoint-round-01.safetensors",
      "find-b/seed-0/dense.json", "find-b/.x.json.1.2.tmp", "dense-1/seed-0/dense.json",
    ] {
      let url = store.appendingPathComponent(path)
      try AtomicFile.createFolder(url.deletingLastPathComponent())
      try Data("x".utf8).write(to: url)
    }
    let runs = try RunIndex(store).runs(RunIndex.Query(sort: "name"))
    var cleaner = RunCleaner(store: store)
    let usual = cleaner.items(among: runs)
    #expect(
      usual.map { URL(fileURLWithPath: $0.path).lastPathComponent } == [
        ".x.json.1.2.tmp", "checkpoint-dense.safetensors",
      ])
    do {
      let lock = try FolderLock(store.appendingPathComponent("find-b"))
      #expect(cleaner.delete(usual) == 0)
      withExtendedLifetime(lock) {}
    }
    #expect(cleaner.delete(usual) == 2)
    (cleaner.takesBegun, cleaner.takesShared) = (true, true)
    #expect(cleaner.delete(cleaner.items(among: runs)) == 2)
    #expect(try RunIndex(store).runs().map(\.name) == ["find-b"])
  }
}
