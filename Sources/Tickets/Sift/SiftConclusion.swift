import Analysis
import Basics
import Datasets
import Foundation
import Networks
import Training

/// Measures the masks of a study and puts the records of all seeds together.
struct SiftConclusion {
  let study: SiftStudy
  let files: RunFolder
  let stands: [SiftStudy.Stand]

  func outcome(digest: String, dataSeconds: Double, began: Date) throws -> SiftOutcome {
    let start = Date()
    let arms = try stands.map(arm), first = stands[0]
    let rounds = arms[0].rounds.map(\.round)
    let analyses = try rounds.map { try analysis(first, study.seeds[0], $0) }
    let shown = arms[0].rounds.max { peak($0) < peak($1) }?.round
    let ticket = try shown.map { try self.ticket(first, study.seeds[0], $0) }
    let ablation = ticket.map {
      NodeAblation(ticket: $0, data: first.data, recipe: study.settings.recipe, threads: study.threads).curves()
    }
    var result = SiftResult(
      settings: Dictionary(
        uniqueKeysWithValues: (study.settings.assignments + study.terms.assignments).map { ($0.key, $0.value) }),
      seeds: study.seeds, draws: study.draws, dataset: describe(first, digest), arms: arms, agreement: try agreement(),
      ablation: ablation ?? [], portraitRound: shown, deeper: ticket.map { deeper($0, first.shape) } ?? [],
      seconds: try seconds(arms), reproduce: study.reproduce, residentBytes: ProcessMemory.largestResident)
    result.seconds["data"] = dataSeconds
    result.seconds["analysis"] = Date().timeIntervalSince(start)
    result.seconds["total"] = Date().timeIntervalSince(began)
    try files.write(result, to: "result.json")
    return SiftOutcome(
      result: result, analyses: analyses, portrait: ticket.map { portrait($0, first.shape) })
  }

  /// The round whose score is highest is drawn.
  private func peak(_ round: SiftRound) -> Double { round.score(.within2, .degreePreserving)?.mean ?? -.infinity }

  // MARK: arms

  private func store(_ stand: SiftStudy.Stand, _ seed: UInt64) throws -> StageStore {
    try files.store(SiftStudy.part(stand.arm, seed))
  }

  private func ticket(_ stand: SiftStudy.Stand, _ seed: UInt64, _ round: Int) throws -> Ticket {
    try Ticket(contentsOf: try store(stand, seed).ticketURL(Lab.stage(round)))
  }

  /// The rounds before the first that some seed did not reach.
  private func arm(_ stand: SiftStudy.Stand) throws -> SiftArmResult {
    var rounds: [SiftRound] = []
    for round in 0...study.settings.rounds {
      let records = try study.seeds.compactMap { try store(stand, $0).record(Lab.stage(round)) }
      guard records.count == study.seeds.count else { break }
      rounds.append(try self.round(round, stand, records))
    }
    return SiftArmResult(arm: stand.arm, data: stand.settings.data, rounds: rounds)
  }

  private func round(_ round: Int, _ stand: SiftStudy.Stand, _ records: [StageRecord]) throws -> SiftRound {
    let analyses = try study.seeds.map { try analysis(stand, $0, round) }
    let masks = try study.seeds.map { try ticket(stand, $0, round).mask }
    let live = masks.map { mask in SiftLadder.liveShares(mask) }
    func interval(_ value: (LocalityAnalysis) -> Double?) -> Interval? {
      let values = analyses.compactMap(value)
      return values.count == analyses.count ? Interval(of: values) : nil
    }
    func table(_ value: (LocalityAnalysis, LocalityMeasure) -> Double?) -> [LocalityMeasure: Interval] {
      LocalityMeasure.allCases.reduce(into: [:]) { table, measure in
        table[measure] = interval { value($0, measure) }
      }
    }
    return SiftRound(
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

  /// Kept beside the ticket that it measures.
  private func analysis(_ stand: SiftStudy.Stand, _ seed: UInt64, _ round: Int) throws -> LocalityAnalysis {
    let part = SiftStudy.part(stand.arm, seed), name = "\(part)/\(Lab.stage(round)).locality.json"
    let ticket = try ticket(stand, seed, round), digest = ticket.digest
    if let data = try? Data(contentsOf: files.url.appendingPathComponent(name)),
      let kept = try? JSONDecoder().decode(KeptAnalysis.self, from: data), kept.ticket == digest,
      kept.draws == study.draws
    {
      return kept.analysis
    }
    if Interruption.isRequested { throw Interruption.problem }
    let fields = ReceptiveFields(ticket.mask, ticket.mask.layout.prunable[0], shape: stand.shape)
    let analysis = LocalityAnalysis(
      fields, available: stand.available, draws: study.draws, seed: seed)
    try files.write(KeptAnalysis(ticket: digest, draws: study.draws, analysis: analysis), to: name)
    return analysis
  }

  private struct KeptAnalysis: Codable {
    var ticket: String
    var draws: Int
    var analysis: LocalityAnalysis
  }

  // MARK: pictures and more

  /// Overlap of first-layer masks, with the pixels of `permuted-alike` put back.
  private func agreement() throws -> [SiftAgreement] {
    guard let plain = stands.first(where: { $0.arm == .iterative }),
      let alike = stands.first(where: { $0.arm == .permutedAlike })
    else { return [] }
    let places = SiftLadder.places(plain.shape)
    var result: [SiftAgreement] = []
    for round in 1...study.settings.rounds {
      let overlaps = study.seeds.compactMap { seed -> Double? in
        guard let a = try? ticket(plain, seed, round).mask, let b = try? ticket(alike, seed, round).mask else {
          return nil
        }
        let entry = a.layout.prunable[0], inputs = places.count
        var common = 0
        for i in entry.range where b.keeps[i] {
          let place = i - entry.offset
          if a.keeps[entry.offset + place / inputs * inputs + places[place % inputs]] { common += 1 }
        }
        return Double(common) / Double(max(1, a.remaining(in: entry)))
      }
      guard overlaps.count == study.seeds.count else { break }
      result.append(SiftAgreement(round: round, overlap: Interval(of: overlaps)))
    }
    return result
  }

  private func portrait(_ ticket: Ticket, _ shape: FeatureShape) -> SiftPortrait {
    let entry = ticket.mask.layout.prunable[0], weights = ticket.trained ?? ticket.start
    let fields = ReceptiveFields(ticket.mask, entry, shape: shape)
    let units = fields.mostConnected(60).filter { fields.degree(of: $0) > 0 }
    return SiftPortrait(
      round: ticket.round, shape: shape,
      units: units.map { unit in
        let range = entry.offset + unit * shape.count..<entry.offset + (unit + 1) * shape.count
        return (Array(weights.values[range]), Array(ticket.mask.keeps[range]))
      })
  }

  private func deeper(_ ticket: Ticket, _ shape: FeatureShape) -> [DeeperLayer] {
    let layers = SiftLadder.hidden(ticket.mask.layout)
    let paths = PathCounts.chain(layers, ticket.mask, shape: shape)
    let products = PathCounts.chain(layers, ticket.mask, shape: shape, weights: ticket.trained ?? ticket.start)
    return zip(layers, zip(paths, products)).map { layer, pair in
      let fields = pair.0.fields
      return DeeperLayer(
        layer: layer.layer, connected: Double(fields.connections) / Double(fields.units * shape.count),
        within2: LocalityStatistics(fields)[.within2], within2ByPaths: pair.0.weightedShare(within: 2),
        within2ByWeights: pair.1.weightedShare(within: 2))
    }
  }

  private func describe(_ stand: SiftStudy.Stand, _ digest: String) -> DatasetSummary {
    let data = stand.data
    return DatasetSummary(
      name: study.settings.data, source: data.dataset.source,
      shape: [stand.shape.channels, stand.shape.height, stand.shape.width], classes: data.dataset.classCount,
      trainCount: data.train.count, validationCount: data.validation.count, testCount: data.test.count,
      normalisation: "every pixel by its own mean and deviation", digest: digest)
  }

  private func seconds(_ arms: [SiftArmResult]) throws -> [String: Double] {
    var seconds = ["training": 0.0, "evaluation": 0.0]
    for (stand, arm) in zip(stands, arms) {
      for seed in study.seeds {
        for round in arm.rounds {
          guard let record = try store(stand, seed).record(Lab.stage(round.round)) else { continue }
          seconds["training"]! += record.trainingSeconds
          seconds["evaluation"]! += record.evaluationSeconds
        }
      }
    }
    return seconds
  }
}
