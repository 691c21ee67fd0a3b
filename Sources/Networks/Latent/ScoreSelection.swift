/// Which weights a network keeps by the size of their scores: exactly N - round((1 - keep) N) of them, the largest; of
/// equal sizes those of higher index.
public struct ScoreSelection: Hashable, Sendable {
  public enum Scope: String, CaseIterable, Sendable, Codable {
    /// The same share of every layer (Ramanujan et al. 2020, arXiv:1911.13299).
    case local
    /// One threshold for all layers (the later form of Diffenderfer & Kailkhura's code, 2103.09377).
    case global
  }

  /// The share that is kept.
  public var keep: Double
  public var scope: Scope
  /// Steps over which the pruned share rises from a half to its end, by the cube of what is left of them, epoch by epoch;
  /// only for shares of at most a half.
  public var ramp: Int
  public var stepsPerEpoch: Int
  /// How many weights each layer keeps, where that is given in place of a share.
  public var counts: [Int]?

  public init(keep: Double, scope: Scope = .local, ramp: Int = 0, stepsPerEpoch: Int = 1) {
    (self.keep, self.scope, self.ramp, self.stepsPerEpoch) = (keep, scope, ramp, stepsPerEpoch)
  }

  /// The share that is kept after so many steps.
  public func keep(at step: Int) -> Double {
    guard ramp > 0, step < ramp, keep < 0.5 else { return keep }
    let left = 1 - Double(step / stepsPerEpoch * stepsPerEpoch) / Double(ramp), final = 1 - keep
    return 1 - (final + (0.5 - final) * left * left * left)
  }

  /// How many of `count` weights go.
  func removed(of count: Int, at step: Int) -> Int {
    min(count, max(0, Int(((1 - keep(at: step)) * Double(count)).rounded())))
  }

  /// How many weights of a layer go where layers are chosen from by themselves.
  ///
  /// - Parameter number: The layer's place among those that are pruned.
  func removed(number: Int, of count: Int, at step: Int) -> Int {
    counts.map { count - $0[number] } ?? removed(of: count, at: step)
  }

  /// Whether one threshold serves all layers.
  var isGlobal: Bool { scope == .global && counts == nil }

  /// The mask that scores make of a network after training.
  public func mask(_ scores: Parameters) -> Mask {
    var mask = Mask(fullFor: scores.layout)
    var threshold = ScoreThreshold()
    scores.values.withUnsafeBufferPointer { values in
      let parts = scores.layout.prunable.map { (entry: $0, values: values.baseAddress! + $0.offset) }
      for (number, group) in (isGlobal ? [parts] : parts.map { [$0] }).enumerated() {
        let total = group.reduce(0) { $0 + $1.entry.count }
        threshold.find(
          group.map { ($0.values, $0.entry.count) }, removing: removed(number: number, of: total, at: .max))
        for part in group {
          for i in 0..<part.entry.count {
            mask.keeps[part.entry.offset + i] = threshold.keeps(part.values[i])
          }
        }
      }
    }
    return mask
  }
}

/// The size that separates the scores that stay from those that go.
public struct ScoreThreshold {
  /// The bits of that size; sizes order as their bits do.
  private(set) var bits: UInt32 = 0
  /// How many scores of exactly that size still have to go, the first ones.
  private(set) var goingTies = 0
  private var histogram = [Int](repeating: 0, count: 4096)

  /// Finds it for all parts together in three passes over the bits, the high ones first. Allocates nothing.
  mutating func find(_ parts: [(values: UnsafePointer<Float>, count: Int)], removing removed: Int) {
    bits = 0
    var left = removed, high: UInt32 = 0
    for (shift, width) in [(19, 12), (7, 12), (0, 7)] as [(UInt32, UInt32)] {
      for i in 0..<(1 << Int(width)) { histogram[i] = 0 }
      let above = shift + width, mask = (UInt32(1) << width) - 1
      histogram.withUnsafeMutableBufferPointer { histogram in
        for part in parts {
          for i in 0..<part.count {
            let size = part.values[i].bitPattern & 0x7fff_ffff
            if size >> above == high { histogram[Int(size >> shift & mask)] += 1 }
          }
        }
      }
      var bin = 0
      while bin < Int(mask) && histogram[bin] <= left {
        left -= histogram[bin]
        bin += 1
      }
      high = high << width | UInt32(bin)
    }
    bits = high
    goingTies = left
  }

  /// Whether a score stays; asked once for every score, in order.
  public mutating func keeps(_ score: Float) -> Bool {
    let size = score.bitPattern & 0x7fff_ffff
    guard size == bits else { return size > bits }
    guard goingTies > 0 else { return true }
    goingTies -= 1
    return false
  }
}

/// Selects within a run: fills `weights` with values where scores stay and zeros elsewhere. Allocates nothing.
final class ScoreSelector {
  let selection: ScoreSelection
  private var threshold = ScoreThreshold()
  private var parts: [(values: UnsafePointer<Float>, count: Int)] = []

  init(_ selection: ScoreSelection) { self.selection = selection }

  /// Calls `body` for every tensor with the threshold in force.
  func select(_ tensors: LatentTensors, step: Int, _ body: (LatentTensors.Tensor, inout ScoreThreshold) -> Void) {
    if parts.isEmpty { parts = tensors.prunable.map { (UnsafePointer($0.latent), $0.count) } }
    if selection.isGlobal {
      let total = parts.reduce(0) { $0 + $1.count }
      threshold.find(parts, removing: selection.removed(of: total, at: step))
    }
    for (number, tensor) in tensors.prunable.enumerated() {
      if !selection.isGlobal {
        single[0] = parts[number]
        threshold.find(single, removing: selection.removed(number: number, of: tensor.count, at: step))
      }
      body(tensor, &threshold)
    }
  }

  private lazy var single = [parts[0]]
}
