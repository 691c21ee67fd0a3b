public import Basics
public import Tickets

/// What unrolled federated learning is asked.
public struct SurfSettings: Configurable {
  /// Who is connected to whom.
  public enum Graph: String, CaseIterable, SettingValue, Sendable {
    case ring, regular
  }

  /// What a layer sees of an agent's mini-batch.
  public enum Inputs: String, CaseIterable, SettingValue, Sendable {
    /// The gradient of the agent's loss on it.
    case gradient
    /// Its features and labels, sorted by label.
    case batch
  }

  /// The data alone.
  public var search: SearchSettings = {
    var search = SearchSettings()
    search.trainingSamples = 6000
    return search
  }()
  public var features = 20
  public var classes = 3
  public var family = 7
  public var agents = 10
  public var graph = Graph.regular
  public var degree = 3
  public var agentSamples = 45
  public var skew = 0.5
  public var spread = 5.0
  public var layers = 6
  public var taps = 2
  public var batch = 10
  public var inputs = Inputs.gradient
  public var tasks = 50
  public var heldOut = 20
  public var steps = 1500
  public var rate = 0.01
  public var dualRate = 0.01
  public var epsilon = 0.1
  public var failure = 0.0
  public var drift = 0.0
  public var density = 1.0

  public init() {}

  private static func count(_ range: ClosedRange<Int>) -> (rule: String, holds: @Sendable (Int) -> Bool) {
    ("from \(range.lowerBound) to \(range.upperBound)", { range.contains($0) })
  }
  private static let share = (rule: "from 0 to 1", holds: { @Sendable (value: Double) in (0...1).contains(value) })
  private static let positive = (rule: "above 0", holds: { @Sendable (value: Double) in value > 0 })

  public static let fields: [SettingField<SurfSettings>] =
    SearchSettings.fields(of: [.data], in: \.search)
    + ownFields

  private static let ownFields: [SettingField<SurfSettings>] =
    [
      SettingField("features", \.features, "principal components that heads see", valid: count(1...200)).main,
      SettingField("task-classes", \.classes, "classes of a task", valid: count(2...20)).main,
      SettingField(
        "family", \.family, "classes of which tasks of the family are made; the others are for tasks outside",
        valid: count(2...1000)
      ).main,
      SettingField("agents", \.agents, "agents", valid: count(3...200)).main,
      SettingField("graph", \.graph, "who is connected: ring, or regular (each to --degree others)").main,
      SettingField("degree", \.degree, "neighbours of an agent with graph=regular", valid: count(2...50)),
      SettingField("agent-samples", \.agentSamples, "training samples of an agent", valid: count(2...5000)),
      SettingField("skew", \.skew, "share of an agent's samples that are of one class of its own", valid: share),
      SettingField(
        "spread", \.spread, "standard deviation of the heads at the start", valid: ("at least 0", { $0 >= 0 })),
      SettingField("layers", \.layers, "unrolled layers", valid: count(1...100)).main,
      SettingField(
        "taps", \.taps, "taps of the graph filters; a layer takes one round less than these", valid: count(2...10)
      ).main,
      SettingField("batch", \.batch, "samples that an agent's layer sees", valid: count(1...1000)),
      SettingField("inputs", \.inputs, "what a layer sees of them: gradient (ours), or batch (features and labels)")
        .main,
      SettingField("tasks", \.tasks, "tasks that the layers are trained on", valid: count(1...10_000)).main,
      SettingField("held-out", \.heldOut, "tasks of each kind on which all is judged", valid: count(2...1000)).main,
      SettingField("meta-steps", \.steps, "steps of training the layers", valid: count(1...1_000_000)).main,
      SettingField("meta-lr", \.rate, "Adam's rate in them", valid: positive),
      SettingField("dual-lr", \.dualRate, "rate of the dual variables", valid: positive),
      SettingField(
        "epsilon-descent", \.epsilon, "by which share every layer is to shrink the gradient",
        valid: ("from 0 to below 1", { 0 <= $0 && $0 < 1 })),
      SettingField("failure", \.failure, "chance that an agent is silent in a round of the judged tasks", valid: share)
        .main,
      SettingField("drift", \.drift, "chance that the graph is drawn anew before such a round", valid: share).main,
      SettingField(
        "head-density", \.density, "share of a head's weights that exist and are exchanged",
        valid: ("above 0 and up to 1", { 0 < $0 && $0 <= 1 })
      ).main,
    ]

  public static var inapplicable: Set<String> { SearchSettings.keys(besides: fields.map(\.key)) }
  public var identityFiles: [(key: String, path: String)] { search.identityFiles }

  /// Rounds of exchange that all methods have.
  var rounds: Int { layers * (taps - 1) }
}
