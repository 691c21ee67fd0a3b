import Foundation
import Pages
import Report
import Testing

@Suite struct SpiralReportTests {
  private func findings(_ name: String = "cubist-spiral") -> SpiralFindings {
    let steps = (15...26).map { (weights: $0, accuracy: 0.5 + Double($0) / 60) }
    let values = (0..<64).map { Float($0 % 8) - 3.5 }
    return SpiralFindings(
      data: name, runs: 1234, seconds: 567, targets: [0.9, 0.995], optimum: [24, nil],
      staircases: [
        .init(name: "search", width: nil, steps: steps),
        .init(name: "snip", width: 3, steps: Array(steps.dropFirst(4))),
        .init(name: "snip", width: 16, steps: Array(steps.prefix(3))),
      ],
      needs: [
        .init(name: "search", width: nil, runs: 9, best: 0.93, weights: [24, nil], effective: 1, disconnected: 0),
        .init(name: "snip", width: 3, runs: 5, best: 0.92, weights: [26, nil], effective: 0.75, disconnected: 1.5),
        .init(name: "snip", width: 16, runs: 5, best: 0.6, weights: [nil, nil], effective: 0.2, disconnected: 12),
      ],
      structures: [.init(units: "3,3,3", weights: 27, parameters: 37, accuracy: 0.91)],
      portraits: [
        .init(
          title: "\(name): 24 weights", size: 8,
          panels: [
            .init(label: "output", values: values), .init(label: "layer 1, unit 2", values: values.map { max(0, $0) }),
          ],
          points: [(place: 3, label: 0), (place: 60, label: 1)])
      ], provenance: ["tombola spiral search    # 1234 runs", "# digest \(name)"])
  }

  @Test func saysWhatTheSearchAndTheMethodsNeeded() throws {
    let page = SpiralReport(findings(), chartScript: "// Chart").html()
    try Markup.check(page)
    let plain = page.replacing("\u{202F}", with: " ")
    #expect(
      plain.contains(
        "90.0 % accuracy takes 24 weights by search; of the pruning methods, snip took fewest: 26 at width 3"))
    #expect(plain.contains("No search reached 99.5 %."))
    #expect(plain.contains("<td class=\"number\">26</td><td class=\"number\">1.08</td>"))
    #expect(!page.contains("http://") && !page.contains("src=\"http"))
    let data = try Markup.data(of: page)
    #expect(data.charts.map(\.id) == ["staircase"])
    #expect(data.charts[0].variants.map(\.label) == ["all widths", "width 3", "width 16"])
    #expect(data.charts[0].variants[0].series.map(\.name) == ["search", "snip"])
    #expect(data.charts[0].variants[2].series[1].points.map(\.x) == [15, 16, 17])
  }

  @Test func picturesStandInThePage() throws {
    let page = SpiralReport(findings(), chartScript: nil).html()
    #expect(Markup.values(of: "src", in: page).filter { $0.hasPrefix("data:image/png;base64,") }.count == 2)
    #expect(page.contains("Decision regions: class 1 on 50 % of the square"))
    #expect(page.contains("layer 1, unit 2: active on 50 % of the square"))
  }

  /// Against a file that Python's zlib wrote and Pillow reads.
  @Test func imagesArePNG() {
    let row: [UInt8] = [255, 0, 0, 0, 128, 9]
    let image = PNGImage(width: 2, height: 2, pixels: row + row)
    #expect(
      image.address
        == "data:image/png;base64,iVBORw0KGgoAAAANSUhEUgAAAAIAAAACCAIAAAD91JpzAAAAGUlEQVR4AQEOAPH/AP8AAACACQD/AAAAgAkYzAMRBlH49wAAAABJRU5ErkJggg=="
    )
  }

  @Test func namesAreEscaped() throws {
    for name in SafetyTests.hostile {
      let page = SpiralReport(findings(name), chartScript: nil).html()
      try Markup.check(page)
      #expect(!page.contains("<script>alert"))
    }
  }

  @Test func isDrawnInABrowser() throws {
    guard let browser = Browser(), let script = ChartLibrary.locate() else {
      print("skipped: no browser or no Chart.js on this machine")
      return
    }
    let document = try browser.document(of: SpiralReport(findings(), chartScript: script).html())
    #expect(Markup.values(of: "data-charts-drawn", in: document).first == "1")
    #expect((Markup.values(of: "data-errors", in: document).first ?? "") == "")
  }
}
