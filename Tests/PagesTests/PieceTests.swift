import Basics
import Foundation
import Pages
import TestSupport
import Testing

/// The reusable parts of pages.
@Suite struct PieceTests {
  @Test func numbersReadTheSameEverywhere() {
    #expect(
      Format.count(266_200) == "266\u{202F}200" && Format.count(12) == "12" && Format.count(-1234) == "−1\u{202F}234")
    #expect(Format.decimal(1234.5, 2) == "1\u{202F}234.50" && Format.decimal(-0.001, 2) == "0.00")
    #expect(Format.decimal(.nan, 2) == "not finite" && Format.significant(.infinity) == "not finite")
    #expect(
      [100, 51.28, 3.584, 0.4716, 0, 80.04, 1000].map(Format.significant) == [
        "100", "51.3", "3.58", "0.472", "0", "80.0", "1\u{202F}000",
      ])
    #expect(Format.points(0.0042) == "+0.42" && Format.points(-0.013) == "−1.30" && Format.points(0.00001) == "0.00")
  }

  @Test(arguments: [
    (0.84, "0.84 s"), (45, "45.0 s"), (321.3, "5 min 21 s"), (3840, "1 h 04 min"), (3599.7, "1 h 00 min"), (.nan, "–"),
    (1e300, "–"),
  ])
  func durations(seconds: Double, text: String) {
    #expect(Format.duration(seconds).replacing("\u{202F}", with: " ") == text)
  }

  @Test func bytes() {
    #expect(Format.bytes(7412) == "7.41\u{202F}kB" && Format.bytes(999) == "999\u{202F}bytes")
  }

  @Test func intervals() {
    let symmetric = Interval(mean: 0.8812, low: 0.8791, high: 0.8833, values: [0.88, 0.8824])
    #expect(Format.percentInterval(symmetric) == "88.12 ± 0.21")
    let skewed = Interval(mean: 0.88, low: 0.87, high: 0.9, values: [0.88, 0.88])
    #expect(Format.percentInterval(skewed) == "88.00 (87.00 to 90.00)")
    #expect(Format.percentInterval(Interval(mean: 0.88, low: 0.88, high: 0.88, values: [0.88])) == "88.00")
  }

  @Test func interpolatedTextIsEscapedAndMarkupIsNot() {
    let name = "<b>\"'&"
    let part: HTMLText = "<i>\(name)</i>"
    #expect(part.markup == "<i>&lt;b&gt;&quot;&#39;&amp;</i>")
    #expect(("\(part)\([part, part])\(7)" as HTMLText).markup == String(repeating: part.markup, count: 3) + "7")
  }

  @Test func tablesNameTheirRowsAndColumns() throws {
    let table = Table(
      "<b>A</b> & more", columns: [.text("x"), .number("y")], rows: [.init(["a", "1"], isMarked: true)])
    try Markup.check("<!DOCTYPE html>" + table.html.markup)
    #expect(table.html.markup.contains("<th scope=\"col\" class=\"number\">y</th>"))
    #expect(table.html.markup.contains("<tr class=\"marked\"><th scope=\"row\">a</th><td class=\"number\">1</td></tr>"))
    #expect(table.html.markup.contains("aria-label=\"A &amp; more\""))
  }

  @Test func rangesAreRoundAndHoldTheirValues() throws {
    for values in [[0.1, 0.2], [88.1, 88.4, 86], [5], [0], [-3, 1e6], [1e-9, 2e-9]] {
      let range = try #require(Axis.roundRange(values))
      #expect(range.low < values.min()! && values.max()! < range.high)
      #expect(range.high - range.low <= 2.5 * max(values.max()! - values.min()!, 0.1 * abs(values[0]), 1e-3))
    }
    #expect(Axis.roundRange([Double]()) == nil && Axis.roundRange([Double.nan]) == nil)
  }

  @Test func logarithmicTicksLieInside() {
    #expect(Axis.logarithmicTicks(0.9, 105) == [1, 2, 5, 10, 20, 50, 100])
    #expect(Axis.logarithmicTicks(60, 105) == [60, 70, 80, 90, 100])
    #expect(Axis.logarithmicTicks(0, 1).isEmpty && Axis.logarithmicTicks(1, .infinity).isEmpty)
  }

  @Test func chartsSurviveEncoding() throws {
    let points = [Chart.Point(1, 2), Chart.Point(2, .nan, low: 1, high: 3), Chart.Point(1.0 / 3, 4, low: 3, high: 5)]
    let chart = Chart(
      id: "c", title: "t", x: Axis("x", scale: .logarithmic), y: Axis("y"),
      series: [.init("s", style: .numbered(3), points: points, mark: 2)], marks: [.init(1, label: "here")])
    #expect(try JSONDecoder().decode(Chart.self, from: JSONEncoder().encode(chart)) == chart)
    #expect(ChartFigure.table(chart).rows.map(\.cells).last == ["2.00", "–"])
  }

  @Test func seriesStylesDiffer() {
    let styles = (0..<120).map { SeriesStyle.numbered($0) }
    #expect(Set(styles.map { "\($0)" }).count == 120)
  }

  @Test func heatMapsSpeakOfWhatTheyShow() throws {
    var values = [Int](repeating: 0, count: 2 * 4 * 4)
    values[16 + 5] = 9
    values[0] = 1
    let map = try #require(HeatMap(id: "m", title: "M", shape: [2, 4, 4], values: values))
    #expect(
      map.summary.contains(
        "10 connections, at most 9 of one input (row 2, column 2 of channel 2). 30 of 32 inputs (93.8\u{202F}%) have none."
      ))
    #expect(map.summary.hasSuffix("The middle 2 × 2 pixels hold 90.0\u{202F}% of them."))
    let columns = try #require(HeatMap(id: "m", title: "M", shape: [32, 1, 1], values: values))
    #expect(columns.channels == 1 && columns.height == 1 && columns.width == 32)
    #expect(HeatMap(id: "m", title: "M", shape: [1, 4, 4], values: values) == nil)
    #expect(HeatMap(id: "m", title: "M", shape: [32], values: values) == nil)
  }

  /// WCAG 2.2: text needs a contrast of 4.5, lines need 3; both schemes are in the first rules of the style sheet.
  @Test func coloursReachTheirContrast() throws {
    let rules = PageStyle.sheet.components(separatedBy: "prefers-color-scheme: dark").map(Contrast.colours)
    try #require(rules.count == 2)
    for colours in rules {
      for ground in ["--ground", "--card", "--marked"] {
        for text in ["--ink", "--soft", "--accent"] {
          #expect(
            Contrast.ratio(try #require(colours[text]), try #require(colours[ground])) >= 4.5, "\(text) on \(ground)")
        }
      }
      let own = colours.keys.filter { ["--ticket", "--reinit", "--shuffled", "--random", "--dense"].contains($0) }
      #expect(own.count == 5)
      let lines = own + (0..<6).map { SeriesStyle.numbered($0).color }
      for line in lines {
        #expect(Contrast.ratio(try #require(colours[line]), try #require(colours["--card"])) >= 3, "\(line)")
      }
    }
  }

  @Test func theLibraryIsFoundWhereTheEnvironmentSays() throws {
    let url = FileManager.default.temporaryDirectory.appendingPathComponent("chart-\(UUID()).js")
    defer { try? FileManager.default.removeItem(at: url) }
    try AtomicFile.write("window.Chart = 1;", to: url)
    #expect(ChartLibrary.locate(environment: ["TOMBOLA_CHART_JS": url.path]) == "window.Chart = 1;")
    try AtomicFile.write("class Chart {}\nexport { Chart };", to: url)
    #expect(ChartLibrary.locate(environment: ["TOMBOLA_CHART_JS": url.path]) == nil)
    #expect(ChartLibrary.locate(environment: ["TOMBOLA_CHART_JS": ""]) == nil)
    #expect(ChartLibrary.locate(environment: ["TOMBOLA_CHART_JS": url.path + ".none"]) == nil)
  }
}
