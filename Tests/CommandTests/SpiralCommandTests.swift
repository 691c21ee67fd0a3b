import Foundation
import Lanes
import Testing

/// `tombola spiral` as a user runs it.
@Suite(.serialized, .enabled(if: Command.isBuilt)) struct SpiralCommandTests {
  /// Some thousand runs of a fraction of a millisecond.
  private static let search = [
    "spiral", "search", "--phase", "2", "--structure", "3,3,2", "--mask-weights", "12", "--set",
    "data=cubist-spiral:2000",
    "steps=12ep",
  ]

  private func digest(_ scratch: Scratch) throws -> String {
    let output = try Command.run(
      "spiral", "report", "--set", "data=cubist-spiral:2000", "steps=12ep", "--out", scratch.path, "--json")
    #expect(output.status == 0, "\(output.err)")
    let tables = try #require(try output.json()["tables"] as? [[String: Any]])
    #expect(tables.count == 1)
    return try #require(tables[0]["digest"] as? String)
  }

  /// Twenty kills at random, then to the end: the table of a search that was left alone, bit for bit.
  @Test func killedTwentyTimesItEndsWithTheSameTable() throws {
    let plain = try Scratch(), scratch = try Scratch(), began = Date()
    let whole = try Command.run(Self.search + ["--threads", "2", "--out", plain.path])
    #expect(whole.status == 0, "\(whole.err)")
    let seconds = Date().timeIntervalSince(began), wanted = try digest(plain)
    var random = RandomStream(seed: 12, "test/spiral-kills"), killed = 0
    for _ in 0..<20 {
      let job = try Command.Job(Self.search + ["--threads", "2", "--out", scratch.path])
      Thread.sleep(forTimeInterval: 0.02 + random.nextUniform() * seconds / 30)
      job.send(SIGKILL)
      if try job.wait().isKilled { killed += 1 }
    }
    #expect(killed >= 15, "the search was too short to be killed: \(seconds) s")
    let last = try Command.run(Self.search + ["--threads", "1", "--out", scratch.path])
    #expect(last.status == 0, "\(last.err)")
    #expect(try digest(scratch) == wanted)
  }

  @Test func aSignalSavesAndTheNextStartGoesOn() throws {
    let plain = try Scratch(), scratch = try Scratch()
    let job = try Command.Job(Self.search + ["--threads", "1", "--out", scratch.path])
    Thread.sleep(forTimeInterval: 0.4)
    job.send(SIGINT)
    let output = try job.wait()
    #expect(!output.isKilled && [0, 130].contains(output.status), "\(output)")
    #expect(output.status == 0 || output.err.contains("same command"))
    for place in [plain, scratch] { #expect(try Command.run(Self.search + ["--out", place.path]).status == 0) }
    #expect(try digest(plain) == digest(scratch))
  }

  @Test func countsBeforeItTrains() throws {
    #expect(try Command.run("spiral", "search", "--count").out == "24576 runs\n")
    let masks = try Command.run("spiral", "search", "--phase", "2", "--structure", "3,3,3", "--count")
    #expect(masks.out == "155952 runs within 3,3,3\n")
    #expect(try Command.run("spiral", "prune", "--count").out == "18954 runs\n")
  }

  @Test func prunesAndReports() throws {
    let scratch = try Scratch(), small = ["--set", "data=cubist-spiral:2000", "steps=14ep", "--out", scratch.path]
    let pruned = try Command.run(
      ["spiral", "prune", "--method", "snip,gradual", "--width", "4", "--weights", "15,20", "--lr", "0.1"] + small)
    #expect(pruned.status == 0, "\(pruned.err)")
    for word in ["snip", "gradual", "Disconnected"] { #expect(pruned.out.contains(word)) }
    let searched = try Command.run(["spiral", "search", "--parameters-below", "12", "--schedule", "cosine"] + small)
    #expect(searched.status == 0 && searched.out.contains("Hidden units"), "\(searched.err)")
    let report = try Command.run(["spiral", "report"] + small)
    #expect(
      report.status == 0 && report.out.contains("Dense structures that are better than all with fewer weights"),
      "\(report.err)")
    let page = try #require(report.out.split(separator: "\n").first { $0.hasPrefix("report: ") }).dropFirst(8)
    let html = try String(contentsOfFile: String(page), encoding: .utf8)
    #expect(html.contains("</html>") && html.contains("data:image/png;base64,") && html.contains("gradual"))
  }

  /// The parts of the printed job array, run here one after the other, make the whole table.
  @Test func aJobArraysPartsMakeTheWhole() throws {
    let scratch = try Scratch(), plain = try Scratch()
    let search = ["spiral", "search", "--parameters-below", "12", "--set", "data=cubist-spiral:2000", "steps=12ep"]
    let script = try Command.run(search + ["--slurm", "3", "--out", scratch.path])
    #expect(script.status == 0 && script.out.contains("#SBATCH --array=1-3") && !script.out.contains("slurm'"))
    let file = try scratch.write("job.sh", script.out)
    for part in 1...3 {
      let process = Process()
      process.executableURL = URL(fileURLWithPath: "/bin/sh")
      process.arguments = [file]
      process.environment = ProcessInfo.processInfo.environment.merging(["SLURM_ARRAY_TASK_ID": "\(part)"]) { $1 }
      (process.standardOutput, process.standardError) = (FileHandle.nullDevice, FileHandle.nullDevice)
      try process.run()
      process.waitUntilExit()
      #expect(process.terminationStatus == 0)
    }
    func answer(_ folder: Scratch) throws -> [String: Any] {
      let output = try Command.run(search + ["--json", "--out", folder.path])
      #expect(output.status == 0, "\(output.err)")
      return try output.json()
    }
    let again = try answer(scratch), whole = try answer(plain)
    for key in ["runs", "structures", "structureCount", "networks"] {
      #expect(again[key] as? NSObject == whole[key] as? NSObject && again[key] != nil, "\(key)")
    }
    let tables = try #require(again["tables"] as? [[String: Any]])
    #expect(tables.compactMap { $0["file"] as? String }.count == 4)
    #expect(tables.first { $0["file"] as? String == "runs.sqlite" }?["runs"] as? Int == 0, "the parts did all of them")
  }

  /// Lists know the study as any run, and one of a version that kept tables alone by its settings.
  @Test func listsKnowTheStudy() throws {
    let scratch = try Scratch()
    let searched = try Command.run(
      "spiral", "search", "--parameters-below", "12", "--set", "data=cubist-spiral:2000", "steps=12ep", "--out",
      scratch.path)
    #expect(searched.status == 0, "\(searched.err)")
    let listed = try Command.run("runs", "list", "--out", scratch.path)
    #expect(listed.out.contains("done") && listed.out.contains("cubist-spiral:2000"), "\(listed)")
    let name = try #require(
      listed.out.split(separator: "\n").first { $0.hasPrefix("spiral-") }?.split(separator: " ").first)
    #expect(try Command.run("report", String(name), "--out", scratch.path).status == 0)
    for file in ["run.json", "result.json", "seed-0.json"] {
      try FileManager.default.removeItem(atPath: "\(scratch.path)/\(name)/\(file)")
    }
    let older = try Command.run("runs", "list", "--out", scratch.path)
    #expect(older.out.contains(name) && older.out.contains("begun") && older.out.contains("cubist-spiral:2000"))
  }

  @Test func descendsAndSaysWhatItCost() throws {
    let scratch = try Scratch()
    let output = try Command.run(
      "spiral", "search", "--algorithm", "descent", "--structure", "2,2,2", "--target", "0.5", "--starts", "3",
      "--beam",
      "2", "--set", "data=cubist-spiral:2000", "steps=10ep", "--out", scratch.path)
    #expect(output.status == 0, "\(output.err)")
    #expect(output.out.contains("whole trainings") && output.out.contains("sparsest at 50 %"))
  }

  @Test func badUsageAndMissingStudiesAreTold() throws {
    let scratch = try Scratch()
    let cases: [(Int32, [String], [String])] = [
      (64, ["phase=3", "1 or 2"], ["search", "--phase", "3"]),
      (64, ["structure=3,3"], ["search", "--phase", "2", "--structure", "3,3"]),
      (64, ["no setting 'sed'", "seed"], ["search", "--set", "sed=1"]),
      (64, ["order=best"], ["search", "--order", "best"]),
      (64, ["budget=0"], ["search", "--budget", "0"]), (64, ["shard=9/8", "2/8"], ["search", "--shard", "9/8"]),
      (64, ["lr=0"], ["search", "--lr", "0"]),
      (64, ["schedule=linear", "cosine"], ["search", "--schedule", "linear"]),
      (64, ["algorithm=climb", "descent"], ["search", "--algorithm", "climb"]),
      (64, ["method=nope", "rigl"], ["prune", "--method", "nope"]),
      (64, ["width=0"], ["prune", "--width", "0"]), (64, ["weights=x"], ["prune", "--weights", "x"]),
      (64, ["--draws"], ["prune", "--draws", "0"]), (64, ["--slurm"], ["prune", "--slurm", "0"]),
      (64, ["--shard"], ["search", "--slurm", "2", "--shard", "1/2"]), (64, ["target=2"], ["report", "--target", "2"]),
      (64, ["gradual", "100 steps"], ["prune", "--set", "steps=100it"]),
      (64, ["method has no effect"], ["search", "--method", "snip"]),
      (64, ["phase has no effect"], ["prune", "--phase", "2"]),
      (66, ["no spiral study", "tombola spiral search"], ["report"]),
      (66, ["Finish phase 1", "--structure"], ["search", "--phase", "2", "--count"]),
    ]
    for (status, words, arguments) in cases {
      try expectFailure(status, words, ["spiral"] + arguments + ["--out", scratch.path])
    }
  }
}
