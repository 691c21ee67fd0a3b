import Analysis
import Basics
import Pages
import Report
import Tickets

/// A sifting study as its page shows it.
struct SiftPage {
  let outcome: SiftOutcome
  private var result: SiftResult { outcome.result }

  init(_ outcome: SiftOutcome) { self.outcome = outcome }

  var findings: SiftFindings {
    SiftFindings(
      data: result.dataset.name, model: result.settings["model"] ?? "", seeds: result.seeds.count,
      draws: result.draws, arms: result.arms.map(arm), displacements: displacements, portrait: portrait,
      ablation: result.ablation.map { .init(order: $0.order, removed: $0.removed, accuracy: $0.testAccuracy) },
      deeper: result.deeper.map {
        .init(
          layer: $0.layer, connected: $0.connected, within2: $0.within2, byPaths: $0.within2ByPaths,
          byWeights: $0.within2ByWeights)
      },
      agreement: result.agreement.map { ($0.round, $0.overlap) }, provenance: provenance)
  }

  private func arm(_ arm: SiftArmResult) -> SiftFindings.Arm {
    .init(
      name: arm.arm.rawValue, summary: arm.arm.summary,
      rounds: arm.rounds.map { round in
        .init(
          round: round.round, density: round.density, accuracy: round.testAccuracy, live: round.liveShares,
          within: [.within1, .within2, .within3].map { round.measures[$0] },
          uniform: round.score(.within2, .uniform), degreePreserving: round.score(.within2, .degreePreserving),
          colourCoherence: round.measures[.colourCoherence], gyration: round.measures[.gyration],
          patchScore: round.patchScore)
      })
  }

  private var displacements: [SiftFindings.Displacements] {
    zip(result.arms[0].rounds, outcome.analyses).map { round, analysis -> SiftFindings.Displacements in
      let map = analysis.displacements
      func plane(_ counts: [Int]) -> SiftFindings.Plane {
        .init(height: map.height, width: map.width, values: counts.map(Double.init))
      }
      return .init(
        round: round.round, density: round.density, same: plane(map.sameChannel),
        different: result.dataset.shape[0] > 1 ? plane(map.differentChannel) : nil)
    }
  }

  private var portrait: SiftFindings.Portrait? {
    guard let portrait = outcome.portrait,
      let place = result.arms[0].rounds.firstIndex(where: { $0.round == portrait.round })
    else { return nil }
    let analysis = outcome.analyses[place]
    return .init(
      round: portrait.round, density: result.arms[0].rounds[place].density, shape: result.dataset.shape,
      units: portrait.units.map { .init(weights: $0.weights, keeps: $0.keeps) }, inputDegrees: analysis.inputDegrees,
      unitDegrees: analysis.unitDegrees, patch: planes(analysis.patch), nullPatch: planes(analysis.nullPatch))
  }

  private func planes(_ patch: RecentredPatch) -> [SiftFindings.Plane] {
    let side = 2 * patch.radius + 1
    return (0..<patch.channels).map { channel -> SiftFindings.Plane in
      .init(
        height: side, width: side,
        values: Array(patch.average[channel * side * side..<(channel + 1) * side * side]))
    }
  }

  private var provenance: [String] {
    [result.reproduce, ""]
      + result.settings.sorted { $0.key < $1.key }.map { "\($0.key)=\($0.value)" }
      + ["", "data: \(result.dataset.source)", "SHA-256: \(result.dataset.digest ?? "")", ""]
      + result.seconds.sorted { $0.key < $1.key }.map { "\($0.key): \(Terminal.duration($0.value))" }
  }
}
