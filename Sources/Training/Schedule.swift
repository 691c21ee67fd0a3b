public import Basics
import Lanes

/// How the learning rate moves over training.
public struct Schedule: Hashable, Sendable {
  public enum Shape: Hashable, Sendable {
    case constant
    /// Times 0.1 at every milestone.
    case steps([Step])
    /// base (1 + cos(pi t / T)) / 2 (Loshchilov & Hutter 2017, arXiv:1608.03983).
    case cosine
    /// The same, moving at the start of each epoch only, as in most PyTorch recipes.
    case epochCosine
  }

  public var shape: Shape
  /// The rate rises linearly over this many steps,
  public var warmup: Step
  /// from this share of the base.
  public var warmupStart: Double

  public init(_ shape: Shape = .constant, warmup: Step = .zero, warmupStart: Double = 0) {
    self.shape = shape
    self.warmup = warmup
    self.warmupStart = warmupStart
  }

  /// The rate for optimiser step number `iteration`, counted from 0, of `total`.
  public func rate(base: Double, at iteration: Int, of total: Int, perEpoch: Int) -> Double {
    let warm = warmup.iterations(perEpoch: perEpoch)
    if iteration < warm {
      if warmupStart == 0 { return base * Double(iteration + 1) / Double(warm) }
      return base * (warmupStart + (1 - warmupStart) * Double(iteration) / Double(warm))
    }
    switch shape {
    case .constant: return base
    case .steps(let milestones):
      return milestones.reduce(base) { iteration >= $1.iterations(perEpoch: perEpoch) ? $0 * 0.1 : $0 }
    case .cosine:
      return annealed(base, iteration - warm, of: total - warm)
    case .epochCosine:
      return annealed(base, iteration / perEpoch * perEpoch - warm, of: total - warm)
    }
  }

  private func annealed(_ base: Double, _ iteration: Int, of span: Int) -> Double {
    base * 0.5 * (1 + cosine(of: Double(iteration) / Double(max(1, span))))
  }

  /// cos(pi t) for t in 0...1, the same bits everywhere.
  private func cosine(of t: Double) -> Double { Deterministic.cosine(3.141592653589793 * min(1, max(0, t))) }
}

extension Schedule: SettingValue {
  /// Reads `constant`, `cosine`, `epoch-cosine` or `step:80ep,120ep`. The warm-up is a setting of its own.
  public init?(setting text: String) {
    switch text {
    case "constant": self.init(.constant)
    case "cosine": self.init(.cosine)
    case "epoch-cosine": self.init(.epochCosine)
    default:
      guard text.hasPrefix("step:") else { return nil }
      let milestones = text.dropFirst(5).split(separator: ",", omittingEmptySubsequences: false).map {
        Step(String($0))
      }
      guard !milestones.isEmpty, !milestones.contains(nil) else { return nil }
      self.init(.steps(milestones.compactMap { $0 }))
    }
  }

  public var settingText: String {
    switch shape {
    case .constant: "constant"
    case .cosine: "cosine"
    case .epochCosine: "epoch-cosine"
    case .steps(let milestones): "step:" + milestones.map(\.description).joined(separator: ",")
    }
  }

  public static var settingForm: String { "constant, cosine, epoch-cosine, or milestones like step:80ep,120ep" }
}
