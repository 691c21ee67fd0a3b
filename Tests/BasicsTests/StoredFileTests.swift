import Basics
import Foundation
import TestSupport
import Testing

/// Digests that files carry of themselves, and ranges of the numbers in them.
@Suite struct StoredFileTests {
  private static func summary() -> SeedSummary {
    let stage = SeedSummary.Stage(
      name: "dense", round: 0, arm: "dense", remaining: 10, density: 1,
      metrics: ["testAccuracy": 0.25, "earlyStopStep": 7], digest: "a \"quoted\" / digest")
    return SeedSummary(seed: 3, stages: [stage], seconds: 0.125, residentBytes: 1 << 20, finished: 1.7e9)
  }

  /// Any bit: the file is refused, or says the same.
  @Test(arguments: [true, false])
  func everyFlippedBitOfJSONIsNoticed(_ isPretty: Bool) throws {
    let summary = Self.summary(), data = try StoredJSON.encoded(summary, pretty: isPretty)
    #expect(try StoredJSON.decode(data) == summary)
    var survivors = 0
    for bit in 0..<8 * data.count {
      var damaged = data
      damaged[bit / 8] ^= 1 << (bit % 8)
      guard let found: SeedSummary = try? StoredJSON.decode(damaged) else { continue }
      #expect(found == summary, "bit \(bit)")
      survivors += 1
    }
    #expect(survivors <= 8 * 6, "only the name of the digest may change")
    for length in 0..<data.count { #expect((try? StoredJSON.decode(data.prefix(length), as: SeedSummary.self)) == nil) }
  }

  @Test func everyFlippedBitOfArraysIsNoticed() throws {
    let file = SafetensorsTests.small(), data = try file.encoded()
    for bit in 0..<8 * data.count {
      var damaged = data
      damaged[bit / 8] ^= 1 << (bit % 8)
      if let found = try? SafetensorsFile(damaged, file: "x") { #expect(found.entries == file.entries, "bit \(bit)") }
    }
  }

  /// What is written by hand, or by an older version, has no digest; one that was changed has a wrong one.
  @Test func digestsAreOptionalButNeverWrong() throws {
    let data = try StoredJSON.encoded(["a": 1, "b": 2])
    var object = try #require(JSONSerialization.jsonObject(with: data) as? [String: Any])
    object["b"] = 3
    let changed = try JSONSerialization.data(withJSONObject: object, options: .prettyPrinted)
    #expect(throws: StoredJSON.Damage.self) { try StoredJSON.decode(changed, as: [String: Int].self) }
    object["sha256"] = 5
    let other = try JSONSerialization.data(withJSONObject: object)
    #expect(throws: StoredJSON.Damage.self) { try StoredJSON.decode(other, as: [String: Int].self) }
    object["sha256"] = nil
    let plain = try JSONSerialization.data(withJSONObject: object)
    #expect(try StoredJSON.decode(plain, as: [String: Int].self) == ["a": 1, "b": 3])
    #expect(try StoredJSON.decode(StoredJSON.encoded(0.923728813559322), as: Double.self) == 0.923728813559322)
    #expect(try StoredJSON.decode(StoredJSON.encoded([["x"], []])) == [["x"], []])
    #expect(try StoredJSON.decode(Data("0.5".utf8)) == 0.5)
  }

  @Test(arguments: [
    ("testAccuracy", 1.001), ("testAccuracy", -0.001), ("seconds", -1), ("trainingSeconds", 1e19), ("step", -1),
    ("validationLoss", 1e308), ("finished", 1e19), ("density", 5), ("anything", 1e19), ("anything", -1e308),
    ("round", 1e5), ("seed", -1), ("width", 1e9), ("residentBytes", -1),
  ])
  func numbersOutsideOfTheirRangeAreRefused(_ name: String, _ value: Double) throws {
    #expect(!StoredRange.range(of: name).contains(value))
    for text in ["{\"\(name)\":\(value)}", "{\"a\":[{\"\(name)\":[0,\(value)]}]}"] {
      let damage = #expect(throws: StoredJSON.Damage.self) {
        try StoredJSON.decode(Data(text.utf8), as: [String: Double].self)
      }
      #expect(damage?.reason.hasPrefix("\(name) is ") == true, "\(damage?.reason ?? "")")
    }
  }

  /// Phases are seconds, means of shares are shares, differences are neither.
  @Test func namesWithinOthers() throws {
    func reads(_ text: String) -> Bool { (try? StoredJSON.decode(Data(text.utf8), as: Anything.self)) != nil }
    #expect(reads("{\"seconds\":{\"dense\":3}}") && !reads("{\"seconds\":{\"dense\":-3}}"))
    #expect(reads("{\"seconds\":{\"mean\":1,\"low\":-9,\"high\":11,\"values\":[0.2,1.8]}}"))
    #expect(!reads("{\"seconds\":{\"mean\":1,\"low\":-9,\"high\":11,\"values\":[-0.2,2.2]}}"))
    #expect(reads("{\"testAccuracy\":{\"low\":-0.2,\"mean\":0.5}}") && !reads("{\"testAccuracy\":{\"mean\":5}}"))
    #expect(reads("{\"leads\":{\"testAccuracy\":{\"mean\":-0.5}}}"))
  }

  private struct Anything: Decodable { init(from decoder: any Decoder) throws {} }

  private struct Point: Encodable { var loss: Double }

  /// JSON has no such numbers: the place is told, and no error of the encoder.
  @Test(arguments: [(Double.nan, "not a number"), (.infinity, "infinite"), (-.infinity, "minus infinity")])
  func numbersThatJSONCannotHold(_ value: Double, _ words: String) {
    let problem = #expect(throws: Problem.self) { try StoredJSON.encoded(["a": [Point(loss: 1), Point(loss: value)]]) }
    #expect(problem?.problem == "a.1.loss is \(words)." && problem?.kind == .badData)
  }

  @Test func eventsOutOfRangeAreDamagedLines() throws {
    let scratch = try Scratch(), journal = Journal(scratch.file("journal.jsonl"))
    try journal.record([Event(kind: "progress", stage: "a", values: ["step": 3, "steps": 10])])
    let lines =
      ["1e19", "-1", "1e308", "\"x\"", "null", "1e999"].map {
        #"{"kind":"progress","stage":"a","time":1,"values":{"steps":\#($0)}}"#
      } + [#"{"kind":"progress","stage":"a","time":-1,"values":{}}"#]
    try AtomicFile.append(Data((lines.joined(separator: "\n") + "\n").utf8), to: journal.url)
    let found = try journal.events()
    #expect(found.events.count == 1 && found.damagedLines == lines.count)
  }

  /// Lengths of time come from a clock that nobody sets.
  @Test func sourcesMeasureByTheStopwatch() throws {
    let root = Repository.root.appendingPathComponent("Sources")
    for path in try FileManager.default.subpathsOfDirectory(atPath: root.path) where path.hasSuffix(".swift") {
      // Events of a browser's stream are a matter of the dashboard; a wait that is too long shows a line later.
      if path.hasPrefix("Dashboard/") || path.hasSuffix("Moment.swift") || path.hasSuffix("ProgressLine.swift") {
        continue
      }
      let text = try String(contentsOf: root.appendingPathComponent(path), encoding: .utf8)
      #expect(!text.contains("Date()") || path.hasSuffix("RunIndex.swift"), "\(path)")
      #expect(!text.contains("timeIntervalSince("), "\(path)")
    }
    #expect(Stopwatch().seconds >= 0 && Moment.now > 1.7e9)
  }

  @Test func longValuesAreCut() {
    let problem = Problem.usage(
      "lr=\(String(repeating: "9", count: 1_000_000)) cannot be read.", remedy: "Give a number.")
    #expect(
      problem.problem.count < 700 && problem.problem.hasPrefix("lr=999") && problem.problem.hasSuffix("cannot be read.")
    )
    #expect(Suggestion.nearest(to: String(repeating: "x", count: 1_000_000), among: ["lr", "model"]) == [])
  }

  /// Each of the system's reasons has its own cure.
  @Test(arguments: [(EFBIG, "ulimit -f"), (EMFILE, "ulimit -n"), (ENOSPC, "Free some space"), (EACCES, "permissions")])
  func reasonsHaveCures(_ code: Int32, _ cure: String) {
    let problem = Problem.system(code, "Cannot write x")
    #expect(problem.kind == .cannotWrite && problem.remedy.contains(cure))
  }
}
