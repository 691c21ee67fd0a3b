import Basics
import Foundation
import Sweeps
import Testing

/// A study on a real Slurm that a script starts on this machine: undisturbed, cancelled in the middle, with a node that is
/// lost, and requeued; always with the digests of the local engine.
///
/// Runs where `TOMBOLA_TEST_SLURM` is set (`make test-slurm`), for it starts daemons.
@Suite(
  .serialized,
  .enabled(if: Command.isBuilt && ProcessInfo.processInfo.environment["TOMBOLA_TEST_SLURM"] != nil))
struct SlurmTests {
  /// A Slurm of its own, or `nil` where there is none.
  private final class Cluster {
    let folder: Scratch
    private static let script = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
      .deletingLastPathComponent().appendingPathComponent("Slurm/slurm.sh").path

    init?() throws {
      folder = try Scratch()
      let status = try run("start")
      if status == 77 { return nil }
      #expect(status == 0)
    }

    deinit { _ = try? run("stop") }

    @discardableResult
    func run(_ action: String) throws -> Int32 {
      let process = Process()
      process.executableURL = URL(fileURLWithPath: Self.script)
      process.arguments = [action, folder.path]
      try process.run()
      process.waitUntilExit()
      return process.terminationStatus
    }

    /// Waits for requeued jobs to be in the queue again, and has them start.
    func settle() throws {
      for _ in 0..<100 {
        if try !output("squeue", "--noheader", "--states=COMPLETING").isEmpty {
          Thread.sleep(forTimeInterval: 0.1)
          continue
        }
        break
      }
      try run("hurry")
    }

    var environment: [String: String] { ["SLURM_CONF": folder.path + "/slurm.conf"] }

    func output(_ words: String...) throws -> String {
      let process = Process(), pipe = Pipe()
      process.executableURL = URL(fileURLWithPath: "/usr/bin/env")
      process.arguments = words
      process.environment = ProcessInfo.processInfo.environment.merging(environment) { $1 }
      process.standardOutput = pipe
      process.standardError = FileHandle.nullDevice
      try process.run()
      let data = pipe.fileHandleForReading.readDataToEndOfFile()
      process.waitUntilExit()
      return String(decoding: data, as: UTF8.self)
    }
  }

  /// Some seconds of work, in packs of two.
  private static let study = """
    name: cluster
    settings: {data: digits, model: "mlp:200,100", rounds: 3, steps: 30ep, controls: reinit}
    seeds: 3
    grid: {criterion: [magnitude, random]}
    """

  private func result(_ output: Command.Output) throws -> SweepResult {
    #expect(output.status == 0, "\(output.err)")
    return try JSONDecoder().decode(SweepResult.self, from: Data(output.out.utf8))
  }

  private func expectSame(_ found: SweepResult, _ wanted: SweepResult, location: SourceLocation = #_sourceLocation) {
    #expect(found.arms.map(\.digest) == wanted.arms.map(\.digest), sourceLocation: location)
    #expect(found.done == 6 && found.failed == 0 && found.missing == 0, sourceLocation: location)
  }

  private func waitForWork(_ store: String) {
    for _ in 0..<300 {
      let paths = (try? FileManager.default.subpathsOfDirectory(atPath: store)) ?? []
      if paths.contains(where: { $0.hasPrefix("find-") && $0.hasSuffix("round-01.json") }) { return }
      Thread.sleep(forTimeInterval: 0.1)
    }
  }

  @Test func slurmGivesWhatOneMachineGives() throws {
    guard let cluster = try Cluster() else { return }
    let scratch = try Scratch(), study = try scratch.write("cluster.yaml", Self.study)
    func words(_ store: String) -> [String] {
      [
        "sweep", study, "--out", "\(scratch.path)/\(store)", "--engine", "slurm", "--pack", "2", "--cores", "1",
        "--json",
      ]
    }
    func resume(_ store: String) throws -> SweepResult {
      try result(
        Command.run(
          [
            "sweep", "resume", "cluster", "--out", "\(scratch.path)/\(store)", "--engine", "slurm", "--cores", "1",
            "--pack", "2", "--wait", "--json",
          ], environment: cluster.environment))
    }
    let wanted = try result(Command.run("sweep", study, "--out", scratch.path + "/local", "--json"))
    expectSame(wanted, wanted)

    expectSame(try result(Command.run(words("plain") + ["--wait"], environment: cluster.environment)), wanted)

    // Cancelled in the middle, then gone on with.
    #expect(try Command.run(words("cancelled"), environment: cluster.environment).status == 0)
    waitForWork(scratch.path + "/cancelled")
    let cancel = try Command.run(
      ["sweep", "cancel", "cluster", "--out", scratch.path + "/cancelled"], environment: cluster.environment)
    #expect(cancel.out.contains("cancelled in Slurm"), "\(cancel.out) \(cancel.err)")
    let open = try Command.run(
      ["sweep", "status", "cluster", "--out", scratch.path + "/cancelled"], environment: cluster.environment)
    #expect(open.out.contains("cancelled") && !open.out.contains("6 done"), "\(open.out) \(open.err)")
    expectSame(try resume("cancelled"), wanted)

    // Queued again by hand in the middle.
    #expect(try Command.run(words("requeued"), environment: cluster.environment).status == 0)
    waitForWork(scratch.path + "/requeued")
    let running = try cluster.output("squeue", "--noheader", "--array", "--states=RUNNING", "--format=%F_%K")
    for task in running.split(separator: "\n") { _ = try cluster.output("scontrol", "requeue", String(task)) }
    #expect(!running.isEmpty)
    try cluster.settle()
    expectSame(try resume("requeued"), wanted)

    // The node is lost with all that runs on it, and comes back.
    #expect(try Command.run(words("lost"), environment: cluster.environment).status == 0)
    waitForWork(scratch.path + "/lost")
    try cluster.run("kill-node")
    #expect(try cluster.run("start-node") == 0)
    try cluster.settle()
    expectSame(try resume("lost"), wanted)
    try expectOnce(scratch.path)
    try expectAnyExperiment(cluster, scratch)
  }

  /// An experiment that the command of a test brings along runs on Slurm as well.
  private func expectAnyExperiment(_ cluster: Cluster, _ scratch: Scratch) throws {
    let toy = try #require(Subject.all.first { $0.name == "toy" }), plain = try toy.run(scratch, "toy-plain", seeds: 2)
    let study = try scratch.write("toy.yaml", toy.study), store = scratch.path + "/toy-slurm"
    let output = try Command.run(
      ["sweep", study, "--out", store, "--engine", "slurm", "--cores", "1", "--wait", "--json"],
      environment: cluster.environment, binary: Subject.binary)
    #expect(output.status == 0, "\(output.err)")
    let swept = try toy.folder(URL(fileURLWithPath: store))
    #expect(try Essence(swept).digests == Essence(plain).digests)
  }

  /// No training was done twice in any of the stores.
  private func expectOnce(_ folder: String) throws {
    let journals = try FileManager.default.subpathsOfDirectory(atPath: folder).filter { $0.hasSuffix("journal.jsonl") }
    for path in journals {
      let trained = try Journal(URL(fileURLWithPath: "\(folder)/\(path)")).events().events.filter {
        $0.kind == "trained"
      }
      #expect(Set(trained.map(\.stage)).count == trained.count, "\(path)")
    }
  }
}
