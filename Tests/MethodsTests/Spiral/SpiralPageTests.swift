import Basics
import Experiments
import Foundation
import Methods
import Pages
import TestSupport
import Testing

@Suite struct SpiralPageTests {
  private static func best(
    _ weights: Int, _ accuracy: Double, _ run: String = "mask 3,3,3 7.7.7/1.1.1/1.1.1 lr=0.1 cosine"
  )
    -> [String: Any]
  {
    [
      "weights": weights, "parameters": weights + 10, "effective": weights - 1, "accuracy": accuracy, "run": run,
      "structure": "3,3,3", "runs": 3,
    ]
  }

  private static var steps: [[String: Any]] { (15...26).map { best($0, 0.5 + Double($0) / 60) } }

  private static func arm(_ name: String, _ width: Int?, _ steps: some Sequence<[String: Any]>, _ effective: Double = 1)
    -> [String: Any]
  {
    var arm: [String: Any] = [
      "name": name, "runs": 1234, "steps": Array(steps), "effective": effective, "disconnected": 1.5,
    ]
    arm["width"] = width
    return arm
  }

  /// A unit of layer 1 that sees the left half, and an output that follows it.
  private static var network: [String: Any] {
    func layer(_ input: Int, _ weight: Double) -> [[String: Any]] {
      [["place": 1, "inputs": [input], "weights": [weight], "bias": 0, "isOnPath": true]]
    }
    return ["best": best(24, 0.9), "layers": [layer(0, -1), layer(1, 1), layer(1, 1), layer(1, 2)]]
  }

  private static func finding(_ name: String) throws -> SpiralFinding {
    let points = [(-1, 1, 0), (2, -2, 1), (5, 0, 1)].map { ["x": $0.0, "y": $0.1, "label": $0.2] }
    let descent: [String: Any] = [
      "structure": "3,3,3", "target": 0.9, "cost": 12.3, "whole": 4, "found": steps[9],
    ]
    let object: [String: Any] = [
      "data": name, "runs": 1234, "targets": [0.9, 0.995],
      "arms": [
        arm("search", nil, steps), arm("snip", 3, steps.dropFirst(11), 0.75), arm("snip", 16, steps.prefix(3), 0.2),
      ], "structureCount": 7, "structures": [best(27, 0.99, "dense 3,3,3 lr=0.1 cosine")], "descent": descent,
      "networks": [network], "points": points,
      "tables": [["file": "runs.sqlite", "runs": 1234, "digest": name]],
    ]
    return try JSONDecoder().decode(SpiralFinding.self, from: JSONSerialization.data(withJSONObject: object))
  }

  private func record(_ name: String = "cubist-spiral") throws -> Record<SpiralFinding> {
    var record = Record(
      command: "spiral", settings: ["data": name], seeds: [0], dataset: nil, finding: try Self.finding(name),
      reproduce: "tombola spiral search")
    record.verdict = Spiral.verdict(record)
    record.seconds = ["search": 567]
    return record
  }

  private func page(_ name: String = "cubist-spiral", script: String? = nil) throws -> String {
    Spiral.report(try record(name)).html(chartScript: script)
  }

  @Test func saysWhatTheSearchAndTheMethodsNeeded() throws {
    let page = try page(script: "// Chart")
    try Markup.check(page)
    let plain = page.replacing("\u{202F}", with: " ")
    #expect(
      plain.contains(
        "90 % accuracy takes 24 weights by search; of the pruning methods, snip took fewest: 26 at width 3"))
    #expect(plain.contains("of dense networks, 3,3,3 did: 27 (37 with biases)."))
    #expect(plain.contains("No search reached 99.5 %."))
    #expect(plain.contains("cost 12 whole trainings, 4 of them to the end; sparsest at 90 %: 24 weights: mask"))
    #expect(plain.contains("<td class=\"number\">26</td><td class=\"number\">1.08</td>"))
    #expect(!page.contains("http://") && !page.contains("src=\"http"))
    let data = try Markup.data(of: page)
    #expect(data.charts.map(\.id) == ["staircase"])
    #expect(data.charts[0].variants.map(\.label) == ["all widths", "width 3", "width 16"])
    #expect(data.charts[0].variants[0].series.map(\.name) == ["search", "snip"])
    #expect(data.charts[0].variants[2].series[1].points.map(\.x) == [15, 16, 17])
  }

  @Test func theTerminalShowsTheTables() throws {
    let text = Spiral.report(try record()).text
    for words in [
      "Fewest weights by method and width", "Dense structures that are better than all with fewer weights, of 7",
      "runs.sqlite", "No search reached 99.5 %.",
    ] {
      #expect(text.contains(words), "\(words) in \(text)")
    }
  }

  @Test func picturesStandInThePage() throws {
    let page = try page()
    #expect(Markup.values(of: "src", in: page).filter { $0.hasPrefix("data:image/png;base64,") }.count == 4)
    #expect(page.contains("Decision regions: class 1 on 50 % of the square"))
    #expect(page.contains("layer 1, unit 2: active on 50 % of the square"))
  }

  @Test func namesAreEscaped() throws {
    for name in Hostile.names {
      let page = try page(name)
      try Markup.check(page)
      #expect(!page.contains("<script>alert"))
    }
  }

  @Test func isDrawnInABrowser() throws {
    guard let browser = Browser(), let script = ChartLibrary.locate() else {
      print("skipped: no browser or no Chart.js on this machine")
      return
    }
    let document = try browser.document(of: try page(script: script))
    #expect(Markup.values(of: "data-charts-drawn", in: document).first == "1")
    #expect((Markup.values(of: "data-errors", in: document).first ?? "") == "")
  }
}
