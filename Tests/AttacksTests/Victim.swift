import Attacks
import Basics
import Datasets
import Lanes
import Networks
import TestSupport
import Training

/// Networks and samples to attack.
struct Victim {
  var architecture: Architecture
  var parameters: Parameters
  var data: TrainingData
  var mask: Mask?

  func batch(_ size: Int = 64, threads: Int = 1, execution: Execution = .automatic, kernels: Kernels? = nil)
    -> AttackedBatch
  {
    AttackedBatch(
      architecture, parameters, mask: mask, samples: data.test, scale: data.pixelScale, batch: size,
      pool: ThreadPool(threads: threads), execution: execution, kernels: kernels ?? CPULevel.current.kernels)
  }

  /// Pixels of the first samples after an attack, in units of pixels, and which are right: [sample][pixel].
  func attacked(
    _ attack: (any Attack)?, _ threat: Threat, count: Int, batch size: Int = 64, threads: Int = 1,
    execution: Execution = .automatic
  ) -> (pixels: [[Float]], right: [Bool]) {
    let target = batch(size, threads: threads, execution: execution), all = (0..<Int32(count)).map { $0 }
    var pixels: [[Float]] = [], right: [Bool] = []
    for first in stride(from: 0, to: count, by: size) {
      target.load(all[first..<min(count, first + size)])
      if let attack { attack.perturb(target, threat, streams: AttackCatalog.streams(attack, seed: 7)) }
      target.evaluate(.crossEntropy, needsGradient: false)
      right += (0..<target.count).map { target.perturbation.isRight($0) }
      pixels += (0..<target.count).map { target.pixels($0) }
    }
    return (pixels, right)
  }

  func accuracy(_ attack: (any Attack)?, epsilon: Double, _ ball: Ball = .maximum, count: Int = 300) -> Double {
    let right = attacked(attack, Threat(ball, epsilon: epsilon), count: count, batch: 128, threads: 2).right
    return Double(right.count { $0 }) / Double(right.count)
  }

  /// Random weights on random images of bytes.
  static func random(_ architecture: Architecture, density: Double = 1) throws -> Victim {
    let classes = architecture.output.count, size = architecture.input.count
    var random = RandomStream(seed: 3, "test-images")
    let pixels = (0..<90 * size).map { _ in UInt8(truncatingIfNeeded: random.nextWord()) }
    let split = Split(pixels: .bytes(pixels), labels: (0..<90).map { Int32($0 % classes) })
    let dataset = try Dataset(
      name: "images", source: "test", inputShape: architecture.input, classCount: classes, pixelScale: 1 / 255,
      train: split, test: split)
    return Victim(
      architecture: architecture, parameters: Initializer.torchUniform.parameters(for: architecture.layout, seed: 5),
      data: try TrainingData(dataset, validationCount: 10, seed: 0),
      mask: density < 1 ? Mask.random(architecture.layout, density: density) : nil)
  }

  /// A network trained for a while on the digits that come with the package.
  static let trained = Result {
    let dataset = try Catalog.dataset(named: "digits", from: DataLocator(dataFolder: nil))
    let architecture = try ModelCatalog.architecture(
      "mlp:40", input: dataset.inputShape, classes: dataset.classCount)
    var recipe = Recipe()
    (recipe.steps, recipe.batch, recipe.learningRate, recipe.momentum) = (.epochs(12), 32, 0.05, 0.9)
    let data = try TrainingData(dataset, validationCount: 100, seed: 0)
    let run = Run(
      architecture, start: Initializer.kaimingNormal.parameters(for: architecture.layout, seed: 1), recipe: recipe,
      data: data, pool: ThreadPool(threads: 2))
    while run.iteration < run.totalSteps { run.takeStep() }
    return Victim(architecture: architecture, parameters: run.parameters, data: data)
  }

  static func images() throws -> [Architecture] {
    let image = FeatureShape(channels: 2, height: 6, width: 5)
    func network(_ name: String, _ layers: [any Layer]) throws -> Architecture {
      var result = Architecture(name: name, input: image)
      for (i, layer) in layers.enumerated() { try result.append("layer\(i)", layer) }
      return result
    }
    return [
      try network("perceptron", [Linear(12), Rectifier(), Linear(5)]),
      try network(
        "convolutional",
        [
          Convolution(4, kernel: 3, padding: 1), BatchNorm(), Rectifier(), MaxPool(),
          Convolution(4, kernel: 3, padding: 1),
          Rectifier(), AveragePool(), Linear(4),
        ]),
    ]
  }
}

extension AttackedBatch {
  /// A sample's pixels in units of pixels.
  func pixels(_ sample: Int) -> [Float] { read(perturbation.pixels, sample) }
  func cleanPixels(_ sample: Int) -> [Float] { read(perturbation.clean, sample) }

  private func read(_ buffer: FloatBuffer, _ sample: Int) -> [Float] {
    let layout = perturbation.layout
    return (0..<layout.pixelsPerSample).map { i in
      let at = layout.offset(
        sample: sample, channel: i / (layout.height * layout.width), row: i / layout.width % layout.height,
        column: i % layout.width)
      return buffer[layout.origin + at]
    }
  }
}

extension Victim {
  /// Heads that are joined, one of them of an image that grows.
  static func headed() throws -> Architecture {
    var network = Architecture(name: "heads", input: FeatureShape(channels: 2, height: 4, width: 4))
    try network.append("conv", Convolution(4, kernel: 3, padding: 1, hasBias: false))
    try network.append("norm", BatchNorm())
    try network.append("relu", Rectifier())
    try network.append("up", Upsample(factor: 2))
    try network.append("fine", Convolution(2, kernel: 3))
    try network.append("mean", AveragePool())
    try network.append("coarse", Linear(3), inputs: ["relu"])
    try network.append("outputs", Join(), inputs: ["coarse", "mean"])
    return network
  }

  static func residual() throws -> Architecture {
    var network = Architecture(name: "residual", input: FeatureShape(channels: 2, height: 4, width: 4))
    try network.append("conv0", Convolution(4, kernel: 3, padding: 1, hasBias: false))
    try network.append("bn0", BatchNorm())
    try network.append("relu0", Rectifier())
    try network.append("conv1", Convolution(4, kernel: 3, padding: 1))
    try network.append("sum", Sum(), inputs: ["relu0", "conv1"])
    try network.append("relu1", Rectifier())
    try network.append("pool", AveragePool(size: 2))
    try network.append("fc", Linear(5))
    return network
  }
}

extension Samples {
  /// The samples as images, training and test samples alike.
  func images(_ shape: FeatureShape, classes: Int) throws -> Dataset {
    let split = Split(pixels: .floats(inputs), labels: labels)
    return try Dataset(
      name: "images", source: "test", inputShape: shape, classCount: classes, pixelScale: 1, train: split, test: split)
  }
}
