import CLanes

/// What a pass over the network is for.
public enum Pass: Sendable {
  /// Batch norm uses the batch's statistics and moves the running ones.
  case training
  /// Batch norm uses the running statistics.
  case evaluation
  /// As in training, but the running statistics become the means over the batches since the first
  /// (`StepState.statisticsShare`).
  case measuring

  fileprivate var code: Int32 {
    switch self {
    case .training: Int32(clanesTraining)
    case .evaluation: Int32(clanesEvaluation)
    case .measuring: Int32(clanesMeasuring)
    }
  }
}

/// Batch norm of x into y, channel by channel.
public struct NormOperands {
  /// Vectors side by side: a row of an image, or a group of blocks of samples at one place.
  public struct Run {
    /// Where it begins in a channel of x and of y, in floats.
    public var x, y: Int
    /// Its blocks of samples: 1 to 4 of them, from `block` on.
    public var block, blocks: Int
    /// Offset of every vector from where the run begins; vector v holds block v % blocks.
    public var vectors: [Int32]

    public init(x: Int, y: Int, block: Int, blocks: Int, vectors: [Int32]) {
      precondition(1...4 ~= blocks && vectors.count % blocks == 0, "\(vectors.count) vectors of \(blocks) blocks")
      self.x = x
      self.y = y
      self.block = block
      self.blocks = blocks
      self.vectors = vectors
    }
  }

  public var x: UnsafeMutablePointer<Float>
  public var y: UnsafeMutablePointer<Float>
  /// In the order of summation.
  public var runs: [Run]
  public var channels: Int
  /// Places of an image.
  public var places: Int
  /// From channel to channel, in floats.
  public var xStride: Int
  public var yStride: Int

  public init(
    x: UnsafeMutablePointer<Float>, y: UnsafeMutablePointer<Float>, runs: [Run], channels: Int, places: Int,
    xStride: Int, yStride: Int
  ) {
    self.x = x
    self.y = y
    self.runs = runs
    self.channels = channels
    self.places = places
    self.xStride = xStride
    self.yStride = yStride
  }
}

/// The parameters of a batch norm, one value a channel each.
public struct NormParameters {
  /// `nil` for 1.
  public var scale: UnsafePointer<Float>?
  /// `nil` for 0.
  public var shift: UnsafePointer<Float>?
  public var runningMean: UnsafeMutablePointer<Float>
  public var runningVariance: UnsafeMutablePointer<Float>
  /// What the forward pass leaves for the backward pass: two values a channel.
  public var kept: UnsafeMutablePointer<Float>
  public var momentum: Float
  public var epsilon: Float

  public init(
    scale: UnsafePointer<Float>?, shift: UnsafePointer<Float>?, runningMean: UnsafeMutablePointer<Float>,
    runningVariance: UnsafeMutablePointer<Float>, kept: UnsafeMutablePointer<Float>, momentum: Float, epsilon: Float
  ) {
    self.scale = scale
    self.shift = shift
    self.runningMean = runningMean
    self.runningVariance = runningVariance
    self.kept = kept
    self.momentum = momentum
    self.epsilon = epsilon
  }
}

/// Where the gradients of a batch norm go.
public struct NormGradients {
  /// Laid out as x; `nil` where nobody needs it.
  public var input: UnsafeMutablePointer<Float>?
  /// Whether it is added to what is there.
  public var accumulates: Bool
  /// Whether it is then kept only where x is positive.
  public var gated: Bool
  /// One value a channel; `nil` without scale and shift.
  public var scale: UnsafeMutablePointer<Float>?
  public var shift: UnsafeMutablePointer<Float>?

  public init(
    input: UnsafeMutablePointer<Float>?, accumulates: Bool, gated: Bool, scale: UnsafeMutablePointer<Float>?,
    shift: UnsafeMutablePointer<Float>?
  ) {
    self.input = input
    self.accumulates = accumulates
    self.gated = gated
    self.scale = scale
    self.shift = shift
  }
}

extension Program {
  /// y = scale (x - mean) / sqrt(variance + epsilon) + shift + addend for every channel, rectified if wanted.
  ///
  /// - Parameter addend: Laid out as y.
  public func normalise(
    _ operands: NormOperands, _ parameters: NormParameters, addend: UnsafePointer<Float>?, rectified: Bool,
    for pass: Pass
  ) {
    add(kernels.table.pointee.normalise, norm(operands, parameters, addend, rectified, pass))
  }

  /// The gradients of `normalise`. In evaluation the statistics are constants.
  ///
  /// - Parameters:
  ///   - dy: Laid out as y; zero in lanes without a sample.
  ///   - rectified: Whether dy counts only where scale (x - mean) / sqrt(variance + epsilon) + shift is positive.
  public func normaliseGradient(
    _ operands: NormOperands, _ parameters: NormParameters, rectified: Bool, _ dy: UnsafePointer<Float>,
    into gradients: NormGradients, for pass: Pass
  ) {
    let arguments = clanes_norm_gradient(
      norm: norm(operands, parameters, nil, rectified, pass), dy: dy, dx: gradients.input, gated: gradients.gated,
      accumulate: gradients.accumulates, scaleGradient: gradients.scale, shiftGradient: gradients.shift)
    add(kernels.table.pointee.normaliseGradient, arguments)
  }

  private func norm(
    _ operands: NormOperands, _ parameters: NormParameters, _ addend: UnsafePointer<Float>?, _ rectified: Bool,
    _ pass: Pass
  ) -> clanes_norm {
    var vectors: [[Int32]: UnsafePointer<Int32>] = [:]
    let runs = operands.runs.map { run in
      let at = vectors[run.vectors] ?? tables.table(run.vectors)
      vectors[run.vectors] = at
      return clanes_run(
        x: Int32(run.x), y: Int32(run.y), block: Int32(run.block), blocks: Int32(run.blocks),
        vectors: Int32(run.vectors.count), at: at)
    }
    return clanes_norm(
      step: step.pointer, x: operands.x, y: operands.y, addend: addend, run: tables.table(runs),
      runs: Int32(runs.count), channels: Int32(operands.channels), places: Int32(operands.places), pass: pass.code,
      xStride: Int64(operands.xStride), yStride: Int64(operands.yStride), scale: parameters.scale,
      shift: parameters.shift, runningMean: parameters.runningMean, runningVariance: parameters.runningVariance,
      mean: parameters.kept, inverse: parameters.kept + operands.channels, momentum: parameters.momentum,
      epsilon: parameters.epsilon, relu: rectified)
  }
}
