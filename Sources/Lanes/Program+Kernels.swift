import CLanes

extension Program {
  private func output(_ x: Operand, _ y: Operand, rows: Int, _ epilogue: Epilogue) -> clanes_output {
    precondition(x.positionCount == y.positionCount, "\(x.positionCount) positions give \(y.positionCount)")
    return clanes_output(
      x: x.base, y: y.base, xPosition: x.positions, yPosition: y.positions, positions: Int32(y.positionCount),
      rows: Int32(rows), rowStride: Int64(y.rowStride), bias: epilogue.bias, addend: epilogue.addend,
      gate: epilogue.gate, relu: epilogue.rectified)
  }

  /// y = epilogue(bias + addend + sum of weight times x over each row's terms).
  public func sparseProduct(
    _ x: Operand, _ terms: SparseTerms, weights: UnsafePointer<Float>, into y: Operand, _ epilogue: Epilogue,
    independent: Bool = false
  ) {
    let arguments = clanes_sparse_product(
      out: output(x, y, rows: terms.rows, epilogue), blocks: Int32(terms.blocks), start: terms.start,
      offset: terms.offset, weight: weights)
    add(kernels.table.pointee.sparseProduct, arguments, independent: independent)
  }

  /// The same with all weights; bit-identical to the sparse product where the missing weights are zero.
  ///
  /// - Parameter threads: The largest number of threads that will run the program.
  public func denseProduct(
    _ x: Operand, _ terms: DenseTerms, weights: UnsafePointer<Float>, into y: Operand, _ epilogue: Epilogue,
    threads: Int, independent: Bool = false
  ) {
    let stride = Int(clanesPanelFloats)
    let arguments = clanes_dense_product(
      out: output(x, y, rows: terms.rows, epilogue), terms: Int32(terms.count), offset: terms.offset,
      weightIndex: terms.weightIndex, weight: weights, weightRowStride: Int64(terms.weightRowStride),
      panel: panels(threads * stride), panelStride: Int64(stride))
    add(kernels.table.pointee.denseProduct, arguments, independent: independent)
  }

  private func gradient(
    _ x: Operand, _ dy: Operand, rows: Int, _ sums: GradientSums
  ) -> clanes_gradient {
    precondition(x.positionCount == dy.positionCount, "\(x.positionCount) positions against \(dy.positionCount)")
    return clanes_gradient(
      x: x.base, dy: dy.base, xPosition: x.positions, dyPosition: dy.positions, positions: Int32(dy.positionCount),
      chain: Int32(sums.chain), rows: Int32(rows), rowStride: Int64(dy.rowStride), accumulate: sums.accumulates,
      gradient: sums.weights, biasGradient: sums.biases)
  }

  /// Gradients of the surviving weights, in the order of `terms`, and of the biases.
  public func sparseGradient(
    _ x: Operand, _ dy: Operand, _ terms: SparseTerms, _ sums: GradientSums, independent: Bool = false
  ) {
    let blocks = (0..<terms.blocks).map { terms.start[($0 + 1) * terms.rows] - terms.start[$0 * terms.rows] }
    let count = max(Int(blocks.max() ?? 0), min(Int(blocks.reduce(0, +)), Self.laneTerms))
    let arguments = clanes_sparse_gradient(
      out: gradient(x, dy, rows: terms.rows, sums), blocks: Int32(terms.blocks), start: terms.start,
      offset: terms.offset, lanes: sums.hasPlaces ? lanes(count) : nil, laneTerms: Int32(count))
    add(kernels.table.pointee.sparseGradient, arguments, independent: independent)
  }

  /// Gradients of all weights, [row][term], and of the biases.
  public func denseGradient(
    _ x: Operand, _ dy: Operand, _ terms: DenseTerms, _ sums: GradientSums, independent: Bool = false
  ) {
    let count = max(8, min(Self.denseLaneTerms / terms.rows, terms.count + 7) / 8 * 8)
    let needsLanes = sums.hasPlaces || dy.positionCount > Int(clanesGradientPositions)
    let arguments = clanes_dense_gradient(
      out: gradient(x, dy, rows: terms.rows, sums), terms: Int32(terms.count), offset: terms.offset,
      lanes: needsLanes ? lanes(terms.rows * count) : nil, laneTerms: Int32(count))
    add(kernels.table.pointee.denseGradient, arguments, independent: independent)
  }

  /// Sums of a dense gradient that stay in the second cache, and of a sparse one that its scratch holds.
  private static let denseLaneTerms = 1 << 12
  private static let laneTerms = 1 << 16

  /// Maximum or mean over windows, one row a channel.
  public func pool(_ x: Operand, _ windows: PoolWindows, into y: Operand) {
    add(kernels.table.pointee.pool, windows.arguments(x, y))
  }

  /// The gradient of `pool` with respect to x, at all places of x; added to what is there if it accumulates, then kept
  /// only where `gate`, laid out as x, is positive.
  public func poolGradient(
    _ x: Operand, _ windows: PoolWindows, _ y: Operand, gradient dy: UnsafePointer<Float>,
    into dx: UnsafeMutablePointer<Float>, gate: UnsafePointer<Float>?, accumulates: Bool = false
  ) {
    var arguments = windows.arguments(x, y)
    (arguments.dy, arguments.dx, arguments.gate, arguments.accumulate) = (dy, dx, gate, accumulates)
    add(kernels.table.pointee.poolGradient, arguments)
  }

  /// y = x + addend, value by value, rectified or gated if wanted; y may be x or the addend.
  ///
  /// - Parameters:
  ///   - sourceGate: x counts only where this is positive.
  ///   - gate: The result is kept only where this is positive.
  ///   - count: A multiple of 16.
  public func sum(
    _ x: UnsafePointer<Float>, _ addend: UnsafePointer<Float>?, into y: UnsafeMutablePointer<Float>,
    sourceGate: UnsafePointer<Float>? = nil, rectified: Bool = false, gate: UnsafePointer<Float>? = nil, count: Int
  ) {
    let arguments = clanes_sum(
      x: x, y: y, sourceGate: sourceGate, addend: addend, gate: gate, count: Int64(count), relu: rectified)
    add(kernels.table.pointee.sum, arguments)
  }

  /// y = max(0, x), or with a gate y = x where the gate is positive and 0 elsewhere; `count` is a multiple of 16.
  public func rectify(
    _ x: UnsafePointer<Float>, into y: UnsafeMutablePointer<Float>, gate: UnsafePointer<Float>? = nil, count: Int
  ) { sum(x, nil, into: y, rectified: gate == nil, gate: gate, count: count) }

  /// target[i] = source[index[i]].
  public func gather(
    _ source: UnsafePointer<Float>, _ index: UnsafePointer<Int32>, into target: UnsafeMutablePointer<Float>, count: Int,
    independent: Bool = false
  ) {
    let arguments = clanes_gather(target: target, source: source, index: index, count: Int64(count))
    add(kernels.table.pointee.gather, arguments, independent: independent)
  }

  /// The batch's loss and number of right answers into the step state, and the gradient of the outputs into `dz`.
  ///
  /// - Parameters:
  ///   - z: One row a class; one position a block of sixteen samples, evenly spaced within groups.
  ///   - labels: Of the whole split, indexed like its samples.
  public func loss(
    _ loss: Loss, _ z: Operand, gradient dz: UnsafeMutablePointer<Float>?, classes: Int,
    labels: UnsafePointer<Int32>
  ) {
    let kind: Int32 =
      switch loss {
      case .softmaxCrossEntropy: Int32(clanesSoftmaxCrossEntropy)
      case .binaryCrossEntropy: Int32(clanesBinaryCrossEntropy)
      case .meanSquaredError: Int32(clanesMeanSquaredError)
      case .hinge: Int32(clanesHinge)
      }
    let scratch = UnsafeMutablePointer(mutating: tables.table([Int32](repeating: 0, count: 16 * z.positionCount)))
    let arguments = clanes_loss(
      step: step.pointer, kind: kind, z: z.base, dz: dz, classes: Int32(classes), blocks: Int32(z.positionCount),
      classStride: Int64(z.rowStride), position: z.positions, labels: labels, batchLabels: scratch)
    add(kernels.table.pointee.loss, arguments, serial: true)
  }
}

/// Where gradients of weights go, and how they are summed.
public struct GradientSums {
  public var weights: UnsafeMutablePointer<Float>
  /// `nil` for a layer without biases.
  public var biases: UnsafeMutablePointer<Float>?
  /// How many positions make one chain; the results of the chains are added in order.
  public var chain: Int
  /// Whether the positions are places of images: then there are many.
  public var hasPlaces: Bool
  /// Whether the sums are added to what is there.
  public var accumulates: Bool

  public init(
    weights: UnsafeMutablePointer<Float>, biases: UnsafeMutablePointer<Float>?, chain: Int, hasPlaces: Bool,
    accumulates: Bool = false
  ) {
    self.weights = weights
    self.biases = biases
    self.chain = chain
    self.hasPlaces = hasPlaces
    self.accumulates = accumulates
  }
}

/// What an optimiser step works on: buffers of `count` floats, padded to whole vectors.
public struct UpdateBuffers {
  public var weights: UnsafeMutablePointer<Float>
  public var gradients: UnsafeMutablePointer<Float>
  public var moment1: UnsafeMutablePointer<Float>
  public var moment2: UnsafeMutablePointer<Float>
  /// All ones where a weight lives, zero where it is pruned; `nil` if all live.
  public var mask: UnsafePointer<UInt32>?
  public var count: Int

  public init(
    weights: UnsafeMutablePointer<Float>, gradients: UnsafeMutablePointer<Float>,
    moment1: UnsafeMutablePointer<Float>, moment2: UnsafeMutablePointer<Float>, mask: UnsafePointer<UInt32>?, count: Int
  ) {
    self.weights = weights
    self.gradients = gradients
    self.moment1 = moment1
    self.moment2 = moment2
    self.mask = mask
    self.count = count
  }
}

extension Program {
  /// Stochastic gradient descent: d = g + decay w; m = momentum m + d; w -= rate (nesterov ? d + momentum m : m).
  public func sgd(_ buffers: UpdateBuffers, momentum: Float, decay: Float, nesterov: Bool) {
    add(
      kernels.table.pointee.sgd,
      update(buffers, momentum: momentum, beta2: 0, epsilon: 0, decay: decay, nesterov: nesterov))
  }

  /// Adam (Kingma & Ba 2015) with weight decay added to the gradient, as in PyTorch's `Adam`.
  public func adam(_ buffers: UpdateBuffers, beta1: Float, beta2: Float, epsilon: Float, decay: Float) {
    add(
      kernels.table.pointee.adam,
      update(buffers, momentum: beta1, beta2: beta2, epsilon: epsilon, decay: decay, nesterov: false))
  }

  private func update(
    _ b: UpdateBuffers, momentum: Float, beta2: Float, epsilon: Float, decay: Float, nesterov: Bool
  ) -> clanes_update {
    clanes_update(
      step: step.pointer, weight: b.weights, gradient: b.gradients, moment1: b.moment1, moment2: b.moment2,
      mask: b.mask, count: Int64(b.count), momentum: momentum, beta2: beta2, epsilon: epsilon, decay: decay,
      nesterov: nesterov)
  }
}

/// Where the pixels of a split lie in memory, and how they become the network's inputs: value * multiplier + shift.
public struct SampleSource {
  public enum Pixels {
    case bytes(UnsafePointer<UInt8>)
    case floats(UnsafePointer<Float>)
  }
  public var pixels: Pixels
  /// One a channel.
  public var multipliers: [Float]
  public var shifts: [Float]

  public init(pixels: Pixels, multipliers: [Float], shifts: [Float]) {
    self.pixels = pixels
    self.multipliers = multipliers
    self.shifts = shifts
  }
}

/// How the elements of a sample are laid out in a lane tensor: `runs` runs of `length` evenly spaced elements.
///
/// A run is a part of a channel; or all channels of a sample without height and width are a single run.
public struct SampleLayout {
  public var runs: Int
  public var length: Int
  public var runsPerChannel: Int
  public var channelStride: Int
  public var runStride: Int
  public var elementStride: Int
  public var runIsChannels = false

  public init(
    runs: Int, length: Int, runsPerChannel: Int, channelStride: Int, runStride: Int, elementStride: Int
  ) {
    self.runs = runs
    self.length = length
    self.runsPerChannel = runsPerChannel
    self.channelStride = channelStride
    self.runStride = runStride
    self.elementStride = elementStride
  }

  /// One run of `channels` elements, each with its own multiplier and shift.
  public init(channels: Int, channelStride: Int) {
    self.init(
      runs: 1, length: channels, runsPerChannel: 1, channelStride: 0, runStride: 0, elementStride: channelStride)
    runIsChannels = true
  }
}

extension Program {
  /// Copies the step's samples into lanes, normalised.
  ///
  /// - Parameters:
  ///   - blocks: Offset of each block of sixteen samples from `x`, in floats.
  ///   - isMoved: Whether samples are moved as the step state says; runs must be rows of the image.
  public func batch(
    _ source: SampleSource, _ layout: SampleLayout, blocks: UnsafePointer<Int32>, blockCount: Int,
    into x: UnsafeMutablePointer<Float>, isMoved: Bool = false
  ) {
    precondition(!isMoved || !layout.runIsChannels, "samples without rows cannot be moved")
    var arguments = clanes_batch(
      step: step.pointer, bytes: nil, floats: nil, x: x, runs: Int32(layout.runs), length: Int32(layout.length),
      runsPerChannel: Int32(layout.runsPerChannel), blocks: Int32(blockCount),
      channelStride: Int64(layout.channelStride), runStride: Int64(layout.runStride),
      elementStride: Int64(layout.elementStride), blockOffset: blocks, multiplier: tables.table(source.multipliers),
      shift: tables.table(source.shifts), runIsChannels: layout.runIsChannels,
      moves: isMoved ? UnsafePointer(step.moves.baseAddress!) : nil)
    switch source.pixels {
    case .bytes(let pointer): arguments.bytes = pointer
    case .floats(let pointer): arguments.floats = pointer
    }
    add(kernels.table.pointee.batch, arguments)
  }
}
