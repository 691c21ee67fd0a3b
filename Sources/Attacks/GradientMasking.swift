import Foundation

/// A sign that gradients mislead the attacks, so that the network only seems robust.
public struct MaskingFlag: Codable, Equatable, Sendable {
  public var name: String
  public var isRaised: Bool
  /// The figures behind it.
  public var finding: String
}

/// Signs that gradients mislead the attacks (Athalye et al. 2018, arXiv:1802.00420; Carlini et al. 2019,
/// arXiv:1902.06705).
public enum GradientMasking {
  /// - Parameter curve: Accuracy over the radius; the last radius should leave nothing.
  public static func flags(_ outcome: RobustTest.Outcome) -> [MaskingFlag] {
    [blackBox(outcome), largeEpsilon(outcome), zeroGradients(outcome), restarts(outcome)].compactMap { $0 }
  }

  private static func blackBox(_ outcome: RobustTest.Outcome) -> MaskingFlag? {
    let pairs = zip(outcome.results, outcome.right)
    let blind = pairs.filter { $0.0.isBlackBox && !$0.0.name.hasPrefix(RandomNoise.name) }
    // AutoAttack ends with a black box: what it finds does not tell whether gradients are enough.
    let seeing = pairs.filter { !$0.0.isBlackBox && !$0.0.name.hasPrefix(AutoAttack.name) }
    guard let blackest = blind.min(by: { $0.0.accuracy < $1.0.accuracy }), !seeing.isEmpty else { return nil }
    let whiteBox = outcome.cleanRight.indices.count { sample in seeing.allSatisfy { $0.1[sample] } }
    let white = Double(whiteBox) / Double(outcome.cleanRight.count)
    return MaskingFlag(
      name: "black box beats white box", isRaised: blackest.0.accuracy < white - 0.01,
      finding: "\(blackest.0.name) leaves \(percent(blackest.0.accuracy)), all with gradients \(percent(white))")
  }

  private static func largeEpsilon(_ outcome: RobustTest.Outcome) -> MaskingFlag? {
    outcome.curve.last.map {
      MaskingFlag(
        name: "robust at any radius", isRaised: $0.accuracy > 0.01,
        finding: "PGD leaves \(percent($0.accuracy)) at epsilon \(String(format: "%.3g", $0.epsilon))")
    }
  }

  private static func zeroGradients(_ outcome: RobustTest.Outcome) -> MaskingFlag? {
    MaskingFlag(
      name: "zero gradients", isRaised: outcome.zeroGradients > 0.05,
      finding: "\(percent(outcome.zeroGradients)) of the samples have no gradient")
  }

  private static func restarts(_ outcome: RobustTest.Outcome) -> MaskingFlag? {
    func accuracy(_ isRestarted: Bool) -> Double? {
      outcome.results.filter {
        $0.name.contains("pgd:") && !$0.name.hasPrefix("a") && !$0.name.hasPrefix("t")
          && $0.name.contains("x") == isRestarted
      }
      .map(\.accuracy).min()
    }
    guard let one = accuracy(false), let many = accuracy(true) else { return nil }
    return MaskingFlag(
      name: "random restarts change much", isRaised: many < one - 0.03,
      finding: "PGD leaves \(percent(one)), with restarts \(percent(many))")
  }

  private static func percent(_ share: Double) -> String { String(format: "%.1f %%", 100 * share) }
}
