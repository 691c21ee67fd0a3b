import Foundation
import Testing

/// `tombola sift` as a user runs it.
@Suite(.enabled(if: Command.isBuilt)) struct SiftCommandTests {
  private static let small = [
    "sift", "--data", "digits", "--model", "bn-mlp:24,16", "--rounds", "2", "--steps", "40it", "--rewind", "4it",
    "--batch", "64", "--draws", "4", "--set", "evaluate=20it",
  ]

  @Test func siftsAndReports() throws {
    let scratch = try Scratch()
    let arguments = Self.small + ["--arms", "iterative,permuted-pixels", "--seeds", "2", "--out", scratch.path]
    let output = try Command.run(arguments)
    #expect(output.status == 0, "\(output.err)")
    for word in ["iterative: ", "permuted-pixels: ", "z, degrees", "report: "] { #expect(output.out.contains(word)) }
    let page = try #require(output.out.split(separator: "\n").first { $0.hasPrefix("report: ") }).dropFirst(8)
    let html = try String(contentsOfFile: String(page), encoding: .utf8)
    #expect(html.contains("Displacement maps") && html.contains("Most connected units"))
    let json = try Command.run(arguments + ["--json"]).json()
    #expect(json["command"] as? String == "sift")
    let arms = try #require(json["arms"] as? [[String: Any]])
    #expect(arms.map { $0["arm"] as? String } == ["iterative", "permuted-pixels"])
    let rounds = try #require(arms[0]["rounds"] as? [[String: Any]])
    #expect(rounds.map { $0["round"] as? Int } == [0, 1, 2])
    let scores = try #require(rounds[2]["scores"] as? [String: [String: [String: Any]]])
    #expect(scores["degree-preserving"]?["within-2"]?["mean"] is Double)
    #expect((json["ablation"] as? [[String: Any]])?.count == 3)
  }

  @Test func learnsPatterns() throws {
    let scratch = try Scratch()
    let output = try Command.run(
      "sift", "--data", "k-pattern:12,2,parity,12800", "--filters", "8", "--out", scratch.path)
    #expect(output.status == 0, "\(output.err)")
    for word in ["convolutional", "locally-connected", "fully-connected", "random-mask"] {
      #expect(output.out.contains(word))
    }
    let own = try Command.run(
      "k-pattern", "--data", "k-pattern:12,2,parity,12800", "--filters", "8", "--out", scratch.path, "--json")
    #expect(try own.json()["command"] as? String == "k-pattern")
    let folders = try FileManager.default.contentsOfDirectory(atPath: scratch.path).filter { $0.contains("-") }
    #expect(folders == ["sift-2e63527e1728"], "the folder that it had as a form of sifting")
    #expect(try Command.run("report", folders[0], "--out", scratch.path).status == 0)
  }

  @Test func refusesWhatItDoesNotKnow() throws {
    try expectFailure(64, ["preset=smal", "small"], ["sift", "--preset", "smal"])
    try expectFailure(64, ["arms=phase,gausian", "mean gaussian"], ["sift", "--arms", "phase,gausian"])
    try expectFailure(64, ["allocation has no effect on 'sift'"], Self.small + ["--allocation", "global"])
    try expectFailure(64, ["filters has no effect on 'sift'"], Self.small + ["--filters", "3"])
    try expectFailure(64, ["arms has no effect on 'k-pattern'"], ["sift", "--data", "k-pattern", "--arms", "all"])
    try expectFailure(64, ["stop=2"], Self.small + ["--terms", "biases=false", "stop=2"])
    try expectFailure(64, ["no images"], ["sift", "--data", "cubist-spiral:2000"])
  }
}
