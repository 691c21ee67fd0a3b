import ArgumentParser
import Basics
import Datasets
import Detectors
import Foundation
import Lanes
import Networks
import Pages
import Tickets
import Training

struct BenchStep: Measurement {
  static let configuration = CommandConfiguration(
    commandName: "step",
    abstract: "Time a training step: copy the batch, forward, loss, backward, update (SGD, momentum 0.9).",
    discussion: """
      Every prunable layer gets a random mask of the density. With --scenes the network is the backbone of a detector, as \
      tombola detect trains it on sprites of --input.
      """)

  @OptionGroup var options: BenchOptions
  @Option(help: "Density of every prunable layer.") var density = 1.0
  @Option(help: "softmax, bce, mse or hinge.") var loss = "softmax"
  @Option(help: "natural, fgsm, pgd:10, fgsm-pgd:10@0.5, trades:6 or free:4; epsilon is 8/255.") var objective =
    "natural"
  @Option(help: "detect, segment or keypoints: a detector's step, on sprites of the size of --input.") var scenes:
    String?
  @Option(help: "automatic, dense or sparse kernels.") var kernels = "automatic"
  @Option(help: "Seconds to measure.", transform: Limit.seconds) var seconds = 1.0
  @Flag(help: "Print the time of every layer's kernels too; threads then wait after each.") var profile = false
  @Flag(help: "Print one JSON object.") var json = false

  func validate() throws { try checkDensity(density) }

  func run() throws {
    guard let loss = Loss(rawValue: loss), let execution = Execution(rawValue: kernels) else {
      throw Problem.usage(
        "There is no loss '\(loss)' or kernel choice '\(kernels)'.", remedy: "See tombola list losses.")
    }
    let subject = try subject(), architecture = subject.architecture
    let training = try ObjectiveCatalog.objective(named: objective)
    var recipe = options.recipe
    (recipe.objective, recipe.epsilon, recipe.robustSamples) = (training, PixelLength(8.0 / 255), 0)
    recipe.loss = loss
    let layout = architecture.layout, mask = Mask.random(layout, density: density)
    let run = Run(
      architecture, start: Initializer.kaimingNormal.parameters(for: layout, seed: 0), mask: mask, recipe: recipe,
      data: subject.data, pool: ThreadPool(threads: options.threads), execution: execution)
    let timing = Timing.measure(seconds: seconds) { run.takeStep() }
    let result = StepResult(
      model: scenes == nil ? options.model : architecture.name, input: options.input, batch: options.batch,
      objective: objective, density: density,
      threads: options.threads,
      cpu: CPULevel.current.rawValue,
      medianSeconds: timing.median, minSeconds: timing.minimum, steps: timing.count, nonzeros: mask.remaining,
      flopsPerStep: Self.flops(architecture, mask, options.batch), sparseLayers: run.plan.sparseLayers,
      memoryBytes: run.plan.memoryBytes)
    if json { try Terminal.json(result) } else { Terminal.print(result.text) }
    if profile { Terminal.print(StepProfile((0..<9).map { _ in run.timeStep() }).text) }
  }

  /// What is trained, and on what.
  private func subject() throws -> (architecture: Architecture, data: TrainingData) {
    guard let scenes else { return (try options.architecture(), try options.data()) }
    guard let task = SceneTask(rawValue: scenes) else {
      throw Problem.usage("--scenes \(scenes) is no task.", remedy: "Give detect, segment or keypoints.")
    }
    if loss != "softmax" || objective != "natural" || options.classes != 10 {
      throw Problem.usage(
        "--loss, --objective and --classes have no effect with --scenes.",
        remedy: "A detector has its own loss; leave them out.")
    }
    return try options.detector(task)
  }

  /// Two operations a surviving weight, sample and place: forward, weight gradient, and input gradient but for the first layer.
  static func flops(_ architecture: Architecture, _ mask: Mask, _ batch: Int) -> Int {
    mask.layout.prunable.enumerated().reduce(0) {
      let shape = architecture.shapes[$1.element.layer]!, places = shape.height * shape.width
      return $0 + 2 * batch * places * mask.remaining(in: $1.element) * ($1.offset == 0 ? 2 : 3)
    }
  }
}

/// What `bench step` prints.
struct StepResult: Encodable {
  var model, input: String
  var batch: Int
  var objective: String
  var density: Double
  var threads: Int
  var cpu: String
  var medianSeconds, minSeconds: Double
  var steps, nonzeros, flopsPerStep: Int
  var sparseLayers: [String]
  var memoryBytes: Int

  var text: String {
    let rate = Double(flopsPerStep) / medianSeconds / 1e9
    return """
      \(model), input \(input), batch \(batch), objective \(objective), density \(density), \(threads) threads, \(cpu)
      median \(Self.micro(medianSeconds)), fastest \(Self.micro(minSeconds)), \(steps) steps
      \(nonzeros) weights, \(String(format: "%.1f", rate)) GFLOP/s on them, \(memoryBytes >> 10) KiB
      """
  }

  static func micro(_ seconds: Double) -> String { String(format: "%.2f us", seconds * 1e6) }
}

/// Times of a step's kernel calls: medians over steps, added up for each kernel of a layer.
struct StepProfile {
  var rows: [(label: String, kernel: String, seconds: Double)] = []

  init(_ steps: [[KernelTime]]) {
    for i in steps[0].indices {
      let call = steps[0][i], seconds = steps.map { $0[i].seconds }.sorted()[steps.count / 2]
      if let row = rows.firstIndex(where: { $0.label == call.label && $0.kernel == call.kernel }) {
        rows[row].seconds += seconds
      } else {
        rows.append((call.label, call.kernel, seconds))
      }
    }
  }

  var text: String {
    let total = rows.reduce(0) { $0 + $1.seconds }
    var table = TextTable(header: ["layer", "kernel", "time", "share"])
    for row in rows {
      table.rows.append([
        row.label, row.kernel, StepResult.micro(row.seconds), String(format: "%.1f %%", 100 * row.seconds / total),
      ])
    }
    return table.text
  }
}
