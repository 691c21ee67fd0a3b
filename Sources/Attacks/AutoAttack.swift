public import Lanes

/// Four attacks one after the other, each on the samples that those before it left right: APGD with cross-entropy, APGD
/// towards nine classes, FAB towards nine classes, Square.
///
/// The standard version of Croce & Hein 2020 (arXiv:2003.01690) in l-infinity: 100 steps each, 5,000 queries; another number of
/// steps takes fifty times as many queries. Each of the four finds what it finds alone, by the same random numbers. The
/// first runs start at the samples, where AutoAttack's start at random.
public struct AutoAttack: Attack {
  public static let name = "autoattack"
  public static let summary =
    "apgd-ce:100, apgd-t:100x9, fab-t:100 and square:5000 in turn: autoattack or autoattack:STEPS"

  public var steps: Int

  public init(steps: Int = 100) { self.steps = steps }

  public static let examples = ["\(name):3"]
  public static func named(_ name: String, _ first: Int?, restarts: Int) -> AutoAttack? {
    AutoAttack(steps: first ?? 100)
  }

  public var text: String { steps == 100 ? Self.name : "\(Self.name):\(steps)" }
  public var fewestClasses: Int { attacks.map(\.fewestClasses).max()! }

  /// The four, from the first to the last.
  public var attacks: [any Attack] {
    [
      APGD(steps: steps), APGD(.targeted, steps: steps, restarts: AttackedBatch.mostRivals),
      FAB(steps: steps, isTargeted: true),
      SquareAttack(queries: 50 * steps),
    ]
  }

  public func perturb(_ batch: AttackedBatch, _ threat: Threat, streams: RandomStream) {
    let all = batch.indices, isRight = { batch.perturbation.isRight($0) }
    batch.evaluate(.crossEntropy, needsGradient: false)
    var left = (0..<batch.count).filter(isRight), found: [Int: [Float]] = [:]
    for attack in attacks where !left.isEmpty {
      batch.load(left.map { all[all.startIndex + $0] }[...])
      attack.perturb(batch, threat, streams: streams.named(AttackCatalog.streamName(attack)))
      batch.evaluate(.crossEntropy, needsGradient: false)
      for (sample, place) in left.enumerated() { found[place] = batch.pixels(sample) }
      left = left.indices.filter { isRight($0) }.map { left[$0] }
    }
    batch.load(all)
    for (place, pixels) in found { batch.setPixels(place, pixels) }
  }
}
