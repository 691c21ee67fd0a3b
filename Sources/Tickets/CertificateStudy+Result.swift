import Analysis
import Basics
import Foundation
import Networks
import Training

extension CertificateStudy {
  /// Puts the records of all seeds together, judges every density, and writes `certificate.json`.
  func conclude(
    _ data: TrainingData, _ digest: String, _ architecture: Architecture, _ files: RunFolder, dataSeconds: Double,
    began: Date
  ) throws -> Certificate {
    let records = try CertificateRecords(self, files, architecture)
    let dense = try terms.learningRates.map {
      try records.arm(.dense, 0, $0, weights: architecture.layout.prunableCount)
    }
    let densities = try terms.rounds.map { try records.density($0, dense: dense) }
    var certificate = Certificate(
      settings: Dictionary(uniqueKeysWithValues: settings.assignments.map { ($0.key, $0.value) }), terms: terms,
      seeds: seeds, dataset: data.summary(digest), dense: dense, densities: densities, ticketDigest: ticket?.digest,
      reproduce: reproduce, seconds: records.seconds, residentBytes: ProcessMemory.largestResident)
    certificate.seconds["data"] = dataSeconds
    certificate.seconds["total"] = Date().timeIntervalSince(began)
    let signed = try certificate.signed()
    try signed.write(to: folder.appendingPathComponent("certificate.json"))
    return signed
  }
}

/// The records of a study, read back from its folder.
private final class CertificateRecords {
  private let study: CertificateStudy
  private let architecture: Architecture
  private let stores: [StageStore]
  private(set) var seconds = ["search": 0.0, "dense": 0, "tickets": 0, "controls": 0, "evaluation": 0]

  init(_ study: CertificateStudy, _ files: RunFolder, _ architecture: Architecture) throws {
    self.study = study
    self.architecture = architecture
    stores = try study.seeds.map { try files.store("seed-\($0)") }
    for store in stores {
      for round in 0...study.settings.rounds {
        guard let record = store.record(Lab.stage(round)) else { throw store.missing(Lab.stage(round)) }
        add(record, to: "search")
      }
    }
  }

  private func add(_ record: StageRecord, to phase: String) {
    seconds[phase]! += record.trainingSeconds
    seconds["evaluation"]! += record.evaluationSeconds
  }

  func arm(_ kind: CertifiedArm.Kind, _ round: Int, _ rate: Double, weights: Int) throws -> CertifiedArm {
    let stage = Candidate.stage(kind, round, rate, settings: study.settings)
    let records = try stores.map { store in
      guard let record = store.record(stage) else { throw store.missing(stage) }
      if stage != "dense" { add(record, to: kind == .dense ? "dense" : kind == .ticket ? "tickets" : "controls") }
      return record
    }
    return CertifiedArm(
      kind: kind, learningRate: rate, weights: weights, testAccuracy: records.map(\.last.testAccuracy),
      validationAccuracy: records.map(\.last.validationAccuracy), lateGain: records.map(\.lateGain),
      digests: records.map(\.parametersDigest))
  }

  func density(_ round: Int, dense: [CertifiedArm]) throws -> CertifiedDensity {
    guard let mask = stores[0].ticket(Lab.stage(round))?.mask else { throw stores[0].missing(Lab.stage(round)) }
    let small = try architecture.narrowed(toWeights: mask.remaining).layout.prunableCount
    let kinds = [.ticket, .reinit, .smallDense] + study.terms.checks
    let arms = try kinds.flatMap { kind in
      try study.terms.learningRates.map {
        try arm(kind, round, $0, weights: kind == .smallDense ? small : mask.remaining)
      }
    }
    return Judge.density(round, mask.remaining, of: architecture.layout.prunableCount, study.terms, dense, arms)
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
