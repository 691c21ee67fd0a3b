import Basics
public import Lanes

/// All attacks, and how they are named with their settings.
public enum AttackCatalog {
  public static let all: [any Attack.Type] = [
    FGSM.self,
    PGD.self,
    APGD.self,
    SquareAttack.self,
    FMN.self,
    DeepFool.self,
    FAB.self,
    CarliniWagner.self,
    AutoAttack.self,
    RandomNoise.self,
  ]

  /// Attacks that a robust evaluation runs unless told otherwise, from the weakest to the strongest.
  public static let usual = ["noise", "fgsm", "pgd:20", "random-pgd:20x2", "apgd-ce:50", "apgd-dlr:50", "square:300"]

  /// Reads a name of an attack with its numbers: `fgsm`, `pgd:20`, `pgd:20x5` (five restarts).
  ///
  /// - Throws: `Problem.usage` naming the nearest valid name.
  public static func attack(named text: String) throws -> any Attack {
    let parts = text.split(separator: ":", maxSplits: 1, omittingEmptySubsequences: false).map(String.init)
    let numbers = parts.count == 2 ? try numbers(parts[1], in: text) : []
    guard let attack = make(parts[0], numbers.first, numbers.count > 1 ? numbers[1] : nil) else {
      throw Problem.usage("There is no attack '\(text)'.", remedy: Suggestion.sentence(for: parts[0], among: names))
    }
    return attack
  }

  public static let names = all.flatMap { $0.names }

  private static func make(_ name: String, _ first: Int?, _ restarts: Int?) -> (any Attack)? {
    func make<A: Attack>(_ type: A.Type) -> (any Attack)? {
      type.named(name, first, restarts: restarts ?? type.usualRestarts)
    }
    return all.first { $0.names.contains(name) }.flatMap { make($0) }
  }

  private static func numbers(_ text: String, in whole: String) throws -> [Int] {
    let numbers = text.split(separator: "x", omittingEmptySubsequences: false).map { Int($0) }
    guard numbers.count <= 2, numbers.allSatisfy({ $0.map { (1...100_000).contains($0) } ?? false }) else {
      throw Problem.usage(
        "The attack '\(whole)' cannot be read.", remedy: "Write steps, or steps x restarts: pgd:20, pgd:20x5.")
    }
    return numbers.compactMap { $0 }
  }

  /// The stream of an attack's random numbers; every use takes a number of its own.
  public static func streams(_ attack: any Attack, seed: UInt64) -> RandomStream {
    RandomStream(seed: seed, streamName(attack))
  }

  static func streamName(_ attack: any Attack) -> String { "attack/\(attack.text)/step " }
}
