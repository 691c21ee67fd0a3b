public import Basics
public import Experiments
import Foundation
import Networks
import Pages
import Tickets
import Training

/// What `certificate.json` states as well.
public struct CertifyFinding: Codable, Equatable, Sendable {
  package var format = Certificate.format
  package var terms: CertificateTerms
  /// The dense network at every learning rate.
  package var dense: [CertifiedArm]
  package var densities: [CertifiedDensity]
  /// The digest of the ticket that was asked about, where one was.
  package var ticketDigest: String?
  /// That of the certificate.
  package var digest = ""
}

extension CertifyFinding: Sound {
  /// Every ticket has the networks that a verdict needs, and was judged by the same conditions.
  public var isSound: Bool {
    let isComplete = densities.allSatisfy { density in
      Set((dense + density.arms).map(\.kind)).isSuperset(of: [.dense, .ticket, .reinit, .smallDense])
    }
    let counts = Set((dense + densities.flatMap(\.arms)).map(\.testAccuracy.count))
    return !densities.isEmpty && dense.allSatisfy { $0.kind == .dense } && isComplete && counts.count == 1
      && !counts.contains(0) && Set(densities.map(\.conditions.count)).count == 1
  }
}

extension Certify {
  public func finding(_ records: Records<Material>) throws -> CertifyFinding {
    let weights = records.material.training.architecture.layout.prunableCount
    let dense = try terms.learningRates.filter { records.has(stage(.dense, 0, $0)) }
      .map { try arm(.dense, 0, $0, weights: weights, records) }
    guard !dense.isEmpty else { throw try records.store(of: records.seeds[0]).missing("dense") }
    let densities = try terms.rounds.compactMap { round -> CertifiedDensity? in
      guard canJudge(round, dense.map(\.learningRate), records) else { return nil }
      let sizes = try sizes(round, records.seeds[0], records)
      let arms = try kinds.flatMap { kind in
        try terms.learningRates.filter { records.has(stage(kind, round, $0)) }
          .map { try arm(kind, round, $0, weights: sizes.weights(kind), records) }
      }
      return Judge.density(
        round, sizes.mask.remaining, of: weights, terms, dense, arms, guess: records.material.guess)
    }
    return CertifyFinding(
      terms: terms, dense: dense, densities: densities, ticketDigest: records.material.ticket?.digest)
  }

  /// Whether all networks that conditions need are there at some rate, the ticket at one of the dense network's.
  private func canJudge(_ round: Int, _ rates: [Double], _ records: Records<Material>) -> Bool {
    rates.contains { records.has(stage(.ticket, round, $0)) }
      && [.reinit, .smallDense].allSatisfy { kind in
        terms.learningRates.contains { records.has(stage(kind, round, $0)) }
      }
  }

  /// What is trained beside the dense network in every round.
  private var kinds: [CertifiedArm.Kind] { [.ticket, .reinit, .smallDense] + terms.checks }

  private func arm(
    _ kind: CertifiedArm.Kind, _ round: Int, _ rate: Double, weights: Int, _ records: Records<Material>
  ) throws -> CertifiedArm {
    let records = try records.records(stage(kind, round, rate))
    return CertifiedArm(
      kind: kind, learningRate: rate, weights: weights, testAccuracy: records.map(\.last.testAccuracy),
      validationAccuracy: records.map(\.last.validationAccuracy), lateGain: records.map(\.lateGain),
      digests: records.map(\.parametersDigest))
  }

  /// The mask of a round, and how many weights networks beside it have.
  private struct Sizes {
    var mask: Mask
    var small: Int

    func weights(_ kind: CertifiedArm.Kind) -> Int { kind == .smallDense ? small : mask.remaining }
  }

  private func sizes(_ round: Int, _ seed: UInt64, _ records: Records<Material>) throws -> Sizes {
    let store = try records.store(of: seed)
    guard let mask = store.ticket(Lab.stage(round))?.mask else { throw store.missing(Lab.stage(round)) }
    let small = try records.material.training.architecture.narrowed(toWeights: mask.remaining)
    return Sizes(mask: mask, small: small.layout.prunableCount)
  }

  /// Every network that is judged; a kind at a learning rate is an arm.
  public func stages(of seed: UInt64, _ records: Records<Material>) throws -> [SeedSummary.Stage] {
    let weights = records.material.training.architecture.layout.prunableCount
    func stage(_ kind: CertifiedArm.Kind, _ round: Int, _ rate: Double, _ count: Int) throws -> SeedSummary.Stage? {
      try records.stage(
        self.stage(kind, round, rate), of: seed, arm: "\(kind.rawValue) \(rate)", round: round, remaining: count,
        density: Double(count) / Double(weights))
    }
    return try terms.learningRates.compactMap { try stage(.dense, 0, $0, weights) }
      + terms.rounds.flatMap { round -> [SeedSummary.Stage] in
        guard let sizes = try records.ifFinished(seed, { try sizes(round, seed, records) }) else { return [] }
        return try kinds.flatMap { kind in
          try terms.learningRates.compactMap { try stage(kind, round, $0, sizes.weights(kind)) }
        }
      }
  }

  /// Of training by what it is for, and of evaluation.
  public func seconds(_ records: Records<Material>) throws -> [String: Double] {
    func stages(_ kinds: [CertifiedArm.Kind]) -> [String] {
      terms.rounds.flatMap { round in
        kinds.flatMap { kind in terms.learningRates.map { stage(kind, round, $0) } }
      }
    }
    let dense = terms.learningRates.map { stage(.dense, 0, $0) }
    return try records.seconds([
      "search": (0...search.rounds).map { Lab.stage($0) }, "dense": dense.filter { $0 != Lab.stage(0) },
      "tickets": stages([.ticket]), "controls": stages(kinds.filter { $0 != .ticket }),
    ])
  }

  /// Writes `certificate.json` and its page. The command in it needs no ticket's file.
  public func keep(_ record: inout Record<CertifyFinding>, _ records: Records<Material>) throws {
    if !settings.ticket.isEmpty {
      var settings = settings
      settings.ticket = ""
      record.reproduce = try Reproduction(Self.self, settings, seeds: seeds.count).text
    }
    let certificate = try Certificate(record)
    record.finding.digest = certificate.digest
    try certificate.write(to: records.folder.url.appendingPathComponent("certificate.json"))
    record.verdict = Self.verdict(record)
    try AtomicFile.write(
      Self.report(record).html(chartScript: ChartLibrary.locate()),
      to: records.folder.url.appendingPathComponent("certificate.html"))
  }

  /// On every density what was decided; the leads over other networks stand in a table.
  public static func verdict(_ record: Record<CertifyFinding>) -> [String] {
    record.finding.densities.flatMap { density in
      let leads = density.checks.map(Judge.sentence), said = density.sentences.filter { !leads.contains($0) }
      let head = String(
        format: "%.2f %% of the weights (%d, round %d): ", 100 * density.density, density.remaining, density.round)
      return [head + (said.first ?? density.verdict.rawValue)] + said.dropFirst()
    }
  }

  /// Of the sparsest ticket, at its best learning rate.
  public static func figures(_ record: Record<CertifyFinding>) -> [String: Double] {
    let dense = record.finding.dense.best(.dense).testAccuracy.mean
    guard let sparsest = record.finding.densities.min(by: { $0.density < $1.density }) else { return ["dense": dense] }
    let accuracy = sparsest.arms.best(.ticket).testAccuracy.mean
    return [
      "round": Double(sparsest.round), "density": sparsest.density, "accuracy": accuracy, "dense": dense,
      "gap": accuracy - dense,
    ]
  }
}

extension StageRecord {
  /// What the last quarter of training added to the validation accuracy, all on the same samples.
  var lateGain: Double {
    let curve = curve.onSharedSamples
    let end = curve.last!.step, start = curve[0].step
    let before = curve.last { 4 * ($0.step - start) <= 3 * (end - start) } ?? curve[0]
    return curve.last!.validationAccuracy - before.validationAccuracy
  }
}
