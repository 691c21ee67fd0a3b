public import Basics

/// What a training step lowers: the loss on the samples as they are, or on perturbed ones.
///
/// Perturbations are in the units of pixels, within an l-infinity ball of radius epsilon and within what pixels can be. They
/// are made with evaluation's batch norm and trained on with the batch's own (as in the code of Li et al. 2020).
public enum Objective: Hashable, Sendable {
  /// The samples as they are.
  case natural
  /// One step along the gradient's sign from a uniform random start (Wong et al. 2020, arXiv:2001.03994).
  case fgsm
  /// Projected gradient descent (Madry et al. 2018, arXiv:1706.06083) in so many steps.
  case pgd(steps: Int)
  /// Loss on the sample plus beta KL(p || q), p of the sample and q of the perturbed one, which ten steps from a start of
  /// standard deviation 0.001 have raised (Zhang et al. 2019, arXiv:1901.08573).
  case trades(beta: Double)
  /// Every batch is trained on so many times, and the gradient of each training step moves the perturbation too (Shafahi
  /// et al. 2019, arXiv:1904.12843). Steps are optimiser steps: as many epochs see the data 1/replays as often.
  case free(replays: Int)

  /// Steps of the attack that one optimiser step waits for.
  public var attackSteps: Int {
    switch self {
    case .natural, .free: 0
    case .fgsm: 1
    case .pgd(let steps): steps
    case .trades: 10
    }
  }

  /// Whether a step needs the gradients of the samples and of the perturbed ones.
  var hasTwoPasses: Bool { if case .trades = self { true } else { false } }

  /// Optimiser steps that a batch is used for.
  public var replays: Int { if case .free(let replays) = self { replays } else { 1 } }

  /// The usual length of an attack's step, as a multiple of epsilon: 1.25 for one step, 2.5 in all for several.
  public var usualStep: Double {
    switch self {
    case .natural, .free: 1
    case .fgsm: 1.25
    case .pgd, .trades: min(1.25, 2.5 / Double(attackSteps))
    }
  }
}

extension Objective: SettingValue {
  public init?(setting text: String) {
    let parts = text.split(separator: ":", omittingEmptySubsequences: false).map(String.init)
    switch (parts[0], parts.count) {
    case ("natural", 1): self = .natural
    case ("fgsm", 1): self = .fgsm
    case ("pgd", 2):
      guard let steps = Int(parts[1]), (1...1000).contains(steps) else { return nil }
      self = .pgd(steps: steps)
    case ("trades", 2):
      guard let beta = Double(parts[1]), 0 < beta, beta <= 1000 else { return nil }
      self = .trades(beta: beta)
    case ("free", 2):
      guard let replays = Int(parts[1]), (1...100).contains(replays) else { return nil }
      self = .free(replays: replays)
    default: return nil
    }
  }

  public var settingText: String {
    switch self {
    case .natural: "natural"
    case .fgsm: "fgsm"
    case .pgd(let steps): "pgd:\(steps)"
    case .trades(let beta): "trades:\(beta)"
    case .free(let replays): "free:\(replays)"
    }
  }

  public static var settingForm: String { "natural, fgsm, pgd:STEPS, trades:BETA or free:REPLAYS" }
}

/// A length in units of pixels between 0 and 1, as a number or a fraction: `0.1`, `8/255`.
public struct PixelLength: Hashable, Sendable, SettingValue {
  public var value: Double
  private var text: String

  public init(_ value: Double) {
    self.value = value
    text = "\(value)"
  }

  public init?(setting text: String) {
    let sides = text.split(separator: "/", omittingEmptySubsequences: false).map { Double($0) }
    guard (1...2).contains(sides.count), let top = sides[0], let bottom = sides.count == 2 ? sides[1] : 1,
      bottom > 0, top >= 0, (top / bottom).isFinite
    else { return nil }
    value = top / bottom
    self.text = sides.count == 2 ? text : "\(value)"
  }

  public var settingText: String { text }
  public static var settingForm: String { "a number such as 0.1 or a fraction such as 8/255" }

  public static func == (a: PixelLength, b: PixelLength) -> Bool { a.value == b.value }
  public func hash(into hasher: inout Hasher) { hasher.combine(value) }
}
