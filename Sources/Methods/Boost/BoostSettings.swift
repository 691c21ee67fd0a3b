public import Basics
import Networks
import Pruning
public import Tickets
public import Training

/// A rule for how dense the layers of a random mask are.
public enum RandomRates: String, CaseIterable, Codable, Sendable, SettingValue {
  case erk, balanced, uniform

  var allocation: any Allocation {
    switch self {
    case .erk: ErdosRenyiAllocation()
    case .balanced: BalancedAllocation()
    case .uniform: UniformAllocation()
    }
  }
}

/// Everything that decides the result of a boost, apart from the seeds: the settings of training, and those of the mask.
public struct BoostSettings: Configurable {
  /// Data, network and the recipe of the ticket and of dense training. Settings of other ways of pruning have no effect.
  public var search: SearchSettings = {
    var search = SearchSettings()
    search.recipe.momentum = 0.9
    search.recipe.weightDecay = 1e-4
    search.recipe.steps = .epochs(20)
    return search
  }()
  /// Share of the weights that goes.
  public var prune = 0.8
  /// The small rate of the mask phase, which has no warm-up.
  public var maskRate = 0.01
  /// Length of the mask phase, and of the ticket's training; as long as dense training if zero.
  public var maskSteps = Step.zero
  public var ticketSteps = Step.zero
  public var maskObjective = Objective.natural
  /// What the ticket and its controls lower, where it is not what the dense baseline does.
  public var ticketObjective: Objective?
  /// The mask phase ends with an epoch that exchanges at most this share of the weights that stay; never if zero.
  public var maskStop = 0.0
  /// Random masks of as many weights beside the ticket, which need no mask phase.
  public var randomMasks = SettingList<RandomRates>()
  /// Whether surviving weights are scaled to keep the variance of every unit's sum.
  public var rescalesSurvivors = false
  /// In which the rate of ticket and dense network rises from `mask-lr` to `lr`.
  public var warmup = Step.epochs(10)
  /// Rates of the dense baseline, each with and without warm-up.
  public var rates = NumberList([0.01, 0.05, 0.1])
  /// Steps after which accuracy is reported.
  public var early = StepList([.iterations(50), .iterations(100), .iterations(200), .epochs(1), .epochs(2), .epochs(5)])
  /// Epochs over which dense and sparse paths at the same constant rate are compared.
  public var trajectory = 3

  public init() {}

  private static let main: Set<String> = [
    "data", "model", "prune", "mask-lr", "lr", "warmup", "mask-objective", "mask-stop", "random-masks", "objective",
    "epsilon", "steps", "rates",
  ]

  public static let fields: [SettingField<BoostSettings>] =
    (SearchSettings.fields(
      of: [.data, .network, .training, .robustness], except: ["schedule", "warmup", "warmup-start"], in: \.search)
    + SearchSettings.fields(of: [.pruning, .search], in: \.search).filter { ["exclude", "margin"].contains($0.key) }
    + own)
    .map { field in field.with { $0.isMain = main.contains(field.key) } }

  public static var inapplicable: Set<String> { SearchSettings.keys(besides: fields.map(\.key)) }

  private static let own: [SettingField<BoostSettings>] = [
    SettingField(
      "prune", \.prune, "share of the weights that goes", valid: ("above 0 and below 1", { 0 < $0 && $0 < 1 })),
    SettingField("mask-lr", \.maskRate, "small rate of the mask phase", valid: ("above 0", { $0 > 0 })),
    SettingField("mask-steps", \.maskSteps, "length of the mask phase; 0 for that of dense training"),
    SettingField("ticket-steps", \.ticketSteps, "length of the ticket's training; 0 for that of dense training"),
    SettingField("mask-objective", \.maskObjective, "training of the mask phase: natural, fgsm, pgd:10"),
    SettingField(
      "ticket-objective", \.ticketObjective,
      "training of the ticket, where it is not the objective's: fgsm-pgd:10@0.5; dense networks are trained both ways"),
    SettingField(
      "mask-stop", \.maskStop, "share of the kept weights that the last epoch of a mask phase exchanges; 0: all epochs",
      valid: ("from 0 to 1", { 0...1 ~= $0 })),
    SettingField("random-masks", \.randomMasks, "random masks beside the ticket, by the rates of their layers"),
    SettingField(
      "rescale-survivors", \.rescalesSurvivors, "scale surviving weights so that every unit's sum keeps its variance"),
    SettingField("warmup", \.warmup, "steps in which the rate rises from mask-lr to lr"),
    SettingField(
      "rates", \.rates, "rates of the dense baseline, each with and without warm-up",
      valid: ("above 0", { !$0.values.isEmpty && $0.values.allSatisfy { $0 > 0 } })),
    SettingField("early", \.early, "steps after which accuracy is reported"),
    SettingField(
      "trajectory", \.trajectory, "epochs over which dense and sparse paths are compared",
      valid: ("from 0 to 1000", { (0...1000).contains($0) })),
  ]

  public var identityFiles: [(key: String, path: String)] { search.identityFiles }

  /// Steps of `early`, ascending and each once.
  func earlySteps(perEpoch: Int) -> [Int] { Set(early.values.map { $0.iterations(perEpoch: perEpoch) }).sorted() }

  // MARK: recipes

  private func base(seed: UInt64) -> Recipe {
    var recipe = search.recipe
    recipe.orderSeed = seed
    return recipe
  }

  /// Times 0.1 after half and after three quarters of training.
  private func dropping(_ recipe: Recipe, perEpoch: Int) -> Recipe {
    var recipe = recipe
    let total = recipe.steps.iterations(perEpoch: perEpoch)
    recipe.schedule.shape = .steps([.iterations(total / 2), .iterations(total * 3 / 4)])
    return recipe
  }

  /// - Parameter rate: Constant to begin with: warm-up in this phase destroys the boost.
  func maskRecipe(rate: Double, seed: UInt64, perEpoch: Int) -> Recipe {
    var recipe = base(seed: seed)
    recipe.learningRate = rate
    recipe.objective = maskObjective
    if maskSteps != .zero { recipe.steps = maskSteps }
    return dropping(recipe, perEpoch: perEpoch)
  }

  func ticketRecipe(seed: UInt64, perEpoch: Int) -> Recipe {
    var recipe = base(seed: seed)
    if ticketSteps != .zero { recipe.steps = ticketSteps }
    recipe.objective = objectiveOfTickets
    return dropping(warmed(recipe), perEpoch: perEpoch)
  }

  func denseRecipe(_ stage: Boost.DenseStage, seed: UInt64, perEpoch: Int) -> Recipe {
    var recipe = base(seed: seed)
    recipe.learningRate = stage.rate
    if stage.isAsTicket { recipe.objective = objectiveOfTickets }
    return dropping(stage.isWarm ? warmed(recipe) : recipe, perEpoch: perEpoch)
  }

  /// What the ticket and its controls lower.
  var objectiveOfTickets: Objective { ticketObjective ?? search.recipe.objective }

  /// Whether dense networks are trained as tickets are, beside the baseline.
  var hasDenseAsTicket: Bool { objectiveOfTickets != search.recipe.objective }

  private func warmed(_ recipe: Recipe) -> Recipe {
    var recipe = recipe
    recipe.schedule.warmup = warmup
    recipe.schedule.warmupStart = min(1, maskRate / recipe.learningRate)
    return recipe
  }

  /// The rate of a mask phase.
  func maskRate(of phase: String) -> Double { phase == "ticket" ? maskRate : search.recipe.learningRate }

  /// Whether a dense network of this rate has a warm-up of its own to try.
  func hasWarmVariant(rate: Double) -> Bool { warmup != .zero && rate > maskRate }

  /// - Throws: `Problem.usage` if an objective lacks a radius or has another loss than it can train with.
  public func check() throws {
    var mask = search.recipe
    mask.objective = maskObjective
    try mask.checkObjective()
    var ticket = search.recipe
    ticket.objective = objectiveOfTickets
    guard ticket.isAdversarial == search.recipe.isAdversarial else {
      throw Problem.usage(
        "ticket-objective=\(ticket.objective) and objective=\(search.recipe.objective) are measured in two ways.",
        remedy: "Let both be natural, or both adversarial.")
    }
    try ticket.checkObjective()
    try search.recipe.checkObjective()
  }
}
