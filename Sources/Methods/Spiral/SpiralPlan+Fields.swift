import Basics

extension SpiralPlan {
  /// None of them is part of a study's identity: they say which of its runs are made.
  static let fields: [SettingField<SpiralPlan>] = (searching + pruning + both).map { $0.extent.main }

  /// Refuses what has no effect on what the algorithm makes.
  func check() throws {
    let plain = SpiralPlan()
    func changed(_ fields: [SettingField<SpiralPlan>]) -> [String] {
      fields.filter { $0.read(self) != $0.read(plain) && $0.key != "algorithm" }.map(\.key)
    }
    let idle =
      switch algorithm {
      case .enumerate, .descent: changed(Self.pruning)
      case .prune: changed(Self.searching)
      case .none: changed(Self.searching + Self.pruning + Self.both)
      }
    guard let key = idle.first else { return }
    throw Problem.usage("The setting \(key) has no effect with algorithm=\(algorithm.rawValue).", remedy: "Leave it out.")
  }

  private static let searching: [SettingField<SpiralPlan>] = [
    SettingField(
      "algorithm", \.algorithm, "enumerate a phase, descent from a structure, prune, or none to show what is there"),
    SettingField(
      "phase", \.phase, "1: all structures of up to 16 units a layer; 2: all masks within one",
      valid: ("1 or 2", (1...2).contains)),
    SettingField(
      "structure", \.structure, "hidden units of phase 2 and descents: 3,3,3; else phase 1's smallest at the target"),
    SettingField(
      "parameters-below", \.parametersBelow, "phase 1: structures with fewer parameters than this, with biases"),
    SettingField(
      "mask-weights", \.mostMaskWeights, "phase 2: masks with at most this many weights in the first three layers"),
    SettingField(
      "masks-per-count", \.masksPerCount, "phase 2: of the second layer's masks with equal weights, the first so many"),
    SettingField(
      "starts", \.starts, "descent: initial networks that are tried",
      valid: ("from 1 to 1000000", (1...1_000_000).contains)),
    SettingField(
      "beam", \.beam, "descent: networks that each number of weights passes on",
      valid: ("from 1 to 10000", (1...10_000).contains)),
  ]

  private static let pruning: [SettingField<SpiralPlan>] = [
    SettingField("method", \.methods, "pruning: methods", valid: ("some", { !$0.values.isEmpty })),
    SettingField(
      "width", \.widths, "pruning: units a layer of the networks",
      valid: ("some from 1 to 4096", { !$0.values.isEmpty && $0.values.allSatisfy((1...4096).contains) })),
    SettingField(
      "weights", \.budgets, "pruning: weights to keep",
      valid: ("some from 1 to 1000000", { !$0.values.isEmpty && $0.values.allSatisfy((1...1_000_000).contains) })),
  ]

  private static let both: [SettingField<SpiralPlan>] = [
    SettingField(
      "lr", \.rates, "learning rates; 0.05,0.1 for searches and 0.2 as well for pruning if none are named",
      valid: ("above 0", { $0.values.allSatisfy { $0 > 0 } })),
    SettingField("schedule", \.schedules, "schedules of the rate", valid: ("some", { !$0.values.isEmpty })),
    SettingField("order", \.order, "enumeration, sparsest or random"),
    SettingField(
      "budget", \.budget, "runs to do now at most; the next start goes on", valid: ("at least 1", { $0 ?? 1 > 0 })),
    SettingField("shard", \.shard, "one part of several that share the runs, as 2/8; it has a table of its own"),
  ]
}
