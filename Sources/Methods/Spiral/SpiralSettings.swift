public import Basics
import Lanes
package import Training

/// What all runs of a spiral study share: Zhang & Papyan 2024 (arXiv:2407.04075), their values as defaults; and which runs.
public struct SpiralSettings: Configurable, Equatable {
  package var data = "cubist-spiral"
  package var steps = Step.epochs(50)
  package var batch = 128
  package var momentum = 0.9
  package var weightDecay = 5e-4
  package var seed: UInt64 = 0
  package var initialisation = SpiralInitialisation.random
  package var initialisationSeed: UInt64 = 0
  package var plan = SpiralPlan()
  /// Accuracies that networks are to reach; the first chooses the structure of phase 2.
  package var targets = NumberList([0.95, 0.995])

  public init() {}

  public static let fields: [SettingField<SpiralSettings>] =
    ownFields + SpiralPlan.fields.map { SettingField($0, in: \.plan) }

  private static let ownFields: [SettingField<SpiralSettings>] =
    [
      SettingField("data", \.data, "points: cubist-spiral, or cubist-spiral:5000"),
      SettingField(
        "steps", \.steps, "length of training",
        valid: ("from 1it to 100000ep", { $0 != .zero && $0.epochs <= 100_000 && $0.iterations <= 100_000_000 })),
      SettingField(
        "batch", \.batch, "points a step",
        valid: ("a multiple of 16 up to 4096", { $0 % 16 == 0 && (16...4096).contains($0) })),
      SettingField("momentum", \.momentum, "momentum of sgd", valid: ("from 0 to below 1", { 0 <= $0 && $0 < 1 })),
      SettingField(
        "weight-decay", \.weightDecay, "L2 penalty added to the gradient", valid: ("at least 0", { $0 >= 0 })),
      SettingField("seed", \.seed, "seed of the data order and of random weights"),
      SettingField("init", \.initialisation, "where weights start: random or fixed"),
      SettingField("init-seed", \.initialisationSeed, "seed of the fixed weights"),
      SettingField(
        "target", \.targets, "accuracies to reach; the first chooses phase 2's structure",
        valid: ("some above 0 and up to 1", { !$0.values.isEmpty && $0.values.allSatisfy { 0 < $0 && $0 <= 1 } })
      ).extent.main,
    ]

  /// The settings of the study, and those that an algorithm takes.
  package static func fields(of algorithm: SpiralPlan.Algorithm) -> [SettingField<SpiralSettings>] {
    fields.filter { SpiralPlan.isTaken($0.key, by: algorithm) }
  }

  /// What `settings.txt` says.
  package var lines: String {
    let names = Set(Self.fields.filter { $0.role == .identity }.map(\.key))
    return assignments.filter { names.contains($0.key) }.map { "\($0.key)=\($0.value)\n" }.joined()
  }

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

/// Where the weights of a spiral run start.
package enum SpiralInitialisation: String, CaseIterable, SettingValue {
  /// Every run draws its own.
  case random
  /// All runs start from one network of sixteen units a layer; narrower ones take its first units.
  case fixed
}

/// How the learning rate of a spiral run moves.
package enum SpiralSchedule: String, CaseIterable, Hashable, SettingValue {
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
package struct SpiralCombination: Hashable, Sendable {
  package var rate: Double
  package var schedule: SpiralSchedule

  package init(_ rate: Double, _ schedule: SpiralSchedule) {
    self.rate = rate
    self.schedule = schedule
  }

  package static func all(rates: [Double], schedules: [SpiralSchedule] = SpiralSchedule.allCases)
    -> [SpiralCombination]
  {
    rates.flatMap { rate in schedules.map { SpiralCombination(rate, $0) } }
  }

  /// Rates of the paper's searches, and of its pruning arms.
  package static let searchRates = [0.05, 0.1]
  package static let pruningRates = [0.05, 0.1, 0.2]

  var name: String { "lr=\(rate) \(schedule.rawValue)" }
}
