import Basics

extension SpiralPlan {
  /// None of them is part of a study's identity: they say which of its runs are made.
  static let fields: [SettingField<SpiralPlan>] = (searching + pruning + both).map { $0.extent.main }

  private static func keys(of algorithm: Algorithm) -> Set<String> {
    switch algorithm {
    case .enumerate, .descent: Set((searching + both).map(\.key))
    case .prune: Set((pruning + both).map(\.key))
    case .none: []
    }
  }

  /// Refuses what has no effect on what the algorithm makes.
  func check() throws {
    let plain = SpiralPlan(), keys = Self.keys(of: algorithm).union(["algorithm"])
    let idle = Self.fields.first { $0.read(self) != $0.read(plain) && !keys.contains($0.key) }
    guard let idle else { return }
    throw Problem.usage(
      "The setting \(idle.key) has no effect with algorithm=\(algorithm.rawValue).", remedy: "Leave it out.")
  }

  /// Fields of the study, and those that an algorithm takes.
  static func isTaken(_ key: String, by algorithm: Algorithm) -> Bool {
    keys(of: algorithm).contains(key) || !fields.contains { $0.key == key }
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
      "parameters-below", \.parametersBelow, "phase 1: structures of fewer weights and biases"),
    SettingField(
      "mask-weights", \.mostMaskWeights, "phase 2: masks with at most this many weights in the first three layers"),
    SettingField(
      "masks-per-count", \.masksPerCount, "phase 2: of the second layer's masks with equal weights, the first so many"),
    SettingField(
      "starts", \.starts, "descent: initial networks",
      valid: ("from 1 to 1000000", (1...1_000_000).contains)),
    SettingField(
      "beam", \.beam, "descent: networks that a size passes on",
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
