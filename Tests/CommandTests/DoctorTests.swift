import Basics
import Foundation
import Testing

@Suite(.enabled(if: Command.isBuilt)) struct DoctorTests {
  private struct Report: Decodable {
    struct Part: Decodable {
      var topic: String
      var checks: [Check]
    }
    struct Check: Decodable {
      var name, state, found: String
      var remedy: String?
    }
    var command, version: String
    var commit: String?
    var parts: [Part]

    func check(_ name: String) throws -> Check {
      try #require(parts.flatMap(\.checks).first { $0.name == name }, "\(name)")
    }
  }

  private func report(_ arguments: [String], environment: [String: String] = [:]) throws -> Report {
    let output = try Command.run(["doctor", "--json"] + arguments, environment: environment)
    return try JSONDecoder().decode(Report.self, from: Data(output.out.utf8))
  }

  @Test func saysWhatIsThere() throws {
    let scratch = try Scratch(), report = try report(["--out", scratch.path + "/runs"])
    #expect(report.command == "doctor" && report.version == Version.text)
    for check in report.parts.flatMap(\.checks) {
      #expect(["good", "missing", "bad"].contains(check.state) && !check.found.isEmpty, "\(check)")
      #expect((check.remedy == nil) == (check.state == "good"), "\(check)")
    }
    #expect(try report.check("digits").found == "built in")
    #expect(try report.check("CPU level").found.contains("portable"))
    #expect(try report.check("folder").found.contains("not there yet"))
    #expect(try report.check("threads").found.hasPrefix("\(ProcessInfo.processInfo.activeProcessorCount) of "))
    #expect(!FileManager.default.fileExists(atPath: scratch.path + "/runs"), "nothing is written")
    let text = try Command.run("doctor", "--out", scratch.path)
    #expect(text.status == 0 && text.out.contains("Searches can run."))
    for part in report.parts { #expect(text.out.contains("\n\(part.topic)\n")) }
  }

  @Test func whatIsMissingIsNamedWithACure() throws {
    let scratch = try Scratch(), nowhere = ["PATH": scratch.path, "TOMBOLA_CPU": "portable", "TOMBOLA_CHART_JS": ""]
    let report = try report(["--out", scratch.path], environment: nowhere)
    for name in ["Slurm", "Chart.js", "chromium", "clang with libFuzzer", "qemu-aarch64-static"] {
      #expect(try report.check(name).state == "missing", "\(name)")
    }
    #expect(try report.check("Slurm").found.contains("sbatch"))
    #expect(try report.check("CPU level").found.hasPrefix("portable of portable"))
    #expect(try report.check("CPU level").found.contains("TOMBOLA_CPU=portable"))
  }

  /// Found by size and place; a file of another size is told from one that is whole.
  @Test func dataSetsAreFoundWithoutBeingRead() throws {
    let scratch = try Scratch(), folder = try scratch.hollowCIFAR100()
    let found = try report(["--data-dir", scratch.path, "--out", scratch.path])
    #expect(try found.check("cifar-100").state == "good" && found.check("--data-dir").state == "good")
    #expect(try found.check("cifar-100").found.hasSuffix("/cifar-100"))
    try Data([1, 2, 3]).write(to: folder.appendingPathComponent("test.bin"))
    let cut = try report(["--data-dir", scratch.path, "--out", scratch.path]).check("cifar-100")
    #expect(cut.state == "missing" && cut.found.contains("is 3 bytes, not 30740000"))
    #expect(cut.remedy?.contains("tombola data fetch cifar-100") == true)
  }

  @Test func whatSearchesCannotDoWithoutDecidesTheExitCode() throws {
    let scratch = try Scratch(), file = try scratch.write("file", "x")
    func expect(_ status: Int32, _ word: String, _ arguments: [String], _ environment: [String: String] = [:]) throws {
      let output = try Command.run(["doctor"] + arguments, environment: environment)
      #expect(output.status == status && output.err.contains(word), "\(output.status) \(output.err)")
      #expect(output.out.contains("Searches cannot run as asked for"))
    }
    try expect(73, "is no folder", ["--out", file + "/runs"])
    try expect(66, "nowhere is no folder", ["--out", scratch.path, "--data-dir", scratch.path + "/nowhere"])
    try expect(66, "TOMBOLA_DATA", ["--out", scratch.path], ["TOMBOLA_DATA": file])
    try expect(66, "TOMBOLA_CHART_JS", ["--out", scratch.path], ["TOMBOLA_CHART_JS": file])
    try expectFailure(64, ["TOMBOLA_CPU=sse9", "portable"], ["doctor"], environment: ["TOMBOLA_CPU": "sse9"])
  }

  @Test func theVersionNamesCommitAndLevel() throws {
    let output = try Command.run("--version", environment: ["TOMBOLA_CPU": "portable"])
    let form = try Regex("\(Version.text) \\((commit [0-9a-f]{12}\\+?|unknown commit), CPU level portable\\)\n")
    #expect(output.status == 0)
    #expect(try form.wholeMatch(in: output.out) != nil, "\(output.out)")
  }
}
