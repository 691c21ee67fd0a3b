public import Basics
import Lanes
package import Training

/// Where the weights of a spiral run start.
public enum SpiralInitialisation: String, CaseIterable, Sendable {
  /// Every run draws its own.
  case random
  /// All runs start from one network of sixteen units a layer; narrower ones take its first units.
  case fixed
}

extension SpiralInitialisation: SettingValue {
  public init?(setting text: String) { self.init(rawValue: text) }
  public var settingText: String { rawValue }
  public static var settingForm: String { "one of \(allCases.map(\.rawValue).joined(separator: ", "))" }
}

/// What all runs of a spiral study share: Zhang & Papyan 2024 (arXiv:2407.04075), their values as defaults.
public struct SpiralSettings: Configurable, Equatable {
  public var data = "cubist-spiral"
  public var steps = Step.epochs(50)
  public var batch = 128
  public var momentum = 0.9
  public var weightDecay = 5e-4
  public var seed: UInt64 = 0
  public var initialisation = SpiralInitialisation.random
  public var initialisationSeed: UInt64 = 0

  public init() {}

  public static let fields: [SettingField<SpiralSettings>] = [
    SettingField("data", \.data, "points: cubist-spiral, or cubist-spiral:5000"),
    SettingField(
      "steps", \.steps, "length of training",
      valid: ("from 1it to 100000ep", { $0 != .zero && $0.epochs <= 100_000 && $0.iterations <= 100_000_000 })),
    SettingField(
      "batch", \.batch, "points a step",
      valid: ("a multiple of 16 up to 4096", { $0 % 16 == 0 && (16...4096).contains($0) })),
    SettingField("momentum", \.momentum, "momentum of sgd", valid: ("from 0 to below 1", { 0 <= $0 && $0 < 1 })),
    SettingField("weight-decay", \.weightDecay, "L2 penalty added to the gradient", valid: ("at least 0", { $0 >= 0 })),
    SettingField("seed", \.seed, "seed of the data order and of random weights"),
    SettingField("init", \.initialisation, "where weights start: random or fixed"),
    SettingField("init-seed", \.initialisationSeed, "seed of the fixed weights"),
  ]

  package func recipe(rate: Double, _ schedule: SpiralSchedule) -> Recipe {
    var recipe = Recipe()
    recipe.steps = steps
    recipe.batch = batch
    recipe.dropsLast = true
    recipe.learningRate = rate
    recipe.momentum = momentum
    recipe.weightDecay = weightDecay
    recipe.schedule = schedule.schedule(steps)
    recipe.loss = .binaryCrossEntropy
    recipe.orderSeed = seed
    return recipe
  }
}

/// How the learning rate of a spiral run moves.
public enum SpiralSchedule: String, CaseIterable, Sendable, Hashable {
  case cosine
  /// Times 0.1 at 30 % and at 60 % of the epochs.
  case steps
  case constant

  func schedule(_ length: Step) -> Schedule {
    switch self {
    case .cosine: Schedule(.epochCosine)
    case .constant: Schedule(.constant)
    case .steps: Schedule(.steps([3, 6].map { .epochs((length.epochs * $0 + 9) / 10) }))
    }
  }
}

/// One choice of learning rate and schedule.
public struct SpiralCombination: Hashable, Sendable {
  public var rate: Double
  public var schedule: SpiralSchedule

  public init(_ rate: Double, _ schedule: SpiralSchedule) {
    self.rate = rate
    self.schedule = schedule
  }

  public static func all(rates: [Double], schedules: [SpiralSchedule] = SpiralSchedule.allCases) -> [SpiralCombination]
  {
    rates.flatMap { rate in schedules.map { SpiralCombination(rate, $0) } }
  }

  /// The six of the paper's searches.
  public static let search = all(rates: [0.05, 0.1])
  /// The nine of its pruning arms.
  public static let pruning = all(rates: [0.05, 0.1, 0.2])

  var name: String { "lr=\(rate) \(schedule.rawValue)" }
}
