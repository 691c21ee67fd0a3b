import Foundation
import Testing

@Suite(.enabled(if: Command.isBuilt)) struct ProveCommandTests {
  private static let small = ["--candidates", "12", "--points", "50", "--threads", "1"]

  /// A search's ticket as the target: its record, its page, its certificate.
  @Test func provesTickets() throws {
    let scratch = try Scratch()
    let found = try Command.run(Command.smallSearch + ["--controls", "none", "--out", scratch.path])
    #expect(found.status == 0, "\(found.err)")
    let search = try #require(
      try FileManager.default.contentsOfDirectory(atPath: scratch.path).first { $0.hasPrefix("find-") })
    let seed = "\(scratch.path)/\(search)/seed-0", ticket = "\(seed)/round-01.safetensors"
    let output = try Command.run(["prove", ticket, "--json", "--out", "\(scratch.path)/proofs"] + Self.small)
    #expect(output.status == 0, "\(output.err)")
    let json = try output.json()
    for key in [
      "targetAccuracy", "prunedAccuracy", "keptPerTarget", "drawnPerTarget", "largestWeightError", "certifiedBound",
      "measuredError",
    ] {
      #expect((json[key] as? [String: Any])?["mean"] is Double, "\(key)")
    }
    #expect((json["seconds"] as? [String: Double])?["construction"] != nil && json["ticket"] as? String == ticket)
    #expect(try #require(json["targetDensity"] as? Double) < 1)
    let folders = try FileManager.default.contentsOfDirectory(atPath: "\(scratch.path)/proofs").filter {
      $0.hasPrefix("prove-")
    }
    let folder = "\(scratch.path)/proofs/\(try #require(folders.first))"
    let page = try String(contentsOfFile: "\(folder)/report.html", encoding: .utf8)
    #expect(page.contains("A pruned random network for") && page.contains("Candidates needed"))
    #expect(FileManager.default.fileExists(atPath: "\(folder)/seed-0/certificate.safetensors"))
    // Another ticket has a folder of its own.
    #expect(
      try Command.run(["prove", "\(seed)/dense.safetensors", "--out", "\(scratch.path)/proofs"] + Self.small).status
        == 0)
    #expect(
      try FileManager.default.contentsOfDirectory(atPath: "\(scratch.path)/proofs").count { $0.hasPrefix("prove-") }
        == 2)
    let compact = "\(scratch.path)/compact.safetensors"
    #expect(try Command.run("inspect", ticket, "--compact", compact).status == 0)
    try expectFailure(65, ["no trained weights", "tombola train"], ["prove", compact])
    try expectFailure(64, ["a single file"], ["prove", ticket, ticket])
    try expectFailure(
      65, ["made for input"], ["prove", ticket, "--data", "csv:\(try scratch.write("two.csv", Self.points))"])
  }

  /// A network from elsewhere is proven as the ticket that it was.
  @Test func provesOnnxFiles() throws {
    let scratch = try Scratch()
    let ticket = "\(scratch.path)/dense.safetensors", onnx = "\(scratch.path)/dense.onnx"
    let out = ["--json", "--out", "\(scratch.path)/proofs"] + Self.small
    #expect(
      try Command.run("train", "--data", "digits", "--model", "mlp:16", "--steps", "2ep", "--save", ticket).status == 0)
    #expect(try Command.run("export", ticket, "--to", "onnx", "--normalised", "--output", onnx).status == 0)
    let known = try Command.run(["prove", ticket] + out).json()
    let read = try Command.run(["prove", "onnx:\(onnx)", "--data", "digits"] + out).json()
    for key in ["targetAccuracy", "prunedAccuracy", "keptPerTarget", "drawnPerTarget", "certifiedBound"] {
      let figures = [known, read].map { ($0[key] as? [String: Any])?["mean"] as? Double }
      #expect(figures[0] != nil && figures[0] == figures[1], "\(key): \(figures)")
    }
    try expectFailure(64, ["Leave --model out"], ["prove", "onnx:\(onnx)", "--model", "mlp:4", "--data", "digits"])
    try expectFailure(66, ["nothing.onnx"], ["prove", "onnx:nothing.onnx", "--data", "digits"])
  }

  private static let points = (0..<60).map { "\($0 % 7),\($0 % 5),\($0 % 2)\n" }.joined()

  private static let refused: [([String], Int32, [String])] = [
    (["--model", "resnet-20:0.25"], 64, ["resnet-20:0.25 cannot be proven", "convolution", "mlp:500"]),
    (["--model", "bn-mlp:8"], 64, ["batch-norm", "lenet-300-100"]),
    (["--candidates", "27"], 64, ["candidates=27", "at most 26", "single-pick"]),
    (["--candidates", "0"], 64, ["candidates=0"]), (["--error", "0"], 64, ["error=0", "above 0"]),
    (["--error", "x"], 64, ["error=x"]), (["--method", "beam"], 64, ["subset-sum, single-pick"]),
    (["--halves", "none"], 64, ["auto, positive, both"]), (["--points", "0"], 64, ["points=0"]),
    (["--model", "mlp:8", "--steps", "2ep", "--lr", "1e30"], 70, ["diverged", "--lr"]),
    (["nothing.safetensors"], 66, ["nothing.safetensors"]),
  ]

  @Test(arguments: refused)
  func refusesWhatCannotBeProven(_ options: [String], _ status: Int32, _ words: [String]) throws {
    let scratch = try Scratch()
    try expectFailure(status, words, ["prove", "--data", "digits", "--out", scratch.path] + options)
  }
}
