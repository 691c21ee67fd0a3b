public import Basics
public import Datasets
import Foundation
import Lanes
public import Networks
public import Tickets
import Training

/// How samples come to a predictor.
public enum PredictorInput: Equatable, Sendable {
  /// As the ticket's data set stores them: bytes, or else floats. What the normalisation makes of them is inside.
  case stored(isBytes: Bool)
  /// As the network was trained on them: floats that are normalised already.
  case normalised
}

/// A ticket's network for samples in memory: outputs with the bits of `tombola predict`.
///
/// Samples are copied once, a batch at a time, to where the plan reads them. Calls from several threads wait for one another;
/// predictors of their own run side by side.
///
/// It is `@unchecked Sendable` because a lock guards the plans and their memory.
public final class Predictor: @unchecked Sendable {
  public let input: PredictorInput
  public let inputShape: FeatureShape
  /// How many numbers the network gives a sample, before softmax.
  public let outputCount: Int
  /// How many classes have probabilities: two where the network has one output.
  public let classCount: Int
  public let network: FoldedNetwork
  private let batch: Int
  private let affine: [(multiplier: Float, shift: Float)]
  private let pool: ThreadPool
  private let lock = NSLock()
  private var single: Stage?
  private var many: Stage?

  /// - Parameters:
  ///   - isNormalised: Whether samples come as the network was trained on them.
  ///   - batch: The largest number of samples that run together.
  ///   - threads: How many threads run them; the bits are the same for all.
  ///   - locator: Where the data set of the ticket's search lies, whose normalisation is needed unless the ticket says it.
  /// - Throws: `Problem` if the ticket lacks the weights, or its data are not there.
  public init(
    _ ticket: Ticket, _ weights: ExportedWeights = .trained, isNormalised: Bool = false, batch: Int = 64,
    threads: Int = 1, locator: DataLocator = DataLocator()
  ) throws {
    network = try FoldedNetwork(ticket.architecture, ticket.parameters(weights), mask: ticket.mask)
    inputShape = ticket.architecture.input
    outputCount = ticket.architecture.output.count
    classCount = max(2, outputCount)
    self.batch = batch
    if isNormalised {
      (input, affine) = (.normalised, Array(repeating: (1, 0), count: inputShape.channels))
    } else {
      let stored = try StoredForm(ticket, locator)
      (input, affine) = (.stored(isBytes: stored.isBytes), stored.affine)
    }
    pool = ThreadPool(threads: threads)
  }

  /// Computes all samples.
  ///
  /// - Parameters:
  ///   - probabilities: [sample][class], softmax of the outputs; of one output the logistic function.
  ///   - outputs: [sample][output], before softmax.
  /// - Throws: `Problem.usage` if the samples are not of the network's shape, or of another type than `input` says;
  ///   `Problem.badData` if one holds a number that is not finite.
  public func predict(
    _ samples: SampleArray, probabilities: UnsafeMutablePointer<Float>?, outputs: UnsafeMutablePointer<Float>?
  ) throws {
    try check(samples)
    lock.withLock {
      let stage = stage(samples.count)
      for first in stride(from: 0, to: samples.count, by: stage.plan.batch) {
        let range = first..<min(first + stage.plan.batch, samples.count)
        for (sample, values) in zip(range, stage.run(samples, range, on: pool)) {
          outputs.map { ($0 + sample * outputCount).update(from: values, count: outputCount) }
          guard let probabilities else { continue }
          (probabilities + sample * classCount).update(
            from: Predictions.probabilities(of: values), count: classCount)
        }
      }
    }
  }

  private func check(_ samples: SampleArray) throws {
    // Features alone are of any shape that has as many.
    guard samples.shape == inputShape || (samples.shape.isRow && inputShape.count == samples.shape.count) else {
      throw Problem.usage(
        "x has samples of \(samples.shape); the network takes \(inputShape).",
        remedy: "Give samples of the shape that it was trained on.")
    }
    let wanted = input == .stored(isBytes: true) ? "uint8" : "float32"
    guard samples.type == wanted else {
      throw Problem.usage(
        "x is \(samples.type); the network takes \(wanted)\(input == .normalised ? ", normalised" : ", as its data set does").",
        remedy: wanted == "uint8"
          ? "Give the pixels as they are stored, or normalised inputs to a predictor with normalised=True."
          : "Give \(wanted).")
    }
    if let (sample, value) = samples.strange {
      throw Problem.badData("x holds \(value) in sample \(sample).", remedy: "Every number must be finite.")
    }
  }

  /// Made once for single samples, and once for more.
  private func stage(_ samples: Int) -> Stage {
    if let made = samples == 1 ? single : many { return made }
    let made = Stage(
      network, isBytes: input == .stored(isBytes: true), affine, batch: samples == 1 ? 1 : batch, threads: pool.threads)
    if samples == 1 { single = made } else { many = made }
    return made
  }
}

extension FeatureShape {
  /// Whether it is how a list of features is read, in memory or in files.
  fileprivate var isRow: Bool { channels == 1 && height == 1 }
}

/// A plan with the memory that it reads its samples from.
private final class Stage {
  private enum Memory {
    case bytes(UnsafeMutablePointer<UInt8>)
    case floats(UnsafeMutablePointer<Float>)
  }

  let plan: InferencePlan
  private let memory: Memory

  init(
    _ network: FoldedNetwork, isBytes: Bool, _ affine: [(multiplier: Float, shift: Float)], batch: Int, threads: Int
  ) {
    let count = batch * network.architecture.input.count
    func zeros<Element: Numeric>(_: Element.Type) -> UnsafeMutablePointer<Element> {
      let memory = UnsafeMutablePointer<Element>.allocate(capacity: count)
      memory.initialize(repeating: 0, count: count)
      return memory
    }
    let pixels: SampleSource.Pixels
    if isBytes {
      let bytes = zeros(UInt8.self)
      (memory, pixels) = (.bytes(bytes), .bytes(bytes))
    } else {
      let floats = zeros(Float.self)
      (memory, pixels) = (.floats(floats), .floats(floats))
    }
    plan = InferencePlan(
      network, SampleSource(pixels: pixels, multipliers: affine.map(\.multiplier), shifts: affine.map(\.shift)),
      batch: batch, threads: threads)
  }

  deinit {
    switch memory {
    case .bytes(let bytes): bytes.deallocate()
    case .floats(let floats): floats.deallocate()
    }
  }

  /// The outputs of some samples, no more than the plan's batch.
  func run(_ samples: SampleArray, _ range: Range<Int>, on pool: ThreadPool) -> [[Float]] {
    switch memory {
    case .bytes(let bytes): samples.copy(range, to: bytes)
    case .floats(let floats): samples.copy(range, to: floats)
    }
    plan.select(0..<range.count)
    plan.run(on: pool)
    return plan.outputs
  }
}

/// What a ticket's data set stores, and how it becomes the network's input.
private struct StoredForm {
  var isBytes: Bool
  var affine: [(multiplier: Float, shift: Float)]

  /// Tickets of samples in memory say both by themselves; of others the data are asked.
  init(_ ticket: Ticket, _ locator: DataLocator) throws {
    let settings = try ticket.searchSettings()
    if let type = DataLocator.heldType(of: settings.data), settings.normalisation != .measured {
      isBytes = type == "uint8"
      let scale: Float = isBytes ? 1 / 255 : 1, channels = ticket.architecture.input.channels
      let normalisation = try settings.normalisation.normalisation(channels: channels, name: settings.data)
      affine = (0..<channels).map { normalisation.affine(channel: $0, pixelScale: scale) }
      return
    }
    let samples = try settings.loadedSamples(locator), dataset = samples.dataset
    try ticket.checkFits(input: dataset.inputShape, classes: dataset.classCount, data: settings.data)
    if case .bytes = dataset.train.pixels { isBytes = true } else { isBytes = false }
    affine = (0..<dataset.inputShape.channels).map { dataset.affine(samples.normalisation, channel: $0) }
  }
}
