import Analysis
public import Basics
public import Experiments
import Foundation
import Tickets

/// The result of an instability analysis.
public struct ConnectFinding: Codable, Equatable, Sendable {
  /// What was measured at one fork.
  package struct Fork: Codable, Equatable, Sendable {
    package var step: Int
    package var totalSteps: Int
    package var density: Double
    /// The ticket's file; `nil` for the dense network.
    package var ticket: String?
    /// Largest error along the line less the mean of its ends, as shares: means over the pairs of a seed, then over seeds.
    package var testInstability: Interval
    package var trainInstability: Interval
    package var testEndError: Interval
    package var trainEndError: Interval
    /// One a position.
    package var testPath: [Interval]
    package var trainPath: [Interval]
    package var isStable: Bool
  }

  package var copies: Int
  /// From 0 to 1.
  package var positions: [Double]
  package var statisticsBatches: Int
  package var trainSamples: Int
  package var threshold: Double
  package var forks: [Fork]
}

extension Connect {
  public func finding(_ records: Records<Material>) throws -> ConnectFinding {
    let forks = forks(records.material).filter { fork in
      let name = name(fork, records.material)
      return (1...settings.copies).allSatisfy { records.has(Self.copyStage(name, $0)) }
    }
    guard !forks.isEmpty else { throw try records.store(of: records.seeds[0]).missing("copy-1") }
    let paths = try forks.map { fork in try records.seeds.map { try self.paths(of: fork, seed: $0, records) } }
    let first = paths[0][0][0]
    return ConnectFinding(
      copies: settings.copies, positions: first.positions, statisticsBatches: first.statisticsBatches,
      trainSamples: first.trainSamples, threshold: Self.threshold,
      forks: zip(forks, paths).map { joined($0, $1, records.material) })
  }

  private func paths(of fork: Fork, seed: UInt64, _ records: Records<Material>) throws -> [PathRecord] {
    let store = try records.store(of: seed), name = name(fork, records.material)
    return try pairs.map { pair in
      let stage = Self.pathStage(name, pair)
      guard let record: PathRecord = store.value(stage) else { throw store.missing(stage) }
      return record
    }
  }

  /// - Parameter seeds: The paths between the copies of each seed.
  private func joined(_ fork: Fork, _ seeds: [[PathRecord]], _ material: Material) -> ConnectFinding.Fork {
    /// Means over the pairs of a seed, then the interval over seeds.
    func interval(_ value: (PathRecord) -> Double) -> Interval {
      Interval(of: seeds.map { pairs in pairs.reduce(0) { $0 + value($1) } / Double(pairs.count) })
    }
    let test = interval(\.testInstability), places = seeds[0][0].positions.indices
    var ticket: String?
    if case .ticket(let place) = fork { ticket = settings.tickets.paths[place] }
    return ConnectFinding.Fork(
      step: step(fork, material), totalSteps: totalSteps(material), density: density(fork, material), ticket: ticket,
      testInstability: test, trainInstability: interval(\.trainInstability),
      testEndError: interval { PathRecord.endError($0.testError) },
      trainEndError: interval { PathRecord.endError($0.trainError) },
      testPath: places.map { i in interval { $0.testError[i] } },
      trainPath: places.map { i in interval { $0.trainError[i] } }, isStable: test.mean < Self.threshold)
  }

  /// The copies, each fork a round.
  public func stages(of seed: UInt64, _ records: Records<Material>) throws -> [SeedSummary.Stage] {
    try forks(records.material).enumerated().flatMap { place, fork -> [SeedSummary.Stage] in
      let name = name(fork, records.material), density = density(fork, records.material)
      // Without its paths a fork says nothing.
      guard let paths = try records.ifFinished(seed, { try paths(of: fork, seed: seed, records) }) else { return [] }
      let instability = paths.map(\.testInstability)
      return try (1...settings.copies).compactMap { copy in
        var stage = try records.stage(
          Self.copyStage(name, copy), of: seed, arm: "copy-\(copy)", round: place, density: density)
        stage?.metrics["instability"] = instability.reduce(0, +) / Double(instability.count)
        return stage
      }
    }
  }

  public static func figures(_ record: Record<ConnectFinding>) -> [String: Double] {
    record.finding.forks.first.map { ["instability": $0.testInstability.mean, "density": $0.density] } ?? [:]
  }

  public static func verdict(_ record: Record<ConnectFinding>) -> [String] {
    let dense = record.finding.forks.first { $0.ticket == nil }
    let idle = dense.flatMap { fork in
      record.learning(Interval(of: fork.testEndError.values.map { 1 - $0 }))?.sentence()
    }
    return [idle].compactMap { $0 } + record.finding.forks.map(sentence)
  }

  private static func sentence(_ fork: ConnectFinding.Fork) -> String {
    func points(_ share: Double) -> String { String(format: "%.2f", 100 * share) }
    let what =
      fork.ticket.map { "\($0), \(String(format: "%.3g %%", 100 * fork.density)) of the weights," }
      ?? "The dense network"
    let value = fork.testInstability, count = value.values.count
    let range =
      count > 1 ? " (95 % interval \(points(value.low)) to \(points(value.high)), \(count) seeds)" : " (one seed)"
    let isClear = count > 1 && (value.high < threshold || value.low >= threshold)
    return """
      \(what) is \(fork.isStable ? "stable" : "unstable") from step \(fork.step) of \(fork.totalSteps) on: \
      instability \(points(value.mean)) points of test error\(range)\
      \(count == 1 || isClear ? "." : "; the interval reaches across the threshold of \(points(threshold)).")
      """
  }
}
