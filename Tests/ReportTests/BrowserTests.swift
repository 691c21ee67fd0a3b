import Foundation
import Foundations
import Report
import Testing

/// The pages in a real browser: every chart is drawn, no script fails, and the policy lets the page's own scripts run.
@Suite(.serialized) struct BrowserTests {
  private func drawn(_ result: SearchResult, options: [String] = []) throws -> (charts: Int, maps: Int, errors: String)?
  {
    guard let browser = Browser() else { return nil }
    guard let script = ChartLibrary.locate() else {
      print("No Chart.js on this machine: the charts were not drawn in a browser.")
      return nil
    }
    let document = try browser.document(of: SearchReport(result, chartScript: script).html(), options: options)
    func value(_ name: String) -> String { Markup.values(of: name, in: document).first ?? "" }
    return (Int(value("data-charts-drawn")) ?? -1, Int(value("data-maps-drawn")) ?? -1, value("data-errors"))
  }

  @Test func allChartsAreDrawn() throws {
    guard let page = try drawn(Fixture.search()) else { return }
    #expect(page == (5, 8, ""))
  }

  @Test func allChartsAreDrawnInDarkMode() throws {
    guard let page = try drawn(Fixture.search(), options: ["--blink-settings=preferredColorScheme=0"]) else { return }
    #expect(page == (5, 8, ""))
  }

  @Test func unusualResultsAreDrawn() throws {
    guard let bare = try drawn(Fixture.search(rounds: 1, seeds: 1, controls: false, points: 0)) else { return }
    #expect(bare == (3, 1, ""))
    let long = try drawn(Fixture.search(rounds: 300, seeds: 2, points: 40, fraction: 0.01))
    #expect(try #require(long) == (5, 8, ""))
    let none = try drawn(Fixture.search(rounds: 0))
    #expect(try #require(none) == (0, 0, ""))
  }

  @Test func hostileNamesDoNotRun() throws {
    for name in SafetyTests.hostile {
      guard let page = try drawn(SafetyTests.result(named: name)) else { return }
      #expect(page == (5, 2, ""), "\(name)")
    }
  }

  /// Draws the pages for a human eye: `TOMBOLA_REPORT_PICTURES=folder swift test --filter pictures`.
  @Test func pictures() throws {
    guard let folder = ProcessInfo.processInfo.environment["TOMBOLA_REPORT_PICTURES"], let browser = Browser() else {
      return
    }
    let root = URL(fileURLWithPath: folder)
    try AtomicFile.createFolder(root)
    let page = root.appendingPathComponent("report.html")
    try AtomicFile.write(SearchReport(Fixture.search(), chartScript: ChartLibrary.locate()).html(), to: page)
    let sizes = [("wide", ["--window-size=1280,5600"]), ("phone", ["--window-size=500,9000"])]
    for (name, options) in sizes {
      try browser.screenshot(of: page, to: root.appendingPathComponent("\(name).png"), options: options)
      let dark = options + ["--blink-settings=preferredColorScheme=0"]
      try browser.screenshot(of: page, to: root.appendingPathComponent("\(name)-dark.png"), options: dark)
    }
    for path in ["wide", "wide-dark", "phone", "phone-dark"] {
      #expect(FileManager.default.fileExists(atPath: "\(folder)/\(path).png"))
    }
  }
}
