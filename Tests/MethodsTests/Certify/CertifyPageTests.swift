import Basics
import Experiments
import Foundation
import Methods
import Pages
import TestSupport
import Testing

/// A certificate as its file holds it.
enum CertifyFixture {
  private static let rates = [0.03, 0.1]

  private static func arms(_ kind: CertifiedArm.Kind, _ mean: Double) -> [[String: Any]] {
    rates.map { rate in
      let values = (0..<3).map { mean + rate / 10 + 0.001 * Double($0) }
      return [
        "kind": kind.rawValue, "learningRate": rate, "weights": 28_580, "testAccuracy": values,
        "validationAccuracy": values, "lateGain": [0, 0.001, 0], "digests": values.map { "\($0)" },
      ]
    }
  }

  private static func density(_ name: String) -> [String: Any] {
    let value = PageFixture.interval(0.012, seeds: 3)
    let exact: [String: Any] = ["mean": 0.9, "low": 0.9, "high": 0.9, "values": [0.9]]
    let conditions: [[String: Any]] = [
      [
        "number": 1, "statement": "the sparsity is worth having", "state": "holds", "value": exact, "bootstrap": exact,
        "threshold": 0.6, "chanceIfFalse": 0, "chanceIfTrue": 1, "learningRates": [Double](),
      ],
      [
        "number": 3, "statement": "the ticket is clearly better than with newly drawn weights", "state": "undecided",
        "value": value, "bootstrap": value, "threshold": 0.005, "chanceIfFalse": 0.0721, "chanceIfTrue": 1,
        "learningRates": [0.1, 0.03], "seedsNeeded": 14,
      ],
    ]
    let check: [String: Any] = [
      "kind": "shuffled", "lead": value, "bootstrap": value, "chance": 0.02, "learningRates": [0.1, 0.1],
    ]
    return [
      "round": 10, "remaining": 28_580, "density": 0.1074,
      "arms": arms(.ticket, 0.88) + arms(.reinit, 0.87) + arms(.smallDense, 0.86), "conditions": conditions,
      "checks": [check], "verdict": "undecided", "sentences": ["Undecided with 3 seeds: \(name)."],
    ]
  }

  private static func object(named name: String) throws -> [String: Any] {
    let terms = CertifySettings().terms, dataset = try JSONEncoder().encode(PageFixture.dataset)
    return [
      "command": "certify", "format": "tombola-certificate-1", "settings": ["model": name, "data": "fashion-mnist"],
      "terms": [
        "tolerance": terms.tolerance, "gap": terms.gap, "minimumSparsity": terms.minimumSparsity, "alpha": terms.alpha,
        "learningRates": rates, "rounds": [10], "checks": terms.checks.map(\.rawValue),
        "ratioAllocation": terms.ratioAllocation,
      ], "seeds": [0, 1, 2], "dataset": try JSONSerialization.jsonObject(with: dataset), "dense": arms(.dense, 0.88),
      "densities": [density(name)], "ticketDigest": String(repeating: "a", count: 64),
      "reproduce": "tombola certify --seeds 3", "seconds": ["total": 60], "residentBytes": 1 << 27,
      "digest": "0123abcd",
    ]
  }

  /// A record that is a certificate as well.
  static func record(named name: String = "lenet-300-100") throws -> Record<CertifyFinding> {
    var record = try Record<CertifyFinding>(json: object(named: name))
    record.verdict = Certify.verdict(record)
    return record
  }

  static func certificate() throws -> Certificate { try Certificate(json: object(named: "lenet-300-100")) }
}

@Suite struct CertifyPageTests {
  @Test func certificatesHoldEveryNumber() throws {
    let record = try CertifyFixture.record(), document = Certify.report(record)
    for script in ["let x;", nil] {
      let text = document.html(chartScript: script)
      try Markup.check(text)
      for arm in record.finding.dense + record.finding.densities[0].arms {
        for value in arm.testAccuracy { #expect(text.contains(Format.decimal(100 * value, 2))) }
      }
      for words in [
        "undecided", "about 14 seeds would decide it", "0123abcd", "0.0721", "small-dense", "exact",
        record.finding.ticketDigest!, record.reproduce, "+1.20",
      ] { #expect(text.contains(words), "\(words)") }
    }
    // What ends the command.
    for words in ["undecided", "small-dense", "+1.20", "random order", "Undecided with 3 seeds", "10.74 %"] {
      #expect(document.text.contains(words), "\(words)")
    }
  }

  @Test(arguments: Hostile.names)
  func hostileNamesAreInert(_ name: String) throws {
    func shape(_ page: String) -> [String] { Markup.tags(of: page).map { String($0.prefix { $0 != " " }) }.sorted() }
    func page(_ name: String) throws -> String {
      Certify.report(try CertifyFixture.record(named: name)).html(chartScript: "let x;")
    }
    try Markup.check(try page(name))
    #expect(try shape(page(name)) == shape(page("plain")))
  }

  @Test func chartsAreDrawn() throws {
    guard let browser = Browser(), let script = ChartLibrary.locate() else { return }
    let document = try browser.document(of: Certify.report(try CertifyFixture.record()).html(chartScript: script))
    #expect(Markup.values(of: "data-charts-drawn", in: document) == ["1"])
    #expect(Markup.values(of: "data-errors", in: document).allSatisfy { $0.isEmpty })
  }
}

@Suite struct CertificateFileTests {
  @Test func filesAreSignedAndRefusedWhenChanged() throws {
    let scratch = try Scratch(), file = scratch.url.appendingPathComponent("certificate.json")
    defer { withExtendedLifetime(scratch) {} }
    let signed = try CertifyFixture.certificate().signed()
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

  /// Those of the version before there were records are what they were.
  @Test func oldCertificatesVerify() throws {
    let scratch = try Scratch(), folder = try oldRun("certify", in: scratch)
    defer { withExtendedLifetime(scratch) {} }
    let certificate = try Certificate(contentsOf: folder.appendingPathComponent("certificate.json"))
    #expect(certificate.seeds == [0, 1] && certificate.densities.count == 1)
    try CertificateCheck(certificate).checkStatistics()
  }
}

@Suite struct CertifySettingsTests {
  @Test func blanksAreFilledAroundTheRecipe() throws {
    var settings = CertifySettings()
    for change in ["lr=0.2", "rounds=7"] { try settings.apply(change) }
    #expect(settings.asked.learningRates == [0.06, 0.2, 0.6] && settings.asked.rounds == [7])
    for change in ["lr-sweep=0.3,0.1", "at=3,5", "checks=inverted,shuffled"] { try settings.apply(change) }
    #expect(settings.asked.learningRates == [0.1, 0.3] && settings.asked.rounds == [3, 5])
    #expect(settings.asked.checks == [.shuffled, .inverted] && settings.texts["checks"] == "shuffled,inverted")
    try settings.apply("checks=none")
    #expect(settings.asked.checks.isEmpty && settings.identity == "lr=0.2\nrounds=7")
    try settings.apply("checks=all")
    #expect(settings.asked.checks == CertifiedArm.Kind.checks)
  }

  @Test func controlsAndToleranceAreNotAsked() {
    for key in ["controls", "tolerance", "margin"] {
      var settings = CertifySettings()
      #expect(throws: Problem.self) { try settings.set(key, to: "0.1") }
    }
  }
}
