import Basics
import Datasets
import Experiments
import Lanes
import Networks
import Tickets
import Training

/// Samples from elsewhere, as a network sees them.
struct OutSet: Sendable {
  var name: String
  var samples: SampleStore

  /// The data sets that settings name and noise, in the order of the settings.
  ///
  /// - Throws: `Problem.usage` for samples of another shape, saying which transform helps.
  static func all(_ settings: OodSettings, _ data: TrainingData, _ locator: DataLocator) throws -> [OutSet] {
    try settings.outNames.map { try OutSet($0, settings, data, locator) }
      + settings.noise.values.map { noise($0, count: settings.outSamples, data) }
  }

  /// Samples of both parts of a data set, for nothing is fitted to either. Stream: `out-samples`.
  private init(_ name: String, _ settings: OodSettings, _ data: TrainingData, _ locator: DataLocator) throws {
    guard name != settings.search.data else {
      throw Problem.usage(
        "out-data=\(name) is what the networks are trained on.", remedy: "Name another data set, or --out-data none.")
    }
    let other = try Catalog.dataset(named: name, from: locator), own = data.dataset.inputShape
    try Self.check(name, other.inputShape, against: own)
    let all = other.test.count < settings.outSamples ? other.test.joined(with: other.train) : other.test
    let drawn = all.drawing(
      settings.outSamples, by: RandomStream(seed: settings.search.splitSeed, "out-samples"))
    self.init(name: name, samples: SampleStore(drawn, of: other, normalisation: data.normalisation))
  }

  private init(name: String, samples: SampleStore) { (self.name, self.samples) = (name, samples) }

  private static func check(_ name: String, _ shape: FeatureShape, against own: FeatureShape) throws {
    guard shape != own else { return }
    var changes = ""
    if shape.channels == 3, own.channels == 1, !own.isFlat { changes += "+grey" }
    if !shape.isFlat, !own.isFlat, (shape.height, shape.width) != (own.height, own.width) {
      changes += "+resize:\(own.height == own.width ? "\(own.height)" : "\(own.height)x\(own.width)")"
    }
    if !shape.isFlat, own.isFlat, shape.count == own.count { changes += "+flat" }
    let helps = !changes.isEmpty && (shape.channels == own.channels || changes != "+resize:\(own.height)")
    throw Problem.usage(
      "Samples of \(name) are \(shape), and the network's are \(own).",
      remedy: helps
        ? "Write --out-data '\(name)\(changes)', or --out-data none." : "Name another data set, or --out-data none.")
  }

  /// Streams: `out-noise/uniform`, `out-noise/gaussian`.
  private static func noise(_ noise: OodNoise, count: Int, _ data: TrainingData) -> OutSet {
    let shape = data.dataset.inputShape, plane = shape.count / shape.channels, scale = data.pixelScale
    var random = RandomStream(seed: data.splitSeed, "out-noise/\(noise.rawValue)")
    let moments = noise == .gaussian ? Self.moments(data.train, shape) : []
    let values = (0..<count * shape.count).map { i -> Float in
      let channel = i % shape.count / plane
      switch noise {
      case .uniform:
        let stored = scale.lowest + Float(random.nextUniform()) * (scale.highest - scale.lowest)
        return data.train.source.shifts[channel].addingProduct(stored, data.train.source.multipliers[channel])
      case .gaussian: return Float(moments[channel].mean + moments[channel].deviation * random.nextNormal())
      }
    }
    return OutSet(name: noise.title, samples: SampleStore(inputs: values, shape: shape))
  }

  private static func moments(_ samples: SampleStore, _ shape: FeatureShape) -> [(mean: Double, deviation: Double)] {
    let plane = shape.count / shape.channels, n = Double(samples.count * plane)
    var sums = [(Double, Double)](repeating: (0, 0), count: shape.channels)
    for sample in 0..<samples.count {
      for (i, value) in samples.input(sample).enumerated() {
        sums[i / plane].0 += Double(value)
        sums[i / plane].1 += Double(value) * Double(value)
      }
    }
    return sums.map { ($0.0 / n, max(0, $0.1 / n - $0.0 / n * ($0.0 / n)).squareRoot()) }
  }
}

extension Split {
  /// These samples and then those of another.
  fileprivate func joined(with other: Split) -> Split {
    let pixels: Pixels =
      switch (self.pixels, other.pixels) {
      case (.bytes(let a), .bytes(let b)): .bytes(a + b)
      case (.floats(let a), .floats(let b)): .floats(a + b)
      case (.bytes(let a), .floats(let b)): .floats(a.map(Float.init) + b)
      case (.floats(let a), .bytes(let b)): .floats(a + b.map(Float.init))
      }
    return Split(pixels: pixels, labels: labels + other.labels)
  }
}
