import Basics
import Foundation
import Testing

/// A ticket out as ONNX and in again, and searches that start from such a file.
@Suite(.enabled(if: Command.isBuilt)) struct ExportTests {
  private static let quick = ["--steps", "1ep", "--batch", "64", "--threads", "2"]

  private struct Accuracy: Decodable { var testAccuracy: Double }

  private func accuracy(_ words: [String]) throws -> Double {
    let output = try Command.run(words + ["--json"])
    #expect(output.status == 0, "\(output.err)")
    return try JSONDecoder().decode(Accuracy.self, from: Data(output.out.utf8)).testAccuracy
  }

  @Test func networksGoOutAndComeBack() throws {
    let scratch = try Scratch()
    func path(_ name: String) -> String { scratch.url.appendingPathComponent(name).path }
    let trained = try Command.run(
      ["train", "--data", "digits", "--model", "mlp:24", "--save", path("t.safetensors")] + Self.quick)
    #expect(trained.status == 0, "\(trained.err)")
    let own = try accuracy(["evaluate", path("t.safetensors")])
    for (name, words) in [("plain", []), ("sparse", ["--sparse"]), ("normalised", ["--normalised"])] {
      let file = path("\(name).onnx")
      let written = try Command.run(["export", path("t.safetensors"), "--to", "onnx", "--output", file] + words)
      #expect(written.status == 0 && written.out.contains("10 scores"), "\(written.err)")
      let again = try accuracy(["import", "onnx:\(file)", "--data", "digits", "--output", path("again.safetensors")])
      #expect(again == own)
      #expect(try accuracy(["evaluate", path("again.safetensors")]) == own)
    }
    let graph = try Command.run("graph", "onnx:\(path("plain.onnx"))")
    #expect(graph.status == 0 && graph.out.contains("plain, input 1x8x8: 1810 parameters"))
    try expectFailure(
      64, ["normalises its inputs itself", "--set normalisation="],
      [
        "import", "onnx:\(path("plain.onnx"))", "--data", "digits", "--output", path("x"), "--set",
        "normalisation=none",
      ])
    try expectFailure(
      64, ["no form 'onxn'", "onnx"], ["export", path("t.safetensors"), "--to", "onxn", "--output", "x"])
    try expectFailure(64, ["brings no weights"], ["import", "mlp:24", "--data", "digits", "--output", path("x")])
    try expectFailure(
      65, ["cannot be expressed", "these samples are 2"],
      ["import", "onnx:\(path("normalised.onnx"))", "--data", "cubist-spiral", "--output", path("x")])
  }

  /// A search starts from the file's weights and says so; with weights=drawn it starts at random, in a folder of its own.
  @Test func searchesStartFromTheFile() throws {
    let scratch = try Scratch()
    func path(_ name: String) -> String { scratch.url.appendingPathComponent(name).path }
    let train = ["train", "--data", "digits", "--model", "mlp:24", "--save", path("t.safetensors")]
    #expect(try Command.run(train + ["--steps", "8ep", "--threads", "2"]).status == 0)
    #expect(
      try Command.run("export", path("t.safetensors"), "--to", "onnx", "--normalised", "--output", path("n.onnx"))
        .status == 0)
    let search =
      [
        "find", "--data", "digits", "--model", "onnx:\(path("n.onnx"))", "--rounds", "1", "--seeds", "1", "--controls",
        "reinit",
      ]
      + ["--steps", "1it", "--threads", "2", "--out", path("runs"), "--lr", "0.001"]
    let found = try Command.run(search)
    #expect(found.status == 0 && found.out.contains("The start is a trained network"), "\(found.err)")
    let drawn = try Command.run(search + ["--set", "weights=drawn"])
    #expect(drawn.status == 0 && !drawn.out.contains("The start is a trained network"), "\(drawn.err)")
    let folders = try FileManager.default.contentsOfDirectory(atPath: path("runs")).filter { $0.hasPrefix("find-") }
    #expect(folders.count == 2)
    let accuracies = try folders.map { folder in
      try accuracy(["evaluate", path("runs/\(folder)/seed-0/dense.safetensors")])
    }
    #expect(accuracies.max()! > 0.8 && accuracies.min()! < 0.5, "one step does not make a network of random weights")
    try expectFailure(
      64, ["popup is about random weights", "weights=drawn"],
      ["popup", "--data", "digits", "--model", "onnx:\(path("n.onnx"))", "--out", path("runs")])
  }
}
