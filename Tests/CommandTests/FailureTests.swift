import Foundation
import TestSupport
import Testing

/// Networks that diverge or collapse: the others are reported, what failed is named, and nothing is trained twice.
@Suite(.enabled(if: Command.isBuilt)) struct FailureTests {
  private static let inputs = Repository.root.appendingPathComponent("Tests/Fixtures/inputs")

  private func data(_ name: String) -> String { "csv:\(Self.inputs.appendingPathComponent(name).path)" }

  private func failures(_ record: [String: Any]) throws -> [[String: Any]] {
    try #require(record["failures"] as? [[String: Any]])
  }

  /// How often each network was trained, by the journals.
  private func trained(_ scratch: Scratch) throws -> [String: Int] {
    var counts: [String: Int] = [:]
    for path in try FileManager.default.subpathsOfDirectory(atPath: scratch.path) where path.hasSuffix("journal.jsonl")
    {
      let lines = try String(contentsOf: scratch.url.appendingPathComponent(path), encoding: .utf8).split(
        separator: "\n")
      for line in lines where line.contains("\"trained\"") {
        let event = try #require(try JSONSerialization.jsonObject(with: Data(line.utf8)) as? [String: Any])
        counts[event["stage"] as? String ?? "", default: 0] += 1
      }
    }
    return counts
  }

  @Test func oneDivergingSeedCostsItselfAlone() throws {
    let scratch = try Scratch()
    let words = [
      "find", "--data", data("heavy.csv"), "--model", "mlp:64,64", "--rounds", "2", "--steps", "10ep", "--batch", "8",
      "--lr", "0.099", "--seeds", "5", "--controls", "reinit", "--set", "loss=mse", "--out", scratch.path,
    ]
    let output = try Command.run(words + ["--json"]), record = try output.json()
    #expect(output.status == 70 && output.err.contains("Seed 0, dense, learning rate 0.099"), "\(output.err)")
    #expect(record["seeds"] as? [Int] == [1, 2, 3, 4])
    let failure = try #require(try failures(record).first)
    #expect(failure["seed"] as? Int == 0 && failure["network"] as? String == "dense" && failure["step"] as? Int != nil)
    #expect((record["verdict"] as? [String])?.contains { $0.contains("1 of 5 seeds (0)") } == true)
    let before = try trained(scratch), again = try Command.run(words)
    #expect(
      again.status == 70 && again.out.contains("Networks that failed") && again.out.contains("diverged"))
    #expect(try trained(scratch) == before, "nothing is trained again")
    let list = try Command.run("runs", "list", "--out", scratch.path)
    #expect(
      list.out.contains("failed") && list.err.contains("Seed 0, dense, learning rate 0.099"), "\(list.out)\(list.err)")
    let name = try #require(
      try FileManager.default.contentsOfDirectory(atPath: scratch.path).first { $0.hasPrefix("find-") })
    let page = try String(contentsOf: scratch.url.appendingPathComponent("\(name)/report.html"), encoding: .utf8)
    #expect(page.contains("What could not be finished") && page.contains("0.099"))
    // What is there without its result is put together again.
    try FileManager.default.removeItem(at: scratch.url.appendingPathComponent("\(name)/result.json"))
    let report = try Command.run("report", "\(scratch.path)/\(name)", "--json", "--data-dir", scratch.path)
    #expect(try report.json()["seeds"] as? [Int] == [1, 2, 3, 4], "\(report.err)")
  }

  @Test func aLayerThatCollapsesEndsTheRoundsBeforeIt() throws {
    let scratch = try Scratch()
    let output = try Command.run([
      "find", "--data", data("imb.csv"), "--model", "mlp:16", "--rounds", "5", "--fraction", "0.4", "--steps", "5ep",
      "--batch", "32", "--controls", "reinit,random", "--seeds", "3", "--out", scratch.path, "--json",
    ])
    let record = try output.json(), rounds = try #require(record["rounds"] as? [[String: Any]])
    #expect(output.status == 70 && output.err.contains("would lose its last weights"), "\(output.err)")
    #expect((1...4).contains(rounds.count) && (record["seeds"] as? [Int])?.isEmpty == false)
    #expect(try failures(record).allSatisfy { ($0["network"] as? String)?.hasPrefix("round-0") == true })
  }

  /// An arm that diverges is left out where others are there.
  @Test func experimentsReportWhatIsThere() throws {
    let scratch = try Scratch()
    let small = ["--data", "digits", "--model", "mlp:24,16", "--steps", "4ep", "--batch", "64", "--out", scratch.path]
    let boost = try Command.run(
      ["boost"] + small + ["--rates", "0.05,1e30", "--json", "--set", "warmup=0", "early=5it", "trajectory=1"])
    #expect(boost.status == 70, "\(boost.err)")
    let arms = try #require(try boost.json()["arms"] as? [[String: Any]]).compactMap { $0["name"] as? String }
    #expect(arms.contains("dense 0.05") && !arms.contains("dense 1e+30") && arms.contains("ticket"))
    let certify = try Command.run(
      ["certify"] + small + [
        "--rounds", "1", "--fraction", "0.7", "--lr-sweep", "0.1,1e30", "--checks", "none", "--seeds", "2", "--json",
      ])
    #expect(certify.status == 70, "\(certify.err)")
    let certificate = try certify.json()
    #expect((certificate["dense"] as? [Any])?.count == 1 && (certificate["densities"] as? [Any])?.count == 1)
    #expect(certificate["seeds"] as? [Int] == [0, 1])
    let train = try Command.run(["train"] + small.dropLast(2) + ["--lr", "1e30"])
    #expect(train.status == 70 && train.err.contains("Seed 0, dense") && train.out.isEmpty)
  }

  /// Whatever the experiment: with a rate at which everything diverges it ends with its code, and lists stay readable.
  @Test(.enabled(if: Subject.isBuilt), arguments: Subject.all.filter { $0.keys.contains("lr") })
  func everyExperimentSurvivesDivergence(_ subject: Subject) throws {
    let scratch = try Scratch()
    let output = try Command.run(
      subject.arguments(scratch.path, seeds: 2, with: ["lr=1e30"]), binary: Subject.binary)
    #expect([0, 70].contains(output.status) && !output.isKilled, "\(output.status) \(output.err)")
    #expect(try Command.run(["runs", "list", "--out", scratch.path], binary: Subject.binary).status == 0)
  }
}

/// Networks that learned nothing have no ticket.
@Suite(.enabled(if: Command.isBuilt)) struct ChanceTests {
  private func expectIdle(_ words: [String], location: SourceLocation = #_sourceLocation) throws {
    let scratch = try Scratch(), output = try Command.run(words + ["--out", scratch.path, "--json"])
    let record = try output.json(), verdict = try #require(record["verdict"] as? [String])
    #expect(output.status == 0 && verdict[0].contains("did not learn"), "\(verdict)", sourceLocation: location)
    #expect(record["ticket"] == nil && !verdict.contains { $0.contains("matching") }, sourceLocation: location)
    let files = try FileManager.default.subpathsOfDirectory(atPath: scratch.path)
    #expect(!files.contains { $0.hasSuffix("/ticket.safetensors") }, sourceLocation: location)
  }

  /// As in `expect.txt` of the cases: a rate far too high, constant inputs, duplicates with contrary labels, random labels.
  @Test func nothingIsSaidOfChance() throws {
    let scratch = try Scratch(), small = ["--rounds", "2", "--steps", "4ep", "--threads", "1", "--controls", "none"]
    func labels(_ line: (Int) -> String) throws -> String {
      try scratch.write(
        "\(UUID().uuidString).csv", (0..<300).map { "\(line($0)),\($0 * 7 % 20 < 11 ? 1 : 0)\n" }.joined())
    }
    try expectIdle([
      "find", "--data", "digits", "--model", "mlp:16", "--lr", "10000", "--rounds", "1", "--steps", "2ep", "--threads",
      "1",
      "--controls", "none",
    ])
    try expectIdle(
      ["find", "--data", "csv:\(try labels { _ in "1,1,1,1,1" })", "--model", "mlp:8,4", "--seeds", "3"] + small)
    try expectIdle(
      ["find", "--data", "csv:\(try labels { "0.\($0 / 60),-0.\($0 / 60)" })", "--model", "mlp:8,4", "--seeds", "3"]
        + small)
    try expectIdle(["find", "--data", "digits+random-labels", "--model", "mlp:16", "--seeds", "2"] + small)
    let certify = try Command.run([
      "certify", "--data", "digits", "--model", "mlp:16", "--lr", "1000", "--lr-sweep", "1000", "--rounds", "1",
      "--steps", "4ep", "--checks", "none", "--seeds", "2", "--json", "--out", scratch.path,
    ])
    let densities = try #require(try certify.json()["densities"] as? [[String: Any]])
    #expect(densities.allSatisfy { $0["verdict"] as? String == "undecided" })
    #expect((try certify.json()["verdict"] as? [String])?[0].contains("did not learn") == true)
    let train = try Command.run("train", "--data", "digits", "--model", "mlp:16", "--lr", "10000", "--steps", "2ep")
    #expect(train.status == 0 && train.out.contains("did not learn"))
  }

  /// The interval over two seeds is far wider than the margin.
  @Test func matchingIsNotHopedFor() throws {
    let scratch = try Scratch()
    let output = try Command.run([
      "find", "--data", "digits", "--model", "mlp:32", "--rounds", "3", "--steps", "3ep", "--seeds", "2", "--out",
      scratch.path,
    ])
    #expect(output.status == 0 && output.out.contains("not shown to match within 0.5 points"), "\(output.out)")
    #expect(output.out.contains("seeds would decide") && output.out.contains("Two seeds decide little"))
    #expect(!output.out.contains("It is a winning ticket"))
  }
}

/// What is refused or said before anything is trained.
@Suite(.enabled(if: Command.isBuilt)) struct BatchTests {
  private static let small = [
    "find", "--data", "digits", "--rounds", "1", "--steps", "1ep", "--controls", "none", "--threads", "1",
  ]

  @Test func batchNormNeedsTwoSamples() throws {
    let scratch = try Scratch(), out = ["--out", scratch.path]
    let linear = Self.small + ["--model", "bn-mlp:32"] + out
    try expectFailure(64, ["bn2", "two samples a batch", "--batch 2"], linear + ["--batch", "1"])
    let last = linear + ["--batch", "33", "--set", "training-samples=199"]
    try expectFailure(64, ["the last of 199 in batches of 33 is alone", "drop-last=true"], last)
    #expect(try Command.run(last + ["drop-last=true"]).status == 0)
  }

  @Test func masksThatCannotMoveAreSaid() throws {
    let scratch = try Scratch(),
      words = Self.small + ["--model", "mlp:16", "--algorithm", "rigl", "--out", scratch.path]
    #expect(try Command.run(words).out.contains("The mask never moves"))
    #expect(try !Command.run(words + ["--set", "move-every=2it"]).out.contains("The mask never moves"))
  }

  @Test func aKeyInGridAndArmsIsRefused() throws {
    let scratch = try Scratch()
    let file = try scratch.write(
      "both.yaml",
      """
      settings: {data: digits, model: "mlp:16", rounds: 1, steps: 2ep, controls: none}
      grid: {lr: [0.1]}
      arms: [{lr: 0.2}]
      """)
    try expectFailure(
      65, ["lr stands both in 'grid' and in 'arms'"], ["sweep", file, "--dry-run", "--out", scratch.path])
  }

  /// Folders are taken wherever names are, and what is printed can be pasted, whatever the path holds.
  @Test func pathsOfRunsAreTakenAndPrintedWhole() throws {
    let scratch = try Scratch(), out = scratch.path + "/a b'$(c)"
    let words = Self.small + ["--model", "mlp:16", "--out", out]
    for lr in ["0.1", "0.2"] { #expect(try Command.run(words + ["--lr", lr]).status == 0) }
    let runs = try FileManager.default.contentsOfDirectory(atPath: out).filter { $0.hasPrefix("find-") }.map {
      "\(out)/\($0)"
    }
    for verb in [["show", runs[0]], ["compare"] + runs, ["diff"] + runs] {
      let output = try Command.run(["runs"] + verb)
      #expect(output.status == 0, "\(verb): \(output.err)")
    }
    #expect(try Command.run("report", runs[0], "--markdown").status == 0)
    let ticket = "\(runs[0])/seed-0/round-01.safetensors", shown = try Command.run("evaluate", ticket)
    let line = try #require(shown.out.split(separator: "\n").first { $0.contains("tombola train") })
    let command = line[line.range(of: "tombola train")!.lowerBound...].replacing("tombola train", with: "printf %s")
    let shell = Process(), pipe = Pipe()
    (shell.executableURL, shell.arguments, shell.standardOutput) = (
      URL(fileURLWithPath: "/bin/sh"), ["-c", String(command)], pipe
    )
    try shell.run()
    let printed = String(decoding: pipe.fileHandleForReading.readDataToEndOfFile(), as: UTF8.self)
    shell.waitUntilExit()
    #expect(printed == ticket)
  }
}
