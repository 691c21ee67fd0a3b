import CLanes

/// A part of a flat output and what it is compared with: `channels` maps of `places` numbers each, channel by channel.
public struct OutputPart {
  public enum Kind: Sendable {
    /// Compared with nothing: its gradient is zero.
    case unused
    /// Binary cross-entropy of targets from 0 to 1, or with focus 2.
    case presence, focalPresence
    /// Where marks are 1: softmax cross-entropy, and boxes by their overlap or by their sides.
    case classes, boxOverlap, boxSides
    /// Binary cross-entropy and the dice loss.
    case masks
  }

  public var kind: Kind
  /// The first output.
  public var first: Int
  public var channels: Int
  public var places: Int
  /// The first of as many targets, which are 1 at places that count.
  public var marks: Int
  public var weight: Float
  /// How much the dice loss of masks counts.
  public var dice: Float

  public init(
    _ kind: Kind, first: Int, channels: Int, places: Int, marks: Int = 0, weight: Float = 1, dice: Float = 0
  ) {
    (self.kind, self.first, self.channels, self.places) = (kind, first, channels, places)
    (self.marks, self.weight, self.dice) = (marks, weight, dice)
  }

  var outputs: Range<Int> { first..<first + channels * places }

  fileprivate var term: clanes_output_term {
    let number =
      switch kind {
      case .unused: clanesUnused
      case .presence: clanesPresence
      case .focalPresence: clanesFocalPresence
      case .classes: clanesPlaceClasses
      case .boxOverlap: clanesBoxOverlap
      case .boxSides: clanesBoxSides
      case .masks: clanesMasks
      }
    return clanes_output_term(
      kind: Int32(number), first: Int32(first), channels: Int32(channels), places: Int32(places), marks: Int32(marks),
      weight: weight, dice: dice)
  }
}

extension Program {
  /// The sum over the samples of the losses of all parts into the step state, with no right answers, and the gradient of the
  /// mean into `dz`. `clanes_output_loss.h` and `output_loss.h` have the formulas.
  ///
  /// - Parameters:
  ///   - parts: They cover every output once.
  ///   - z: One row an output; one position a block of sixteen samples.
  ///   - dz: Laid out as z; or `nil`.
  ///   - targets: One row an output; as many positions.
  public func outputLoss(
    _ parts: [OutputPart], _ z: Operand, gradient dz: UnsafeMutablePointer<Float>?, outputs: Int, targets: Operand
  ) {
    precondition(
      parts.flatMap(\.outputs).sorted() == Array(0..<outputs), "the loss does not cover \(outputs) outputs once")
    precondition(
      targets.positionCount == z.positionCount, "\(targets.positionCount) blocks of targets for \(z.positionCount)")
    let blocks = z.positionCount, count = 16 * blocks * parts.count, losses = scratch(count)
    let arguments = clanes_output_loss(
      step: step.pointer, z: z.base, dz: dz, targets: targets.base, stride: Int64(z.rowStride),
      targetStride: Int64(targets.rowStride), position: z.positions, targetPosition: targets.positions,
      term: tables.table(parts.map(\.term)), terms: Int32(parts.count), blocks: Int32(blocks), losses: losses)
    let kept = Stretch(UnsafePointer(losses), count: count)
    add(
      kernels.table.pointee.outputLoss, arguments,
      Accesses(
        reads: [z.stretch(rows: outputs), targets.stretch(rows: outputs)],
        writes: [kept] + (dz.map { [z.stretch(UnsafePointer($0), rows: outputs)] } ?? [])),
      work: 16 * outputs * blocks)
    // One chain of sums over the blocks: one thread.
    add(
      kernels.table.pointee.outputLossSum,
      clanes_output_loss_sum(step: step.pointer, losses: losses, terms: Int32(parts.count), blocks: Int32(blocks)),
      Accesses(reads: [kept], writes: []), work: 0)
  }
}
