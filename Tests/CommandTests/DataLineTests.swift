import Foundation
import Testing

/// Every verb that trains says first what it trains on, on standard error.
@Suite(.enabled(if: Command.isBuilt)) struct DataLineTests {
  private static let small = ["model=mlp:8", "steps=2ep", "batch=16"]

  /// Labels 1 and 2 in the first column, as German programs write tables.
  private func table(_ scratch: Scratch) throws -> String {
    let rows = (0..<60).map { "\($0 % 2 + 1);\($0 % 7),5;0,\(125 + $0)" }
    return "csv:" + (try scratch.write("data.csv", (["label;a;b"] + rows).joined(separator: "\n")))
  }

  private func expectSaid(_ output: Command.Output, location: SourceLocation = #_sourceLocation) {
    #expect(output.status == 0, "\(output.err)", sourceLocation: location)
    for line in [
      "data: csv:data.csv: 44 training, 4 validation and 12 test samples of 2, values 0.125 to 6.5, 2 classes (1, 2), 2",
      "  separated by semicolons; line 1 holds names; labels in column 1 (label); decimal commas; test split: a fifth",
      "seed 0; classes numbered anew: 1 is 0, 2 is 1\n",
    ] {
      #expect(output.err.contains(line), "'\(line)' in \(output.err)", sourceLocation: location)
    }
    #expect(!output.out.contains("data: csv:data.csv: 44"), sourceLocation: location)
  }

  @Test func trainAndEvaluateSayIt() throws {
    let scratch = try Scratch(), data = "data=\(try table(scratch))", saved = scratch.path + "/saved.safetensors"
    let trained = try Command.run(["train", "--save", saved, "--json", "--set", data] + Self.small)
    expectSaid(trained)
    let json = try trained.json()
    #expect(((json["dataset"] as? [String: Any])?["source"] as? String)?.contains("1 is 0, 2 is 1") == true)
    expectSaid(try Command.run("evaluate", saved))
  }

  @Test func sweepsSayItAlsoWhenTheyGoOn() throws {
    let scratch = try Scratch()
    let file = try scratch.write(
      "two.yaml",
      """
      settings: {data: "\(try table(scratch))", model: "mlp:8", steps: 2ep, batch: 16, rounds: 1, controls: none}
      seeds: 1
      """)
    for _ in 0..<2 { expectSaid(try Command.run("sweep", file, "--out", scratch.path, "--json")) }
    let logs = scratch.url.appendingPathComponent("study-two/logs")
    let log = try #require(try FileManager.default.contentsOfDirectory(atPath: logs.path).first)
    #expect(try String(contentsOf: logs.appendingPathComponent(log), encoding: .utf8).contains("data: csv:data.csv"))
  }

  /// What can be read in two ways ends with 65 and the setting that decides.
  @Test func theSettingDecides() throws {
    let scratch = try Scratch(), rows = (0..<60).map { "\($0 % 2),\($0),\($0 % 3)" }
    let path = try scratch.write("two.csv", (["label,a,class"] + rows).joined(separator: "\n"))
    let words = ["train", "--data", "csv:\(path)", "--set"] + Self.small
    try expectFailure(65, ["column 1 (label), column 3 (class)", "label=1"], words)
    #expect(try Command.run(words + ["label=class"]).err.contains("3 classes"))
    #expect(try Command.run(words + ["label=1"]).err.contains("2 classes"))
    try expectFailure(64, ["label has no effect on digits"], ["train", "--data", "digits", "--set", "label=1"])
    try expectFailure(64, ["header=maybe"], words + ["header=maybe"])
  }
}
