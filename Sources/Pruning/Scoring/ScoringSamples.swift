public import Basics

/// Which samples gradients for scoring are taken over.
public struct ScoringSamples: Hashable, Sendable {
  /// The part of the data that they come from. The test split is none of the choices.
  public enum Source: String, CaseIterable, Sendable {
    case train, validation
  }

  /// What batch norm takes while gradients are computed.
  public enum Norm: String, CaseIterable, Sendable {
    /// Mean and variance of the batch, as in training.
    case batch
    /// The running ones, as in evaluation.
    case running
  }

  public var source = Source.train
  public var norm = Norm.batch
  /// How many batches.
  public var batches = 10
  /// Samples a batch, as many of each class as of any other, or one more.
  public var batch = 100

  public init() {}
}

extension ScoringSamples.Source: SettingValue {
  public init?(setting text: String) { self.init(rawValue: text) }
  public var settingText: String { rawValue }
  public static var settingForm: String { "one of \(allCases.map(\.rawValue).joined(separator: ", "))" }
}

extension ScoringSamples.Norm: SettingValue {
  public init?(setting text: String) { self.init(rawValue: text) }
  public var settingText: String { rawValue }
  public static var settingForm: String { "one of \(allCases.map(\.rawValue).joined(separator: ", "))" }
}
