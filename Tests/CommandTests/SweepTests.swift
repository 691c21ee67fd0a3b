import Basics
import Foundation
import Sweeps
import Testing

/// Sweeps as users run them: what is done once, what fails alone, what two processes do at once.
@Suite(.serialized, .enabled(if: Command.isBuilt)) struct SweepTests {
  private static let study = """
    name: small
    settings: {data: digits, model: "mlp:24,16", rounds: 2, steps: 2ep, controls: reinit}
    seeds: SEEDS
    grid: {criterion: [magnitude, random]}
    """

  private func study(_ scratch: Scratch, seeds: Int, _ more: String = "") throws -> String {
    try scratch.write("small.yaml", Self.study.replacing("SEEDS", with: "\(seeds)") + "\n" + more)
  }

  private func result(_ output: Command.Output) throws -> SweepResult {
    #expect(output.status == 0, "\(output.err)")
    return try JSONDecoder().decode(SweepResult.self, from: Data(output.out.utf8))
  }

  private func changeDates(_ store: String) throws -> [String: Date] {
    let paths = try FileManager.default.subpathsOfDirectory(atPath: store).filter { $0.hasPrefix("find-") }
    return try paths.reduce(into: [:]) { dates, path in
      let attributes = try FileManager.default.attributesOfItem(atPath: "\(store)/\(path)")
      if attributes[.type] as? FileAttributeType == .typeRegular {
        dates[path] = attributes[.modificationDate] as? Date
      }
    }
  }

  /// What is damaged after its seed was done, and is needed again, is made anew.
  @Test func damagedRecordsOfFinishedSeedsAreMadeAnew() throws {
    let scratch = try Scratch(), store = scratch.path + "/runs"
    let whole = try result(Command.run("sweep", study(scratch, seeds: 2), "--out", store, "--json"))
    let run = URL(fileURLWithPath: store).appendingPathComponent(whole.arms[1].run)
    try FileManager.default.removeItem(at: run.appendingPathComponent("result.json"))
    for name in ["seed-1/dense.json", "seed-0/round-01.safetensors", "seed-1/round-02.reinit.json"] {
      let file = run.appendingPathComponent(name)
      var data = try Data(contentsOf: file)
      data[data.count / 2] ^= 8
      try data.write(to: file)
    }
    let again = try result(Command.run("sweep", study(scratch, seeds: 2), "--out", store, "--json"))
    #expect(again.arms.map(\.digest) == whole.arms.map(\.digest) && again.comparisons == whole.comparisons)
    #expect(FileManager.default.fileExists(atPath: run.appendingPathComponent("result.json").path))
    for name in ["seed-1/dense.json", "seed-0/round-01.safetensors", "seed-1/round-02.reinit.json"] {
      let data = try Data(contentsOf: run.appendingPathComponent(name))
      if name.hasSuffix("json") {
        #expect(throws: Never.self) { try StoredJSON.decode(data, as: Anything.self) }
      } else {
        #expect(throws: Never.self) { try SafetensorsFile(data, file: name) }
      }
    }
  }

  private struct Anything: Decodable { init(from decoder: any Decoder) throws {} }

  @Test func moreSeedsRunOnlyWhatIsNew() throws {
    let scratch = try Scratch(), store = scratch.path + "/runs"
    let plan = try Command.run("sweep", study(scratch, seeds: 2), "--out", store, "--dry-run", "--json").json()
    #expect(plan["runs"] as? Int == 4 && plan["open"] as? Int == 4 && plan["coreSeconds"] as? Double ?? 0 > 0)
    #expect(!FileManager.default.fileExists(atPath: store), "a dry run writes nothing")
    let first = try result(Command.run("sweep", study(scratch, seeds: 2), "--out", store, "--json"))
    #expect(first.done == 4 && first.missing == 0 && first.arms.count == 2 && first.comparisons.count == 2)
    let before = try changeDates(store)
    let second = try result(Command.run("sweep", study(scratch, seeds: 3), "--out", store, "--json"))
    #expect(second.done == 6 && second.arms.allSatisfy { $0.seeds == [0, 1, 2] })
    let after = try changeDates(store), seeds = before.keys.filter { $0.contains("/seed-") }
    #expect(!seeds.isEmpty)
    for file in seeds where !file.hasSuffix(".lock") {
      #expect(after[file] == before[file], "\(file) was written again")
    }
    for (arm, other) in zip(first.arms, second.arms) {
      #expect(Array(other.dense?.values.prefix(2) ?? []) == arm.dense?.values)
    }
    let status = try Command.run("sweep", "status", "small", "--out", store, "--json").json()
    #expect((status["states"] as? [String: Int]) == ["done": 6])
    let listed = try Command.run("runs", "list", "criterion=random", "--out", store, "--csv", "--columns", "name,seeds")
    #expect(listed.out.split(separator: "\n").count == 2 && listed.out.contains(",3"))
    #expect(FileManager.default.fileExists(atPath: store + "/study-small/report.html"))
    let markdown = try Command.run("report", "small", "--markdown", "--out", store)
    #expect(markdown.out.contains("| criterion=random |") && markdown.out.contains("# Sweep small"))
  }

  /// The sweep and the reports of another experiment, from the command line.
  @Test func anyExperimentIsSweptListedAndReported() throws {
    let scratch = try Scratch(), store = scratch.path + "/runs"
    let file = try scratch.write(
      "conn.yaml",
      """
      experiment: connect
      settings: {data: digits, model: "mlp:24,16", steps: 2ep, points: 3, at: [0it, 9it]}
      seeds: 2
      grid: {lr: [0.05, 0.1]}
      """)
    let plan = try Command.run("sweep", file, "--out", store, "--dry-run", "--json").json()
    #expect(plan["open"] as? Int == 4 && plan["coreSeconds"] as? Double ?? 0 > 0)
    let found = try result(Command.run("sweep", file, "--out", store, "--json"))
    #expect(found.done == 4 && found.comparisons.count == 4 && !found.hasTickets)
    let again = try Command.run("sweep", file, "--out", store)
    #expect(again.err.contains("0 to do") && again.out.contains("at-9.copy-2"), "\(again.err)")
    let list = try Command.run("runs", "list", "instability>=0", "lr=0.1", "--out", store)
    #expect(list.out.contains("instability") && list.out.contains("1 run") && !list.out.contains("criterion"))
    let run = found.arms[1].run, folder = "\(store)/\(run)"
    let json = try Command.run("report", folder, "--json").json()
    #expect(json["command"] as? String == "connect" && json["forks"] != nil)
    let csv = try Command.run("report", run, "--csv", "--out", store)
    #expect(csv.status == 0 && csv.out.contains("Test instability"), "\(csv.err)")
    let markdown = try Command.run("report", run, "--markdown", "--out", store)
    #expect(markdown.out.hasPrefix("# Instability analysis on digits\n") && markdown.out.contains("| Fork |"))
    let show = try Command.run("runs", "show", run, "--out", store)
    #expect(show.out.contains("at-9.copy-1") && show.out.contains("instability"))
    let compared = try Command.run("runs", "compare", found.arms[0].run, run, "--metric", "instability", "--out", store)
    #expect(compared.status == 0 && compared.out.contains("at-0.copy-1"), "\(compared.err)")
    let exported = try Command.run("runs", "export", "--out", store)
    #expect(exported.out.split(separator: "\n").count == 1 + 4 * 4 && exported.out.contains("instability"))
  }

  @Test func whatFailsTouchesNothingElse() throws {
    let scratch = try Scratch(), store = scratch.path + "/runs"
    let text = "arms:\n  - {lr: 0.1}\n  - {lr: 1e30}\n"
    let words = ["sweep", try study(scratch, seeds: 2, text), "--out", store]
    let output = try Command.run(words)
    #expect(output.status == 70 && output.err.contains("4 of 8 runs failed") && output.err.contains("diverged"))
    let again = try Command.run(words)
    #expect(again.status == 70 && again.err.contains("0 to do"), "failed runs wait for --retry: \(again.err)")
    let logs = try FileManager.default.contentsOfDirectory(atPath: store + "/study-small/failures")
    #expect(logs.count == 4)
    let retried = try Command.run(words + ["--retry"])
    #expect(retried.status == 70 && retried.err.contains("4 to do"))
    let status = try Command.run("sweep", "status", "small", "--out", store)
    #expect(status.out.contains("4 done, 4 failed") && status.out.contains("diverged"))
  }

  /// Two sweeps of one study, and a search in one of its folders, all at once.
  @Test func severalProcessesShareTheWork() throws {
    let calm = try Scratch(), scratch = try Scratch(), store = scratch.path + "/runs"
    let wanted = try result(Command.run("sweep", study(calm, seeds: 5), "--out", calm.path + "/runs", "--json"))
    let words = ["sweep", try study(scratch, seeds: 5), "--out", store, "--json", "--cores", "2"]
    let jobs = try (0..<3).map { _ in try Command.Job(words) }
    for job in jobs {
      let found = try result(job.wait())
      #expect(found.arms.map(\.digest) == wanted.arms.map(\.digest) && found.done == 10)
    }
    let journals = try FileManager.default.subpathsOfDirectory(atPath: store).filter { $0.hasSuffix("journal.jsonl") }
    #expect(journals.count == 2 * 5 + 5, "one a seed of each arm, and of the shared dense training")
    for path in journals {
      let (events, damaged) = try Journal(URL(fileURLWithPath: "\(store)/\(path)")).events()
      let trained = events.filter { $0.kind == "trained" }.map(\.stage)
      #expect(damaged == 0 && Set(trained).count == trained.count, "\(path): \(trained)")
    }
  }

  @Test func cancelledStudiesGoOn() throws {
    let scratch = try Scratch(), store = scratch.path + "/runs"
    let job = try Command.Job(["sweep", try study(scratch, seeds: 40), "--out", store, "--cores", "1"])
    let mark = store + "/study-small/budget.json"
    while job.isRunning && !FileManager.default.fileExists(atPath: mark) { Thread.sleep(forTimeInterval: 0.01) }
    Thread.sleep(forTimeInterval: 0.3)
    #expect(try Command.run("sweep", "cancel", "small", "--out", store).status == 0)
    #expect(try job.wait().status == 130)
    let open = try Command.run("sweep", "status", "small", "--out", store)
    #expect(open.out.contains("waiting") && open.out.contains("cancelled"), "\(open.out)")
    let all = try result(Command.run("sweep", "resume", "small", "--out", store, "--json"))
    #expect(all.done == 80 && all.missing == 0)
  }

  /// The short form of what `make bench-studies` does.
  @Test func killedSweepsLoseNothing() throws {
    let script = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
      .deletingLastPathComponent().appendingPathComponent("Benchmarks/studies/torture.py")
    let process = Process(), pipe = Pipe()
    process.executableURL = URL(fileURLWithPath: "/usr/bin/env")
    process.arguments = [
      "python3", script.path, "--tombola", try #require(Command.binary).path, "--runs", "24", "--kills", "10",
      "--index",
      "--pause", "0.2",
    ]
    process.standardOutput = pipe
    process.standardError = pipe
    try process.run()
    let text = String(decoding: pipe.fileHandleForReading.readDataToEndOfFile(), as: UTF8.self)
    process.waitUntilExit()
    #expect(process.terminationStatus == 0, "\(text)")
  }
}
