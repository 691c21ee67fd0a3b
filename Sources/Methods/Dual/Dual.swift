public import Basics
public import Datasets
public import Experiments
import Lanes
import Networks
import Tickets
import Training

/// Dual lottery tickets by random sparse network transformation (Bai, Wang, Tao, Li & Fu 2022, "Dual Lottery Ticket Hypothesis",
/// arXiv:2203.04248): the mask is random, and the weights are brought into a state in which it trains.
///
/// The dense network is trained from its start with a growing penalty on the weights that are to go, these are cut, and the rest
/// is trained as usual. Differences from the reference code: weights that go are picked at random unless said otherwise (its
/// default takes the smallest); in several cycles those of earlier ones are carried as a mask (its code takes the smallest
/// for them); counts are exact, `round(s N)` a layer; lambda's ceiling is reached at the end of growth whatever the steps; the
/// rate falls by a cosine unless `grow-schedule=constant`. What goes ends near gradient / lambda plus the rate's noise: a
/// constant rate of 0.001 and a ceiling of 1 need the 90,000 steps of the paper; a falling rate and a higher ceiling do with hundreds.
public struct Dual: Experiment {
  public static let name = "dual"
  public static let summary = "make random masks trainable (dual lottery tickets)"
  public static let discussion = """
    The mask is drawn at random (--pick magnitude takes the smallest, as the reference code does by itself). Beside it \
    stand the same mask trained from scratch, and for as many steps in all; dense training for as many steps, then the \
    same cut; iterative pruning to as many weights; new weights, a shuffled mask, and the dense network.
    """
  public static let example = [
    "data=digits", "model=mlp:24,16", "steps=2ep", "batch=64", "rounds=1", "sparsities=0.5", "grow=2ep", "hold=1ep",
  ]

  public let settings: DualSettings
  public let seeds: [UInt64]
  public init(_ settings: DualSettings, seeds: [UInt64]) { (self.settings, self.seeds) = (settings, seeds) }

  public struct Material: ExtendedMaterial {
    public let training: TrainingMaterial
    let settings: DualSettings
    public var notes: [String] { training.notes + shortfall }
    var perEpoch: Int { settings.search.recipe.stepsPerEpoch(samples: training.data.train.count) }

    public var announcement: [String] {
      let penalty = settings.penalty([], perEpoch: perEpoch)
      let rises = max(1, penalty.growth / penalty.every), exponent = settings.accumulated(perEpoch: perEpoch)
      return training.announcement + [
        """
        what goes is picked \(settings.pick == .random ? "at random" : "by size, the smallest first"); penalty: \
        \(rises) rises to \(Self.text(penalty.ceiling)) in \(penalty.growth) steps, \
        \(settings.hold.iterations(perEpoch: perEpoch)) more of holding; it alone shrinks a weight by e^\(Self.text(exponent.rounded()))
        """
      ]
    }

    fileprivate static func text(_ value: Double) -> String { "\((value * 100).rounded() / 100)" }

    private var shortfall: [String] {
      let exponent = settings.accumulated(perEpoch: perEpoch)
      guard exponent < Dual.enough else { return [] }
      let spelled = (exponent * 10).rounded() / 10
      return [
        "The penalty shrinks a weight by e^\(spelled) alone, less than e^\(Int(Dual.enough)): raise grow, hold, grow-lr or ceiling."
      ]
    }
  }

  /// By e^7 a weight shrinks to less than a thousandth.
  static let enough = 7.0

  public func prepare(_ locator: DataLocator) throws -> Material {
    // Iterative pruning goes to the sparsities that are asked for, whatever share a round of its own would take.
    var search = settings.search
    search.rounds = 1
    let material = Material(training: try TrainingMaterial(search, locator), settings: settings)
    let product = settings.largestProduct(perEpoch: material.perEpoch), limit = settings.divergence
    guard settings.form == .multiplicative || product < limit else {
      throw Problem.usage(
        """
        With ceiling=\(settings.ceiling) rate times lambda reaches \(Material.text(product)): the penalty's own steps diverge \
        from \(Material.text(limit)) on.
        """, remedy: "Use --form multiplicative, or a smaller --grow-lr or --ceiling.")
    }
    let draw = try VictimDraw(settings.search, material.training.architecture.layout)
    for sparsity in settings.levels {
      guard let bare = draw.entries.first(where: { draw.count(sparsity, of: $0) >= $0.count }) else { continue }
      throw Problem.usage(
        "With sparsity \(sparsity) layer \(bare.layer) would keep none of its \(bare.count) weights.",
        remedy: "Use a smaller sparsity, or leave the layer out: --exclude \(bare.layer)")
    }
    return material
  }

  // MARK: units

  static let dense = "dense"
  static let pretrained = "pretrained"
  static let imp = "imp"

  public func units(of seed: UInt64, _ material: Material) -> [WorkUnit] {
    let perEpoch = material.perEpoch, usual = settings.search.recipe.steps.iterations(perEpoch: perEpoch)
    let growth = settings.phaseSteps(perEpoch: perEpoch) * settings.cycles
    func work(_ steps: Int, _ sparsity: Double = 0) -> Double { WorkProgress.work(steps: steps, density: 1 - sparsity) }
    func unit(_ arm: DualArm, _ sparsity: Double) -> WorkUnit {
      let steps = arm == .matched ? growth + usual : usual
      // A mask by size comes of the transformation.
      let needsTransformed = arm == .shuffled || arm != .rst && settings.pick == .magnitude
      return WorkUnit(
        arm.stage(sparsity), seed: seed,
        after: (arm == .denseCut ? [Self.pretrained] : []) + (needsTransformed ? [DualArm.rst.stage(sparsity)] : []),
        work: work(steps, sparsity) + (arm == .rst ? work(growth) : 0))
    }
    let rounds = settings.search.rounds + settings.levels.count - 1
    return [
      WorkUnit(Self.dense, seed: seed, folder: Self.impFolder(seed), work: work(usual)),
      WorkUnit(Self.pretrained, seed: seed, work: work(growth)),
    ]
      + settings.levels.flatMap { level in DualArm.allCases.map { unit($0, level) } } + [
        WorkUnit(
          Self.imp, seed: seed, folder: Self.impFolder(seed), after: [Self.dense],
          work: Double(rounds) * work(usual, settings.levels[0] / 2))
      ]
  }

  private static func impFolder(_ seed: UInt64) -> String { "\(imp)/seed-\(seed)" }

  public func run(_ unit: WorkUnit, on bench: Bench<Material>) throws {
    let work = try DualWork(settings: settings, bench: bench)
    switch unit.name {
    case Self.dense: return try work.trainDense()
    case Self.pretrained: return try work.pretrain()
    case Self.imp: return try work.prune()
    default: break
    }
    for level in settings.levels {
      for arm in DualArm.allCases where arm.stage(level) == unit.name { return try work.train(arm, level) }
    }
    preconditionFailure("\(unit.name) is no unit of these settings")
  }

  public func stages(of seed: UInt64, _ records: Records<Material>) throws -> [SeedSummary.Stage] {
    let dense = try records.stage("\(Self.imp)/\(Self.dense)", of: seed, arm: Self.dense, density: 1)
    return try [dense].compactMap { $0 }
      + settings.levels.enumerated().flatMap { i, level -> [SeedSummary.Stage] in
        let mask = try records.store(of: seed).ticket(DualArm.rst.stage(level))?.mask
        let imp = Lab.stage(settings.impRound(i))
        return try DualArm.allCases.compactMap { arm in
          try records.stage(
            arm.stage(level), of: seed, arm: arm.rawValue, round: i, remaining: mask?.remaining, density: mask?.density)
        }
          + [
            try records.stage(
              "\(Self.imp)/\(imp)", of: seed, arm: Self.imp, round: i, remaining: mask?.remaining,
              density: mask?.density)
          ].compactMap { $0 }
      }
  }
}

/// The networks of a mask.
enum DualArm: String, CaseIterable {
  case rst, scratch, matched
  case denseCut = "dense-cut"
  case reinit, shuffled

  func stage(_ sparsity: Double) -> String { "\(rawValue)-\(sparsity)" }

  var title: String {
    switch self {
    case .rst: "Transformed (RST)"
    case .scratch: "Scratch"
    case .matched: "Scratch, as many steps"
    case .denseCut: "Dense, then cut"
    case .reinit: Reinitialised.title
    case .shuffled: ShuffledMask.title
    }
  }
}

extension DualSettings {
  /// The round of iterative pruning that leaves as many weights as a level.
  func impRound(_ level: Int) -> Int { search.rounds + level }
}
