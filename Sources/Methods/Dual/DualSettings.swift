public import Basics
import Lanes
public import Networks
public import Tickets
package import Training

extension GrowingPenalty.Form: SettingValue {}

/// What a transformation of random masks is asked.
public struct DualSettings: Configurable {
  /// How the weights are chosen that go.
  public enum Pick: String, CaseIterable, SettingValue, Sendable {
    /// In every layer at random, which is what the hypothesis is about.
    case random
    /// The smallest at the start of a cycle, which is what the reference code does unless told otherwise.
    case magnitude
  }

  /// Data, network, and the recipe of fine-tuning and of all ordinary trainings.
  public var search: SearchSettings = {
    var search = SearchSettings()
    search.recipe.momentum = 0.9
    search.recipe.learningRate = 0.05
    search.rounds = 5
    return search
  }()
  public var sparsities = NumberList([0.9, 0.95, 0.98])
  public var pick = Pick.random
  public var cycles = 1
  /// Steps of a cycle in which the penalty grows, and in which it holds.
  public var growth = Step.epochs(5)
  public var hold = Step.epochs(5)
  public var growthRate = 0.05
  package var growthSchedule = Schedule(.cosine)
  /// 0 for the usual one, see `penaltyEnd`.
  public var ceiling = 0.0
  public var every = 5
  public var power = 1
  public var form = GrowingPenalty.Form.gradient

  public init() {}

  private static let length = ("at least 1it", { @Sendable (step: Step) in step != .zero })

  public static let fields: [SettingField<DualSettings>] =
    SearchSettings.fields(
      of: [.data, .network, .training, .pruning], except: ["criterion", "allocation", "factors", "structure"],
      in: \.search)
    + SearchSettings.fields(of: [.search], in: \.search).filter { ["rounds", "margin"].contains($0.key) } + ownFields

  private static let ownFields: [SettingField<DualSettings>] =
    [
      SettingField(
        "sparsities", \.sparsities, "shares of the weights that go, each a mask of its own",
        valid: (
          "above 0 and below 1, each once",
          { !$0.values.isEmpty && $0.values.allSatisfy { 0 < $0 && $0 < 1 } && Set($0.values).count == $0.values.count }
        )
      ).extent.main,
      SettingField("pick", \.pick, "how the weights that go are chosen in every layer: random or magnitude").main,
      SettingField(
        "cycles", \.cycles, "cycles in which the mask comes about, each by the same share of what is left",
        valid: ("from 1 to 100", (1...100).contains)
      ).main,
      SettingField("grow", \.growth, "steps of a cycle in which the penalty grows", valid: length).main,
      SettingField("hold", \.hold, "steps of a cycle in which it holds").main,
      SettingField("grow-lr", \.growthRate, "learning rate while it grows and holds", valid: ("above 0", { $0 > 0 }))
        .main,
      SettingField(
        "grow-schedule", \.growthSchedule, "that rate over time; a constant one leaves its noise in what goes"),
      SettingField(
        "ceiling", \.ceiling, "where the penalty ends; 0 for the usual one", valid: ("at least 0", { $0 >= 0 })
      ).main,
      SettingField("every", \.every, "steps between two rises of the penalty", valid: ("at least 1", { $0 > 0 })),
      SettingField(
        "power", \.power, "how the penalty grows: 1 linear, 2 quadratic, 3 cubic",
        valid: ("1, 2 or 3", (1...3).contains)
      ).main,
      SettingField("form", \.form, "how it moves weights: gradient, or multiplicative for large rates").main,
    ]

  public static var inapplicable: Set<String> { SearchSettings.keys(besides: fields.map(\.key)) }
  public var identityFiles: [(key: String, path: String)] { search.identityFiles }

  // MARK: parts

  /// Ascending.
  var levels: [Double] { sparsities.values.sorted() }

  /// The share that has gone after each cycle: 1 - (1 - p')^c with p' = 1 - (1 - p)^(1 / cycles).
  public func cumulative(_ sparsity: Double) -> [Double] {
    (1...cycles).map { cycle in
      cycle == cycles
        ? sparsity : 1 - Deterministic.power(1 - sparsity, Double(cycle) / Double(cycles))
    }
  }

  func growthRecipe(perEpoch: Int) -> Recipe {
    var recipe = search.recipe
    let steps = phaseSteps(perEpoch: perEpoch)
    recipe.steps = .iterations(steps)
    recipe.learningRate = growthRate
    recipe.schedule = growthSchedule
    recipe.evaluateEvery = .iterations(max(1, steps / 20))
    return recipe
  }

  /// Of a cycle.
  func phaseSteps(perEpoch: Int) -> Int { growth.iterations(perEpoch: perEpoch) + hold.iterations(perEpoch: perEpoch) }

  /// The setting or, if that is 0, where the largest product of rate and lambda is 1, well below `divergence`.
  /// The multiplicative form, which always does, goes to 20, as a victim follows momentum in between.
  func penaltyEnd(perEpoch: Int) -> Double {
    ceiling > 0
      ? ceiling : (form == .gradient ? 1 : 20) / largestProduct(penalty([], end: 1, perEpoch: perEpoch), perEpoch)
  }

  func penalty(_ isVictim: [Bool], perEpoch: Int) -> GrowingPenalty {
    penalty(isVictim, end: penaltyEnd(perEpoch: perEpoch), perEpoch: perEpoch)
  }

  /// The product of rate and lambda from which descent on lambda / 2 w^2 diverges: 2 (1 + momentum).
  var divergence: Double { 2 * (1 + (search.recipe.optimizer == .sgd ? search.recipe.momentum : 0)) }

  /// Of rate and lambda, over the steps of a cycle.
  func largestProduct(perEpoch: Int) -> Double { largestProduct(penalty([], perEpoch: perEpoch), perEpoch) }

  private func largestProduct(_ penalty: GrowingPenalty, _ perEpoch: Int) -> Double {
    (0..<phaseSteps(perEpoch: perEpoch)).reduce(.leastNormalMagnitude) {
      max($0, penalty.rate($1) * penalty.lambda(after: $1))
    }
  }

  private func penalty(_ isVictim: [Bool], end: Double, perEpoch: Int) -> GrowingPenalty {
    let recipe = growthRecipe(perEpoch: perEpoch), steps = phaseSteps(perEpoch: perEpoch)
    return GrowingPenalty(
      isVictim: isVictim, ceiling: end, growth: max(1, growth.iterations(perEpoch: perEpoch)), every: every,
      power: power, form: form
    ) { recipe.schedule.rate(base: recipe.learningRate, at: $0, of: steps, perEpoch: perEpoch) }
  }

  /// The exponent by which the penalty alone shrinks a victim over a cycle: sum of rate * lambda, over 1 - momentum in the
  /// gradient form.
  func accumulated(perEpoch: Int) -> Double {
    let penalty = penalty([], perEpoch: perEpoch), steps = phaseSteps(perEpoch: perEpoch)
    let sum = (0..<steps).reduce(0) { $0 + penalty.rate($1) * penalty.lambda(after: $1) }
    return form == .gradient && search.recipe.optimizer == .sgd ? sum / (1 - search.recipe.momentum) : sum
  }
}
