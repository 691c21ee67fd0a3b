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
  /// The image of one channel for some blocks of samples, which lie side by side at every place.
  public struct Plane {
    /// Where the first place is in a channel of x and of y, in floats.
    public var x, y: Int
    /// 1 to 4 blocks, from `block` on.
    public var block, blocks: Int

    public init(x: Int, y: Int, block: Int, blocks: Int) {
      precondition(1...4 ~= blocks, "\(blocks) blocks side by side")
      self.x = x
      self.y = y
      self.block = block
      self.blocks = blocks
    }
  }

  /// Where a tensor is; strides are in floats.
  public struct Image {
    public var base: UnsafeMutablePointer<Float>
    public var channelStride: Int
    public var rowStride: Int

    public init(base: UnsafeMutablePointer<Float>, channelStride: Int, rowStride: Int) {
      self.base = base
      self.channelStride = channelStride
      self.rowStride = rowStride
    }
  }

  public var x: Image
  public var y: Image
  /// In the order of summation.
  public var planes: [Plane]
  public var channels: Int
  public var height: Int
  public var width: Int
  /// From place to place, in floats, of x and of y.
  public var placeStride: Int

  public init(
    x: Image, y: Image, planes: [Plane], channels: Int, height: Int, width: Int, placeStride: Int
  ) {
    self.x = x
    self.y = y
    self.planes = planes
    self.channels = channels
    self.height = height
    self.width = width
    self.placeStride = placeStride
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

/// What batch norm does to the values of every channel in evaluation: factor (x - mean) + shift.
public struct NormLines {
  let first: UnsafeMutablePointer<clanes_norm_line>

  /// The lines of the channels from number `channels` on.
  func dropping(_ channels: Int) -> NormLines { NormLines(first: first + channels) }

  func stretch(_ channels: Int) -> Stretch { Stretch(UnsafePointer(first), 0..<channels) }
}

extension Tables {
  /// Room for the lines of so many channels.
  public func normLines(_ channels: Int) -> NormLines {
    NormLines(
      first: UnsafeMutablePointer(mutating: table([clanes_norm_line](repeating: clanes_norm_line(), count: channels))))
  }
}

extension Program {
  /// The lines of a batch norm, of its running statistics as they are then.
  public func normLines(_ parameters: NormParameters, channels: Int, into lines: NormLines) {
    let arguments = clanes_norm_lines(
      line: lines.first, scale: parameters.scale, shift: parameters.shift, runningMean: parameters.runningMean,
      runningVariance: parameters.runningVariance, channels: Int32(channels), epsilon: parameters.epsilon)
    func accesses() -> Accesses {
      var read = [parameters.scale, parameters.shift].compactMap { $0 }
      read += [UnsafePointer(parameters.runningMean), UnsafePointer(parameters.runningVariance)]
      return Accesses(reads: read.map { Stretch($0, count: channels) }, writes: [lines.stretch(channels)])
    }
    add(kernels.table.pointee.normLines, arguments, accesses(), work: channels)
  }

  /// y = scale (x - mean) / sqrt(variance + epsilon) + shift + addend for every channel, rectified if wanted.
  ///
  /// - Parameters:
  ///   - addend: Laid out as y.
  ///   - streams: Whether y is so large that it had better go past the caches.
  public func normalise(
    _ operands: NormOperands, _ parameters: NormParameters, addend: UnsafePointer<Float>?, rectified: Bool,
    streams: Bool = false, for pass: Pass
  ) {
    var arguments = norm(operands, parameters, addend, rectified, pass)
    arguments.streams = streams
    add(kernels.table.pointee.normalise, arguments)
  }

  /// The gradients of `normalise`. In evaluation the statistics are constants.
  ///
  /// - Parameters:
  ///   - dy: Laid out as y; zero in lanes without a sample.
  ///   - rectified: Whether dy counts only where scale (x - mean) / sqrt(variance + epsilon) + shift is positive.
  ///   - streams: Whether the input's gradient is so large that it had better go past the caches.
  public func normaliseGradient(
    _ operands: NormOperands, _ parameters: NormParameters, rectified: Bool, _ dy: UnsafePointer<Float>,
    into gradients: NormGradients, streams: Bool = false, for pass: Pass
  ) {
    var arguments = clanes_norm_gradient(
      norm: norm(operands, parameters, nil, rectified, pass), dy: dy, dx: gradients.input, gated: gradients.gated,
      accumulate: gradients.accumulates, scaleGradient: gradients.scale, shiftGradient: gradients.shift)
    arguments.norm.streams = streams && gradients.input != nil && !gradients.accumulates
    add(kernels.table.pointee.normaliseGradient, arguments)
  }

  private func norm(
    _ operands: NormOperands, _ parameters: NormParameters, _ addend: UnsafePointer<Float>?, _ rectified: Bool,
    _ pass: Pass
  ) -> clanes_norm {
    let planes = operands.planes.map {
      clanes_plane(x: Int64($0.x), y: Int64($0.y), block: Int32($0.block), blocks: Int32($0.blocks))
    }
    return clanes_norm(
      step: step.pointer, x: operands.x.base, y: operands.y.base, addend: addend, plane: tables.table(planes),
      planes: Int32(planes.count), channels: Int32(operands.channels), height: Int32(operands.height),
      width: Int32(operands.width), xStride: Int64(operands.x.channelStride), yStride: Int64(operands.y.channelStride),
      xRow: Int64(operands.x.rowStride), yRow: Int64(operands.y.rowStride), placeStride: Int32(operands.placeStride),
      pass: pass.code, scale: parameters.scale, shift: parameters.shift, runningMean: parameters.runningMean,
      runningVariance: parameters.runningVariance, mean: parameters.kept,
      inverse: parameters.kept + operands.channels, momentum: parameters.momentum, epsilon: parameters.epsilon,
      relu: rectified, streams: false)
  }
}
