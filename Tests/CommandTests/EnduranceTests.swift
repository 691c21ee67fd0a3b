import Basics
import Foundation
import Lanes
import Testing

/// What survives signals, kills and full disks. One test at a time, because they measure how long a search takes.
@Suite(.serialized, .enabled(if: Command.isBuilt)) struct EnduranceTests {
  /// Two seeds, four rounds, all controls: a few seconds.
  private static let search = [
    "find", "--data", "digits", "--model", "mlp:64,32", "--rounds", "4", "--steps", "60ep", "--seeds", "2", "--rewind",
    "5it",
  ]

  /// Runs the search without disturbance; its folder and seconds.
  private func undisturbed(_ scratch: Scratch) throws -> (RunFolder, seconds: Double) {
    let began = Date(), output = try Command.run(Self.search + ["--out", scratch.path])
    #expect(output.status == 0, "\(output.err)")
    return (try RunFolder(in: scratch.url), Date().timeIntervalSince(began))
  }

  private func expectSame(_ found: RunFolder, _ wanted: RunFolder, location: SourceLocation = #_sourceLocation) throws {
    #expect(try found.result() == wanted.result(), sourceLocation: location)
    #expect(try found.tickets() == wanted.tickets(), sourceLocation: location)
    #expect(try found.files() == wanted.files(), sourceLocation: location)
    try found.expectReadable(location: location)
  }

  @Test func killedEightTimesItEndsWithTheSameBits() throws {
    let plain = try Scratch(), scratch = try Scratch(), (wanted, seconds) = try undisturbed(plain)
    var random = RandomStream(seed: 11, "test/kills"), killed = 0
    for _ in 0..<8 {
      let job = try Command.Job(Self.search + ["--out", scratch.path])
      Thread.sleep(forTimeInterval: 0.03 + random.nextUniform() * seconds / 4)
      job.send(SIGKILL)
      if try job.wait().isKilled { killed += 1 }
      if FileManager.default.fileExists(atPath: scratch.path + "/\(wanted.url.lastPathComponent)") {
        try RunFolder(in: scratch.url).expectReadable()
      }
    }
    #expect(killed >= 3, "the search was too short to be killed")
    #expect(try Command.run(Self.search + ["--out", scratch.path]).status == 0)
    let folder = try RunFolder(in: scratch.url)
    try expectSame(folder, wanted)
    let left = try FileManager.default.subpathsOfDirectory(atPath: folder.url.path).filter { $0.hasSuffix(".tmp") }
    #expect(left.isEmpty, "left by killed processes: \(left)")
  }

  @Test(arguments: [SIGINT, SIGTERM])
  func aSignalSavesAndTheNextStartGoesOn(_ signal: Int32) throws {
    let plain = try Scratch(), scratch = try Scratch(), wanted = try undisturbed(plain).0
    let job = try Command.Job(Self.search + ["--out", scratch.path, "--json"])
    let firstRecord = "\(scratch.path)/\(wanted.url.lastPathComponent)/seed-0/dense.json"
    while job.isRunning && !FileManager.default.fileExists(atPath: firstRecord) { Thread.sleep(forTimeInterval: 0.01) }
    job.send(signal)
    let output = try job.wait()
    #expect(output.status == 130 && !output.isKilled, "\(output)")
    #expect(output.out == "" && output.err.contains("saved") && output.err.contains("same command"))
    try RunFolder(in: scratch.url).expectReadable()
    #expect(try Command.run(Self.search + ["--out", scratch.path]).status == 0)
    try expectSame(try RunFolder(in: scratch.url), wanted)
  }

  @Test func moreSeedsRunOnlyWhatIsNew() throws {
    let scratch = try Scratch(), fresh = try Scratch()
    #expect(try Command.run(Command.smallSearch + ["--out", scratch.path]).status == 0)
    let folder = try RunFolder(in: scratch.url), before = try folder.changeDates()
    #expect(try Command.run(Command.smallSearch + ["--out", scratch.path, "--seeds", "3"]).status == 0)
    let after = try folder.changeDates(), first = before.keys.filter { $0.hasPrefix("seed-0/") }
    #expect(first.count == 1 + 3 * 4 + 4 + 1, "records, tickets and the journal")
    for file in first { #expect(after[file] == before[file], "\(file) was written again") }
    #expect(try Command.run(Command.smallSearch + ["--out", fresh.path, "--seeds", "3"]).status == 0)
    #expect(try folder.result() == RunFolder(in: fresh.url).result())
  }

  @Test func aFullDiskEndsWith73AndIsGoneOnFrom() throws {
    let mountPoint = try Scratch(), fresh = try Scratch()
    guard getuid() == 0, try mount("-t", "tmpfs", "-o", "size=2m", "tmpfs", mountPoint.path) else {
      print("skipped: only root can mount a small file system")
      return
    }
    defer { _ = try? run("/bin/umount", mountPoint.path) }
    let search = ["find", "--data", "digits", "--rounds", "5", "--steps", "1ep", "--out"]
    let output = try expectFailure(
      73, ["No space left", "Free some space", "same command"], search + [mountPoint.path])
    #expect(output.err.split(separator: "\n").count { !$0.hasPrefix("data: ") } == 2)
    let folder = try RunFolder(in: mountPoint.url)
    try folder.expectReadable()
    #expect(try mount("-o", "remount,size=64m", mountPoint.path))
    #expect(try Command.run(search + [mountPoint.path]).status == 0)
    #expect(try Command.run(search + [fresh.path]).status == 0)
    try expectSame(folder, try RunFolder(in: fresh.url))
  }

  private func mount(_ arguments: String...) throws -> Bool { try run("/bin/mount", arguments) }
  private func run(_ program: String, _ arguments: String...) throws -> Bool { try run(program, arguments) }

  private func run(_ program: String, _ arguments: [String]) throws -> Bool {
    let process = Process()
    process.executableURL = URL(fileURLWithPath: program)
    process.arguments = arguments
    process.standardError = FileHandle.nullDevice
    try process.run()
    process.waitUntilExit()
    return process.terminationStatus == 0
  }
}
