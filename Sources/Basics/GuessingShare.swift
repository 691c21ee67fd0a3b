/// What a network reaches that has learned nothing but how often classes occur: the share of the test set's most frequent
/// class.
public struct GuessingShare: Codable, Equatable, Sendable {
  public var share: Double
  /// How many test samples there are.
  public var samples: Int

  public init(share: Double, samples: Int) {
    self.share = share
    self.samples = samples
  }

  /// - Parameter labels: Classes of all test samples.
  public init(labels: [Int32]) {
    let most = Dictionary(labels.map { ($0, 1) }, uniquingKeysWith: +).values.max() ?? 0
    self.init(share: Double(most) / Double(max(1, labels.count)), samples: labels.count)
  }
}

extension DatasetSummary {
  /// Where a result of an older version does not say more: at least this share of the samples has one class.
  public var leastGuess: GuessingShare {
    GuessingShare(share: 1 / Double(max(1, classes)), samples: max(1, testCount))
  }
}
