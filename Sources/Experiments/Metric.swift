/// Something that is measured, as tables, lists and charts show it.
public struct Metric: Hashable, Sendable {
  /// Its name in records, summaries, lists and filters: `testAccuracy`.
  public var key: String
  /// Without its unit: `Test accuracy`.
  public var title: String
  /// Whether it is a share, shown as a percentage; differences of it are points.
  public var isShare: Bool
  /// Of the value as shown.
  public var decimals: Int
  /// `nil` where neither is better.
  public var isHigherBetter: Bool?

  public init(_ key: String, _ title: String, isShare: Bool = false, decimals: Int = 2, isHigherBetter: Bool? = nil) {
    self.key = key
    self.title = title
    self.isShare = isShare
    self.decimals = decimals
    self.isHigherBetter = isHigherBetter
  }

  /// With its unit, as the heading of a column.
  public var heading: String { isShare ? "\(title), %" : title }
  /// What values are multiplied by to be shown.
  public var scale: Double { isShare ? 100 : 1 }
}

extension Metric {
  public static let testAccuracy = Metric("testAccuracy", "Test accuracy", isShare: true, isHigherBetter: true)
  public static let validationAccuracy = Metric(
    "validationAccuracy", "Validation accuracy", isShare: true, isHigherBetter: true)
  /// Of least validation loss.
  public static let earlyStopStep = Metric("earlyStopStep", "Early-stop step", decimals: 0, isHigherBetter: false)
  public static let earlyStopTestAccuracy = Metric(
    "earlyStopTestAccuracy", "Test accuracy at the early-stop step", isShare: true, isHigherBetter: true)
  /// Where patience may end a training before its time.
  public static let trainedSteps = Metric("trainedSteps", "Step at which training ended", decimals: 0)
  /// The mean over classes of the share of their test samples that are right.
  public static let balancedAccuracy = Metric(
    "balancedAccuracy", "Balanced test accuracy", isShare: true, isHigherBetter: true)
}

/// What many experiments measure.
public enum MetricCatalog {
  /// Of every training.
  public static let common: [Metric] = [
    .testAccuracy, .balancedAccuracy, .validationAccuracy, .earlyStopStep, .earlyStopTestAccuracy,
    .trainedSteps,
    Metric("AP", "Average precision", isShare: true, isHigherBetter: true),
    Metric("AP50", "Average precision at 0.50", isShare: true, isHigherBetter: true),
    Metric("AP75", "Average precision at 0.75", isShare: true, isHigherBetter: true),
    Metric("validationFGSM", "Validation accuracy under FGSM", isShare: true, isHigherBetter: true),
    Metric("validationPGD", "Validation accuracy under PGD", isShare: true, isHigherBetter: true),
  ]

  /// Of a whole run.
  public static let figures = [
    Metric("round", "Round", decimals: 0), Metric("density", "Density", isShare: true, isHigherBetter: false),
    Metric("accuracy", "Accuracy", isShare: true, isHigherBetter: true), Metric("dense", "Dense", isShare: true),
    Metric("gap", "Gap", isShare: true, isHigherBetter: true),
    Metric("instability", "Instability", isShare: true, isHigherBetter: false),
    Metric("fewestWeights", "Fewest weights", decimals: 0, isHigherBetter: false),
    Metric("runs", "Runs", decimals: 0),
    Metric("timeRatio", "Time ratio", isHigherBetter: false),
    Metric("localityScore", "Locality, z", decimals: 1),
    Metric("keptPerTarget", "Kept per target weight", isHigherBetter: false),
    Metric("targetAccuracy", "Target accuracy", isShare: true),
    Metric("certifiedBound", "Certified bound", isHigherBetter: false),
    Metric("measuredError", "Measured error", isHigherBetter: false),
  ]

  /// The metric of a key; of one that nobody describes, the key itself.
  public static func metric(_ key: String) -> Metric { (common + figures).first { $0.key == key } ?? Metric(key, key) }

  /// A value in full: steps and rounds are whole numbers.
  public static func text(_ value: Double, of key: String) -> String {
    metric(key).decimals == 0 ? Int(exactly: value)?.description ?? value.description : value.description
  }
}
