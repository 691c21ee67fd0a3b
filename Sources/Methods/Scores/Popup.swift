import Analysis
public import Basics
public import Experiments
import Networks
public import Pages
import Tickets

/// Edge-popup (Ramanujan et al. 2020, arXiv:1911.13299): a network that is good without any weight having been trained.
///
/// Every random weight has a score; the share `keep` of largest scores makes the network; scores alone are trained. It
/// comes with no guarantee, unlike the construction of `prove`. Differences from the paper: exactly
/// N - round((1 - keep) N) weights stay, and the fan by which weights are scaled is stated (`fan-scale`).
public struct Popup: ScoreExperiment {
  public static let name = "popup"
  public static let summary = "find a network within random weights (edge-popup)"
  public static let discussion = """
    Beside it stand the dense network and a random mask, both with their weights trained, the mask that was found on fresh \
    weights, and shuffled. Starting the same command again goes on where it stopped; more shares (--keep) run only what is new.
    """

  public struct Settings: Configurable {
    public var scores = ScoreSettings()
    public init() {}
    public static let fields: [SettingField<Settings>] = ScoreSettings.fields(in: \.scores)
    public static var inapplicable: Set<String> { SearchSettings.keys(besides: fields.map(\.key)) }
    public var identityFiles: [(key: String, path: String)] { scores.search.identityFiles }
  }

  public let settings: Settings
  public let seeds: [UInt64]
  public init(_ settings: Settings, seeds: [UInt64]) { (self.settings, self.seeds) = (settings, seeds) }

  public var scores: ScoreSettings { settings.scores }
  static let way = ScoreWay(name: "popup", title: "edge-popup") { MaskedScores(frozen: $0, selection: $1) }
  public var ways: [ScoreWay] { [Self.way] }

  public static func verdict(_ record: Record<ScoreFinding>) -> [String] {
    guard let (level, arm) = record.finding.best else { return [] }
    if let sentence = record.learning(record.finding.dense)?.sentence() { return [sentence] }
    let dense = record.finding.dense.difference(to: arm.accuracy)
    var sentences = [
      """
      With \(Format.density(level.keep)) of its random weights and none of them trained, \(record["model"]) reaches \
      \(Format.percentInterval(arm.accuracy)) % on the test set; before the search it had \
      \(Format.percentInterval(arm.unsearched)) %.
      """,
      """
      The dense network with its weights trained reaches \(Format.percentInterval(record.finding.dense)) %: edge-popup \
      \(lacks(dense)). A random mask of the same size with its weights trained reaches \
      \(Format.percentInterval(level.random)) %.
      """,
      belongs(arm),
    ]
    if record.finding.levels.count > 2 {
      let ends = [record.finding.levels.first!.keep, record.finding.levels.last!.keep]
      sentences.append(
        ends.contains(level.keep)
          ? "By validation the best share lies at an end of those tried: try more."
          : "By validation the best of the shares tried lies within, not at an end.")
    }
    if !record.finding.levels.allSatisfy({ $0.arms.allSatisfy(\.isUnmoved) }) {
      sentences.insert("Weights have moved that had to be frozen: this result is void.", at: 0)
    }
    return chance(record, arm) + sentences
  }

  /// That the search has learned nothing, where it has not.
  static func chance(_ record: Record<ScoreFinding>, _ arm: ScoreFinding.Arm) -> [String] {
    [record.learning(arm.accuracy)?.sentence(of: "network that was found")].compactMap { $0 }
  }

  /// Whether the mask is worth more on the weights that it was found on, and where it was found.
  static func belongs(_ arm: ScoreFinding.Arm) -> String {
    let leads = [arm.reinit, arm.shuffled].map { Standing.lead(arm.accuracy, over: $0) }
    let figures = """
      on fresh weights it has \(Format.percentInterval(arm.reinit)) %, shuffled \(Format.percentInterval(arm.shuffled)) %
      """
    if leads.allSatisfy(\.isShown) { return "The mask belongs to its weights: \(figures)." }
    let open = zip(["fresh weights", "a shuffled mask"], leads).filter { !$1.isShown }
    let words = open.map { "over \($0) \($1.text)" }.joined(separator: ", ")
    return "That the mask belongs to its weights is not shown (\(words)): \(figures)."
  }

  /// How far a search stays behind the dense network, or is ahead of it.
  static func lacks(_ lead: Interval) -> String {
    let size = Format.points(abs(lead.mean)).replacing("+", with: "")
    let doubt = lead.values.count < 2 ? " (one seed)" : lead.low <= 0 && lead.high >= 0 ? ", within the noise" : ""
    return "\(lead.mean > 0 ? "lacks \(size) points" : "is \(size) points ahead")\(doubt)"
  }

  public static func document(_ record: Record<ScoreFinding>) -> Document {
    Document(
      title: "Edge-popup of \(record["model"]) on \(record["data"])",
      subtitle: "\(Format.plural(record.finding.levels.count, "share")) of kept weights, \(record.spread)",
      sections: ScorePage(finding: record.finding).sections)
  }
}
