import Basics
import Foundation
import Pages
import Report
import TestSupport
import Testing

/// The pages of `tombola criteria` and `tombola certify`.
@Suite struct StudyReportTests {
  private static func interval(_ mean: Double, seeds: Int) -> Interval {
    let values = (0..<seeds).map { mean + 0.001 * Double($0) }
    let half = seeds > 1 ? 0.004 : 0
    return Interval(mean: mean, low: mean - half, high: mean + half, values: values)
  }

  static func criteria(named name: String = "magnitude", seeds: Int = 3, shuffled: Bool = true) -> CriteriaResult {
    let criteria = [name, "\(name):fisher@init", "snip"], densities = [0.5, 0.02]
    let cells = criteria.enumerated().flatMap { i, criterion in
      densities.map { density in
        CriterionCell(
          criterion: criterion, density: density, remaining: Int(266_200 * density),
          testAccuracy: interval(0.85 + 0.01 * Double(i) * density, seeds: seeds),
          validationAccuracy: interval(0.86, seeds: seeds),
          shuffled: shuffled ? interval(0.84, seeds: seeds) : nil,
          layers: [("fc1", 235_200), ("fc2", 30_000), ("fc3", 1_000)].map {
            LayerCount(name: $0.0, weights: $0.1, remaining: Int(Double($0.1) * density))
          }, effective: Int(200_000 * density), emptied: criterion == "snip" && density < 0.1 ? ["fc3": 2] : [:])
      }
    }
    return CriteriaResult(
      command: "criteria", settings: Fixture.settings, criteria: criteria, densities: densities,
      seeds: (0..<UInt64(seeds)).map { $0 }, dataset: Fixture.dataset, dense: interval(0.88, seeds: seeds),
      cells: cells,
      effects: densities.map {
        DataEffect(
          factor: name, data: "fisher@init", density: $0, difference: interval(0.01, seeds: seeds), chance: $0 / 10)
      },
      overlaps: [MaskOverlap(first: name, second: "snip", density: 0.5, jaccard: 0.4321)],
      warnings: ["snip at 2 %: fc3 lost all its weights in 2 of 3 seeds."], verdict: ["At 50 % \(name) is best."],
      seconds: ["total": 12, "scoring": 1], reproduce: "tombola criteria --seeds 3", residentBytes: 1 << 27)
  }

  static func certificate(named name: String = "lenet-300-100") -> Certificate {
    let rates = [0.03, 0.1]
    func arms(_ kind: CertifiedArm.Kind, _ mean: Double) -> [CertifiedArm] {
      rates.map { rate in
        let values = interval(mean + rate / 10, seeds: 3).values
        return CertifiedArm(
          kind: kind, learningRate: rate, weights: 28_580, testAccuracy: values, validationAccuracy: values,
          lateGain: [0, 0.001, 0], digests: values.map { "\($0)" })
      }
    }
    let value = interval(0.012, seeds: 3)
    let conditions = [
      CertifiedCondition(
        number: 1, statement: "the sparsity is worth having", state: .holds,
        value: Interval(mean: 0.9, low: 0.9, high: 0.9, values: [0.9]),
        bootstrap: Interval(mean: 0.9, low: 0.9, high: 0.9, values: [0.9]), threshold: 0.6, chanceIfFalse: 0,
        chanceIfTrue: 1, learningRates: [], seedsNeeded: nil),
      CertifiedCondition(
        number: 3, statement: "the ticket is clearly better than with newly drawn weights", state: .undecided,
        value: value, bootstrap: value, threshold: 0.005, chanceIfFalse: 0.0721, chanceIfTrue: 1,
        learningRates: [0.1, 0.03], seedsNeeded: 14),
    ]
    let density = CertifiedDensity(
      round: 10, remaining: 28_580, density: 0.1074,
      arms: arms(.ticket, 0.88) + arms(.reinit, 0.87) + arms(.smallDense, 0.86), conditions: conditions,
      checks: [
        CertifiedCheck(kind: .shuffled, lead: value, bootstrap: value, chance: 0.02, learningRates: [0.1, 0.1])
      ], verdict: .undecided, sentences: ["Undecided with 3 seeds: \(name)."])
    var result = Certificate(
      settings: ["model": name, "data": "fashion-mnist"], terms: CertificateTerms(learningRates: rates, rounds: [10]),
      seeds: [0, 1, 2], dataset: Fixture.dataset, dense: arms(.dense, 0.88), densities: [density],
      ticketDigest: String(repeating: "a", count: 64), reproduce: "tombola certify --seeds 3", seconds: ["total": 60],
      residentBytes: 1 << 27)
    result.digest = "0123abcd"
    return result
  }

  @Test(arguments: [1, 3], [true, false])
  func gridsHoldEveryNumber(_ seeds: Int, _ shuffled: Bool) throws {
    let result = Self.criteria(seeds: seeds, shuffled: shuffled)
    for script in ["let x;", nil] {
      let text = CriteriaReport(result, chartScript: script).html()
      try Markup.check(text)
      for cell in result.cells {
        #expect(text.contains(Format.percentInterval(cell.testAccuracy)))
        #expect(text.contains("\(Format.count(cell.effective)) of \(Format.count(cell.remaining))"))
      }
      for words in result.verdict + result.warnings + [result.reproduce, "43.2", "beyond chance"] {
        #expect(text.contains(HTMLText.escape(words)), "\(words)")
      }
      #expect(text.contains("Shuffled masks") == shuffled)
      #expect(text.contains("One seed was run") == (seeds == 1))
    }
  }

  @Test func certificatesHoldEveryNumber() throws {
    let certificate = Self.certificate()
    for script in ["let x;", nil] {
      let text = CertificateReport(certificate, chartScript: script).html()
      try Markup.check(text)
      for arm in certificate.dense + certificate.densities[0].arms {
        for value in arm.testAccuracy { #expect(text.contains(Format.decimal(100 * value, 2))) }
      }
      for words in [
        "undecided", "about 14 seeds would decide it", "0123abcd", "0.0721", "small-dense", "exact",
        certificate.ticketDigest!, certificate.reproduce, "+1.20",
      ] { #expect(text.contains(words), "\(words)") }
    }
  }

  @Test(arguments: Hostile.names)
  func hostileNamesAreInert(_ name: String) throws {
    func shape(_ page: String) -> [String] { Markup.tags(of: page).map { String($0.prefix { $0 != " " }) }.sorted() }
    let grid = CriteriaReport(Self.criteria(named: name), chartScript: "let x;").html()
    try Markup.check(grid)
    #expect(shape(grid) == shape(CriteriaReport(Self.criteria(named: "plain"), chartScript: "let x;").html()))
    let page = CertificateReport(Self.certificate(named: name), chartScript: "let x;").html()
    try Markup.check(page)
    #expect(shape(page) == shape(CertificateReport(Self.certificate(named: "plain"), chartScript: "let x;").html()))
  }

  @Test func chartsAreDrawn() throws {
    guard let browser = Browser(), let script = ChartLibrary.locate() else { return }
    let pages = [
      CriteriaReport(Self.criteria(), chartScript: script).html(),
      CertificateReport(Self.certificate(), chartScript: script).html(),
    ]
    for page in pages {
      let document = try browser.document(of: page)
      #expect(Markup.values(of: "data-charts-drawn", in: document) == ["1"])
      #expect(Markup.values(of: "data-errors", in: document).allSatisfy { $0.isEmpty })
    }
  }
}

@Suite struct CertificateFileTests {
  @Test func filesAreSignedAndRefusedWhenChanged() throws {
    let folder = FileManager.default.temporaryDirectory.appendingPathComponent("certificate-\(UUID())")
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    defer { try? FileManager.default.removeItem(at: folder) }
    let file = folder.appendingPathComponent("certificate.json")
    let signed = try StudyReportTests.certificate().signed()
    try signed.write(to: file)
    #expect(try Certificate(contentsOf: file) == signed)
    let text = try String(contentsOf: file, encoding: .utf8)
    for (old, new) in [("0.891", "0.892"), ("undecided", "jackpot"), ("\"rounds\" : [", "\"rounds\" : [ 3,")] {
      #expect(text.contains(old))
      try Data(text.replacing(old, with: new).utf8).write(to: file)
      let problem = #expect(throws: Problem.self) { try Certificate(contentsOf: file) }
      #expect(problem?.kind == .badData)
    }
  }
}
