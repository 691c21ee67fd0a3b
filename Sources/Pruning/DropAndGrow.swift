import Lanes
public import Networks
public import Training

/// Every so many steps each layer drops the smallest of its weights and grows as many others: its count never changes.
///
/// Weights that grow start at zero with empty moments; a weight that is dropped and grown at once keeps both. The share that
/// moves falls from `fraction` to 0 by a cosine: fraction/2 (1 + cos(pi t / last)) (Evci et al. 2020, arXiv:1911.11134).
public struct DropAndGrow: MaskRule {
  /// Which pruned weights grow.
  public enum Growth: Sendable {
    /// Random ones (sparse evolutionary training, Mocanu et al. 2018, arXiv:1707.04780).
    case random
    /// Those whose loss gradient on the next step's batch is largest (RigL, Evci et al. 2020).
    case gradient
  }

  public var growth: Growth
  /// Steps between moves.
  public var every: Int
  /// The share of a layer's weights that the first moves exchange.
  public var fraction: Double
  /// The step from which the mask stays.
  public var last: Int
  /// Layers whose weights move.
  public var entries: [ParameterLayout.Entry]
  /// Of the streams `mask/grown/step N/TENSOR`.
  public var seed: UInt64

  public init(
    _ growth: Growth, every: Int, fraction: Double, last: Int, entries: [ParameterLayout.Entry], seed: UInt64
  ) {
    precondition(every > 0 && last >= 0, "a mask that moves every \(every) steps until \(last)")
    self.growth = growth
    self.every = every
    self.fraction = fraction
    self.last = last
    self.entries = entries
    self.seed = seed
  }

  public func mask(for run: Run) -> Mask? {
    let step = run.iteration
    guard step > 0, step % every == 0, step < last else { return nil }
    let share = fraction * Deterministic.cosineFall(step, of: last)
    let weights = run.parameters.values, gradients = growth == .gradient ? run.denseGradients().values : []
    var mask = run.plan.mask
    for entry in entries {
      let scores = growth == .gradient ? gradients[entry.range].map(\.magnitude) : random(entry, step)
      let moved = Self.moved(
        Array(mask.keeps[entry.range]), weights: weights[entry.range].map(\.magnitude), growing: scores, share: share)
      // A diverged network has no order; the next evaluation says so.
      guard let moved else { return nil }
      mask.keeps.replaceSubrange(entry.range, with: moved)
    }
    return mask
  }

  private func random(_ entry: ParameterLayout.Entry, _ step: Int) -> [Float] {
    let stream = RandomStream(seed: seed, "mask/grown/step \(step)/\(entry.name)")
    return (0..<entry.count).map { Float(stream.word(at: UInt64($0)) >> 8) * 0x1p-24 }
  }

  /// One layer's mask after dropping the lowest of `weights` and growing as many with the highest scores among all that are
  /// not kept then; `nil` if a number is not finite. Ties go to the lower index.
  package static func moved(_ keeps: [Bool], weights: [Float], growing scores: [Float], share: Double) -> [Bool]? {
    let count = keeps.reduce(0) { $0 + ($1 ? 1 : 0) }, moving = Int((share * Double(count)).rounded())
    guard moving > 0, count < keeps.count else { return keeps }
    var kept = keeps
    guard (try? Selection.clear(moving, in: [0..<keeps.count], weights, &kept)) != nil else { return nil }
    var grown = kept.map { !$0 }
    let candidates = keeps.count - (count - moving)
    guard (try? Selection.clear(candidates - moving, in: [0..<keeps.count], scores, &grown)) != nil else { return nil }
    return zip(kept, grown).map { $0 || $1 }
  }
}
