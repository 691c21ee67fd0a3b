import Basics
public import Lanes

/// A network of signs (bits 1/1) compiled to run in bits: activations and weights one bit each, products by exclusive or and
/// population count under the mask, batch norm and sign folded into a threshold for every channel.
///
/// The first layer, whose inputs are real, has the engine's order of summation. The sums of all others are whole numbers:
/// results are those of the float network bit for bit where its own sums are exact (`isExact`).
///
/// It is `@unchecked Sendable` because it belongs to one run, which one task uses at a time.
public final class PackedNetwork: @unchecked Sendable {
  public let batch: Int
  /// Whether the float network's sums of signs are exact: its biases are zero, and every gain has so few digits that its
  /// multiples up to the longest row are floats.
  public private(set) var isExact = true
  private let inputs: FloatBuffer
  private let outputs: FloatBuffer
  private let tensors: Tables
  private let program: Program
  private let input: FeatureShape
  private let border: Int
  /// From sample to sample, in floats.
  private let inputStride: Int
  private let classes: Int

  /// - Parameters:
  ///   - parameters: Zero where the mask prunes.
  ///   - batch: The largest number of samples of a run.
  /// - Throws: `Problem.usage` if the network is no chain of products and signs, or its weights are no signs times a gain.
  public init(
    _ architecture: Architecture, _ parameters: Parameters, batch: Int, kernels: Kernels = CPULevel.current.kernels
  ) throws {
    precondition(batch > 0, "a batch of \(batch) samples")
    let stages = try PackedStage.stages(of: architecture)
    self.batch = batch
    input = architecture.input
    border = stages[0].window.padding
    classes = architecture.output.count
    let size = input.channels * (input.height + 2 * border) * (input.width + 2 * border)
    // Samples an odd number of cache lines apart: at multiples of 4 KiB they would drive each other out of the first cache.
    inputStride = 16 * ((size + 15) / 16 | 1)
    inputs = FloatBuffer(count: batch * inputStride)
    outputs = FloatBuffer(count: batch * Self.padded(classes, 16))
    tensors = Tables()
    program = Program(kernels: kernels, step: StepState(batch: batch))
    let weights = try stages.map { try PackedWeightTensor($0, parameters) }
    isExact = weights.dropFirst().allSatisfy(\.isExact)
    var read: BitTensor?
    for (i, stage) in stages.enumerated() {
      let next =
        i + 1 < stages.count
        ? BitTensor(stage.result, border: stages[i + 1].window.padding, samples: batch, tensors) : nil
      let pooled = stage.pool == nil ? nil : BitTensor(stage.output, border: 0, samples: batch, tensors)
      append(weights[i], from: read, into: pooled ?? next)
      if let pooled, let next { append(stage, weights[i].falls, pooled, into: next) }
      read = next
    }
  }

  /// Sets a sample's inputs, [channel][row][column], normalised.
  public func load(_ values: some Collection<Float>, at sample: Int) {
    precondition(values.count == input.count && sample < batch, "\(values.count) numbers at \(sample)")
    let width = input.width + 2 * border, height = input.height + 2 * border
    var next = values.makeIterator(), target = inputs.pointer + sample * inputStride
    for _ in 0..<input.channels {
      for row in border..<border + input.height {
        for column in border..<border + input.width { target[row * width + column] = next.next()! }
      }
      target += height * width
    }
  }

  /// Computes the outputs of the whole batch. Allocates nothing.
  public func run(on pool: ThreadPool) { program.run(on: pool) }

  /// The outputs of the first `count` samples: [sample][class].
  public func output(count: Int) -> [[Float]] {
    (0..<count).map { sample in
      (0..<classes).map { outputs.pointer[sample * outputs.count / batch + $0] }
    }
  }

  static func padded(_ count: Int, _ unit: Int) -> Int { (count + unit - 1) / unit * unit }

  // MARK: kernel calls

  private func append(_ weights: PackedWeightTensor, from x: BitTensor?, into y: BitTensor?) {
    let stage = weights.stage, out = stage.output, step = stage.window.stride
    let flips = stage.poolsProducts ? [] : weights.falls
    func places(_ origin: (_ sample: Int, _ row: Int, _ column: Int) -> Int) -> [Int32] {
      (0..<batch).flatMap { sample in
        (0..<out.height).flatMap { row in
          (0..<out.width).map { Int32(origin(sample, row, $0)) }
        }
      }
    }
    let width = Self.padded(classes, 16)
    let target = places { sample, row, column in y?.place(sample, row, column) ?? sample * width }
    if let x {
      let padding = stage.window.padding
      let from = places { x.place($0, $1 * step - padding, $2 * step - padding) }
      program.packedProduct(
        x.words, weights.packed(x, samples: batch), bias: weights.bias(rows: 8), PackedPlaces(x: from, y: target),
        into: y.map { .bits($0.words, thresholds: weights.thresholds, flips: flips) } ?? .numbers(outputs.pointer))
    } else {
      let columns = input.width + 2 * border, rows = input.height + 2 * border
      let from = places { $0 * inputStride + $1 * step * columns + $2 * step }
      program.realProduct(
        inputs.pointer, offsets: weights.realOffsets(rows: rows, columns: columns), weights: weights.realRows,
        bias: weights.bias(rows: 16), PackedPlaces(x: from, y: target),
        into: .bits(y!.words, thresholds: weights.realThresholds, flips: flips))
    }
  }

  private func append(_ stage: PackedStage, _ falls: [Bool], _ x: BitTensor, into y: BitTensor) {
    let size = stage.pool!, out = stage.result
    let taps = (0..<size * size).map { Int32($0 / size * x.rowStride + $0 % size * x.stride) }
    func places(_ tensor: BitTensor, _ step: Int) -> [Int32] {
      (0..<batch).flatMap { sample in
        (0..<out.height * out.width).map {
          Int32(tensor.place(sample, $0 / out.width * step, $0 % out.width * step))
        }
      }
    }
    program.bitPool(
      x.words, taps: taps, words: x.stride, flips: stage.poolsProducts ? falls : [],
      PackedPlaces(x: places(x, size), y: places(y, 1)), into: y.words)
  }
}

/// Activations as bits: [sample][row][column][word], with a border of zeros.
struct BitTensor {
  let shape: FeatureShape
  let border: Int
  let words: UnsafeMutablePointer<UInt64>

  init(_ shape: FeatureShape, border: Int, samples: Int, _ tables: Tables) {
    (self.shape, self.border) = (shape, border)
    let places = samples * (shape.height + 2 * border) * (shape.width + 2 * border)
    words = UnsafeMutablePointer(
      mutating: tables.table([UInt64](repeating: 0, count: places * ((shape.channels + 63) / 64))))
  }

  /// Words from place to place, and from row to row.
  var stride: Int { (shape.channels + 63) / 64 }
  var rowStride: Int { (shape.width + 2 * border) * stride }

  /// Where a place's words are; rows and columns may lie in the border.
  func place(_ sample: Int, _ row: Int, _ column: Int) -> Int {
    (sample * (shape.height + 2 * border) + row + border) * rowStride + (column + border) * stride
  }
}
