import ArgumentParser
import Basics
import Datasets
import Foundation
import Lanes
import Networks
import Pages
import Tickets
import Training

struct BenchData: Measurement {
  static let configuration = CommandConfiguration(
    commandName: "data",
    abstract: "Time what a training step spends on its samples: copying the batch into lanes, plain and augmented.",
    discussion: "Samples are random bytes. The time of augmentation includes drawing its random numbers.")

  @Option(help: "Network, whose input decides the layout.") var model = "conv-6"
  @Option(help: "Input shape, CxHxW.") var input = "3x32x32"
  @Option(help: "Samples a step.", transform: Limit.batch) var batch = 128
  @Option(help: "Density of every prunable layer in the whole step.") var density = 1.0
  @Option(help: "Threads.", transform: Limit.threads) var threads = 1
  @Option(help: "Augmentation: crop-flip, crop:PADDING, flip.") var augmentation = "crop-flip"
  @Option(help: "Seconds to measure each.", transform: Limit.seconds) var seconds = 1.0
  @Flag(help: "Print one JSON object.") var json = false

  func validate() throws {
    try checkDensity(density)
  }

  func run() throws {
    guard let shape = FeatureShape(input) else {
      throw Problem.usage("'\(input)' is no input shape.", remedy: "Write it like 3x32x32.")
    }
    guard let augmentation = Augmentation(setting: augmentation) else {
      throw Problem.usage("'\(augmentation)' is no augmentation.", remedy: "Give \(Augmentation.settingForm).")
    }
    try augmentation.checkFits(shape, data: input)
    let architecture = try ModelCatalog.architecture(model, input: shape, classes: 10)
    try SearchSettings.checkMemory(architecture, batch: batch, samples: sampleCount(shape) * shape.count)
    var recipe = Recipe()
    (recipe.batch, recipe.augmentation, recipe.learningRate) = (batch, augmentation, 0.001)
    let run = Run(
      architecture, start: Initializer.kaimingNormal.parameters(for: architecture.layout, seed: 0),
      mask: Mask.random(architecture.layout, density: density), recipe: recipe, data: try data(shape),
      pool: ThreadPool(threads: threads))
    let result = DataResult(
      model: model, input: input, batch: batch, density: density, threads: threads, cpu: CPULevel.current.rawValue,
      augmentation: augmentation.settingText, plainSeconds: loading(run, .none),
      augmentedSeconds: loading(run, augmentation),
      stepSeconds: Timing.measure(seconds: seconds) { run.takeStep() }.median)
    if json { try Terminal.json(result) } else { Terminal.print(result.text) }
  }

  /// Median seconds of choosing a batch and copying it into lanes.
  private func loading(_ run: Run, _ augmentation: Augmentation) -> Double {
    let emit = Emitter(run.plan), pool = ThreadPool(threads: threads), step = run.plan.step
    emit.batch(run.data.train.source, isMoved: augmentation.isActive)
    let order = EpochOrder.indices(count: run.data.train.count, seed: 0, epoch: 0)
    let stream = augmentation.stream(seed: 0, epoch: 0)
    var first = 0
    return Timing.measure(seconds: seconds) {
      order.withUnsafeBufferPointer { step.select($0, first: first, count: batch) }
      if augmentation.isActive { step.move { augmentation.move(of: $0, stream) } }
      emit.program.run(on: pool)
      first = first + 2 * batch <= order.count ? first + batch : 0
    }.median
  }

  private func sampleCount(_ shape: FeatureShape) -> Int { max(4 * batch, min(50_000, (64 << 20) / shape.count)) + 1 }

  /// Enough samples that they do not stay in cache.
  private func data(_ shape: FeatureShape) throws -> TrainingData {
    let count = sampleCount(shape)
    var random = RandomStream(seed: 0, "bench-data")
    let pixels = (0..<count * shape.count).map { _ in UInt8(truncatingIfNeeded: random.nextWord()) }
    let split = Split(pixels: .bytes(pixels), labels: (0..<count).map { Int32($0 % 10) })
    let dataset = try Dataset(
      name: "random", source: "random bytes", inputShape: shape, classCount: 10, pixelScale: 1 / 255, train: split,
      test: split.subset([0]))
    return try TrainingData(dataset, validationCount: 1, seed: 0)
  }
}

/// What `bench data` prints.
struct DataResult: Encodable {
  var model, input: String
  var batch: Int
  var density: Double
  var threads: Int
  var cpu, augmentation: String
  var plainSeconds, augmentedSeconds, stepSeconds: Double

  var text: String {
    func line(_ name: String, _ seconds: Double) -> String {
      let share = String(format: "%.2f %%", 100 * seconds / stepSeconds)
      return "\(name): \(StepResult.micro(seconds)), \(share) of the step"
    }
    return """
      \(model), input \(input), batch \(batch), density \(density), \(threads) threads, \(cpu)
      training step with \(augmentation): \(StepResult.micro(stepSeconds))
      \(line("loading, plain", plainSeconds))
      \(line("loading, \(augmentation)", augmentedSeconds))
      """
  }
}
