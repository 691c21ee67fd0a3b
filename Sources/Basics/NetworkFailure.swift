/// A network of an experiment that could not be finished: training diverged, or a layer lost its last weights. What else there
/// is goes on, and is reported with this beside it.
public struct NetworkFailure: Codable, Equatable, Sendable {
  public var seed: UInt64
  /// The name that its record would have: `dense`, `round-03.reinit`.
  public var network: String
  public var learningRate: Double?
  /// At which it was found.
  public var step: Int?
  /// What happened, and what can be done about it.
  public var problem: String
  public var remedy: String

  public init(
    seed: UInt64, network: String, learningRate: Double? = nil, step: Int? = nil, problem: String, remedy: String
  ) {
    (self.seed, self.network, self.learningRate, self.step) = (seed, network, learningRate, step)
    (self.problem, self.remedy) = (problem, remedy)
  }

  /// `seed 0, dense, learning rate 0.099: Training diverged ...`.
  public var sentence: String {
    "Seed \(seed), \(network)\(learningRate.map { ", learning rate \($0)" } ?? ""): \(problem)"
  }
}

extension Problem {
  /// Where a problem of one network arose, as far as it is known.
  public struct Place: Equatable, Sendable {
    public var seed: UInt64?
    public var network: String?
    public var learningRate: Double?
    public var step: Int?

    public init(seed: UInt64? = nil, network: String? = nil, learningRate: Double? = nil, step: Int? = nil) {
      (self.seed, self.network, self.learningRate, self.step) = (seed, network, learningRate, step)
    }
  }

  /// Whether it is of one network alone, so that others go on.
  public var isOfOneNetwork: Bool { kind == .failed }

  /// The same, with what is not known yet of its place.
  public func at(seed: UInt64? = nil, network: String? = nil, learningRate: Double? = nil) -> Problem {
    var problem = self, place = place ?? Place()
    place.seed = place.seed ?? seed
    place.network = place.network ?? network
    place.learningRate = place.learningRate ?? learningRate
    problem.place = place
    return problem
  }
}

extension NetworkFailure {
  public init(_ problem: Problem) {
    let place = problem.place
    self.init(
      seed: place?.seed ?? 0, network: place?.network ?? "", learningRate: place?.learningRate, step: place?.step,
      problem: problem.problem, remedy: problem.remedy)
  }
}

extension [NetworkFailure] {
  /// What ends a command whose results are printed but not whole.
  public var problem: Problem? {
    guard let first = self.first else { return nil }
    let more = count == 1 ? "" : " \(count - 1) more."
    return Problem(.failed, "Not all networks could be finished. \(first.sentence)\(more)", remedy: first.remedy)
  }
}

extension [SeedSummary] {
  /// Seeds and networks that can be compared: every network of each is there. Where some are missing, seeds or networks are
  /// left out, whichever loses less of what is there for each gap that it closes; of equals, seeds.
  public var comparable: [SeedSummary] {
    var seeds = filter { !$0.stages.isEmpty }
    var names = Set(seeds.flatMap { $0.stages.map(\.name) })
    func has(_ seed: SeedSummary) -> Int { seed.stages.count { names.contains($0.name) } }
    while true {
      let counts = seeds.map(has)
      guard counts.contains(where: { $0 < names.count }) else { break }
      func cost(_ there: Int, _ gaps: Int) -> Double { gaps == 0 ? .infinity : Double(there) / Double(gaps) }
      let worstSeed = counts.indices.min {
        cost(counts[$0], names.count - counts[$0]) < cost(counts[$1], names.count - counts[$1])
      }!
      let tally = Dictionary(seeds.flatMap { $0.stages.map { ($0.name, 1) } }, uniquingKeysWith: +)
      let worstName = names.sorted().min {
        cost(tally[$0]!, seeds.count - tally[$0]!) < cost(tally[$1]!, seeds.count - tally[$1]!)
      }!
      let ofSeed = cost(counts[worstSeed], names.count - counts[worstSeed])
      if ofSeed <= cost(tally[worstName]!, seeds.count - tally[worstName]!) {
        seeds.remove(at: worstSeed)
      } else {
        names.remove(worstName)
      }
    }
    // A network that only a seed lacked which is left out now can stay.
    guard var common = seeds.first.map({ Set($0.stages.map(\.name)) }) else { return [] }
    for seed in seeds { common.formIntersection(seed.stages.map(\.name)) }
    return seeds.map { seed in
      var seed = seed
      seed.stages.removeAll { !common.contains($0.name) }
      return seed
    }
  }
}
