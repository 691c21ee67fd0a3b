import CLanes

/// Where the pixels of a batch lie, in floats: [blocks / group][channels][height][width][group][16 samples].
public struct PixelLayout: Equatable, Sendable {
  public var blocks, group, channels, height, width: Int
  public var rowStride, channelStride, groupStride: Int
  /// Floats in all, and where the first pixel stands among them.
  public var count, origin: Int

  public init(
    blocks: Int, group: Int, channels: Int, height: Int, width: Int, rowStride: Int, channelStride: Int,
    groupStride: Int, count: Int, origin: Int
  ) {
    self.blocks = blocks
    self.group = group
    self.channels = channels
    self.height = height
    self.width = width
    self.rowStride = rowStride
    self.channelStride = channelStride
    self.groupStride = groupStride
    self.count = count
    self.origin = origin
  }

  public var lanes: Int { 16 * blocks }
  public var pixelsPerSample: Int { channels * height * width }

  /// Offset of a pixel of a sample from the first pixel.
  public func offset(sample: Int, channel: Int, row: Int, column: Int) -> Int {
    let block = sample / 16
    return block / group * groupStride + channel * channelStride + row * rowStride + column * group * 16
      + block % group * 16 + sample % 16
  }

  /// Calls `body` for every pixel of a sample with its number, [channel][row][column], and its offset.
  @inlinable public func eachPixel(of sample: Int, _ body: (_ pixel: Int, _ offset: Int) -> Void) {
    var pixel = 0
    for channel in 0..<channels {
      for row in 0..<height {
        for column in 0..<width {
          body(pixel, offset(sample: sample, channel: channel, row: row, column: column))
          pixel += 1
        }
      }
    }
  }

  var image: clanes_image {
    clanes_image(
      blocks: Int32(blocks), group: Int32(group), channels: Int32(channels), height: Int32(height),
      width: Int32(width), rowStride: Int64(rowStride), channelStride: Int64(channelStride),
      groupStride: Int64(groupStride))
  }
}

/// The numbers that pixels can be, as they are stored, and what a stored number is worth.
public struct PixelScale: Equatable, Sendable {
  public var lowest: Float
  public var highest: Float
  /// Stored numbers that make 1: 255 for bytes of an image.
  public var perUnit: Double

  public init(lowest: Float, highest: Float, perUnit: Double) {
    self.lowest = lowest
    self.highest = highest
    self.perUnit = perUnit
  }

  /// Whether stored numbers are pixels, worth a share of the range each.
  public var isOfPixels: Bool { perUnit > 1 }

  /// Length of the range in the data's values; 1 wherever these lie within 0 to 1, as pixels do.
  public var width: Double {
    let (low, high) = (Double(lowest) / perUnit, Double(highest) / perUnit)
    return low >= 0 && high <= 1 + 1e-6 ? 1 : high - low
  }

  /// The longest that a perturbation can be: the range for the largest change, its diagonal for l2.
  ///
  /// - Parameter count: Numbers of a sample.
  public func longest(_ ball: Ball, count: Int) -> Double {
    ball == .maximum ? width : width * Double(count).squareRoot()
  }

  /// A length such as epsilon = 8/255 in stored numbers: 8 of 255.
  public func stored(_ length: Double) -> Float { Float(length * perUnit) }
}

/// Perturbed inputs of one batch in the units of the stored pixels, with what attacks keep of every sample.
///
/// It is `@unchecked Sendable` because it belongs to one run, which one task uses at a time.
public final class Perturbation: @unchecked Sendable {
  public let layout: PixelLayout
  public let scale: PixelScale
  public let classes: Int
  /// One a channel: the network's input is pixel * multiplier + shift.
  public let multipliers: [Float]
  public let shifts: [Float]
  /// The samples as they are, as they are perturbed, before the last step, and where they were perturbed most.
  public let clean, pixels, previous, best: FloatBuffer
  /// One number a sample: length of a step, radius of the ball and of a random start, and whether the sample moves
  /// (positive).
  public let stepSize, radius, startRadius, active: FloatBuffer
  /// [loss, margin of the label's output, 1 if right, prediction][sample].
  public let losses: FloatBuffer
  /// [sum |g|, sum g^2, max |d|, sum d^2][sample] for gradient and perturbation.
  public let norms: FloatBuffer
  /// Outputs to compare with: [block][class][16].
  public let reference: FloatBuffer
  /// Lanes that `select` copies.
  public let chosen: FloatBuffer
  let noise: UnsafeMutablePointer<clanes_noise>
  let targetStore: UnsafeMutablePointer<Int32>

  public init(_ layout: PixelLayout, _ scale: PixelScale, classes: Int, multipliers: [Float], shifts: [Float]) {
    precondition(
      multipliers.count == layout.channels && shifts.count == layout.channels,
      "\(multipliers.count) multipliers for \(layout.channels) channels")
    self.layout = layout
    self.scale = scale
    self.classes = classes
    self.multipliers = multipliers
    self.shifts = shifts
    func pixelBuffer() -> FloatBuffer { FloatBuffer(count: layout.count) }
    func laneBuffer(_ rows: Int = 1) -> FloatBuffer { FloatBuffer(count: rows * layout.lanes) }
    (clean, pixels, previous, best) = (pixelBuffer(), pixelBuffer(), pixelBuffer(), pixelBuffer())
    (stepSize, radius, startRadius) = (laneBuffer(), laneBuffer(), laneBuffer())
    (active, chosen) = (laneBuffer(), laneBuffer())
    (losses, norms, reference) = (laneBuffer(4), laneBuffer(4), laneBuffer(classes))
    active.fill(1)
    chosen.fill(1)
    noise = .allocate(capacity: 1)
    noise.initialize(to: clanes_noise())
    let raw = UnsafeMutableRawPointer.allocate(byteCount: 4 * layout.lanes, alignment: 64)
    targetStore = raw.bindMemory(to: Int32.self, capacity: layout.lanes)
    targetStore.initialize(repeating: 0, count: layout.lanes)
  }

  deinit {
    noise.deallocate()
    UnsafeMutableRawPointer(targetStore).deallocate()
  }

  /// The stream that the next random start reads. The number of pixel p of sample s is word 0 of its block s n + p, where
  /// n is the number of pixels, so that neither batch nor threads matter.
  public func use(_ stream: RandomStream) {
    noise.pointee = clanes_noise(key: (stream.key[0], stream.key[1]), stream: (stream.stream[0], stream.stream[1]))
  }

  /// The class that every sample is driven to by targeted losses.
  public var targets: UnsafeMutableBufferPointer<Int32> {
    UnsafeMutableBufferPointer(start: targetStore, count: layout.lanes)
  }

  public func loss(_ sample: Int) -> Float { losses.pointer[sample] }
  /// The label's output minus the largest other.
  public func margin(_ sample: Int) -> Float { losses.pointer[layout.lanes + sample] }
  public func isRight(_ sample: Int) -> Bool { losses.pointer[2 * layout.lanes + sample] > 0 }
  public func prediction(_ sample: Int) -> Int { Int(losses.pointer[3 * layout.lanes + sample]) }
  /// The length of the perturbation that was measured last, in the data's values.
  public func distance(_ sample: Int, _ ball: Ball) -> Double {
    Double(storedDistance(sample, ball)) / scale.perUnit
  }

  /// The same in stored numbers.
  public func storedDistance(_ sample: Int, _ ball: Ball) -> Float {
    let stored = norms.pointer[(ball == .maximum ? 2 : 3) * layout.lanes + sample]
    return ball == .maximum ? stored : stored.squareRoot()
  }
}

/// Which way a step goes.
public enum StepDirection: Sendable {
  /// The sign of every pixel's gradient.
  case sign
  /// The gradient divided by its l2 norm.
  case gradient
}

/// Where a perturbation has to stay.
public enum Ball: String, CaseIterable, Sendable, Codable {
  /// No pixel moves further than the radius.
  case maximum = "linf"
  /// The l2 norm over all pixels of a sample is at most the radius.
  case euclidean = "l2"
}

/// How a perturbation begins.
public enum PerturbationStart: Sendable {
  /// Every pixel uniform in the radius.
  case uniform
  /// Every pixel nearly normal with the radius as standard deviation.
  case normal
  /// A random direction, as long as the radius.
  case sphere
  /// The perturbation that `pixels` holds.
  case carried
}

/// What an attack raises, of every sample by itself.
public enum AttackLoss: Sendable, Equatable {
  /// -log softmax(z)[label].
  case crossEntropy
  /// log softmax(z)[target].
  case targetedCrossEntropy
  /// The largest other output minus the label's.
  case margin
  /// The target's output minus the label's.
  case targetedMargin
  /// Difference of logits ratio (Croce & Hein 2020, arXiv:2003.01690, equation 6).
  case logitRatio
  /// The same for a target (equation 7).
  case targetedLogitRatio
  /// KL(softmax reference || softmax z).
  case divergence

  var code: Int32 {
    switch self {
    case .crossEntropy: Int32(clanesAttackCrossEntropy)
    case .targetedCrossEntropy: Int32(clanesAttackTargetedCrossEntropy)
    case .margin, .targetedMargin: Int32(clanesAttackMargin)
    case .logitRatio: Int32(clanesLogitRatio)
    case .targetedLogitRatio: Int32(clanesTargetedLogitRatio)
    case .divergence: Int32(clanesDivergenceTo)
    }
  }

  public var isTargeted: Bool { [.targetedCrossEntropy, .targetedMargin, .targetedLogitRatio].contains(self) }
}
