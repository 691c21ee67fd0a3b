import Basics
import Experiments
import Foundation
import Pages
import Sweeps
import TestSupport
import Testing

/// The page and the Markdown of a sweep.
@Suite struct SweepReportTests {
  private static func interval(_ mean: Double, _ seeds: Int) -> [String: Any] {
    let values = (0..<seeds).map { mean + 0.002 * Double($0) - 0.001 * Double(seeds - 1) }
    return ["mean": mean, "low": mean - 0.01, "high": mean + 0.01, "values": values]
  }

  static func arm(_ label: String, seeds: Int = 3, rounds: Int = 4, controls: Bool = true) -> [String: Any] {
    let results = (1...max(1, rounds)).prefix(seeds > 0 ? rounds : 0).map { round -> [String: Any] in
      var result: [String: Any] = [
        "round": round, "remaining": 1000 >> round, "density": 1 / Double(1 << round), "ticket": interval(0.9, seeds),
        "leads": controls ? ["dense": interval(0.01, seeds), "reinit": interval(0.02, seeds)] : [:],
      ]
      if controls { (result["reinit"], result["random"]) = (interval(0.88, seeds), interval(0.8, seeds)) }
      return result
    }
    var arm: [String: Any] = [
      "label": label, "run": "find-\(label)", "values": ["lr": label], "seeds": (0..<seeds).map { $0 },
      "failures": [[String: Any]](), "rounds": results, "seconds": 10, "digest": "d-\(label)",
      "reproduce": "tombola find --set 'lr=\(label)'",
    ]
    if seeds > 0 { (arm["dense"], arm["matching"]) = (interval(0.89, seeds), 2) }
    return arm
  }

  static func sweep(_ arms: [[String: Any]], name: String = "rates", stages: [String: Any] = [:]) throws -> SweepResult
  {
    let labels = arms.map { $0["label"] as? String ?? "" }, seeds = arms.map { ($0["seeds"] as? [Int] ?? []).count }
    let comparisons = zip(labels, seeds).dropFirst().filter { $0.1 > 0 }.map { label, seeds -> [String: Any] in
      [
        "arm": label, "baseline": labels[0], "remaining": 250, "density": 0.25, "difference": interval(0.03, seeds),
        "chance": 0.01, "adjusted": 0.03,
      ]
    }
    let result: [String: Any] = [
      "name": name, "purpose": "Which rate?", "experiment": "find", "seeds": [0, 1, 2], "varying": ["lr"],
      "shared": ["data": "digits"], "arms": arms, "stages": stages,
      "figures": [String: Any](), "baseline": labels[0], "metric": "testAccuracy",
      "comparisons": comparisons, "verdict": ["One arm leads."], "done": 6, "failed": 1, "missing": 0, "seconds": 20,
      "reproduce": "tombola sweep study.yaml", "source": "name: \(name)\ngrid: {lr: [0.1, 0.2]}\n",
    ]
    return try JSONDecoder().decode(SweepResult.self, from: try JSONSerialization.data(withJSONObject: result))
  }

  private func page(_ sweep: SweepResult, script: String? = nil) -> String {
    SweepReport(sweep).document.html(chartScript: script)
  }

  @Test func pagesHoldWhatTheSweepFound() throws {
    var other = Self.arm("0.2")
    other["failures"] = [["seed": 7, "problem": "it <diverged>", "log": "logs/x.log"]]
    var sweep = try Self.sweep([Self.arm("0.1"), other, Self.arm("0.3", seeds: 0)])
    sweep.arms[0].inputConnections = (0..<64).map { $0 % 7 }
    sweep.arms[0].inputShape = [1, 8, 8]
    let page = page(sweep, script: "var Chart;")
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
    let chartPlace = try #require(page.range(of: "<figure"))
    #expect(
      verdict.lowerBound < controls.lowerBound && controls.lowerBound < chartPlace.lowerBound, "controls come first")
  }

  @Test func unusualSweepsMakePages() throws {
    let many = (0..<60).map { Self.arm("0.\($0 + 10)") }
    for arms in [
      [Self.arm("a", seeds: 0)], [Self.arm("a", seeds: 1, controls: false)], [Self.arm("a", rounds: 0)], many,
    ] {
      let sweep = try Self.sweep(arms)
      try Markup.check(page(sweep, script: "var Chart;"))
      try Markup.check(page(sweep))
      #expect(!SweepReport(sweep).document.markdown.isEmpty && !SweepReport(sweep).document.text.isEmpty)
    }
  }

  @Test func hostileNamesStayText() throws {
    let plain = Markup.tags(of: page(try Self.sweep([Self.arm("a"), Self.arm("b")]))).count
    for name in [
      "<script>alert(1)</script>", "</script><img src=x onerror=alert(1)>", "\" onmouseover=\"alert(1)",
      "<\u{301}script>alert(1)</script>", "]]>\u{2028}\u{0}\r\n",
    ] {
      let page = page(try Self.sweep([Self.arm(name), Self.arm("b")], name: name))
      try Markup.check(page)
      #expect(Markup.tags(of: page).count == plain, "\(name)")
    }
  }

  @Test func chartsAreDrawnInABrowser() throws {
    guard let browser = Browser(), let script = ChartLibrary.locate() else { return }
    let sweep = try Self.sweep([Self.arm("0.1"), Self.arm("</script><b>")])
    let document = try browser.document(of: page(sweep, script: script))
    #expect(Markup.values(of: "data-charts-drawn", in: document) == ["1"])
    #expect(Markup.values(of: "data-errors", in: document) == [])
  }

  @Test func markdownIsATableOfTheSameNumbers() throws {
    let text = SweepReport(try Self.sweep([Self.arm("lr=0.1"), Self.arm("a|b*c")])).document.markdown
    #expect(text.hasPrefix("# Sweep rates\n\nfind: 2 arms") && text.contains("\n\nOne arm leads.\n\nWhich rate?\n\n"))
    #expect(text.contains("| lr=0.1 | 3 | 89.00 ± 1.00 | 25.0"))
    #expect(text.contains("| a\\|b\\*c |"), "\(text)")
    #expect(text.contains("```\nname: rates\n") && text.contains("`d-lr=0.1`"))
    #expect(text.contains("```\ntombola sweep study.yaml\n```"))
  }

  @Test func fencesAreLongerThanWhatTheyHold() throws {
    var sweep = try Self.sweep([Self.arm("a")])
    sweep.source = "```` four"
    sweep.arms[0].digest = "a`b|c"
    let text = SweepReport(sweep).document.markdown
    #expect(text.contains("`````\n```` four\n`````") && text.contains("| `` a`b\\|c `` |"), "\(text)")
  }

  /// Without tickets the page shows every network.
  @Test func networksStandWhereThereAreNoTickets() throws {
    let row: [String: Any] = [
      "name": "at-0.copy-1", "round": 0, "arm": "copy-1", "metrics": ["instability": Self.interval(0.03, 3)],
    ]
    let arms = [Self.arm("a", rounds: 0), Self.arm("b", rounds: 0)]
    let document = SweepReport(try Self.sweep(arms, stages: ["find-a": [row], "find-b": [row]])).document
    try Markup.check(document.html(chartScript: nil))
    #expect(document.text.contains("at-0.copy-1") && document.text.contains("3.00 ± 1.00"), "\(document.text)")
    #expect(document.sections.first?.id == "networks" && document.csv.contains("Instability"))
  }
}
