import Basics
import Datasets
import Experiments
import Foundation
import Methods
import Pages
import TestSupport
import Testing

@Suite struct SiftPageTests {
  private static func interval(_ mean: Double) -> [String: Any] {
    ["mean": mean, "low": mean - 1, "high": mean + 1, "values": [mean, mean]]
  }

  private static func round(_ round: Int) -> [String: Any] {
    let scores = [("uniform", 30.0), ("degree-preserving", 10)].reduce(into: [String: Any]()) { scores, model in
      scores[model.0] = round == 0 ? [:] : ["within-2": interval(Double(round) * model.1)]
    }
    return [
      "round": round, "density": [1, 0.7, 0.49, 0.343][round], "testAccuracy": interval(0.5),
      "validationAccuracy": interval(0.5), "liveShares": [1, 0.75],
      "measures": ["within-1": interval(0.1), "within-2": interval(0.25), "gyration": interval(3.25)],
      "scores": scores,
    ]
  }

  private static func object(_ name: String, channels: Int) -> [String: Any] {
    let rounds = (0..<4).map(round), size = channels * 12
    let map: [String: Any] = [
      "height": 5, "width": 7, "sameChannel": Array(0..<35), "differentChannel": Array(0..<35),
    ]
    let patch: [String: Any] = [
      "radius": 1, "channels": channels, "units": 4, "average": (0..<9 * channels).map { Double($0) / 30 },
    ]
    let units = (0..<5).map { unit in
      let inputs = (0..<size).filter { $0 % 3 == 0 }
      return ["inputs": inputs, "weights": inputs.map { Double($0 - unit) }]
    }
    return [
      "command": "sift", "settings": ["data": name, "model": "bn-mlp:24,16"], "seeds": [0, 1], "draws": 64,
      "reproduce": "tombola sift \(name)", "seconds": ["total": 2.5, name: 1],
      "dataset": [
        "name": name, "source": name, "shape": [channels, 3, 4], "classes": 2, "trainCount": 90, "validationCount": 5,
        "testCount": 10, "normalisation": name,
      ],
      "arms": ["iterative", "phase"].map { ["arm": $0, "data": name, "rounds": rounds] },
      "agreement": [["round": 1, "overlap": interval(1)]],
      "ablation": [["order": "most", "removed": [0, 8, 16], "testAccuracy": [0.5, 0.25, 0.1]]], "portraitRound": 3,
      "deeper": [["layer": "fc2", "connected": 0.5, "within2": 0.3, "within2ByWeights": 0.4]],
      "portrait": [
        "units": units, "inputDegrees": Array(0..<size), "unitDegrees": [0, 3, 4, 12], "patch": patch,
        "nullPatch": patch,
      ], "displacements": Array(repeating: map, count: 4),
    ]
  }

  private func record(
    _ name: String = "cifar-10", channels: Int = 3, without keys: [String] = []
  ) throws -> Record<SiftFinding> {
    let object = Self.object(name, channels: channels).filter { !keys.contains($0.key) }
    var record = try JSONDecoder().decode(
      Record<SiftFinding>.self, from: JSONSerialization.data(withJSONObject: object))
    record.verdict = Sift.verdict(record)
    return record
  }

  private func pictures(in page: String) -> Int {
    Markup.values(of: "src", in: page).filter { $0.hasPrefix("data:image/png;base64,") }.count
  }

  @Test func saysWhereUnitsLook() throws {
    let report = Sift.report(try record()), page = report.html(chartScript: "// Chart")
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
    #expect(pictures(in: page) == 16)
    let names = report.sections.flatMap(\.pictures).map(\.name)
    #expect(Set(names).count == 16 && names.contains("different-channel-3") && names.contains("masks"))
    #expect(try Sift.pictures(record()).map(\.name) == ["same-channel", "different-channel", "masks", "weights"])
  }

  @Test func greyImagesHaveOneMapARound() throws {
    let record = try record(channels: 1), page = Sift.report(record).html(chartScript: nil)
    try Markup.check(page)
    #expect(pictures(in: page) == 8)
    #expect(Sift.pictures(record).map(\.name) == ["same-channel", "masks", "weights"])
  }

  /// Results of older versions hold no pictures.
  @Test func olderResultsHaveTheirTables() throws {
    let record = try record(without: ["portrait", "displacements"]), document = Sift.report(record)
    try Markup.check(document.html(chartScript: nil))
    #expect(Sift.pictures(record).isEmpty && document.sections.flatMap(\.pictures).isEmpty)
    #expect(document.text.contains("iterative: ") && document.text.contains("z, degrees"))
    #expect(document.text.contains("Agreement of first-layer masks"))
  }

  @Test(arguments: Hostile.names) func namesAreEscaped(_ name: String) throws {
    let page = Sift.report(try record(name)).html(chartScript: nil)
    try Markup.check(page)
    #expect(!page.contains("<script>alert") && page.contains(HTMLText.escape(name)))
  }

  @Test func isDrawnInABrowser() throws {
    guard let browser = Browser(), let script = ChartLibrary.locate() else {
      print("skipped: no browser or no Chart.js on this machine")
      return
    }
    let document = try browser.document(of: Sift.report(record()).html(chartScript: script))
    #expect(Markup.values(of: "data-charts-drawn", in: document).first == "4")
    #expect((Markup.values(of: "data-errors", in: document).first ?? "") == "")
  }

  /// Files come back as the pixels that they were made of, byte for byte the same each time.
  @Test func imagesArePNG() throws {
    let scratch = try Scratch(), width = 5, plane = 25
    defer { withExtendedLifetime(scratch) {} }
    let image = PNGImage(width: width, height: width, pixels: (0..<3 * plane).map { UInt8($0 * 37 % 256) })
    let file = scratch.url.appendingPathComponent("image.png")
    try image.file.write(to: file)
    #expect(image.file == image.file && image.file.prefix(8) == Data([0x89, 0x50, 0x4E, 0x47, 13, 10, 26, 10]))
    var planes = [UInt8](repeating: 0, count: 3 * plane)
    #expect(
      try planes.withUnsafeMutableBufferPointer {
        try ImageFile.read(file.path, size: width, into: $0.baseAddress!).channels
      }
        == 3)
    #expect((0..<3 * plane).allSatisfy { planes[$0] == image.pixels[$0 % plane * 3 + $0 / plane] })
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
