import Basics
import Experiments
import Foundation
import Methods
import Pages
import TestSupport
import Testing

/// The pages in a real browser: every chart is drawn, no script fails, and the policy lets the page's own scripts run.
@Suite(.serialized) struct BrowserTests {
  private func drawn(_ result: Record<FindFinding>, options: [String] = []) throws -> (
    charts: Int, maps: Int, errors: String
  )? {
    guard let browser = Browser() else { return nil }
    guard let script = ChartLibrary.locate() else {
      print("No Chart.js on this machine: the charts were not drawn in a browser.")
      return nil
    }
    let document = try browser.document(of: Find.report(result).html(chartScript: script), options: options)
    func value(_ name: String) -> String { Markup.values(of: name, in: document).first ?? "" }
    return (Int(value("data-charts-drawn")) ?? -1, Int(value("data-maps-drawn")) ?? -1, value("data-errors"))
  }

  @Test func allChartsAreDrawn() throws {
    guard let page = try drawn(FindFixture.search()) else { return }
    #expect(page == (5, 8, ""))
  }

  @Test func allChartsAreDrawnInDarkMode() throws {
    guard let page = try drawn(FindFixture.search(), options: ["--blink-settings=preferredColorScheme=0"]) else {
      return
    }
    #expect(page == (5, 8, ""))
  }

  @Test func unusualResultsAreDrawn() throws {
    guard let bare = try drawn(FindFixture.search(rounds: 1, seeds: 1, controls: false, points: 0)) else { return }
    #expect(bare == (3, 1, ""))
    let long = try drawn(FindFixture.search(rounds: 300, seeds: 2, points: 40, fraction: 0.01))
    #expect(try #require(long) == (5, 8, ""))
    let none = try drawn(FindFixture.search(rounds: 0))
    #expect(try #require(none) == (0, 0, ""))
  }

  @Test func hostileNamesDoNotRun() throws {
    for name in SafetyTests.hostile {
      guard let page = try drawn(SafetyTests.result(named: name)) else { return }
      #expect(page == (5, 2, ""), "\(name)")
    }
  }

  /// The page's policy admits no script but its own, so the clicks are added to the source of Chart.js.
  @Test func controlsWork() throws {
    guard let browser = Browser(), let script = ChartLibrary.locate() else { return }
    let clicks = """
      window.addEventListener("load", () => {
        const legend = document.querySelectorAll(".legend button")[1];
        legend.click();
        const select = document.querySelector("select[data-group]");
        select.value = "2";
        select.dispatchEvent(new Event("change"));
        document.querySelector("input[data-whole]").click();
        const loss = Chart.getChart("chart-loss");
        window.dispatchEvent(new Event("beforeprint"));
        document.body.dataset.seen = [
          legend.getAttribute("aria-pressed"), Chart.getChart("chart-accuracy").isDatasetVisible(1),
          document.getElementById("table-loss").caption.textContent, loss.options.scales.y.max,
          "print" in document.documentElement.dataset, document.querySelectorAll("details[open]").length,
        ].join("|");
        window.dispatchEvent(new Event("afterprint"));
        document.body.dataset.after = document.querySelectorAll("details[open]").length;
      });
      """
    let page = Find.report(FindFixture.search()).html(chartScript: script + clicks)
    let document = try browser.document(of: page)
    let seen = "false|false|Validation loss: Round 3, 51.3\u{202F}% of the weights|2.5|true|2"
    #expect(Markup.values(of: "data-seen", in: document) == [seen])
    #expect(Markup.values(of: "data-after", in: document) == ["0"])
    #expect(Markup.values(of: "data-errors", in: document) == [])
  }

  /// A script that came in by another way than through `Page` is refused by the policy.
  @Test func foreignScriptsAreRefused() throws {
    guard let browser = Browser() else { return }
    let page = Find.report(FindFixture.search(rounds: 1)).html(chartScript: nil)
    let foreign =
      "<script>document.body.dataset.seen = 1</script><img src=x onerror=\"document.body.dataset.seen = 2\">"
    let document = try browser.document(of: page.replacingOccurrences(of: "</body>", with: foreign + "</body>"))
    #expect(Markup.values(of: "data-seen", in: document) == [] && document.contains("data-maps-drawn=\"1\""))
  }

  /// Draws the pages for a human eye: `TOMBOLA_REPORT_PICTURES=folder swift test --filter pictures`.
  @Test func pictures() throws {
    guard let folder = ProcessInfo.processInfo.environment["TOMBOLA_REPORT_PICTURES"], let browser = Browser() else {
      return
    }
    let root = URL(fileURLWithPath: folder)
    try AtomicFile.createFolder(root)
    let page = root.appendingPathComponent("report.html")
    let script = ChartLibrary.locate()
    try AtomicFile.write(Find.report(FindFixture.search()).html(chartScript: script), to: page)
    for kind in FindFixture.Unusual.allCases {
      let url = root.appendingPathComponent("\(kind).html")
      try AtomicFile.write(Find.report(kind.record).html(chartScript: script), to: url)
    }
    let tables = Find.report(FindFixture.search()).html(chartScript: nil)
    try AtomicFile.write(tables, to: root.appendingPathComponent("tables.html"))
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
