import ArgumentParser
import Basics
import Datasets
import Lanes
import Networks
import Training

/// The network and the batch that a measurement is about, with data of random numbers.
struct BenchOptions: ParsableArguments {
  @Option(help: "Network.") var model = "lenet-300-100"
  @Option(help: "Input shape, CxHxW.") var input = "1x28x28"
  @Option(help: "Output units.") var classes = 10
  @Option(help: "Samples a step.") var batch = 60
  @Option(help: "Threads.") var threads = 1

  func validate() throws {
    guard batch > 0, classes > 0, (1...1024).contains(threads) else {
      throw ValidationError("--batch, --classes and --threads must be positive.")
    }
  }

  func shape() throws -> FeatureShape {
    guard let shape = FeatureShape(input) else {
      throw Problem.usage("'\(input)' is no input shape.", remedy: "Write it like 1x28x28.")
    }
    return shape
  }

  func architecture() throws -> Architecture {
    try ModelCatalog.architecture(model, input: try shape(), classes: classes)
  }

  /// Four batches and a sample of random numbers.
  func data() throws -> TrainingData {
    let shape = try shape(), count = 4 * batch + 1
    var random = RandomStream(seed: 0, "bench-data")
    let pixels = (0..<count * shape.count).map { _ in Float(2 * random.nextUniform() - 1) }
    let labels = (0..<count).map { Int32($0 % max(2, classes)) }
    let split = Datasets.Split(pixels: .floats(pixels), labels: labels)
    let dataset = try Dataset(
      name: "random", source: "random numbers", inputShape: shape, classCount: max(2, classes), pixelScale: 1,
      train: split, test: split)
    return try TrainingData(dataset, validationCount: 1, seed: 0)
  }

  /// SGD with momentum 0.9.
  var recipe: Recipe {
    var recipe = Recipe()
    (recipe.batch, recipe.momentum, recipe.learningRate) = (batch, 0.9, 0.001)
    return recipe
  }
}
