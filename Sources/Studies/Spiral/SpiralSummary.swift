/// What the runs of a spiral study say: best accuracies by number of weights, and what each way of finding a network needed.
public struct SpiralSummary: Sendable {
  /// The best run of a number of weights.
  public struct Step: Sendable {
    public var weights: Int
    public var best: SpiralRecord
    public var runs: Int
  }

  /// One way of finding a network: a search, or a method at a width.
  public struct Arm: Sendable {
    /// `search`, `descent`, or a method's name.
    public var name: String
    /// `nil` for a search.
    public var width: Int?
    public var runs: Int
    /// By rising number of weights.
    public var steps: [Step]
    /// Mean over the runs of units that hold weights but lie on no path, and of the share of weights on a path.
    public var meanDisconnected: Double
    public var meanEffective: Double

    /// The run of fewest weights that reaches an accuracy.
    public func smallest(reaching target: Double) -> SpiralRecord? {
      steps.first { $0.best.accuracy >= target }?.best
    }
  }

  /// The best run of every structure, fewest weights first.
  public let structures: [Step]
  /// The masks of phase 2, if there are any.
  public let search: Arm?
  /// The networks that a descent trained to the end, if there was one.
  public let descent: Arm?
  /// Methods in their order, each by width.
  public let arms: [Arm]
  public let runs: Int

  public init(_ records: [SpiralRecord]) {
    runs = records.count
    let byKind = Dictionary(grouping: records, by: \.kind)
    let byStructure = Dictionary(grouping: byKind["dense"] ?? [], by: \.structure)
    structures = byStructure.values.map { Self.step($0) }
      .sorted {
        ($0.weights, $0.best.parameters, $0.best.structure) < ($1.weights, $1.best.parameters, $1.best.structure)
      }
    search = byKind["mask"].map { Self.arm("search", nil, $0) }
    let whole = (byKind[SpiralRun.descentKind] ?? []).filter { SpiralRun(name: $0.run)?.stop == 1 }
    descent = whole.isEmpty ? nil : Self.arm("descent", nil, whole)
    arms = SpiralMethod.allCases.flatMap { method in
      Dictionary(grouping: byKind[method.rawValue] ?? [], by: \.width).sorted { $0.key < $1.key }
        .map { Self.arm(method.rawValue, $0.key, $0.value) }
    }
  }

  private static func arm(_ name: String, _ width: Int?, _ records: [SpiralRecord]) -> Arm {
    let steps = Dictionary(grouping: records, by: \.weights).values.map { step($0) }.sorted { $0.weights < $1.weights }
    let count = Double(records.count)
    return Arm(
      name: name, width: width, runs: records.count, steps: steps,
      meanDisconnected: records.reduce(0) { $0 + Double($1.disconnected) } / count,
      meanEffective: records.reduce(0) { $0 + Double($1.effective) / Double(max(1, $1.weights)) } / count)
  }

  /// Of equal accuracy, the name that comes first.
  private static func step(_ records: [SpiralRecord]) -> Step {
    let best = records.max { ($0.correct, $1.run) < ($1.correct, $0.run) }!
    return Step(weights: best.weights, best: best, runs: records.count)
  }

  /// The structure of fewest weights whose dense network reaches an accuracy.
  public func smallestStructure(reaching target: Double) -> SpiralRecord? {
    structures.first { $0.best.accuracy >= target }?.best
  }

  /// The network of fewest weights with which any search, or a dense structure, reaches an accuracy.
  public func optimum(reaching target: Double) -> SpiralRecord? {
    let candidates = [
      search?.smallest(reaching: target), descent?.smallest(reaching: target), smallestStructure(reaching: target),
    ].compactMap { $0 }
    return candidates.min { ($0.weights, $0.run) < ($1.weights, $1.run) }
  }
}
