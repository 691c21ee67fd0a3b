import ArgumentParser
import Basics
import Datasets
import Detectors
import Lanes
import Networks
import Scenes
import Tickets
import Training

/// The network and the batch that a measurement is about, with data of random numbers.
struct BenchOptions: ParsableArguments {
  @Option(help: "Network.") var model = "lenet-300-100"
  @Option(help: "Input shape, CxHxW.") var input = "1x28x28"
  @Option(help: "Output units.", transform: Limit.classes) var classes = 10
  @Option(help: "Samples a step.", transform: Limit.batch) var batch = 60
  @Option(help: "Threads.", transform: Limit.threads) var threads = 1

  func shape() throws -> FeatureShape {
    guard let shape = FeatureShape(input) else {
      throw Problem.usage("'\(input)' is no input shape.", remedy: "Write it like 1x28x28.")
    }
    return shape
  }

  func architecture() throws -> Architecture {
    let shape = try shape(), architecture = try ModelCatalog.architecture(model, input: shape, classes: classes)
    try SearchSettings.checkMemory(architecture, batch: batch, samples: sampleCount * shape.count)
    return architecture
  }

  private var sampleCount: Int { 4 * batch + 1 }

  /// Four batches and a sample of random numbers.
  func data() throws -> TrainingData {
    let shape = try shape(), count = sampleCount
    var random = RandomStream(seed: 0, "bench-data")
    let pixels = (0..<count * shape.count).map { _ in Float(2 * random.nextUniform() - 1) }
    let labels = (0..<count).map { Int32($0 % max(2, classes)) }
    let split = Datasets.Split(pixels: .floats(pixels), labels: labels)
    let dataset = try Dataset(
      name: "random", source: "random numbers", inputShape: shape, classCount: max(2, classes), pixelScale: 1,
      train: split, test: split)
    return try TrainingData(dataset, validationCount: 1, seed: 0)
  }

  /// The network as a detector's backbone, with as many scenes of sprites as there are random samples.
  func detector(_ task: SceneTask) throws -> (architecture: Architecture, data: TrainingData) {
    let shape = try shape()
    guard shape.channels == 1, shape.height == shape.width, SceneSettings.canvasRange.contains(shape.height) else {
      throw Problem.usage(
        "Scenes of sprites are square and grey, from \(SceneSettings.canvasRange.lowerBound) to \(SceneSettings.canvasRange.upperBound) pixels wide; --input is \(input).",
        remedy: "Write --input 1x48x48, or leave --scenes out.")
    }
    var settings = SceneSettings()
    (settings.scenes, settings.testScenes, settings.canvas) = (sampleCount, 1, shape.height)
    let scenes = try SceneCatalog.load("sprites", settings: settings)
    let detector = try Detector(
      task, model: model, input: shape, classes: scenes.categories.count, keypoints: scenes.keypointNames.count)
    try SearchSettings.checkMemory(detector.architecture, batch: batch, samples: sampleCount * shape.count)
    let data = try TrainingData(
      scenes.dataset(), validationCount: 1, seed: 0, task: SceneTraining(scenes, detector))
    return (detector.architecture, data)
  }

  /// SGD with momentum 0.9.
  var recipe: Recipe {
    var recipe = Recipe()
    (recipe.batch, recipe.momentum, recipe.learningRate) = (batch, 0.9, 0.001)
    return recipe
  }
}
