import Analysis
public import Basics
public import Datasets
public import Experiments
import Foundation
import Lanes
import Tickets
import Training

/// Federated learning of softmax heads by unrolled layers that were trained to descend, after Hadou, NaderiAlizadeh & Ribeiro
/// 2023, "Stochastic UnRolled Federated Learning" (arXiv:2305.15371), beside decentralised gradient descent and federated
/// averaging with tuned rates at equal rounds.
///
/// A related tool, not a lottery-ticket result. Features are principal components in place of a network's; tasks are subsets of
/// classes in an order of their own.
public struct Surf: Experiment {
  public static let name = "surf"
  public static let summary = "learn to learn heads together, in few exchanges"
  public static let discussion = """
    Agents on a graph have samples of a few classes each and a softmax head; layers of a graph filter and a shared perceptron \
    are trained over many tasks, each constrained to shrink the gradient, and judged on tasks they have not seen.
    """
  public static let example = [
    "data=digits", "features=2", "task-classes=2", "agents=4", "degree=3", "layers=2", "tasks=3", "held-out=2",
    "meta-steps=3",
    "agent-samples=8", "batch=4",
  ]

  public let settings: SurfSettings
  public let seeds: [UInt64]
  public init(_ settings: SurfSettings, seeds: [UInt64]) { (self.settings, self.seeds) = (settings, seeds) }

  public struct Material: ExperimentMaterial {
    let data: TrainingData
    let train: FeatureSplit
    let test: FeatureSplit
    /// Share of the variance that the components hold.
    let variance: Double
    public let dataset: DatasetSummary?
    public let draws: Int?
    public var guess: GuessingShare? { nil }
    public var notes: [String] { [] }
    public var announcement: [String] { data.announcement(dataset) }
  }

  public func prepare(_ locator: DataLocator) throws -> Material {
    let search = settings.search
    let data = try locator.remembered(search.dataIdentity) { try search.loadedSamples(locator) }
    try check(data)
    let digest = locator.remembered("digest \(search.dataIdentity)") { data.dataset.digest }
    let components = locator.remembered("components \(settings.features) \(search.dataIdentity)") {
      var random = RandomStream(seed: 0, "surf-components")
      let count = min(2000, data.train.count)
      return PrincipalComponents(Self.samples(data.train, count: count), count: settings.features, random: &random)
    }
    let isSmall =
      search.trainingSamples > 0 && search.trainingSamples < SampleDraw.enoughPerClass * data.dataset.classCount
    return Material(
      data: data, train: Self.split(data.train, components, data.dataset.classCount),
      test: Self.split(data.test, components, data.dataset.classCount),
      variance: components.variances.reduce(0, +), dataset: data.summary(digest), draws: isSmall ? 2 : nil)
  }

  private func check(_ data: TrainingData) throws {
    let classes = data.dataset.classCount, inputs = data.dataset.inputShape.count
    func refuse(_ problem: String, _ remedy: String) -> Problem { .usage(problem, remedy: remedy) }
    guard settings.features <= inputs else {
      throw refuse("Samples of \(inputs) numbers have no \(settings.features) components.", "Use fewer --features.")
    }
    guard settings.classes <= min(settings.family, classes) else {
      throw refuse(
        "Tasks of \(settings.classes) classes cannot be made of \(min(settings.family, classes)).",
        "Use fewer --task-classes, or a larger --family.")
    }
    let isRegular = settings.agents * settings.degree % 2 == 0 && settings.degree < settings.agents
    guard settings.graph == .ring || isRegular else {
      throw refuse(
        "There is no graph of \(settings.agents) agents with \(settings.degree) neighbours each.",
        "Agents times degree must be even, and the degree below the agents.")
    }
  }

  private static func samples(_ store: SampleStore, count: Int) -> Matrix {
    Matrix(count, store.sampleCount, (0..<count).flatMap { store.input($0).map(Double.init) })
  }

  /// At most 6,000 samples, with a constant 1 behind their components.
  private static func split(_ store: SampleStore, _ components: PrincipalComponents, _ classes: Int) -> FeatureSplit {
    let count = min(6000, store.count), features = components.features(samples(store, count: count))
    let width = features.columns
    let rows = (0..<count).flatMap { sample -> [Double] in (0..<width).map { features[sample, $0] } + [1.0] }
    return FeatureSplit(
      features: Matrix(count, width + 1, rows),
      byClass: (0..<classes).map { label in (0..<count).filter { Int(store.labels[$0]) == label } })
  }

  // MARK: units

  /// About what tuning takes, in steps of training the layers.
  private static let tuningWork = 100

  public func units(of seed: UInt64, _ material: Material) -> [WorkUnit] {
    SurfArm.allCases.map { arm in
      WorkUnit(arm.rawValue, seed: seed, work: Double(arm.isTrained ? settings.steps : Self.tuningWork))
    }
  }

  public func run(_ unit: WorkUnit, on bench: Bench<Material>) throws {
    guard let arm = SurfArm(rawValue: unit.name) else { preconditionFailure("\(unit.name) is no unit") }
    if let _: SurfMeasurement = bench.store.value(unit.name) { return }
    try bench.store.keep(try SurfWork(settings: settings, bench: bench).measured(arm), unit.name)
    if !arm.isTrained { bench.progress.advanced("seed-\(bench.seed)/\(unit.name)", steps: Self.tuningWork, density: 1) }
  }

  public func stages(of seed: UInt64, _ records: Records<Material>) throws -> [SeedSummary.Stage] {
    let head = (settings.features + 1) * settings.classes, kept = settings.keptWeights
    return try SurfArm.allCases.map { arm in
      let measured = try records.measurement(arm, of: seed)
      return SeedSummary.Stage(
        name: arm.rawValue, round: 0, arm: arm.rawValue, remaining: kept, density: Double(kept) / Double(head),
        metrics: ["testAccuracy": measured.heldOut.accuracies.last!], digest: measured.parametersDigest)
    }
  }

  public func seconds(_ records: Records<Material>) throws -> [String: Double] {
    var seconds = ["training": 0.0, "evaluation": 0.0]
    for seed in seeds {
      for arm in SurfArm.allCases {
        let measured = try records.measurement(arm, of: seed)
        seconds["training"]! += measured.trainingSeconds
        seconds["evaluation"]! += measured.evaluationSeconds
      }
    }
    return seconds
  }
}

/// The ways of learning heads.
enum SurfArm: String, CaseIterable {
  case surf
  case free = "unconstrained"
  case descent = "dgd"
  case fromZero = "dgd-zero"
  case averaging = "fedavg"
  case pooled

  var isTrained: Bool { self == .surf || self == .free }

  var title: String {
    switch self {
    case .surf: "Unrolled, constrained"
    case .free: "Unrolled, unconstrained"
    case .descent: "Decentralised descent"
    case .fromZero: "Decentralised descent from zero"
    case .averaging: "Federated averaging from zero"
    case .pooled: "All samples in one place"
    }
  }
}

extension SurfSettings {
  /// Weights of a head that exist: exactly `round(density p)`, at least one.
  var keptWeights: Int { max(1, Int((density * Double((features + 1) * classes)).rounded())) }
}

/// What one way gave on the judged tasks, as kept on disk.
struct SurfMeasurement: Codable, Equatable, Sendable {
  /// Means over tasks and agents.
  struct Judged: Codable, Equatable, Sendable {
    /// Before the first layer's exchanges, and after each layer's.
    var accuracies: [Double]
    var losses: [Double]
    /// Of the norm of all gradients after a layer to that before it.
    var ratios: [Double]
  }

  var heldOut: Judged
  var outside: Judged?
  var scaled: Judged
  /// Tuned; 0 where there is none.
  var learningRate: Double
  /// Of each layer, by tenths of the training: each begins with zeros.
  var duals: [[Double]]
  /// Mean loss of the tenths.
  var trainingLosses: [Double]
  var messageCount: Int
  var parametersDigest: String
  var trainingSeconds: Double
  var evaluationSeconds: Double
}

extension SurfMeasurement: Sound {
  var isSound: Bool {
    ([heldOut, scaled] + (outside.map { [$0] } ?? [])).allSatisfy {
      !$0.accuracies.isEmpty && $0.losses.count == $0.accuracies.count && $0.ratios.count == $0.accuracies.count - 1
    }
  }
}

extension Records<Surf.Material> {
  func measurement(_ arm: SurfArm, of seed: UInt64) throws -> SurfMeasurement {
    let store = try store(of: seed)
    guard let value: SurfMeasurement = store.value(arm.rawValue) else { throw store.missing(arm.rawValue) }
    return value
  }
}
