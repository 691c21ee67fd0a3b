import Analysis
import Basics
public import Experiments
import Foundation
import Networks
import Pages
import Tickets

extension Sift {
  public func finding(_ records: Records<Material>) throws -> SiftFinding {
    let grounds = records.material.grounds, first = grounds[0],
      store = try records.store(
        of: records.seeds[0], arm: first.arm.rawValue)
    let arms = try grounds.map { try arm($0, records) }
    let analyses = try arms[0].rounds.map { try locality(first, records.seeds[0], $0.round, in: store).analysis }
    var finding = SiftFinding(
      draws: settings.draws, arms: arms, agreement: try agreement(records), ablation: [], portraitRound: nil,
      deeper: [],
      displacements: analyses.map(\.displacements))
    guard let shown = arms[0].rounds.max(by: { $0.peak < $1.peak })?.round else { return finding }
    let (ticket, analysis) = try locality(first, records.seeds[0], shown, in: store)
    finding.portraitRound = shown
    finding.portrait = portrait(ticket, analysis, first.shape)
    finding.ablation = NodeAblation(ticket: ticket, data: first.training.data, recipe: settings.search.recipe).curves()
    finding.deeper = deeper(ticket, first.shape)
    return finding
  }

  // MARK: arms

  /// The rounds before the first that some seed did not reach.
  private func arm(_ ground: Ground, _ records: Records<Material>) throws -> SiftFinding.Arm {
    let stores = try records.seeds.map { try records.store(of: $0, arm: ground.arm.rawValue) }
    let reached = stores.map { rounds(in: $0) }
    let joined = try (0..<(reached.map(\.count).min() ?? 0)).map { round in
      let looks = try zip(records.seeds, stores).map { try locality(ground, $0, round, in: $1) }
      return self.round(round, reached.map { $0[round].record }, looks.map(\.ticket.mask), looks.map(\.analysis))
    }
    return SiftFinding.Arm(arm: ground.arm, data: ground.settings.data, rounds: joined)
  }

  private func round(
    _ round: Int, _ records: [StageRecord], _ masks: [Mask], _ analyses: [LocalityAnalysis]
  ) -> SiftFinding.Round {
    let live = masks.map { mask in SiftLadder.liveShares(mask) }
    func interval(_ value: (LocalityAnalysis) -> Double?) -> Interval? {
      let values = analyses.compactMap(value)
      return values.count == analyses.count ? Interval(of: values) : nil
    }
    func table(_ value: (LocalityAnalysis, LocalityMeasure) -> Double?) -> [LocalityMeasure: Interval] {
      LocalityMeasure.allCases.reduce(into: [:]) { table, measure in table[measure] = interval { value($0, measure) } }
    }
    return SiftFinding.Round(
      round: round, density: masks[0].density(of: masks[0].layout.prunable[0]),
      testAccuracy: Interval(of: records.map(\.last.testAccuracy)),
      validationAccuracy: Interval(of: records.map(\.last.validationAccuracy)),
      liveShares: live[0].indices.map { layer in live.reduce(0) { $0 + $1[layer] } / Double(live.count) },
      measures: table { $0.statistics[$1] },
      scores: NullModel.allCases.reduce(into: [:]) { scores, model in
        scores[model] = table { $0.comparison($1, model)?.z }
      },
      patchSimilarity: interval(\.patch.similarity), patchScore: interval { $0.patchComparison?.z },
      meanDistance: interval(\.meanDistance))
  }

  /// Overlap of first-layer masks, with the pixels of `permuted-alike` put back.
  private func agreement(_ records: Records<Material>) throws -> [SiftFinding.Agreement] {
    let arms = [SiftArm.iterative, .permutedAlike]
    guard arms.allSatisfy(settings.arms.arms.contains) else { return [] }
    let places = SiftLadder.places(records.material.grounds[0].shape)
    var result: [SiftFinding.Agreement] = []
    for round in 1...settings.search.rounds {
      let overlaps = try records.seeds.compactMap { seed -> Double? in
        let masks = try arms.compactMap { arm in
          try records.store(of: seed, arm: arm.rawValue).ticket(Lab.stage(round))?.mask
        }
        return masks.count == 2 ? Self.overlap(masks[0], masks[1], places) : nil
      }
      guard overlaps.count == records.seeds.count else { break }
      result.append(SiftFinding.Agreement(round: round, overlap: Interval(of: overlaps)))
    }
    return result
  }

  private static func overlap(_ plain: Mask, _ alike: Mask, _ places: [Int]) -> Double {
    let entry = plain.layout.prunable[0], inputs = places.count
    let common = entry.range.count { i in
      let place = i - entry.offset
      return alike.keeps[i] && plain.keeps[entry.offset + place / inputs * inputs + places[place % inputs]]
    }
    return Double(common) / Double(max(1, plain.remaining(in: entry)))
  }

  // MARK: the round that is drawn

  private func portrait(_ ticket: Ticket, _ analysis: LocalityAnalysis, _ shape: FeatureShape) -> SiftFinding.Portrait {
    let entry = ticket.mask.layout.prunable[0], weights = (ticket.trained ?? ticket.start).values
    let fields = ReceptiveFields(ticket.mask, entry, shape: shape)
    let units = fields.mostConnected(60).filter { fields.degree(of: $0) > 0 }.map { unit in
      let inputs = fields.inputs(of: unit), first = entry.offset + unit * shape.count
      return SiftFinding.Portrait.Unit(inputs: inputs, weights: inputs.map { weights[first + $0] })
    }
    return SiftFinding.Portrait(
      units: units, inputDegrees: analysis.inputDegrees, unitDegrees: analysis.unitDegrees, patch: analysis.patch,
      nullPatch: analysis.nullPatch)
  }

  private func deeper(_ ticket: Ticket, _ shape: FeatureShape) -> [SiftFinding.Deeper] {
    let layers = SiftLadder.hidden(ticket.mask.layout)
    let paths = PathCounts.chain(layers, ticket.mask, shape: shape)
    let products = PathCounts.chain(layers, ticket.mask, shape: shape, weights: ticket.trained ?? ticket.start)
    return zip(layers, zip(paths, products)).map { layer, pair in
      let fields = pair.0.fields
      return SiftFinding.Deeper(
        layer: layer.layer, connected: Double(fields.connections) / Double(fields.units * shape.count),
        within2: LocalityStatistics(fields)[.within2], within2ByPaths: pair.0.weightedShare(within: 2),
        within2ByWeights: pair.1.weightedShare(within: 2))
    }
  }

  // MARK: the answer

  public static func figures(_ record: Record<SiftFinding>) -> [String: Double] {
    guard let round = record.finding.drawn else { return [:] }
    var figures = ["round": Double(round.round), "density": round.density, "accuracy": round.testAccuracy.mean]
    figures["localityScore"] = round.score(.degreePreserving)?.mean
    return figures
  }

  public static func verdict(_ record: Record<SiftFinding>) -> [String] {
    guard let round = record.finding.drawn, let score = round.score(.degreePreserving) else {
      return ["No mask was sparse enough to measure."]
    }
    let dense = record.finding.arms.first?.rounds.first { $0.round == 0 }
    let idle = dense.flatMap { record.learning($0.testAccuracy)?.sentence() }
    let local = score.low > 3 ? "look at neighbouring pixels more than chance allows" : "do not look local"
    let share = round.measures[.within2].map { Format.percent($0.mean) } ?? Format.missing
    return [idle].compactMap { $0 } + [
      """
      At \(Format.density(round.density)) density (round \(round.round)) units \(local): \(share) of the pairs of pixels \
      that a unit reads are at most 2 apart, z = \(Format.interval(score, decimals: 1)) beside random masks that keep the \
      degrees of units and pixels.
      """
    ]
  }
}
