import Basics
import Experiments
import Foundation
import Methods
import Testing

@Suite(.enabled(if: Command.isBuilt)) struct ConnectCommandTests {
  private static let small = [
    "connect", "--data", "digits", "--model", "mlp:24,16", "--steps", "3ep", "--points", "4", "--train-samples", "300",
  ]

  @Test func tellsStableFromUnstableAndWritesItsPage() throws {
    let scratch = try Scratch()
    let output = try Command.run(Self.small + ["--at", "0,2ep", "--seeds", "2", "--out", scratch.path])
    #expect(output.status == 0, "\(output.err)")
    #expect(output.out.contains("The dense network is ") && output.out.contains("report.html"))
    let again = try Command.run(Self.small + ["--at", "0,2ep", "--seeds", "2", "--out", scratch.path, "--json"])
    let result = try JSONDecoder().decode(Record<ConnectFinding>.self, from: Data(again.out.utf8))
    #expect(result.command == "connect" && result.finding.forks.count == 2 && result.seeds == [0, 1])
    let folder = try #require(try FileManager.default.contentsOfDirectory(atPath: scratch.path).first)
    let page = try String(contentsOf: scratch.url.appendingPathComponent("\(folder)/report.html"), encoding: .utf8)
    #expect(page.contains("Instability analysis on digits") && page.contains("Along the line"))
  }

  @Test(arguments: [
    (["--at", "9ep"], 64, "before the end of training"), (["--at", "soon"], 64, "a step such as"),
    (["--copies", "1"], 64, "copies=1"), (["--points", "1"], 64, "points=1"),
    (["nothing.safetensors"], 66, "nothing.safetensors"),
  ])
  func refusesWhatCannotWork(_ options: [String], _ status: Int32, _ words: String) throws {
    let scratch = try Scratch(), output = try Command.run(Self.small + options + ["--out", scratch.path])
    #expect(output.status == status && output.err.contains(words), "\(output.status): \(output.err)")
  }

  /// A ticket brings its network along.
  @Test(arguments: ["connect", "certify", "train"])
  func anotherModelBesideATicketIsRefused(_ verb: String) throws {
    let scratch = try Scratch()
    let found = try Command.run(
      "find", "--data", "digits", "--model", "mlp:16", "--rounds", "1", "--steps", "1ep", "--out", scratch.path)
    #expect(found.status == 0, "\(found.err)")
    let folder = try #require(try FileManager.default.contentsOfDirectory(atPath: scratch.path).first)
    let ticket = "\(scratch.path)/\(folder)/seed-0/round-01.safetensors"
    try expectFailure(
      64, ["is of mlp:16", "model=mlp:24,16 has no effect", "Leave --model out"],
      [verb, ticket, "--model", "mlp:24,16"] + (verb == "train" ? [] : ["--out", scratch.path]))
    #expect(try FileManager.default.contentsOfDirectory(atPath: scratch.path) == [folder])
  }
}
