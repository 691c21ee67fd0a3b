import Analysis
public import Basics
public import Datasets
public import Foundation
import Lanes
import Networks
import Training

/// Instability analysis: copies of one network are trained from a common state with different random numbers of training, and
/// the error is taken along the straight line between every two of them.
///
/// Frankle, Dziugaite, Roy & Carbin 2020, "Linear mode connectivity and the lottery ticket hypothesis" (arXiv:1912.05671).
/// Instability is the largest error along the line minus the mean error of its ends; a network is stable where it is below
/// two points. The copies differ in data order, augmentation and dropout alone: initial weights, state at the fork, schedule
/// and validation split are the same. They start with an empty optimiser, as tickets do after rewinding. Batch norm's
/// statistics are measured anew at every position, the ends included (the paper's code interpolates them as well).
/// Cost: a training to the last fork, and `copies` trainings from each fork, a seed.
public struct Connection: Sendable {
  /// Below this test instability a network is stable.
  public static let threshold = 0.02

  public var settings: SearchSettings
  public var seeds: [UInt64]
  /// Steps of the dense network's training at which the copies part; ignored if there are tickets.
  public var forks: [Step] = [.zero]
  /// Tickets, whose copies start from their start weights at their start step.
  public var tickets: [ConnectedTicket] = []
  public var copies = 2
  /// Positions along each line, both ends among them.
  public var positions = 30
  public var statisticsBatches = 100
  public var trainSamples = 10_000
  public var threads: Int
  /// The folder that holds run folders.
  public var output: URL
  public var reproduce = ""

  public init(settings: SearchSettings, seeds: [UInt64], threads: Int, output: URL) {
    self.settings = settings
    self.seeds = seeds
    self.threads = threads
    self.output = output
  }

  /// Its own folder: named by the hash of the settings that differ from their defaults, and of the graph file.
  public var folder: URL {
    output.appendingPathComponent("connect-\(Digest.sha256("connect\n" + settings.identity).prefix(12))")
  }

  /// Runs what is not done yet and returns the whole result.
  ///
  /// - Throws: `Problem`; everything that finished before is on disk.
  public func run(locator: DataLocator, watch: (SearchProgress) -> Void = { _ in }) throws -> ConnectionResult {
    let began = Date(), network = tickets.first?.ticket.architecture
    let (data, architecture) = try Search(settings: settings, seeds: seeds, threads: threads, output: output)
      .prepare(locator, architecture: network)
    let steps = try checkedSteps(perEpoch: settings.recipe.stepsPerEpoch(samples: data.train.count))
    let files = RunFolder(folder), digest = data.dataset.digest
    let lock = try files.open(
      RunIdentity(command: "connect", settings: settings, reproduce: reproduce, dataDigest: digest),
      parts: seeds.map { "seed-\($0)" })
    defer { withExtendedLifetime(lock) {} }
    let bench = try ConnectionBench(self, architecture, data, files, steps)
    watch(bench.progress)
    let loaded = Date()
    let forks = try bench.forks()
    try bench.trainCopies(of: forks)
    let trained = Date()
    let paths = try bench.paths(of: forks)
    let ended = Date()
    let seconds = [
      "data": loaded.timeIntervalSince(began), "training": trained.timeIntervalSince(loaded),
      "paths": ended.timeIntervalSince(trained), "total": ended.timeIntervalSince(began),
    ]
    let result = result(of: forks, paths, data.summary(digest), totalSteps: bench.totalSteps, seconds)
    try files.write(result, to: "result.json")
    return result
  }

  /// The forks of the dense network as steps, ascending and without repetition.
  private func checkedSteps(perEpoch: Int) throws -> [Int] {
    let total = settings.recipe.steps.iterations(perEpoch: perEpoch)
    for fork in forks where fork.iterations(perEpoch: perEpoch) >= total {
      throw Problem.usage(
        "The fork \(fork) is not before the end of training (\(settings.recipe.steps), \(total) steps).",
        remedy: "Choose earlier steps with --at, or more --steps.")
    }
    for ticket in tickets where ticket.ticket.startStep >= total {
      throw Problem.usage(
        "\(ticket.path) starts at step \(ticket.ticket.startStep), which is not before the end of training (\(total)).",
        remedy: "Use more --steps.")
    }
    return Set(forks.map { $0.iterations(perEpoch: perEpoch) }).sorted()
  }

  /// Seed of the random numbers of a copy's training: the first two words of the stream `training-noise/copy N`.
  static func noiseSeed(_ seed: UInt64, copy: Int) -> UInt64 {
    var random = RandomStream(seed: seed, "training-noise/copy \(copy)")
    let high = UInt64(random.nextWord())
    return high << 32 | UInt64(random.nextWord())
  }
}

/// A ticket and the file that it came from.
public struct ConnectedTicket: Sendable {
  public var path: String
  public var ticket: Ticket

  public init(path: String, ticket: Ticket) {
    self.path = path
    self.ticket = ticket
  }
}
