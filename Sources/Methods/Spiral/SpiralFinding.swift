public import Basics

/// What the runs of a spiral study say: best accuracies by number of weights, and what each way of finding a network needed.
public struct SpiralFinding: Codable, Equatable, Sendable {
  /// The best run of a number of weights, or of a structure.
  package struct Best: Codable, Equatable, Sendable {
    package var weights: Int
    /// With the biases that live.
    package var parameters: Int
    /// Weights on a path from an input to the output.
    package var effective: Int
    package var accuracy: Double
    package var run: String
    /// Hidden units of a search: `3,3,3`.
    package var structure: String
    /// How many runs it is the best of.
    package var runs: Int
  }

  /// One way of finding a network: a search, or a method at a width.
  package struct Arm: Codable, Equatable, Sendable {
    /// `search`, `descent`, or a method's name.
    package var name: String
    /// Units a layer; `nil` for a search.
    package var width: Int?
    package var runs: Int
    /// By rising number of weights.
    package var steps: [Best]
    /// Means over the runs: share of the weights on a path, and units that hold weights but lie on none.
    package var effective: Double
    package var disconnected: Double

    /// The run of fewest weights that reaches an accuracy.
    package func smallest(reaching target: Double) -> Best? { steps.first { $0.accuracy >= target } }
    package var best: Double { steps.map(\.accuracy).max() ?? 0 }
  }

  /// What a descent went through.
  package struct Descent: Codable, Equatable, Sendable {
    package var structure: String
    package var target: Double
    /// Trainings in whole ones, and those to the end among them.
    package var cost: Double
    package var whole: Int
    package var found: Best?
  }

  /// A table of runs: equal digests mean equal rows, bit for bit.
  package struct Table: Codable, Equatable, Sendable {
    package var file: String
    package var runs: Int
    package var digest: String
  }

  package var data: String
  package var runs: Int
  package var targets: [Double]
  /// The two searches and each method at each width, as far as there are runs of them.
  package var arms: [Arm]
  /// How many structures were trained, and those from few weights to many that are better than all before.
  package var structureCount: Int
  package var structures: [Best]
  /// Of the command that wrote this, if it was one.
  package var descent: Descent?
  /// The sparsest network for every target, and each method's.
  package var networks: [SpiralNetwork]
  /// Some of the points that they were trained on.
  package var points: [SpiralNetwork.Point]
  package var tables: [Table]

  package var searches: [Arm] { arms.filter { $0.width == nil } }
  package var methods: [Arm] { arms.filter { $0.width != nil } }

  /// The structure of fewest weights whose dense network reaches an accuracy.
  package func smallestStructure(reaching target: Double) -> Best? { structures.first { $0.accuracy >= target } }

  /// The network of fewest weights with which any search, or a dense structure, reaches an accuracy.
  package func optimum(reaching target: Double) -> Best? {
    (searches.map { $0.smallest(reaching: target) } + [smallestStructure(reaching: target)]).compactMap { $0 }
      .min { ($0.weights, $0.run) < ($1.weights, $1.run) }
  }

  /// The method and width of fewest weights at an accuracy.
  package func sparsestMethod(reaching target: Double) -> (arm: Arm, best: Best)? {
    methods.compactMap { arm in arm.smallest(reaching: target).map { (arm, $0) } }.min { $0.1.weights < $1.1.weights }
  }

  /// The sparsest network for every target, or else the search's best; and of each method the sparsest at the first target,
  /// or else its best.
  package var chosen: [Best] {
    var chosen = targets.compactMap(optimum)
    if chosen.isEmpty, let best = searches.first?.steps.max(by: { $0.accuracy < $1.accuracy }) { chosen = [best] }
    for method in SpiralMethod.allCases {
      let steps = methods.filter { $0.name == method.rawValue }.flatMap(\.steps)
      let reaching = steps.filter { $0.accuracy >= targets[0] }
        .min { ($0.weights, $1.accuracy) < ($1.weights, $0.accuracy) }
      if let best = reaching ?? steps.max(by: { $0.accuracy < $1.accuracy }) { chosen.append(best) }
    }
    return chosen.reduce(into: []) { if !$0.contains($1) { $0.append($1) } }
  }
}

// MARK: from records

extension SpiralFinding {
  /// What the records say, without networks and tables.
  package init(_ records: [SpiralRecord], data: String, targets: [Double]) {
    let byKind = Dictionary(grouping: records, by: \.kind), dense = byKind["dense"] ?? []
    var arms: [Arm] = []
    if let masks = byKind["mask"] { arms.append(Self.arm("search", nil, masks)) }
    let whole = (byKind[SpiralRun.descentKind] ?? []).filter { SpiralRun(name: $0.run)?.stop == 1 }
    if !whole.isEmpty { arms.append(Self.arm("descent", nil, whole)) }
    for method in SpiralMethod.allCases {
      let byWidth = Dictionary(grouping: byKind[method.rawValue] ?? [], by: \.width)
      arms += byWidth.sorted { $0.key < $1.key }.map { Self.arm(method.rawValue, $0.key, $0.value) }
    }
    self.init(
      data: data, runs: records.count, targets: targets.reduce(into: []) { if !$0.contains($1) { $0.append($1) } },
      arms: arms, structureCount: Set(dense.map(\.structure)).count, structures: Self.better(dense), networks: [],
      points: [], tables: [])
  }

  /// The best runs of dense structures that are better than all with fewer weights.
  static func better(_ dense: [SpiralRecord]) -> [Best] {
    let best = Dictionary(grouping: dense, by: \.structure).values.map(Self.best)
      .sorted { ($0.weights, $0.parameters, $0.structure) < ($1.weights, $1.parameters, $1.structure) }
    return best.reduce(into: []) { if $1.accuracy > $0.last?.accuracy ?? -1 { $0.append($1) } }
  }

  private static func arm(_ name: String, _ width: Int?, _ records: [SpiralRecord]) -> Arm {
    let steps = Dictionary(grouping: records, by: \.weights).values.map(best).sorted { $0.weights < $1.weights }
    let count = Double(records.count)
    return Arm(
      name: name, width: width, runs: records.count, steps: steps,
      effective: records.reduce(0) { $0 + Double($1.effective) / Double(max(1, $1.weights)) } / count,
      disconnected: records.reduce(0) { $0 + Double($1.disconnected) } / count)
  }

  /// Of equal accuracy, the name that comes first.
  private static func best(_ records: [SpiralRecord]) -> Best {
    Best(records.max { ($0.correct, $1.run) < ($1.correct, $0.run) }!, runs: records.count)
  }
}

extension SpiralFinding.Best {
  init(_ record: SpiralRecord, runs: Int) {
    self.init(
      weights: record.weights, parameters: record.parameters, effective: record.effective, accuracy: record.accuracy,
      run: record.run, structure: record.structure, runs: runs)
  }
}

extension SpiralFinding: Sound {
  public var isSound: Bool {
    !targets.isEmpty && networks.allSatisfy(\.isSound) && points.allSatisfy { (0...1).contains($0.label) }
  }
}
