import Basics
import Pages
import Report
import TestSupport
import Testing

@Suite struct SiftReportTests {
  private func interval(_ mean: Double) -> Interval {
    Interval(mean: mean, low: mean - 1, high: mean + 1, values: [mean, mean])
  }

  private func findings(_ name: String = "cifar-10", channels: Int = 3) -> SiftFindings {
    let rounds = (0..<4).map { round in
      SiftFindings.Round(
        round: round, density: [1, 0.7, 0.49, 0.343][round], accuracy: interval(0.5), live: [1, 0.75],
        within: [interval(0.1), interval(0.25), nil], uniform: round == 0 ? nil : interval(Double(30 * round)),
        degreePreserving: round == 0 ? nil : interval(Double(10 * round)), colourCoherence: nil,
        gyration: interval(3.25), patchScore: nil)
    }
    let plane = SiftFindings.Plane(height: 5, width: 7, values: (0..<35).map(Double.init))
    let shape = [channels, 3, 4], size = channels * 12
    let patch = [SiftFindings.Plane](repeating: plane, count: channels)
    return SiftFindings(
      data: name, model: "bn-mlp:24,16", seeds: 2, draws: 64,
      arms: [
        .init(name: "iterative", summary: name, rounds: rounds), .init(name: "phase", summary: "", rounds: rounds),
      ],
      displacements: rounds.map {
        .init(round: $0.round, density: $0.density, same: plane, different: channels > 1 ? plane : nil)
      },
      portrait: .init(
        round: 3, density: 0.343, shape: shape,
        units: (0..<5).map { unit in
          .init(weights: (0..<size).map { Float($0 - unit) }, keeps: (0..<size).map { $0 % 3 == 0 })
        }, inputDegrees: (0..<size).map { $0 }, unitDegrees: [0, 3, 4, 12], patch: patch, nullPatch: patch),
      ablation: [.init(order: "most", removed: [0, 8, 16], accuracy: [0.5, 0.25, 0.1])],
      deeper: [.init(layer: "fc2", connected: 0.5, within2: 0.3, byPaths: nil, byWeights: 0.4)],
      agreement: [(round: 1, overlap: interval(1))], provenance: ["tombola sift", name])
  }

  @Test func saysWhereUnitsLook() throws {
    let report = SiftReport(findings(), chartScript: "// Chart"), page = report.html()
    try Markup.check(page)
    let plain = page.replacing("\u{202F}", with: " ")
    #expect(plain.contains("At 34.3 % density (round 3) units look at neighbouring pixels"))
    #expect(plain.contains("z = 30.0 ± 1.0"))
    #expect(!page.contains("src=\"http"))
    let data = try Markup.data(of: page)
    #expect(data.charts.map(\.id) == ["degree-preserving", "uniform", "accuracy", "ablation"])
    #expect(data.charts[0].variants[0].series.map(\.points.count) == [3, 3])
    #expect(data.maps.map(\.id) == ["pixels"])
    // Two maps a round, two grids, three average patches and three of random masks.
    #expect(Markup.values(of: "src", in: page).filter { $0.hasPrefix("data:image/png;base64,") }.count == 16)
    #expect(report.pictures().map(\.name) == ["same-channel", "different-channel", "masks", "weights"])
  }

  @Test func greyImagesHaveOneMapARound() throws {
    let report = SiftReport(findings(channels: 1), chartScript: nil), page = report.html()
    try Markup.check(page)
    #expect(Markup.values(of: "src", in: page).filter { $0.hasPrefix("data:image/png;base64,") }.count == 8)
    #expect(report.pictures().map(\.name) == ["same-channel", "masks", "weights"])
  }

  @Test func namesAreEscaped() throws {
    for name in Hostile.names {
      let page = SiftReport(findings(name), chartScript: nil).html()
      try Markup.check(page)
      #expect(!page.contains("<script>alert"))
      let pattern = PatternReport(
        data: name,
        networks: [.init(name: name, summary: name, parameters: 3, accuracy: interval(0.5), curve: [(0, 0.5)])],
        provenance: [name], chartScript: nil
      ).html()
      try Markup.check(pattern)
      #expect(!pattern.contains("<script>alert"))
    }
  }

  @Test func isDrawnInABrowser() throws {
    guard let browser = Browser(), let script = ChartLibrary.locate() else {
      print("skipped: no browser or no Chart.js on this machine")
      return
    }
    let document = try browser.document(of: SiftReport(findings(), chartScript: script).html())
    #expect(Markup.values(of: "data-charts-drawn", in: document).first == "4")
    #expect((Markup.values(of: "data-errors", in: document).first ?? "") == "")
  }

  @Test func gridsStandAPixelApart() throws {
    let image = PNGImage(width: 1, height: 1, pixels: [1, 2, 3])
    let grid = try #require(PNGImage.grid([image, image, image], columns: 2))
    #expect(grid.width == 3 && grid.height == 3)
    #expect(Array(grid.pixels[0..<9]) == [1, 2, 3, 255, 255, 255, 1, 2, 3])
    #expect(Array(grid.pixels[18..<24]) == [1, 2, 3, 255, 255, 255])
    #expect(PNGImage.grid([], columns: 2) == nil)
  }
}
