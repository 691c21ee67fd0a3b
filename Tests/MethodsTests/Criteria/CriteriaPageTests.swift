import Basics
import Experiments
import Foundation
import Methods
import Pages
import TestSupport
import Testing

@Suite struct CriteriaPageTests {
  static func record(
    named name: String = "magnitude", seeds: Int = 3, shuffled: Bool = true
  ) throws -> Record<CriteriaFinding> {
    func interval(_ mean: Double) -> [String: Any] { PageFixture.interval(mean, seeds: seeds) }
    let criteria = [name, "\(name):fisher@init", "snip"], densities = [0.5, 0.02]
    let cells = criteria.enumerated().flatMap { i, criterion in
      densities.map { density -> [String: Any] in
        var cell: [String: Any] = [
          "criterion": criterion, "density": density, "remaining": Int(266_200 * density),
          "testAccuracy": interval(0.85 + 0.01 * Double(i) * density), "validationAccuracy": interval(0.86),
          "layers": [("fc1", 235_200), ("fc2", 30_000), ("fc3", 1_000)].map {
            ["name": $0.0, "weights": $0.1, "remaining": Int(Double($0.1) * density)]
          }, "effective": Int(200_000 * density),
          "emptied": criterion == "snip" && density < 0.1 ? ["fc3": 2] : [:],
        ]
        if shuffled { cell["shuffled"] = interval(0.84) }
        return cell
      }
    }
    let effects = densities.map {
      ["factor": name, "data": "fisher@init", "density": $0, "difference": interval(0.01), "chance": $0 / 10]
    }
    let finding = try CriteriaFinding(json: [
      "criteria": criteria, "densities": densities, "dense": interval(0.88), "cells": cells, "effects": effects,
      "overlaps": [["first": name, "second": "snip", "density": 0.5, "jaccard": 0.4321]],
      "warnings": ["snip at 2 %: fc3 lost all its weights in 2 of 3 seeds."],
    ])
    var record = Record(
      command: "criteria", settings: ["model": "lenet-300-100", "data": "fashion-mnist"],
      seeds: (0..<UInt64(seeds)).map { $0 }, dataset: PageFixture.dataset, finding: finding,
      reproduce: "tombola criteria --seeds 3")
    record.verdict = ["At 50 % \(name) is best."]
    record.seconds = ["total": 12, "scoring": 1]
    return record
  }

  @Test(arguments: [1, 3], [true, false])
  func gridsHoldEveryNumber(_ seeds: Int, _ shuffled: Bool) throws {
    let record = try Self.record(seeds: seeds, shuffled: shuffled), document = Criteria.report(record)
    for script in ["let x;", nil] {
      let text = document.html(chartScript: script)
      try Markup.check(text)
      for cell in record.finding.cells {
        #expect(text.contains(Format.percentInterval(cell.testAccuracy)))
        #expect(text.contains("\(Format.count(cell.effective)) of \(Format.count(cell.remaining))"))
      }
      for words in record.verdict + record.finding.warnings + [record.reproduce, "43.2", "beyond chance"] {
        #expect(text.contains(HTMLText.escape(words)), "\(words)")
      }
      #expect(text.contains("Shuffled masks") == shuffled)
      #expect(text.contains("One seed was run") == (seeds == 1))
    }
    // What ends the command.
    for words in record.verdict + record.finding.warnings + ["beyond chance", "85.50"] {
      #expect(document.text.contains(words), "\(words)")
    }
    #expect(document.text.contains("Shuffled less") == shuffled && !document.text.contains("43.2"))
    #expect(document.markdown.contains("fc3 lost all its weights"))
  }

  @Test func verdictsNameTheBestAndCountWhatDataAdd() throws {
    var record = try Self.record()
    #expect(
      Criteria.verdict(record) == [
        "At 50 % magnitude has the best validation accuracy; its test accuracy is 85 % (dense 88 %).",
        "At 2 % magnitude has the best validation accuracy; its test accuracy is 85 % (dense 88 %).",
        """
        Of 2 comparisons of a static factor with and without data, the data help in 1 and hurt in 0 beyond chance (5 % level \
        after Holm's correction, 3 seeds); the other 1 are open.
        """,
      ])
    #expect(Criteria.figures(record)["density"] == 0.02 && Criteria.figures(record)["dense"] == 0.88)
    record = try Self.record(seeds: 1)
    #expect(Criteria.verdict(record).last?.contains("--seeds 5") == true)
  }

  @Test(arguments: Hostile.names)
  func hostileNamesAreInert(_ name: String) throws {
    func shape(_ page: String) -> [String] { Markup.tags(of: page).map { String($0.prefix { $0 != " " }) }.sorted() }
    func page(_ name: String) throws -> String {
      Criteria.report(try Self.record(named: name)).html(chartScript: "let x;")
    }
    try Markup.check(try page(name))
    #expect(try shape(page(name)) == shape(page("plain")))
  }

  @Test func chartsAreDrawn() throws {
    guard let browser = Browser(), let script = ChartLibrary.locate() else { return }
    let document = try browser.document(of: Criteria.report(try Self.record()).html(chartScript: script))
    #expect(Markup.values(of: "data-charts-drawn", in: document) == ["1"])
    #expect(Markup.values(of: "data-errors", in: document).allSatisfy { $0.isEmpty })
  }

  /// A result of the version before there were records.
  @Test func oldResultsAreRecords() throws {
    let scratch = try Scratch(), folder = try oldRun("criteria", in: scratch)
    defer { withExtendedLifetime(scratch) {} }
    let data = try Data(contentsOf: folder.appendingPathComponent("result.json"))
    let record = try JSONDecoder().decode(Record<CriteriaFinding>.self, from: data)
    #expect(record.finding.cells.count == record.finding.criteria.count * record.finding.densities.count)
    #expect(Criteria.verdict(record) == record.verdict && record.seeds == [0, 1])
    try Markup.check(Criteria.report(record).html(chartScript: nil))
  }
}
