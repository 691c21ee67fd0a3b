import Analysis
public import Basics
public import Experiments
import Pages

/// How heads were learned, over the seeds.
public struct SurfFinding: Codable, Equatable, Sendable {
  /// Judged tasks of one kind.
  public struct Judged: Codable, Equatable, Sendable {
    package var accuracy: Interval
    package var testLoss: Interval
    /// After every layer, the start first.
    package var curve: [Interval]
    /// Of gradient norms, layer by layer.
    package var ratios: [Interval]
  }

  public struct Arm: Codable, Equatable, Sendable {
    package var name: String
    package var title: String
    package var heldOut: Judged
    /// Tasks with classes that training has not seen; absent where there are none.
    package var outside: Judged?
    /// The held-out tasks with all features divided by 3.
    package var scaled: Judged
    /// Tuned, one a seed; 0 where there is none.
    package var tunedRates: [Double]
    /// Bytes that all agents send in a round, without positions.
    package var roundBytes: Int
  }

  package var rounds: Int
  package var weights: Int
  package var kept: Int
  package var variance: Double
  package var arms: [Arm]
  /// Of the constrained layers, means over the seeds: by tenths of the training, one a layer.
  package var duals: [[Double]]

  subscript(arm: String) -> Arm? { arms.first { $0.name == arm } }
}

extension SurfFinding: Sound {
  public var isSound: Bool {
    arms.map(\.heldOut.accuracy).arePaired && Set(arms.map(\.heldOut.curve.count)).count <= 1
      && arms.allSatisfy { !$0.heldOut.curve.isEmpty && $0.heldOut.ratios.count == $0.heldOut.curve.count - 1 }
  }
}

extension Surf {
  public func finding(_ records: Records<Material>) throws -> SurfFinding {
    let arms = try SurfArm.allCases.filter { records.has($0.rawValue) }.map { arm in
      (arm, try records.seeds.map { try records.measurement(arm, of: $0) })
    }
    let trained = arms.first { $0.0 == .surf }?.1 ?? []
    return SurfFinding(
      rounds: settings.rounds, weights: (settings.features + 1) * settings.classes, kept: settings.keptWeights,
      variance: records.material.variance, arms: arms.map { self.arm($0.0, $0.1) },
      duals: (trained.first?.duals ?? []).indices.map { i in
        (0..<settings.layers).map { layer in
          trained.reduce(0) { $0 + $1.duals[i][layer] } / Double(trained.count)
        }
      })
  }

  private func arm(_ arm: SurfArm, _ all: [SurfMeasurement]) -> SurfFinding.Arm {
    func judged(_ kinds: [SurfMeasurement.Judged]) -> SurfFinding.Judged {
      func intervals(_ values: (SurfMeasurement.Judged) -> [Double]) -> [Interval] {
        values(kinds[0]).indices.map { i in Interval(of: kinds.map { values($0)[i] }) }
      }
      return SurfFinding.Judged(
        accuracy: Interval(of: kinds.map { $0.accuracies.last! }),
        testLoss: Interval(of: kinds.map { $0.losses.last! }),
        curve: intervals(\.accuracies), ratios: intervals(\.ratios))
    }
    let outside = all.compactMap(\.outside)
    return SurfFinding.Arm(
      name: arm.rawValue, title: arm.title, heldOut: judged(all.map(\.heldOut)),
      outside: outside.count == all.count ? judged(outside) : nil, scaled: judged(all.map(\.scaled)),
      tunedRates: all.map(\.learningRate), roundBytes: 4 * settings.keptWeights * all[0].messageCount)
  }

  public static func figures(_ record: Record<SurfFinding>) -> [String: Double] {
    let finding = record.finding
    var figures: [String: Double] = ["density": Double(finding.kept) / Double(finding.weights)]
    figures["accuracy"] = finding[SurfArm.surf.rawValue]?.heldOut.accuracy.mean
    figures["descentAccuracy"] = finding[SurfArm.descent.rawValue]?.heldOut.accuracy.mean
    return figures
  }

  // MARK: verdict

  public static func verdict(_ record: Record<SurfFinding>) -> [String] {
    let finding = record.finding
    guard let surf = finding[SurfArm.surf.rawValue] else { return ["No unrolled layers could be trained."] }
    let rivals = [SurfArm.free, .descent, .fromZero, .averaging].compactMap { finding[$0.rawValue] }
    let leads = rivals.map { rival in
      let lead = Standing.lead(surf.heldOut.accuracy, over: rival.heldOut.accuracy)
      let word = lead.isShown ? "ahead of" : lead.isRefuted ? "behind" : "not told apart from"
      return """
        \(word) \(rival.title.lowercased()) (\(Format.percentInterval(rival.heldOut.accuracy)) %), \(lead.text)
        """
    }
    return [
      """
      After \(finding.rounds) rounds constrained layers reach \(Format.percentInterval(surf.heldOut.accuracy)) % on held-out \
      tasks: \(leads.joined(separator: "; ")).
      """,
      descent(finding, surf), outside(surf), bytes(finding, surf),
      "A related tool, not a lottery-ticket result: sparse heads save bytes here, nothing else is claimed of them.",
    ]
  }

  private static func ratio(_ arm: SurfFinding.Arm) -> Double {
    arm.heldOut.ratios.reduce(0) { $0 + $1.mean } / Double(max(1, arm.heldOut.ratios.count))
  }

  private static func descent(_ finding: SurfFinding, _ surf: SurfFinding.Arm) -> String {
    let above = surf.heldOut.ratios.indices.filter { surf.heldOut.ratios[$0].mean >= 1 }
    let place =
      above.isEmpty
      ? "below 1 in every layer" : "not below 1 in layer \(above.map { "\($0 + 1)" }.joined(separator: ", "))"
    let free = finding[SurfArm.free.rawValue].map {
      let without = ratio($0)
      return
        "; without constraints it is \(Format.decimal(without, 3)), \(without > ratio(surf) + 0.0005 ? "larger" : "no larger")"
    }
    return """
      On them a layer multiplies the norm of the gradient by \(Format.decimal(ratio(surf), 3)) on average, \(place)\(free ?? "").
      """
  }

  private static func outside(_ surf: SurfFinding.Arm) -> String {
    func text(_ judged: SurfFinding.Judged) -> String {
      "loss \(Format.interval(judged.testLoss, scale: 1, decimals: 3)), accuracy \(Format.percentInterval(judged.accuracy)) %"
    }
    let other = surf.outside.map { "on classes that training has not seen \(text($0)), " } ?? ""
    return "Out of the family: \(other)with features divided by 3 \(text(surf.scaled)); in it \(text(surf.heldOut))."
  }

  private static func bytes(_ finding: SurfFinding, _ surf: SurfFinding.Arm) -> String {
    """
    Agents send \(Format.count(surf.roundBytes)) bytes a round in all, \(finding.kept) of \(finding.weights) weights a head; \
    the positions, the same for everyone, are sent once.
    """
  }
}
