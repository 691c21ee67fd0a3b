import Basics
import Datasets
import Foundation
import Testing

/// `predict` on the embedded digits: every form says the same, and as much is right as `evaluate` says.
@Suite(.enabled(if: Command.isBuilt)) struct PredictTests {
  private struct Report: Decodable {
    struct Sample: Decodable {
      var label, predicted: Int
      var probabilities: [Float]
    }
    var accuracy: Double
    var samples: [Sample]
  }

  @Test func formsAgreeWithEachOtherAndWithEvaluate() throws {
    let scratch = try Scratch()
    func path(_ name: String) -> String { scratch.url.appendingPathComponent(name).path }
    let train = [
      "train", "--data", "digits", "--model", "bn-mlp:16", "--steps", "3ep", "--batch", "64", "--threads", "2",
    ]
    #expect(try Command.run(train + ["--save", path("t")]).status == 0)
    let accuracy = try #require(try Command.run("evaluate", path("t"), "--json").json()["testAccuracy"] as? Double)

    let csv = try Command.run("predict", path("t"))
    #expect(csv.status == 0, "\(csv.err)")
    let rows = csv.out.split(separator: "\n").map { $0.split(separator: ",").map(String.init) }
    let header = rows[0], samples = rows.dropFirst()
    let label = try #require(header.firstIndex(of: "label")), found = try #require(header.firstIndex(of: "predicted"))
    let right = Double(samples.count { $0[label] == $0[found] }) / Double(samples.count)
    #expect(abs(right - accuracy) < 1e-9, "the same samples, counted by another division")
    #expect(csv.err.contains(String(format: "%.2f %% as labelled", 100 * accuracy)))

    for words in [["--batch", "1"], ["--threads", "1"], ["--batch", "7"]] {
      #expect(try Command.run(["predict", path("t")] + words).out == csv.out, "\(words)")
    }
    #expect(try Command.run("predict", path("t"), "--output", path("p.csv")).status == 0)
    #expect(try String(contentsOfFile: path("p.csv"), encoding: .utf8) == csv.out)

    let json = try Command.run("predict", path("t"), "--json")
    #expect(try Command.run("predict", path("t"), "--output", path("p.json")).status == 0)
    let kept = try String(contentsOfFile: path("p.json"), encoding: .utf8)
    #expect(kept.trimmingCharacters(in: .newlines) == json.out.trimmingCharacters(in: .newlines))
    let report = try JSONDecoder().decode(Report.self, from: Data(json.out.utf8))
    #expect(report.accuracy == right && report.samples.count == samples.count)
    #expect(report.samples.map { "\($0.predicted)" } == samples.map { $0[found] })
    #expect(report.samples.map { "\($0.label)" } == samples.map { $0[label] })

    #expect(try Command.run("predict", path("t"), "--output", path("p.npz")).status == 0)
    let arrays = try NumpyTensors.read(scratch.url.appendingPathComponent("p.npz"))
    let byName = Dictionary(uniqueKeysWithValues: arrays.map { ($0.name, $0) })
    #expect(byName["predicted"]?.values == report.samples.map { Float($0.predicted) })
    #expect(byName["labels"]?.values == report.samples.map { Float($0.label) })
    let probabilities = report.samples.flatMap(\.probabilities)
    #expect(byName["probabilities"]?.values == probabilities && byName["outputs"]?.shape == [samples.count, 10])
    #expect(samples.flatMap { $0.suffix(10).compactMap { Float($0) } } == probabilities)
    try expectFailure(64, ["--split"], ["predict", path("t"), "--split", "all"])
    try expectFailure(64, ["--output must end"], ["predict", path("t"), "--output", path("p.txt")])
  }
}
