import Basics
import Foundation
import Pages
import Report
import TestSupport
import Testing

/// The page and the Markdown of a study.
@Suite struct SweepReportTests {
  static func interval(_ mean: Double, _ seeds: Int) -> Interval {
    let values = (0..<seeds).map { mean + 0.002 * Double($0) - 0.001 * Double(seeds - 1) }
    return Interval(mean: mean, low: mean - 0.01, high: mean + 0.01, values: values)
  }

  static func arm(_ label: String, seeds: Int = 3, rounds: Int = 4, controls: Bool = true) -> StudyArm {
    let results = (1...max(1, rounds)).prefix(rounds).map { round in
      StudyRound(
        round: round, remaining: 1000 >> round, density: 1 / Double(1 << round), ticket: interval(0.9, seeds),
        reinit: controls ? interval(0.88, seeds) : nil, shuffled: nil, random: controls ? interval(0.8, seeds) : nil,
        leads: controls ? ["dense": interval(0.01, seeds), "reinit": interval(0.02, seeds)] : [:])
    }
    return StudyArm(
      label: label, run: "find-\(label)", values: ["lr": label], seeds: (0..<UInt64(seeds)).map { $0 }, failures: [],
      dense: seeds > 0 ? interval(0.89, seeds) : nil, rounds: seeds > 0 ? results : [], matching: seeds > 0 ? 2 : nil,
      seconds: 10, digest: "d-\(label)", reproduce: "tombola find --set 'lr=\(label)'")
  }

  static func study(_ arms: [StudyArm], name: String = "rates") -> StudyResult {
    let comparisons = arms.dropFirst().filter { !$0.seeds.isEmpty }.map { arm in
      StudyComparison(
        arm: arm.label, baseline: arms[0].label, remaining: 250, density: 0.25,
        difference: interval(0.03, arm.seeds.count), chance: 0.01, adjusted: 0.03)
    }
    return StudyResult(
      name: name, purpose: "Which rate?", seeds: [0, 1, 2], varying: ["lr"], shared: ["data": "digits"], arms: arms,
      baseline: arms[0].label, comparisons: comparisons, verdict: ["One arm leads."], done: 6, failed: 1, missing: 0,
      seconds: 20, reproduce: "tombola sweep study.yaml", source: "name: \(name)\ngrid: {lr: [0.1, 0.2]}\n")
  }

  @Test func pagesHoldWhatTheStudyFound() throws {
    var study = Self.study([Self.arm("0.1"), Self.arm("0.2"), Self.arm("0.3", seeds: 0)])
    study.arms[1].failures = [StudyFailure(seed: 7, problem: "it <diverged>", log: "logs/x.log")]
    study.arms[0].inputConnections = (0..<64).map { $0 % 7 }
    study.arms[0].inputShape = [1, 8, 8]
    let page = StudyReport(study, chartScript: "var Chart;").html()
    try Markup.check(page)
    #expect(try Markup.data(of: page).maps.map(\.width) == [8])
    for text in [
      "One arm leads.", "Which rate?", "tombola sweep study.yaml", "d-0.2", "it &lt;diverged&gt;", "beyond chance",
      "grid: {lr: [0.1, 0.2]}", "less that of the baseline",
    ] { #expect(page.contains(text), "\(text)") }
    let chart = try #require(try Markup.data(of: page).charts.first)
    #expect(chart.variants.map(\.label) == ["Tickets", "Re-initialised", "Random mask"])
    #expect(chart.variants[0].series.map(\.name) == ["0.1", "0.2"])
    #expect(chart.variants[0].series[0].points.map(\.x) == [100, 50, 25, 12.5, 6.25])
    #expect(chart.y.range.map { $0.high <= 100 } == true)
    let verdict = try #require(page.range(of: "One arm leads.")),
      controls = try #require(page.range(of: "re-initialised"))
    let first = try #require(page.range(of: "<section"))
    #expect(verdict.lowerBound < controls.lowerBound && controls.lowerBound < first.lowerBound, "controls come first")
  }

  @Test func unusualStudiesMakePages() throws {
    let many = (0..<60).map { Self.arm("0.\($0 + 10)") }
    for arms in [
      [Self.arm("a", seeds: 0)], [Self.arm("a", seeds: 1, controls: false)], [Self.arm("a", rounds: 0)], many,
    ] {
      try Markup.check(StudyReport(Self.study(arms), chartScript: "var Chart;").html())
      try Markup.check(StudyReport(Self.study(arms), chartScript: nil).html())
      #expect(!Markdown.text(Self.study(arms)).isEmpty)
    }
  }

  @Test func hostileNamesStayText() throws {
    for name in SafetyTests.hostile {
      let study = Self.study([Self.arm(name), Self.arm("b")], name: name)
      let page = StudyReport(study, chartScript: nil).html()
      try Markup.check(page)
      #expect(
        Markup.tags(of: page).count
          == Markup.tags(of: StudyReport(Self.study([Self.arm("a"), Self.arm("b")]), chartScript: nil).html()).count)
    }
  }

  @Test func chartsAreDrawnInABrowser() throws {
    guard let browser = Browser(), let script = ChartLibrary.locate() else { return }
    let study = Self.study([Self.arm("0.1"), Self.arm("</script><b>")])
    let document = try browser.document(of: StudyReport(study, chartScript: script).html())
    #expect(Markup.values(of: "data-charts-drawn", in: document) == ["1"])
    #expect(Markup.values(of: "data-errors", in: document) == [])
  }

  @Test func markdownIsATableOfTheSameNumbers() {
    let text = Markdown.text(Self.study([Self.arm("lr=0.1"), Self.arm("a|b*c")]))
    #expect(text.hasPrefix("# rates\n\nWhich rate?\n\nOne arm leads.\n\n| Arm |"))
    #expect(text.contains("| lr=0.1 | 3 | 89.00 ± 1.00 | 25.0"))
    #expect(text.contains("| a\\|b\\*c |"), "\(text)")
    #expect(text.contains("```yaml\nname: rates\n") && text.contains("`d-lr=0.1`"))
    let search = Markdown.text(Fixture.search())
    #expect(search.contains("| Density | Weights | Ticket, % |") && search.contains(Fixture.search().reproduce))
  }

  @Test func fencesAreLongerThanWhatTheyHold() {
    var study = Self.study([Self.arm("a")])
    study.source = "```` four"
    #expect(Markdown.text(study).contains("`````yaml\n```` four\n`````"))
  }
}
