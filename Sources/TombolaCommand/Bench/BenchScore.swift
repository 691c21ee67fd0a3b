import ArgumentParser
import Basics
import Lanes
import Networks
import Pruning
import Training

struct BenchScore: Measurement {
  static let configuration = CommandConfiguration(
    commandName: "score",
    abstract: "Time what pruning costs: SNIP's scores beside a training step, and exact selection.",
    discussion: "One batch of scores, one of the same size trained densely, and the choice of 90 % of all weights.")

  @OptionGroup var options: BenchOptions
  @Option(help: "Seconds to measure each.", transform: Limit.seconds) var seconds = 1.0
  @Flag(help: "Print one JSON object.") var json = false

  func run() throws {
    let architecture = try options.architecture(), data = try options.data(), layout = architecture.layout
    let start = Initializer.kaimingNormal.parameters(for: layout, seed: 0), full = Mask(fullFor: layout)
    var samples = ScoringSamples()
    (samples.batches, samples.batch) = (1, options.batch)
    let probe = GradientProbe(
      architecture, data: data, loss: .softmaxCrossEntropy, samples: samples, seed: 0, threads: options.threads)
    let context = ScoringContext(trained: start, initial: start, mask: full, seed: 0, round: 1, probe: probe)
    let step = stepTiming(architecture, start, data)
    var scores: [Float] = []
    let scoring = Timing.measure(seconds: seconds) { scores = (try? SNIP().scores(context)) ?? [] }
    let quota = Quota.together(layout.prunableCount / 10 * 9, layout.prunable)
    let selection = Timing.measure(seconds: seconds) {
      _ = try? Pruner.prune(full, scores: scores, quota: quota, allowsEmptyLayers: true)
    }
    let result = ScoreTimes(
      model: options.model, batch: options.batch, threads: options.threads, weights: layout.prunableCount,
      stepSeconds: step.median, scoreSeconds: scoring.median, selectionSeconds: selection.median)
    if json { try Terminal.json(result) } else { Terminal.print(result.text) }
  }

  private func stepTiming(_ architecture: Architecture, _ start: Parameters, _ data: TrainingData) -> Timing {
    let run = Run(
      architecture, start: start, recipe: options.recipe, data: data, pool: ThreadPool(threads: options.threads))
    return Timing.measure(seconds: seconds) { run.takeStep() }
  }
}

/// What `bench score` prints.
struct ScoreTimes: Encodable {
  var model: String
  var batch, threads, weights: Int
  var stepSeconds, scoreSeconds, selectionSeconds: Double

  var text: String {
    """
    \(model), \(weights) weights, batch \(batch), \(threads) threads, \(CPULevel.current.rawValue)
    training step \(Terminal.milliseconds(stepSeconds)), SNIP's scores \(Terminal.milliseconds(scoreSeconds)) \
    (\(Terminal.ratio(scoreSeconds / stepSeconds)) steps)
    exact selection \(Terminal.milliseconds(selectionSeconds))
    """
  }
}
