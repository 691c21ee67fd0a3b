import Basics
import Foundation
import Lanes
import Networks
import Testing
import Tickets
import Training

/// What is kept of trainings comes back as it was, and what is damaged counts as not there.
@Suite struct StageStoreTests {
  private func store(_ scratch: Scratch, _ path: String = "seed-3") throws -> StageStore {
    try RunFolder(scratch.url).store(path)
  }

  private func record(_ accuracies: [Double], steps: [Int]? = nil) -> StageRecord {
    let steps = steps ?? accuracies.indices.map { 10 * $0 }
    return StageRecord(
      curve: zip(steps, accuracies).map {
        CurvePoint(step: $0, validationLoss: 1 - $1, validationAccuracy: $1, testAccuracy: $1 - 0.01)
      }, trainingSeconds: 2, evaluationSeconds: 1, attackSeconds: nil, parametersDigest: "d1")
  }

  @Test func finishedTrainingsComeBack() throws {
    let scratch = try Scratch(), store = try store(scratch), kept = record([0.1, 0.9, 0.8])
    #expect(store.record("dense") == nil)
    try store.finish("dense", kept)
    #expect(store.record("dense") == kept && kept.last.step == 20 && kept.earlyStop.step == 10)
    #expect(kept.metrics["testAccuracy"] == 0.79 && kept.metrics["earlyStopTestAccuracy"] == 0.89)
    #expect(kept.metrics["earlyStopStep"] == 10 && kept.metrics["validationPGD"] == nil)
    let events = try store.journal.events().events
    #expect(events.map(\.kind) == ["evaluated", "evaluated", "evaluated", "trained"])
    #expect(events.allSatisfy { $0.stage == "seed-3/dense" } && events[3].values["seconds"] == 2)
  }

  @Test func recordsThatCannotBeAreNone() throws {
    let scratch = try Scratch(), store = try store(scratch)
    for (name, wrong) in [
      ("empty", record([])), ("backwards", record([0.1, 0.2], steps: [10, 5])),
      ("twice", record([0.1, 0.2], steps: [10, 10])), ("share", record([1.5])),
      ("negative", record([0.2], steps: [-1])),
    ] {
      try store.keep(wrong, name)
      #expect(store.record(name) == nil, "\(name)")
    }
    #expect(store.missing("dense").kind == .badData && store.missing("dense").problem.contains("seed-3/dense"))
  }

  /// Every bit of a record, and every length of its file.
  @Test func everyChangeOfARecordIsNoticed() throws {
    let scratch = try Scratch(), store = try store(scratch), url = store.folder.appendingPathComponent("dense.json")
    try store.finish("dense", record([0.5]))
    let whole = try Data(contentsOf: url)
    for i in whole.indices {
      var damaged = whole
      damaged[i] ^= 1 << UInt8(i % 8)
      try damaged.write(to: url)
      #expect(store.record("dense") == nil, "byte \(i)")
      try whole.prefix(i).write(to: url)
      #expect(store.record("dense") == nil, "\(i) bytes")
    }
    try whole.write(to: url)
    #expect(store.record("dense") != nil)
  }

  /// Masks of any density, from none to all, and with long gaps; every flipped bit is noticed.
  @Test(arguments: [0, 0.001, 0.02, 0.3, 0.9, 1]) func masksComeBack(_ density: Double) throws {
    let scratch = try Scratch(), store = try store(scratch)
    let layout = try ModelCatalog.architecture("mlp:40", input: FeatureShape(channels: 200), classes: 10).layout
    var random = RandomStream(seed: 5, "test/mask")
    let mask = Mask(layout: layout, keeps: (0..<layout.count).map { _ in random.nextUniform() < density })
    try store.save(mask, "round-01", seconds: 0.25)
    let back = try #require(store.mask("round-01", layout))
    #expect(back.mask == mask && back.seconds == 0.25)
    let other = try ModelCatalog.architecture("mlp:8", input: FeatureShape(channels: 9), classes: 3).layout
    #expect(density == 0 || store.mask("round-01", other) == nil, "a mask of another network")
    let url = store.folder.appendingPathComponent("round-01.mask"), whole = try Data(contentsOf: url)
    for i in stride(from: 0, to: whole.count, by: max(1, whole.count / 100)) {
      var damaged = whole
      damaged[i] ^= 1 << UInt8(i % 8)
      try damaged.write(to: url)
      #expect(store.mask("round-01", layout) == nil, "byte \(i)")
    }
  }

  @Test func progressIsTold() throws {
    let scratch = try Scratch(), store = try store(scratch)
    let point = CurvePoint(step: 7, validationLoss: 0.5, validationAccuracy: 0.4, testAccuracy: 0.3)
    try store.noteProgress("round-02", point, of: 90)
    let event = try #require(try store.journal.events().events.first)
    #expect(event.kind == "progress" && event.stage == "seed-3/round-02")
    #expect(event.values["step"] == 7 && event.values["steps"] == 90 && event.values["validationAccuracy"] == 0.4)
  }
}

/// A run's folder belongs to one run.
@Suite struct RunFolderTests {
  private func identity(_ digest: String, draws: Int? = nil) throws -> RunIdentity {
    struct Plain: Configurable {
      var data = "digits"
      static let fields = [SettingField<Plain>("data", \.data, "data set")]
      init() {}
    }
    var identity = RunIdentity(command: "find", settings: Plain(), reproduce: "tombola find", dataDigest: digest)
    identity.draws = draws
    return identity
  }

  @Test func otherDataAreRefused() throws {
    let scratch = try Scratch(), folder = RunFolder(scratch.url.appendingPathComponent("find-1"))
    do { _ = try folder.open(identity("aaaa"), parts: ["seed-0"]) }
    #expect(RunIdentity(in: folder.url)?.dataDigest == "aaaa")
    do { _ = try folder.open(identity("aaaa"), parts: []) }
    #expect { _ = try folder.open(identity("bbbb"), parts: []) } throws: { error in
      let problem = error as? Problem
      return problem?.kind == .badData && problem!.problem.contains("digits is not what it was")
    }
    #expect { _ = try folder.open(identity("aaaa", draws: 2), parts: []) } throws: { error in
      (error as? Problem)?.problem.contains("drew other training samples") == true
    }
    #expect(RunIdentity(in: folder.url)?.dataDigest == "aaaa", "what was there stays")
  }

  @Test func oneProcessWorksInAPart() throws {
    let scratch = try Scratch(), folder = RunFolder(scratch.url), identity = try identity("aaaa")
    let first = try #require(try folder.join(identity, parts: ["seed-0"]))
    #expect(try folder.join(identity, parts: ["seed-0"]) == nil)
    let second = try #require(try folder.join(identity, parts: ["seed-1"]))
    #expect(throws: Problem.self) { _ = try folder.open(identity, parts: []) }
    withExtendedLifetime((first, second)) {}
  }

  /// What a killed process left goes when the folder is opened; finished files stay.
  @Test func leftoversGo() throws {
    let scratch = try Scratch(), folder = RunFolder(scratch.url), store = try folder.store("seed-0")
    let leftover = store.folder.appendingPathComponent(".dense.json.999999.1.tmp")
    try Data("half".utf8).write(to: leftover)
    struct Kept: Codable, Equatable { var a = 1.0 }
    try store.keep(Kept(), "dense")
    do { _ = try folder.open(identity("aaaa"), parts: ["seed-0"]) }
    #expect(!FileManager.default.fileExists(atPath: leftover.path))
    #expect(store.value("dense") == Kept())
  }
}
