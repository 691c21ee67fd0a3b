import CLanes

/// The surviving weights of one layer of a fused network, by row, then input.
public struct FusedLayer: Sendable, Equatable {
  /// Units of the layer.
  public var rows: Int
  /// First term of each row, and the end: rows + 1 values.
  public var start: [Int32]
  /// Which unit of the layer before (or feature) each term reads, ascending within a row.
  public var input: [Int32]

  public init(rows: Int, start: [Int32], input: [Int32]) {
    precondition(start.count == rows + 1 && Int(start[rows]) == input.count, "\(rows) rows, \(start), \(input.count)")
    self.rows = rows
    self.start = start
    self.input = input
  }

  var slots: Int { (input.count + rows + 15) / 16 * 16 }
}

/// A small fully connected network with rectified hidden layers and one output, trained by SGD on the binary
/// cross-entropy, many steps a call, with the bits of the ordinary kernels.
///
/// It is `@unchecked Sendable` because it belongs to one run, which one task uses at a time.
public final class FusedNetwork: @unchecked Sendable {
  public let kernels: Kernels
  public let blocks: Int
  /// Where each layer's weights begin in the buffers below; its biases follow them.
  public let firsts: [Int]
  /// Where the idle parameters begin: they have no part in the output and move by decay alone.
  public let firstIdle: Int
  public let weights, moments, gradients: FloatBuffer
  private let features: Int
  private let layers: UnsafeMutablePointer<clanes_fused_layer>
  private let layerCount: Int
  private let folded, activations: FloatBuffer
  private let tables = Tables()
  private var lossSums, correct: FloatBuffer

  /// - Parameters:
  ///   - layers: From the first to the output, which has one row. Every unit of a layer but the output is read.
  ///   - blocks: Blocks of sixteen samples a batch.
  ///   - idle: Number of parameters without a part in the output.
  public init(_ layers: [FusedLayer], features: Int, blocks: Int, idle: Int = 0, kernels: Kernels) {
    precondition(layers.last?.rows == 1 && blocks > 0, "\(layers.last?.rows ?? 0) outputs, \(blocks) blocks")
    self.kernels = kernels
    self.blocks = blocks
    self.features = features
    layerCount = layers.count
    var firsts: [Int] = [], count = 0
    for layer in layers {
      firsts.append(count)
      count += layer.slots
    }
    self.firsts = firsts
    firstIdle = count
    count += (idle + 15) / 16 * 16
    weights = FloatBuffer(count: count)
    moments = FloatBuffer(count: count)
    gradients = FloatBuffer(count: count)
    // A reduction writes eight sums at a time.
    folded = FloatBuffer(count: 8 * (layers.map(\.slots).max()! + 8))
    activations = FloatBuffer(count: 2 * 16 * blocks * layers.reduce(0) { $0 + $1.rows })
    lossSums = FloatBuffer(count: 1)
    correct = FloatBuffer(count: 1)
    self.layers = .allocate(capacity: layers.count)
    var y = activations.pointer, inputs = features
    for (i, layer) in layers.enumerated() {
      let size = 16 * blocks * layer.rows
      (self.layers + i).initialize(to: Self.arguments(layer, inputs, blocks, firsts[i], isFirst: i == 0, y, tables))
      y += 2 * size
      inputs = layer.rows
    }
  }

  deinit { layers.deallocate() }

  private static func arguments(
    _ layer: FusedLayer, _ inputs: Int, _ blocks: Int, _ first: Int, isFirst: Bool, _ y: UnsafeMutablePointer<Float>,
    _ tables: Tables
  ) -> clanes_fused_layer {
    let stride = Int32(16 * blocks)
    precondition(layer.input.allSatisfy { 0 <= $0 && $0 < inputs }, "terms read beyond \(inputs) inputs")
    var readers = [[(row: Int32, term: Int32)]](repeating: [], count: isFirst ? 0 : inputs)
    if !isFirst {
      for row in 0..<layer.rows {
        for t in layer.start[row]..<layer.start[row + 1] {
          readers[Int(layer.input[Int(t)])].append((Int32(row) * stride, t))
        }
      }
    }
    let backStart = readers.reduce(into: [Int32(0)]) { $0.append($0.last! + Int32($1.count)) }
    let back = readers.flatMap { $0 }
    return clanes_fused_layer(
      rows: Int32(layer.rows), terms: Int32(layer.input.count), start: tables.table(layer.start),
      input: tables.table(layer.input.map { $0 * stride }), backStart: isFirst ? nil : tables.table(backStart),
      backRow: tables.table(back.map(\.row)), backTerm: tables.table(back.map(\.term)), first: Int32(first), y: y,
      dy: y + 16 * blocks * layer.rows)
  }

  private func arguments(_ batches: LaneBatches, from first: Int, count: Int) -> clanes_fused {
    precondition(
      batches.features == features && batches.blocks == blocks && 0 <= first && first + count <= batches.count,
      "batches \(first)..<\(first + count) of \(batches.count) of \(batches.features) features in \(batches.blocks) blocks"
    )
    let size = features * 16 * blocks
    return clanes_fused(
      layers: layers, layerCount: Int32(layerCount), blocks: Int32(blocks), steps: Int32(count),
      x: batches.x.pointer + first * size, labels: batches.labels + first * 16 * blocks, xStride: Int64(size),
      rate: nil,
      weight: weights.pointer, moment: moments.pointer, gradient: gradients.pointer, count: Int64(weights.count),
      folded: folded.pointer, momentum: 0, decay: 0, nesterov: false, lossSum: nil, correct: nil)
  }

  /// Does one step a batch, with a learning rate each.
  /// - Parameter losses: Where the sum of each batch's losses before its update goes, if wanted.
  public func train(
    on batches: LaneBatches, from first: Int = 0, rates: UnsafeBufferPointer<Float>, momentum: Float, decay: Float,
    nesterov: Bool = false, losses: UnsafeMutableBufferPointer<Float>? = nil
  ) {
    precondition(batches.isFull || first + rates.count < batches.count, "the last batch is not full")
    precondition(losses.map { $0.count >= rates.count } ?? true, "no room for the losses")
    guard rates.count > 0 else { return }
    var call = arguments(batches, from: first, count: rates.count)
    call.rate = rates.baseAddress
    call.momentum = momentum
    call.decay = decay
    call.nesterov = nesterov
    call.lossSum = losses?.baseAddress
    kernels.table.pointee.fusedTraining(&call)
  }

  /// Leaves the gradient of one batch's mean loss in `gradients` and moves nothing.
  public func takeGradient(on batches: LaneBatches, at batch: Int) {
    precondition(batches.isFull || batch + 1 < batches.count, "the last batch is not full")
    var call = arguments(batches, from: batch, count: 1)
    kernels.table.pointee.fusedTraining(&call)
  }

  /// Sum of the losses of all samples, and how many have an output of the right sign.
  public func evaluate(on batches: LaneBatches) -> (lossSum: Double, correct: Int) {
    if lossSums.count < batches.count {
      lossSums = FloatBuffer(count: batches.count)
      correct = FloatBuffer(count: batches.count)
    }
    var call = arguments(batches, from: 0, count: batches.count)
    call.lossSum = lossSums.pointer
    call.correct = correct.pointer
    kernels.table.pointee.fusedEvaluation(&call)
    var result = (lossSum: 0.0, correct: 0)
    for i in 0..<batches.count {
      result.lossSum += Double(lossSums.pointer[i])
      result.correct += Int(correct.pointer[i])
    }
    return result
  }

  /// The values of unit `row` of a layer for the samples of the batch that went through last.
  public func activation(ofLayer layer: Int, row: Int) -> [Float] {
    precondition(row < Int(layers[layer].rows), "unit \(row) of \(layers[layer].rows)")
    return [Float](UnsafeBufferPointer(start: layers[layer].y + row * 16 * blocks, count: 16 * blocks))
  }
}
