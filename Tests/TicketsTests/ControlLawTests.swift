import Basics
import Foundation
import Lanes
import Networks
import Testing
import Tickets
import Training

/// Laws of every control of the catalogue, those to come included.
@Suite struct ControlLawTests {
  /// A ticket of 30 % of the weights, trained from step 8.
  private func context(seed: UInt64 = 4, round: Int = 2, _ changes: String...) throws -> ControlContext {
    var settings = try smallSettings()
    for change in changes { try settings.apply(change) }
    let architecture = try ModelCatalog.architecture("mlp:24,16", input: FeatureShape(channels: 64), classes: 10)
    let layout = architecture.layout
    var mask = Mask(fullFor: layout), random = RandomStream(seed: 9, "test/mask")
    for entry in layout.prunable { for i in entry.range { mask.keeps[i] = random.nextUniform() < 0.3 } }
    let rewound = Initializer.glorotNormal.parameters(for: layout, seed: 77)
    var context = ControlContext(
      architecture, settings, seed: seed, mask: mask, step: 8, stepsPerEpoch: 20, place: "round \(round)",
      rewound: { rewound })
    let spent = Double(architecture.multiplyAdds(of: Mask(fullFor: layout))) * 40
    context.spent = { spent }
    return context
  }

  private func starts(_ context: ControlContext) throws -> [String: TrainingStart] {
    var starts: [String: TrainingStart] = [:]
    for control in ControlCatalog.all {
      for variant in control.variants {
        starts["\(control.name) \(variant)"] = try control.init().start(variant, context)
      }
    }
    return starts
  }

  private func counts(_ mask: Mask) -> [Int] { mask.layout.prunable.map { mask.remaining(in: $0) } }

  /// Layer by layer a control keeps as many weights as the ticket, and it can be trained.
  @Test func countsAreTheTickets() throws {
    let ticket = try context()
    for control in ControlCatalog.all {
      for variant in control.variants {
        let start = try control.init().start(variant, ticket)
        #expect(counts(start.mask) == counts(ticket.mask), "\(control.name)")
        #expect(start.parameters.values.allSatisfy(\.isFinite) && start.parameters.layout == ticket.mask.layout)
        #expect(start.recipe.steps.iterations(perEpoch: 20) > start.step, "\(control.name)")
        #expect(start.recipe.orderSeed == ticket.seed, "\(control.name) sees the samples in the ticket's order")
      }
    }
  }

  /// The same again is the same to the bit; another seed is another draw, and so is another round where anything is drawn
  /// for the round.
  @Test func drawsAreNamedByTheirPlace() throws {
    let ticket = try context(), rewound = try ticket.rewound()
    let first = try starts(ticket), again = try starts(context())
    let seed = try starts(context(seed: 5)), round = try starts(context(round: 3))
    for (name, start) in first {
      #expect(again[name]!.parameters == start.parameters && again[name]!.mask == start.mask, "\(name)")
      #expect(start.parameters != rewound || start.mask != ticket.mask, "\(name) is the ticket itself")
      #expect(
        seed[name]!.parameters != start.parameters || seed[name]!.mask != start.mask, "\(name): another seed, the same")
    }
    for name in ["reinit ", "shuffled ", "random ", "equal-compute "] {
      let here = try #require(first[name]), there = try #require(round[name])
      #expect(there.parameters != here.parameters || there.mask != here.mask, "\(name): another round, the same")
    }
  }

  /// What each changes of the ticket, and what it leaves.
  @Test func eachChangesWhatItSays() throws {
    let ticket = try context(), starts = try starts(ticket), rewound = try ticket.rewound()
    let reinit = try #require(starts["reinit "]), shuffled = try #require(starts["shuffled "])
    let random = try #require(starts["random "])
    #expect(reinit.mask == ticket.mask && reinit.parameters != rewound && reinit.step == 0)
    #expect(shuffled.mask != ticket.mask && shuffled.parameters == rewound && shuffled.step == ticket.step)
    #expect(random.mask != ticket.mask && random.mask != shuffled.mask)
    #expect(random.parameters != rewound && random.parameters != reinit.parameters)
    for variant in TunedDense.variants {
      let dense = try #require(starts["dense-tuned \(variant)"])
      #expect(dense.parameters == ticket.initial)
      #expect(abs(dense.recipe.learningRate / ticket.recipe.learningRate - Double(variant)!) < 1e-12)
    }
  }

  /// As many multiply-adds as the search, to the last whole step.
  @Test func equalComputeIsSpent() throws {
    let ticket = try context(), start = try EqualCompute().start("", ticket)
    let steps = start.recipe.steps.iterations(perEpoch: 20), cost = ticket.architecture.multiplyAdds(of: ticket.mask)
    let rest = try ticket.spent() - Double(steps * cost)
    #expect(rest >= 0 && rest < Double(cost), "\(steps) steps")
  }

  @Test func namesAreReadBack() throws {
    let names = ControlCatalog.all.map { $0.name }
    for count in 0...names.count {
      let some = ControlSet(Array(names.suffix(count)))
      #expect(ControlSet(setting: some.settingText) == some && some.names == Array(names.suffix(count)))
    }
    #expect(ControlSet(setting: names.reversed().joined(separator: ","))?.names == names, "in the catalogue's order")
    for wrong in ["", "reinit,", "reinit,nothing", "none,reinit", "Reinit"] {
      #expect(ControlSet(setting: wrong) == nil)
    }
  }
}

/// Which settings make another dense training, and which only another pruning of the same.
@Suite struct SharedDenseTests {
  /// Another value of each setting that has one in reach.
  private static let other: [String: String] = [
    "algorithm": "one-shot", "criterion": "snip", "allocation": "layerwise", "factors": "fc1=0.5", "structure": "2:4",
    "move-every": "7it", "move-fraction": "0.2", "move-until": "0.5", "score-split": "validation", "score-batches": "3",
    "score-batch": "50", "score-norm": "running", "score-passes": "2", "exclude": "output", "rounds": "2",
    "fraction": "0.5", "rewind": "5it", "retraining": "finetune", "controls": "none", "tolerance": "0.1", "margin": "2",
    "data": "fashion-mnist", "model": "mlp:8", "initializer": "kaiming-uniform", "validation": "100",
    "training-samples": "300", "split-seed": "4", "steps": "9ep", "batch": "32", "drop-last": "true",
    "optimizer": "adam", "lr": "0.3", "momentum": "0.9", "nesterov": "true", "weight-decay": "0.01",
    "schedule": "cosine", "warmup": "5it", "warmup-start": "0.5", "loss": "mse", "evaluate": "3it",
    "evaluate-samples": "50", "augmentation": "flip",
  ]

  @Test func thatOfPruningIsShared() throws {
    let out = URL(fileURLWithPath: "/tmp/out"), plain = try smallSettings()
    func folder(_ settings: SearchSettings, data: String = "d1") -> String {
      SharedDense(settings, dataDigest: data, output: out).folder.lastPathComponent
    }
    #expect(folder(plain) == folder(plain) && folder(plain) != folder(plain, data: "d2"))
    let keys = SearchSettings.keys(besides: [])
    #expect(SearchSettings.pruningKeys.isSubset(of: keys), "a key of pruning that is no setting")
    #expect(SearchSettings.pruningKeys.isSubset(of: Self.other.keys), "give each key of pruning another value here")
    for (key, value) in Self.other {
      var changed = plain
      try changed.apply("\(key)=\(value)")
      #expect((folder(changed) == folder(plain)) == SearchSettings.pruningKeys.contains(key), "\(key)=\(value)")
    }
  }

  /// Evaluations at other steps are in the record, so that they are another training; none more are the one of before.
  @Test func evaluationsAreOfTheTraining() throws {
    let out = URL(fileURLWithPath: "/tmp/out"), plain = try smallSettings()
    func folder(_ steps: [Int]) -> URL { SharedDense(plain, evaluated: steps, dataDigest: "d1", output: out).folder }
    #expect(folder([]) == SharedDense(plain, dataDigest: "d1", output: out).folder)
    #expect(Set([folder([]), folder([5]), folder([5, 10])]).count == 3 && folder([5]) == folder([5]))
  }

  /// Of several that ask at once one trains; the others wait, and all have the same record and ticket under their own names,
  /// each with the settings of its own search.
  @Test func whoComesSecondWaits() async throws {
    let scratch = try Scratch(), shared = try SharedDense(smallSettings(), dataDigest: "d1", output: scratch.url)
    let ticket = try handmadeTicket()
    let record = StageRecord(
      curve: [CurvePoint(step: 8, validationLoss: 0.5, validationAccuracy: 0.75, testAccuracy: 0.7)],
      trainingSeconds: 3, evaluationSeconds: 1, attackSeconds: nil, parametersDigest: "d2")
    try await withThrowingTaskGroup(of: Void.self) { group in
      for asker in 0..<4 {
        group.addTask {
          let store = try RunFolder(scratch.url.appendingPathComponent("run-\(asker)")).store("seed-4")
          #expect(!store.isBegun("mask-\(asker)"))
          try shared.provide(["asker": "\(asker)"], as: "mask-\(asker)", seed: 4, to: store) { own in
            if own.record(SharedDense.stage) != nil { return }
            usleep(50_000)
            try ticket.file().write(to: own.ticketURL(SharedDense.stage))
            try own.finish(SharedDense.stage, record)
          }
          let kept = try #require(store.ticket("mask-\(asker)"))
          #expect(kept.settings == ["asker": "\(asker)"] && kept.digest == ticket.digest)
          #expect(store.record("mask-\(asker)") == record && store.isBegun("mask-\(asker)"))
        }
      }
      try await group.waitForAll()
    }
    let journal = Journal(shared.folder.appendingPathComponent("seed-4/journal.jsonl"))
    #expect(try journal.events().events.count { $0.kind == "trained" } == 1)
    #expect(SharedDense.isDone(shared.folder, seed: 4) && !SharedDense.isDone(shared.folder, seed: 5))
  }
}
