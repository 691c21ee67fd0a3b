import Basics
import Dashboard
import Datasets
import Experiments
import Foundation
import Methods
import Pages
import Sweeps
import TestSupport
import Testing
import Tickets

extension Site {
  /// Listening for others without a token.
  static func unguarded() throws {
    let scratch = try Scratch()
    _ = try Dashboard(store: scratch.url, address: "0.0.0.0", token: nil, chartScript: nil)
  }
}

/// The pages in a headless Chromium: charts drawn, no error, no request elsewhere, news that arrive, keys that reach.
@Suite(.serialized) struct PageTests {
  private struct Drive: Decodable {
    var values: [String: JSONValue]
    var errors: [String]
    var requests: [String]
  }

  private enum JSONValue: Decodable, Equatable {
    case text(String), number(Double), flag(Bool), list([JSONValue]), nothing

    init(from decoder: any Decoder) throws {
      let container = try decoder.singleValueContainer()
      if let value = try? container.decode(Bool.self) { self = .flag(value); return }
      if let value = try? container.decode(Double.self) { self = .number(value); return }
      if let value = try? container.decode(String.self) { self = .text(value); return }
      if let value = try? container.decode([JSONValue].self) { self = .list(value); return }
      self = .nothing
    }
  }

  /// - Returns: `nil` where there is no browser or no Chart.js.
  private func drive(_ steps: [[String: Any]]) throws -> Drive? {
    guard ChartLibrary.locate() != nil else { return nil }
    let scratch = try Scratch(), file = scratch.file("steps.json")
    try JSONSerialization.data(withJSONObject: steps).write(to: file)
    let process = Process(), pipe = Pipe()
    process.executableURL = URL(fileURLWithPath: "/usr/bin/env")
    process.arguments = ["python3", Repository.root.appendingPathComponent("Tests/Browser/drive.py").path, file.path]
    process.standardOutput = pipe
    try process.run()
    let data = pipe.fileHandleForReading.readDataToEndOfFile()
    process.waitUntilExit()
    guard process.terminationStatus != 77 else { return nil }
    return try JSONDecoder().decode(Drive.self, from: data)
  }

  private func site() throws -> Site {
    try Site { store in
      for i in 0..<60 { try Handmade.run("find-\(1000 + i)", in: store, settings: ["lr": "0.\(i + 10)"]) }
      try Handmade.run(Handmade.hostile, in: store, settings: ["model": "<b>&"])
      try AtomicFile.createFolder(store.appendingPathComponent("find-torn"))
      try Data("{".utf8).write(to: store.appendingPathComponent("find-torn/run.json"))
    }
  }

  private let drawn = "document.documentElement.dataset.chartsDrawn"
  private let pageErrors = "document.documentElement.dataset.errors || ''"

  @Test func listsAreFilteredAndPaged() throws {
    let site = try site()
    let found = try drive([
      ["open": site.address + "/"], ["value": "rows", "of": "document.querySelectorAll('tbody tr').length"],
      ["value": "hostile", "of": "document.images.length + document.querySelectorAll('td img, th img').length"],
      ["value": "heading", "of": "document.querySelector('h1').textContent"],
      ["do": "document.querySelector('input[name=q]').value = 'lr<0.15 name=find-1*'"],
      ["do": "document.querySelector('form').requestSubmit()"],
      ["wait": "location.search.includes('lr') && document.readyState === 'complete'"],
      ["value": "filtered", "of": "document.querySelectorAll('tbody tr').length"],
      ["open": site.address + "/?page=2&sort=name"],
      ["value": "second", "of": "document.querySelectorAll('tbody tr').length"],
      ["value": "errors", "of": pageErrors],
    ])
    guard let found else { return }
    #expect(found.errors == [] && found.values["errors"] == .text(""))
    #expect(found.requests.allSatisfy { $0.hasPrefix(site.address) || $0.hasPrefix("data:") }, "\(found.requests)")
    #expect(found.values["rows"] == .number(50) && found.values["second"] == .number(12))
    #expect(found.values["filtered"] == .number(5) && found.values["hostile"] == .number(0))
  }

  /// A training goes on while the page is open: the chart is drawn again, without being loaded again.
  @Test func newsArriveAndAreDrawn() throws {
    let site = try site(), journal = site.scratch.url.appendingPathComponent("find-1000/seed-0/journal.jsonl")
    func progress(_ step: Int) -> String {
      """
      {"kind":"progress","stage":"seed-0/round-04","time":1,"values":{"step":\(step),"steps":400,"validationLoss":0.5,\
      "validationAccuracy":0.7,"testAccuracy":0.6}}

      """
    }
    try Data(progress(10).utf8).write(to: journal)
    let points = "tombola.states[0].drawing.data.datasets.find((d) => d.label === 'round-04').data.length"
    let found = try drive([
      ["open": site.address + "/run/find-1000"], ["value": "drawn", "of": drawn], ["value": "before", "of": points],
      ["touch": journal.path, "append": progress(20)], ["wait": "\(points) === 2"],
      ["value": "status", "of": "document.getElementById('live').textContent"],
      ["touch": journal.path, "append": "not a line of a journal\n"],
      ["wait": "document.getElementById('live').textContent.includes('1 damaged line')"],
      ["value": "errors", "of": pageErrors],
    ])
    guard let found else { return }
    #expect(found.errors == [] && found.values["errors"] == .text(""), "\(found.errors)")
    #expect(found.values["drawn"] == .text("2") && found.values["before"] == .number(1))
    #expect(found.values["waits"] == .list([.flag(true), .flag(true)]), "\(found.values)")
    #expect(found.values["status"] == .text("round-04: step 20 of 400."))
    #expect(found.requests.allSatisfy { $0.hasPrefix(site.address) || $0.hasPrefix("data:") })
  }

  @Test func comparisonsAreDrawnAndKeysReachEverything() throws {
    let site = try site(), name = Handmade.hostile.addingPercentEncoding(withAllowedCharacters: .alphanumerics) ?? ""
    let tabs = [[String: Any]](repeating: ["key": "Tab"], count: 6)
    let pressed = "document.querySelector('.legend button').getAttribute('aria-pressed')"
    let found = try drive(
      [["open": site.address + "/compare?run=find-1000&run=find-1001&run=\(name)"], ["value": "drawn", "of": drawn]]
        + [["key": "Tab"], ["value": "first", "of": "document.activeElement.textContent"]] + tabs
        + [
          ["do": "document.querySelector('.legend button').focus()"], ["key": "Enter"],
          ["value": "pressed", "of": pressed],
          ["value": "series", "of": "tombola.states[0].spec.variants[0].series.length"],
          ["value": "images", "of": "document.images.length"],
          ["open": site.address + "/run/\(name)"],
          ["value": "title", "of": "document.querySelector('h1').textContent"],
          ["value": "errors", "of": pageErrors],
        ])
    guard let found else { return }
    #expect(found.errors == [] && found.values["errors"] == .text(""), "\(found.errors)")
    #expect(found.values["drawn"] == .text("1") && found.values["series"] == .number(3))
    #expect(found.values["first"] == .text("Skip to the details") && found.values["pressed"] == .text("false"))
    #expect(found.values["title"] == .text(Handmade.hostile) && found.values["images"] == .number(0))
  }

  /// Of a search as it is: pictures of its masks, and its report in a sandbox.
  @Test func masksAndReportsAreShown() throws {
    let site = try Site { store in
      var settings = SearchSettings()
      for change in ["data=digits", "model=mlp:24,16", "rounds=3", "steps=2ep"] { try settings.apply(change) }
      _ = try Runner(Find(FindSettings(settings), seeds: [0, 1]), threads: 2, output: store).run(locator: DataLocator())
    }
    let names = try FileManager.default.contentsOfDirectory(atPath: site.scratch.url.path)
    let name = try #require(names.first { $0.hasPrefix("find-") })
    let pictures = "[...document.images].filter((image) => image.complete && image.naturalWidth > 0).length"
    let found = try drive([
      ["open": site.address + "/run/\(name)/masks?seed=1&round=2"], ["value": "masks", "of": pictures],
      ["value": "subtitle", "of": "document.querySelector('.subtitle').textContent"],
      ["open": site.address + "/report/\(name)"], ["value": "drawn", "of": "\(drawn) > 3"],
      ["value": "errors", "of": pageErrors],
    ])
    guard let found else { return }
    #expect(found.errors == [] && found.values["errors"] == .text(""), "\(found.errors)")
    #expect(found.values["masks"] == .number(3) && found.values["drawn"] == .flag(true), "\(found.values)")
    guard case .text(let subtitle)? = found.values["subtitle"] else { return }
    #expect(subtitle.hasPrefix("Seed 1, round 2: 64.0"), "\(subtitle)")
    #expect(site.get("/run/\(name)/masks?seed=9").contains("no such seed"))
    #expect(site.get("/report/\(name)").contains("sandbox allow-scripts"))
  }

  /// For a human eye: `TOMBOLA_REPORT_PICTURES=folder swift test --filter PageTests`.
  @Test func pictures() throws {
    guard let folder = ProcessInfo.processInfo.environment["TOMBOLA_REPORT_PICTURES"] else { return }
    let site = try site()
    for (name, target) in [
      ("list", "/"), ("run", "/run/find-1000"), ("compare", "/compare?run=find-1000&run=find-1001"),
      ("sweeps", "/sweeps"),
    ] {
      for dark in [false, true] {
        let file = "\(folder)/dashboard-\(name)\(dark ? "-dark" : "").png"
        _ = try drive([
          ["dark": dark], ["open": site.address + target], ["picture": file, "width": 1200, "height": 1600],
        ])
        #expect(FileManager.default.fileExists(atPath: file))
      }
    }
  }

  @Test func downsampledCurvesKeepTheirEnds() throws {
    let site = try site()
    let folder = site.scratch.url.appendingPathComponent("find-1001/seed-0/dense.json")
    let curve = (0..<20_000).map { step in
      ["step": Double(step), "validationLoss": 1, "validationAccuracy": step == 7777 ? 0.9 : 0.5, "testAccuracy": 0.5]
    }
    let record: [String: Any] = [
      "curve": curve, "trainingSeconds": 1, "evaluationSeconds": 1, "parametersDigest": "x",
    ]
    try JSONSerialization.data(withJSONObject: record).write(to: folder)
    let answer = site.get("/run/find-1001/charts"), body = try #require(answer.components(separatedBy: "\r\n\r\n").last)
    struct Charts: Decodable { var charts: [Chart] }
    let chart = try #require(try JSONDecoder().decode(Charts.self, from: Data(body.utf8)).charts.first)
    let dense = try #require(chart.variants[0].series.first { $0.name == "dense" })
    #expect(dense.points.count == 300 && dense.points.first?.x == 0 && dense.points.last?.x == 19_999)
    #expect(dense.points.contains { $0.x == 7777 && $0.y == 90 }, "the one peak is kept")
  }
}
