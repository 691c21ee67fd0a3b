import Analysis
package import Basics
package import Datasets
package import Experiments
import Networks
package import Pages
import Pruning
import Tickets
import Training

/// Does a network with a random mask still learn? The dense network beside random masks of some densities.
///
/// The whole of an experiment in one file: settings, units, finding, page. Tests put it through everything.
package struct Toy: Experiment {
  package static let name = "toy"
  package static let summary = "how much a random mask costs, by density"

  package struct Settings: Configurable {
    var search = SearchSettings()
    var densities = NumberList([0.5, 0.1])
    package init() {}
    package static let fields: [SettingField<Settings>] =
      SearchSettings.fields(of: [.data, .network, .training], in: \.search) + [
        SettingField(
          "densities", \.densities, "shares of the weights that are kept",
          valid: ("above 0 and up to 1", { $0.values.allSatisfy { 0 < $0 && $0 <= 1 } })
        ).extent.main
      ]
    package static var inapplicable: Set<String> { SearchSettings.keys(besides: fields.map(\.key)) }
    package var identity: String { search.identity }
  }

  package struct Finding: Codable, Equatable, Sendable {
    struct Level: Codable, Equatable, Sendable {
      var density: Double
      var testAccuracy: Interval
    }
    /// From dense to sparse.
    var levels: [Level]
  }

  package let settings: Settings
  package let seeds: [UInt64]
  package init(_ settings: Settings, seeds: [UInt64]) { (self.settings, self.seeds) = (settings, seeds) }

  package func prepare(_ locator: DataLocator) throws -> TrainingMaterial {
    try TrainingMaterial(settings.search, locator)
  }

  // MARK: units

  private var levels: [Double] { Set([1] + settings.densities.values).sorted(by: >) }
  private func name(_ density: Double) -> String { density == 1 ? "dense" : "random-\(density)" }

  package func units(of seed: UInt64, _ material: TrainingMaterial) -> [WorkUnit] {
    let recipe = settings.search.recipe, perEpoch = recipe.stepsPerEpoch(samples: material.data.train.count)
    return levels.map { density in
      WorkUnit(
        name(density), seed: seed,
        work: WorkProgress.work(steps: recipe.steps.iterations(perEpoch: perEpoch), density: density))
    }
  }

  package func run(_ unit: WorkUnit, on bench: Bench<TrainingMaterial>) throws {
    let layout = bench.material.architecture.layout, density = levels.first { name($0) == unit.name } ?? 1
    var mask = Mask(fullFor: layout)
    for entry in layout.prunable {
      for i in entry.range.dropFirst(Int((density * Double(entry.count)).rounded())) { mask.keeps[i] = false }
    }
    mask = mask.shuffledLayerwise(seed: unit.seed, stream: "toy-mask")
    var recipe = settings.search.recipe
    recipe.orderSeed = unit.seed
    let weights = settings.search.initializer.parameters(for: layout, seed: unit.seed)
    try bench.trainer.train(unit.name, from: TrainingStart(parameters: weights, mask: mask, recipe: recipe))
  }

  package func stages(of seed: UInt64, _ records: Records<TrainingMaterial>) throws -> [SeedSummary.Stage] {
    try levels.enumerated().compactMap { round, density in
      try records.stage(name(density), of: seed, arm: density == 1 ? "dense" : "random", round: round, density: density)
    }
  }

  // MARK: finding

  package func finding(_ records: Records<TrainingMaterial>) throws -> Finding {
    Finding(
      levels: try levels.filter { records.has(name($0)) }.map { density in
        let accuracies = try records.records(name(density)).map(\.last.testAccuracy)
        return Finding.Level(density: density, testAccuracy: Interval(of: accuracies))
      })
  }

  package static func verdict(_ record: Record<Finding>) -> [String] {
    guard let dense = record.finding.levels.first, let sparse = record.finding.levels.last else { return [] }
    let cost = dense.testAccuracy.difference(to: sparse.testAccuracy)
    return ["At \(Format.density(sparse.density)) a random mask costs \(Format.points(cost.mean)) points."]
  }

  package static func figures(_ record: Record<Finding>) -> [String: Double] {
    record.finding.levels.last.map { ["accuracy": $0.testAccuracy.mean, "density": $0.density] } ?? [:]
  }

  package static func document(_ record: Record<Finding>) -> Document {
    let levels = record.finding.levels
    let series = Chart.Series(
      "Random mask", style: .numbered(0),
      points: levels.map { Chart.Point(100 * $0.density, $0.testAccuracy, scale: 100) })
    let chart = Chart(
      id: "cost", title: "Accuracy of random masks", x: Axis("Remaining weights, %"), y: Axis("Test accuracy, %"),
      series: [series])
    let table = Table(
      "Test accuracy, %", columns: [.number("Density"), .number("Accuracy")],
      rows: levels.map { Table.Row([.density($0.density), .percent($0.testAccuracy)]) })
    return Document(
      title: "Random masks on \(record["data"])", subtitle: "\(record["model"]), \(record.spread)",
      sections: [
        Section("Accuracy", id: "accuracy", isEssential: true, [.chart(ChartFigure(chart)), .table(table)])
      ])
  }
}
