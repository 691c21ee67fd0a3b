import Analysis
public import Basics
public import Datasets
public import Experiments
import Networks
public import Pages
import Tickets

/// Multi-prize tickets (Diffenderfer & Kailkhura 2021, arXiv:2103.09377): networks within random weights that are good with
/// their weights, or weights and activations, reduced to signs.
///
/// As edge-popup, with the kept weights of a layer replaced by their gain times their sign; with `bits=1/1` the network's
/// rectifiers become signs. With `learn-bn` batch norm's scale and shift are trained: such a network is not untrained, and is
/// never called so. Differences from the reference code: `sign(0)` is +1, the gain divides by the true count.
public struct Biprop: ScoreExperiment {
  public static let name = "biprop"
  public static let summary = "find a binary network within random weights"
  public static let discussion = """
    Beside it stand edge-popup at the same share, the dense network and a random mask with their weights trained, the mask \
    on fresh weights, and shuffled. Starting the same command again goes on where it stopped.
    """

  /// What is reduced to one bit: weights of activations.
  public enum Bits: String, CaseIterable, Sendable, SettingValue {
    case weights = "1/32"
    case all = "1/1"
  }

  public struct Settings: Configurable {
    public var scores = ScoreSettings()
    public var bits = Bits.weights
    public var learnsNorm = false
    public init() {}
    public static let fields: [SettingField<Settings>] =
      ScoreSettings.fields(in: \.scores) + [
        SettingField("bits", \.bits, "bits of a weight and of an activation: 1/32 or 1/1").main,
        SettingField("learn-bn", \.learnsNorm, "whether batch norm's scale and shift are trained").main,
      ]
    public static var inapplicable: Set<String> { SearchSettings.keys(besides: fields.map(\.key)) }
    public var identityFiles: [(key: String, path: String)] { scores.search.identityFiles }
  }

  public let settings: Settings
  public let seeds: [UInt64]
  public init(_ settings: Settings, seeds: [UInt64]) { (self.settings, self.seeds) = (settings, seeds) }

  public var scores: ScoreSettings { settings.scores }

  public var ways: [ScoreWay] {
    let learnsNorm = settings.learnsNorm, signs = settings.bits == .all,
      title = "\(settings.bits.rawValue)\(learnsNorm ? " + BN" : "")"
    var way = ScoreWay(name: "biprop", title: title) {
      BinaryScores(frozen: $0, selection: $1, learnsNorm: learnsNorm, sumsAreExact: signs)
    }
    way.isBinary = true
    if signs { way.network = { try $0.withSigns() } }
    return [way, Popup.way]
  }

  public func prepare(_ locator: DataLocator) throws -> TrainingMaterial {
    let material = try prepareScores(locator)
    if settings.learnsNorm, !material.architecture.layout.entries.contains(where: \.shape.isNorm) {
      throw Problem.usage(
        "\(scores.search.model) has no batch norm with scale and shift for learn-bn to train.",
        remedy: "Leave learn-bn out, or choose a network with batch norm, such as bn-conv-4.")
    }
    return material
  }

  public static func verdict(_ record: Record<ScoreFinding>) -> [String] {
    guard let (level, arm) = record.finding.best, let popup = level.arms.last else { return [] }
    if let sentence = record.learning(record.finding.dense)?.sentence() { return [sentence] }
    let what = record["learn-bn"] == "true" ? "with batch norm's scale and shift trained" : "with nothing trained"
    return Popup.chance(record, arm)
      + (arm.isUnmoved ? [] : ["Weights have moved that had to be frozen: this result is void."]) + [
        """
        With \(Format.density(level.keep)) of its random weights as signs (\(arm.title)), \(what), \(record["model"]) reaches \
        \(Format.percentInterval(arm.accuracy)) % on the test set; before the search it had \
        \(Format.percentInterval(arm.unsearched)) %.
        """,
        """
        \(rival(record, arm, popup)) the dense network with its weights trained \(Format.percentInterval(record.finding.dense)) %: the binary network \
        \(Popup.lacks(record.finding.dense.difference(to: arm.accuracy))).
        """,
        Popup.belongs(arm),
      ]
  }

  /// Weights that are signs times a gain already have no more to lose.
  private static func rival(
    _ record: Record<ScoreFinding>, _ arm: ScoreFinding.Arm, _ popup: ScoreFinding.Arm
  ) -> String {
    let isSame =
      record["initializer"] == Initializer.signedConstant.settingText && record["bits"] == Bits.weights.rawValue
      && arm.accuracy == popup.accuracy
    return isSame
      ? """
      Edge-popup is the very same network here, as signed constants are signs times a gain already \
      (initializer=kaiming-normal tells them apart);
      """
      : """
      Edge-popup, whose weights keep all their bits, reaches \(Format.percentInterval(popup.accuracy)) % at the same share;
      """
  }

  public static func document(_ record: Record<ScoreFinding>) -> Document {
    Document(
      title: "Binary tickets of \(record["model"]) on \(record["data"])",
      subtitle:
        "\(record["bits"]) bits, \(Format.plural(record.finding.levels.count, "share")) of kept weights, \(record.spread)",
      sections: ScorePage(finding: record.finding).sections)
  }
}
