import ArgumentParser
import Basics
import Datasets
import Foundation
import Lanes
import Networks
import Pages
import Tickets
import Training

struct BenchCritics: Measurement {
  static let configuration = CommandConfiguration(
    commandName: "critics",
    abstract: "Time training steps of groups of layers with local critics, side by side, and of back-propagation.",
    discussion: """
      Back-propagation runs on one core. Groups run one after the other on one core, and each thread with its own on several; \
      the three take turns, and both ways of running groups must give the same bits.
      """)

  @Option(help: "Network.") var model = "conv-6:0.5"
  @Option(help: "Input shape, CxHxW.") var input = "1x28x28"
  @Option(help: "Samples a step.", transform: Limit.batch) var batch = 128
  @Option(help: "Groups of layers.", transform: Limit.whole("--groups", 2...8)) var groups = 2
  @Option(help: "linear, conv or conv:CHANNELS.") var critic = "conv:8"
  @Option(help: "Batches from one step of a critic to the next.", transform: Limit.whole("--critic-every", 1...1000))
  var criticEvery = 1
  @Option(help: "Threads that groups are shared among.", transform: Limit.threads) var threads = 2
  @Option(help: "Steps of a turn.", transform: Limit.whole("--steps", 1...100_000)) var steps = 8
  @Option(help: "Seconds to measure.", transform: Limit.seconds) var seconds = 10.0
  @Flag(help: "Print one JSON object.") var json = false

  func run() throws {
    guard let head = CriticHead(setting: critic) else {
      throw Problem.usage("'\(critic)' is no critic.", remedy: "Give \(CriticHead.settingForm).")
    }
    let options = try BenchOptions.parse(["--model", model, "--input", input, "--batch", "\(batch)"])
    let data = try options.data(), architecture = try options.architecture()
    let cut = try LayerGroups(architecture, count: groups, head: head)
    let run = Run(
      architecture, start: start(architecture), recipe: options.recipe, data: data, pool: ThreadPool(threads: 1))
    let alone = groupRun(cut, options.recipe, data, threads: 1)
    let beside = groupRun(cut, options.recipe, data, threads: threads)
    // Batches that the data do not have are those that it has, again.
    let order = (0..<Int32(steps * batch)).map { $0 % Int32(4 * batch) }
    var times: [[Double]] = [[], [], []], total = 0.0, turn = 0
    while total < seconds || turn < 4 {
      let bodies: [() throws -> Void] = [
        { for _ in 0..<steps { run.takeStep() } }, { _ = try alone.train(data.train, order: order) },
        { _ = try beside.train(data.train, order: order) },
      ]
      for (i, body) in bodies.enumerated() {
        let watch = Stopwatch()
        try body()
        // The first turn warms up.
        guard turn > 0 else { continue }
        times[i].append(watch.seconds / Double(steps))
        total += watch.seconds
      }
      turn += 1
    }
    guard alone.states == beside.states else {
      throw Problem(.failed, "Groups on \(beside.threads) threads gave other bits than on one.", remedy: "Report it.")
    }
    let result = CriticsResult(
      model: model, input: input, batch: batch, groups: groups, critic: head.settingText, criticEvery: criticEvery,
      threads: beside.threads, cpu: CPULevel.current.rawValue, steps: steps, turns: turn - 1,
      workShares: cut.shares, ends: cut.groups.map(\.outputName), times: times.map { $0.sorted() })
    if json { try Terminal.json(result) } else { Terminal.print(result.text) }
  }

  private func start(_ architecture: Architecture) -> Parameters {
    Initializer.kaimingNormal.parameters(for: architecture.layout, seed: 0)
  }

  private func groupRun(_ cut: LayerGroups, _ recipe: Recipe, _ data: TrainingData, threads: Int) -> LocalCriticRun {
    LocalCriticRun(
      cut, start: ([cut.network] + cut.critics).map(start), recipe: recipe, criticRate: 1e-4, criticEvery: criticEvery,
      samples: data.train.count, threads: threads)
  }
}

/// What `bench critics` prints.
struct CriticsResult: Encodable {
  var model, input: String
  var batch, groups: Int
  var critic: String
  var criticEvery, threads: Int
  var cpu: String
  var steps, turns: Int
  /// Of the multiply-adds of a step, critics included, and the last layer, of each group.
  var workShares: [Double]
  var ends: [String]
  /// Medians and minima over turns, of a step: back-propagation on one core, groups on one core, groups side by side.
  var backPropagationSeconds, backPropagationMinSeconds: Double
  var serialSeconds, serialMinSeconds: Double
  var pipelineSeconds, pipelineMinSeconds: Double
  /// Of a step of groups side by side to one of back-propagation.
  var ratio, minRatio: Double

  /// - Parameter times: Of a step in each turn, ascending, of the three ways.
  init(
    model: String, input: String, batch: Int, groups: Int, critic: String, criticEvery: Int, threads: Int, cpu: String,
    steps: Int, turns: Int, workShares: [Double], ends: [String], times: [[Double]]
  ) {
    (self.model, self.input, self.batch, self.groups, self.critic) = (model, input, batch, groups, critic)
    (self.criticEvery, self.threads, self.cpu, self.steps, self.turns) = (criticEvery, threads, cpu, steps, turns)
    (self.workShares, self.ends) = (workShares, ends)
    let medians = times.map { $0[$0.count / 2] }, minima = times.map { $0[0] }
    (backPropagationSeconds, serialSeconds, pipelineSeconds) = (medians[0], medians[1], medians[2])
    (backPropagationMinSeconds, serialMinSeconds, pipelineMinSeconds) = (minima[0], minima[1], minima[2])
    (ratio, minRatio) = (medians[2] / medians[0], minima[2] / minima[0])
  }

  var text: String {
    func line(_ name: String, _ median: Double, _ least: Double) -> String {
      String(format: "%@: median %.2f ms, fastest %.2f ms a step", name, 1e3 * median, 1e3 * least)
    }
    let parts = zip(ends, workShares).map { "to \($0) \(Int((100 * $1).rounded())) %" }.joined(separator: ", ")
    return """
      \(model), input \(input), batch \(batch), critic \(critic), \(turns) turns of \(steps) steps, \(cpu)
      \(groups) groups by multiply-adds of a step, critics included: \(parts)
      \(line("back-propagation, 1 core", backPropagationSeconds, backPropagationMinSeconds))
      \(line("groups, 1 core", serialSeconds, serialMinSeconds))
      \(line("groups, \(threads) threads", pipelineSeconds, pipelineMinSeconds))
      \(String(format: "side by side / back-propagation: %.3f (fastest %.3f); the same bits on 1 and %d threads", ratio, minRatio, threads))
      """
  }
}
