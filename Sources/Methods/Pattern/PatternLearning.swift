import Analysis
public import Basics
public import Datasets
public import Experiments
import Networks
public import Pages
import Tickets
import Training

/// Which networks learn a pattern of neighbouring signs from fresh samples: those that look at windows, or all?
///
/// Malach & Shalev-Shwartz 2021, "Computational separation between convolutional and fully-connected networks"
/// (arXiv:2010.01369). Adam and cross-entropy take the place of the paper's hinge loss.
public struct PatternLearning: Experiment {
  public static let name = "k-pattern"
  public static let summary = "see which networks learn a pattern of neighbours"
  public static let discussion = """
    Malach & Shalev-Shwartz 2021, arXiv:2010.01369: networks of one hidden layer see every training sample once. The same \
    command again goes on with what is not done.
    """
  public static let example = ["data=k-pattern:12,2,parity,12800", "filters=8"]
  /// Its folders are older than its name.
  public static let folderName = Sift.name

  public static func wasCalled(_ command: String, _ settings: [String: String]) -> Bool {
    command == Sift.name && (try? KPattern.task(named: settings["data"] ?? "")) != nil
  }

  public let settings: PatternSettings
  public let seeds: [UInt64]

  public init(_ settings: PatternSettings, seeds: [UInt64]) {
    self.settings = settings
    self.seeds = seeds
  }

  public static func identity(_ settings: PatternSettings) -> String { "sift-pattern\n\(settings.identity)" }

  public func prepare(_ locator: DataLocator) throws -> TrainingMaterial {
    let signs = try task().signs
    guard settings.filters * signs <= 1 << 20 else {
      throw Problem.usage("filters=\(settings.filters) is out of range.", remedy: "Give 1 to \((1 << 20) / signs).")
    }
    return try TrainingMaterial(settings.search, locator)
  }

  private func task() throws -> KPattern.Task {
    if let task = try KPattern.task(named: settings.search.data) { return task }
    throw Problem.usage("\(settings.search.data) is no pattern task.", remedy: "Use \(KPattern().usage).")
  }

  // MARK: units

  public func units(of seed: UInt64, _ material: TrainingMaterial) -> [WorkUnit] {
    let recipe = settings.search.recipe
    let steps = recipe.steps.iterations(perEpoch: recipe.stepsPerEpoch(samples: material.data.train.count))
    return PatternNetwork.allCases.map {
      WorkUnit($0.rawValue, seed: seed, work: WorkProgress.work(steps: steps, density: 1))
    }
  }

  public func run(_ unit: WorkUnit, on bench: Bench<TrainingMaterial>) throws {
    let network = PatternNetwork(rawValue: unit.name)!
    let planted = try network.planted(task(), filters: settings.filters, seed: unit.seed)
    var recipe = settings.search.recipe
    recipe.orderSeed = unit.seed
    try bench.trainer(planted.architecture, data: bench.material.data).train(
      unit.name, from: TrainingStart(parameters: planted.start, mask: planted.mask, recipe: recipe))
  }

  public func stages(of seed: UInt64, _ records: Records<TrainingMaterial>) throws -> [SeedSummary.Stage] {
    try PatternNetwork.allCases.compactMap { try records.stage($0.rawValue, of: seed, arm: $0.rawValue) }
  }

  // MARK: finding

  public func finding(_ records: Records<TrainingMaterial>) throws -> PatternFinding {
    let task = try task()
    let networks = try PatternNetwork.allCases.filter { records.has($0.rawValue) }.map { network in
      let kept = try records.records(network.rawValue)
      let points = (0..<(kept.map(\.curve.count).min() ?? 0)).map { i in
        PatternFinding.Point(
          samples: kept[0].curve[i].step * settings.search.recipe.batch,
          accuracy: kept.reduce(0) { $0 + $1.curve[i].testAccuracy } / Double(kept.count))
      }
      return PatternFinding.Network(
        network: network, summary: network.summary,
        parameters: try network.planted(task, filters: settings.filters, seed: seeds[0]).parameters,
        testAccuracy: Interval(of: kept.map(\.last.testAccuracy)), curve: points)
    }
    return PatternFinding(data: settings.search.data, filters: settings.filters, place: task.place, networks: networks)
  }

  public static func figures(_ record: Record<PatternFinding>) -> [String: Double] {
    record.finding.networks.first.map { ["accuracy": $0.testAccuracy.mean] } ?? [:]
  }

  public static func verdict(_ record: Record<PatternFinding>) -> [String] {
    let networks = record.finding.networks.map { network in
      "\(network.network.rawValue) \(Format.percentInterval(network.testAccuracy))\(Format.space)%"
    }
    return ["Accuracy on fresh samples: \(networks.joined(separator: ", "))."]
  }

  public static func document(_ record: Record<PatternFinding>) -> Document {
    let finding = record.finding
    let chart = Chart(
      id: "curve", title: "Accuracy on fresh samples", x: Axis("Samples seen", decimals: 0),
      y: Axis("Accuracy, %", unit: "%", decimals: 2),
      series: finding.networks.enumerated().map { i, network in
        Chart.Series(
          network.network.rawValue, style: .numbered(i),
          points: network.curve.map { .init(Double($0.samples), 100 * $0.accuracy) })
      })
    let table = Table(
      "After the last step",
      columns: [.text("Network"), .text("What it is"), .number("Parameters"), .number("Accuracy, %")],
      rows: finding.networks.map {
        Table.Row([
          .text($0.network.rawValue), .text($0.summary), .count($0.parameters), .percent($0.testAccuracy),
        ])
      })
    return Document(
      title: "Learning \(finding.data)",
      subtitle: "The pattern is at place \(finding.place); every training sample is seen once",
      notes: ["\(Format.intervalNote(seeds: record.seeds.count))"],
      sections: [
        Section("Networks", id: "networks", isEssential: true, [.table(table)]),
        Section("Learning curves", id: "curves", [.chart(ChartFigure(chart))]),
      ])
  }
}

/// What networks have learnt of a pattern.
public struct PatternFinding: Codable, Equatable, Sendable {
  /// One network, over the seeds.
  package struct Network: Codable, Equatable, Sendable {
    package var network: PatternNetwork
    package var summary: String
    /// Surviving weights, and biases.
    package var parameters: Int
    /// On fresh samples, after the last step.
    package var testAccuracy: Interval
    /// Samples seen and mean accuracy on fresh ones.
    package var curve: [Point]
  }

  package struct Point: Codable, Equatable, Sendable {
    package var samples: Int
    package var accuracy: Double
  }

  package var data: String
  package var filters: Int
  /// Where the pattern is.
  package var place: Int
  package var networks: [Network]
}
