import Basics
import Foundation
import Lanes
import Networks
import Training

/// Errors along the line between two trained copies, as kept on disk.
struct PathRecord: Codable, Equatable, Sendable {
  /// SHA-256 of the weights at both ends.
  var ends: [String]
  var statisticsBatches: Int
  var trainSamples: Int
  /// From 0 to 1.
  var positions: [Double]
  var testError: [Double]
  var trainError: [Double]

  var testInstability: Double { Self.instability(testError) }
  var trainInstability: Double { Self.instability(trainError) }

  private static func instability(_ errors: [Double]) -> Double { errors.max()! - endError(errors) }
  static func endError(_ errors: [Double]) -> Double { (errors.first! + errors.last!) / 2 }
}

/// Takes the errors along the line between two copies of a fork, unless their record is there.
struct PathMeasurement {
  private let bench: ConnectionBench
  private let training: TrainingBench
  private let fork: Fork
  /// Batches that are measured at each position; none where nothing is normalised.
  private let statisticsBatches: Int
  private let trainSamples: Int

  /// - Parameter jobs: Measurements side by side.
  init(_ bench: ConnectionBench, _ fork: Fork, jobs: Int) {
    self.bench = bench
    self.fork = fork
    training = bench.bench(fork.seed, jobs: jobs)
    let connection = bench.connection, data = bench.data
    let perEpoch = connection.settings.recipe.stepsPerEpoch(samples: data.train.count)
    let hasStatistics = bench.architecture.layout.entries.contains { !$0.isTrained }
    statisticsBatches = hasStatistics ? min(connection.statisticsBatches, perEpoch) : 0
    trainSamples = min(connection.trainSamples, data.train.count)
  }

  func record(_ first: Int, _ second: Int) throws -> PathRecord {
    let url = training.store.folder.appendingPathComponent("\(fork.name).path-\(first)-\(second).json")
    let ends = try [first, second].map(weights), digests = ends.map { Digest.sha256($0.values) }
    if let data = try? Data(contentsOf: url), let kept = try? JSONDecoder().decode(PathRecord.self, from: data),
      kept.ends == digests, kept.positions == positions, kept.statisticsBatches == statisticsBatches,
      kept.trainSamples == trainSamples, kept.testError.count == positions.count,
      kept.trainError.count == positions.count
    {
      return kept
    }
    let record = try measured(ends, digests)
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.sortedKeys]
    try AtomicFile.write(try encoder.encode(record), to: url)
    try training.store.journal.record([
      Event(
        kind: "measured", stage: "seed-\(fork.seed)/\(url.deletingPathExtension().lastPathComponent)",
        values: ["testInstability": record.testInstability, "trainInstability": record.trainInstability])
    ])
    return record
  }

  private var positions: [Double] {
    (0..<bench.connection.positions).map { Double($0) / Double(bench.connection.positions - 1) }
  }

  private func weights(_ copy: Int) throws -> Parameters {
    guard let weights = training.store.ticket(ConnectionBench.copyStage(fork, copy))?.trained else {
      throw Problem.badData(
        "The weights of \(ConnectionBench.copyStage(fork, copy)) cannot be read back.",
        remedy: "Start the same command again: it trains what is missing.")
    }
    return weights
  }

  private func measured(_ ends: [Parameters], _ digests: [String]) throws -> PathRecord {
    let run = training.makeRun(
      TrainingStart(parameters: ends[0], mask: fork.mask, step: 0, recipe: bench.recipe(seed: fork.seed)))
    var record = PathRecord(
      ends: digests, statisticsBatches: statisticsBatches, trainSamples: trainSamples, positions: positions,
      testError: [], trainError: [])
    for position in positions {
      if Interruption.isRequested { throw Interruption.problem }
      run.parameters = ends[0].interpolated(to: ends[1], at: Float(position))
      if statisticsBatches > 0 { run.reestimateStatistics(batches: statisticsBatches) }
      record.testError.append(1 - run.evaluate(.test).accuracy)
      record.trainError.append(1 - run.evaluateTraining(samples: trainSamples).accuracy)
    }
    return record
  }
}
