public import Basics
import Lanes
import Networks

/// The rule by which gradients move weights.
public enum Optimizer: String, CaseIterable, Sendable {
  /// Stochastic gradient descent, with momentum and Nesterov's variant by settings.
  case sgd
  /// Adam, betas 0.9 and 0.999, epsilon 1e-8 (Kingma & Ba 2015, arXiv:1412.6980).
  case adam

  public var summary: String {
    switch self {
    case .sgd: "stochastic gradient descent; settings momentum, nesterov, weight-decay"
    case .adam: "Adam with betas 0.9 and 0.999; weight-decay is added to the gradient"
    }
  }

  static let beta1 = 0.9
  static let beta2 = 0.999

  func updateRule(_ recipe: Recipe) -> UpdateRule {
    let decay = Float(recipe.weightDecay)
    return switch self {
    case .sgd: .sgd(momentum: Float(recipe.momentum), decay: decay, nesterov: recipe.nesterov)
    case .adam: .adam(beta1: Float(Self.beta1), beta2: Float(Self.beta2), epsilon: 1e-8, decay: decay)
    }
  }
}

extension Optimizer: SettingValue {
  public init?(setting text: String) { self.init(rawValue: text) }
  public var settingText: String { rawValue }
  public static var settingForm: String { "one of \(allCases.map(\.rawValue).joined(separator: ", "))" }
}

/// Adam's bias corrections after `updates` steps, by repeated multiplication: the same bits everywhere, and after a resume.
struct AdamCorrections {
  private var power1 = 1.0, power2 = 1.0

  init(after updates: Int = 0) {
    for _ in 0..<updates { advance() }
  }

  mutating func advance() {
    power1 *= Optimizer.beta1
    power2 *= Optimizer.beta2
  }

  var first: Float { Float(1 / (1 - power1)) }
  var second: Float { Float(1 / (1 - power2).squareRoot()) }
}
