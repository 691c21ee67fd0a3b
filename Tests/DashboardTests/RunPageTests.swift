import Basics
import Dashboard
import Foundation
import Pages
import TestSupport
import Testing

/// The page of a run whatever its folder holds.
@Suite struct RunPageTests {
  private func site(_ prepare: (URL) throws -> Void = { _ in }) throws -> (Site, folder: URL) {
    let site = try Site { store in
      try Handmade.run("find-odd", in: store)
      try prepare(store.appendingPathComponent("find-odd"))
    }
    return (site, site.scratch.url.appendingPathComponent("find-odd"))
  }

  private func line(_ step: Int, _ rest: String = #""steps":400000,"validationAccuracy":0.8,"validationLoss":0.5"#)
    -> String
  {
    #"{"kind":"progress","stage":"seed-0\/x","time":1800000000.5,"values":{"step":\#(step),\#(rest)}}"# + "\n"
  }

  private func append(_ text: String, _ folder: URL) throws {
    try AtomicFile.append(Data(text.utf8), to: folder.appendingPathComponent("seed-0/journal.jsonl"))
  }

  private func curve(_ answer: String, _ stage: String) throws -> Chart.Series {
    struct Charts: Decodable { var charts: [Chart] }
    let body = try #require(answer.components(separatedBy: "\r\n\r\n").last)
    let chart = try #require(try JSONDecoder().decode(Charts.self, from: Data(body.utf8)).charts.first)
    return try #require(chart.variants[0].series.first { $0.name == stage })
  }

  @Test(arguments: ["1e300", "1e19", "-1", "0.5", "null", "\"many\""])
  func stepsThatAreNoneAreDamage(_ steps: String) throws {
    let (site, folder) = try site()
    try append(line(1) + line(2, "\"steps\":\(steps)"), folder)
    for target in ["/run/find-odd", "/run/find-odd/charts", "/"] {
      #expect(site.get(target).hasPrefix("HTTP/1.1 200"), "\(target)")
    }
    #expect(site.get("/run/find-odd").contains("The journal has 1 damaged line"))
    #expect(site.get("/run/find-odd/charts").contains("x: step 1 of 400000."))
  }

  /// Whoever asks next, what was read is not read again.
  @Test func aLongJournalIsReadOnce() throws {
    let (site, folder) = try site { folder in
      let lines = (0..<50_000).map { step in
        let accuracy: Double = step == 33_333 ? 0.99 : 0.5
        return line(step, #""steps":50000,"validationAccuracy":\#(accuracy),"validationLoss":\#(0.5)"#)
      }
      try append(lines.joined(), folder)
    }
    let size = try Data(contentsOf: folder.appendingPathComponent("seed-0/journal.jsonl")).count
    let first = try curve(site.get("/run/find-odd/charts"), "x"), read = site.dashboard.journalBytesRead
    #expect(size <= read && read < size + size / 100)
    #expect(first.points.count == 300 && first.points.first?.x == 0 && first.points.last?.x == 49_999)
    #expect(first.points.contains { $0.x == 33_333 && $0.y == 99 }, "the one peak is kept")
    try append(line(50_000), folder)
    DispatchQueue.concurrentPerform(iterations: 6) { i in
      #expect(site.get(i < 3 ? "/run/find-odd/charts" : "/run/find-odd").hasPrefix("HTTP/1.1 200"))
    }
    #expect(try curve(site.get("/run/find-odd/charts"), "x").points.last?.x == 50_000)
    #expect(site.dashboard.journalBytesRead - read < 1000, "only what is new")
  }

  @Test func trainingsThatEndedLeaveTheJournalsCurves() throws {
    let (site, folder) = try site()
    try append(line(1) + #"{"kind":"trained","stage":"seed-0\/x","time":1,"values":{}}"# + "\n", folder)
    #expect(!site.get("/run/find-odd/charts").contains("\"name\":\"x\""))
    try append(line(1), folder)
    #expect(try curve(site.get("/run/find-odd/charts"), "x").points.count == 1)
  }

  /// Each file of the folder in turn is something else; the page is there, and names what it cannot read.
  @Test(arguments: ["", "{", "[]", "null", "\u{0}\u{1}", #"{"a":1e999}"#, #"{"curve":[{"step":1e30}]}"#])
  func aDamagedFileIsNamed(_ content: String) throws {
    for file in ["run.json", "seed-0.json", "seed-0/dense.json", "seed-0/round-01.json", "result.json"] {
      let (site, _) = try site { try Data(content.utf8).write(to: $0.appendingPathComponent(file)) }
      let page = site.get("/run/find-odd")
      #expect(page.hasPrefix("HTTP/1.1 200"), "\(file): \(page.prefix(300))")
      // A list is a record of another kind; a result that cannot be read is named as such.
      let isOther = file.hasPrefix("seed-0/") && ["[]", "null"].contains(content) || content == #"{"a":1e999}"#
      let name = file == "result.json" ? "result" : file
      #expect(isOther || page.contains(name) && page.contains("class=\"notice\""), "\(file) as \(content)")
      for target in ["/", "/run/find-odd/charts", "/compare?run=find-odd", "/run/find-odd/masks", "/api/runs"] {
        #expect(site.get(target).hasPrefix("HTTP/1.1 "), "\(target) of \(file)")
      }
    }
  }
}
