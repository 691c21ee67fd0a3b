import Foundation
import Testing

@Suite(.enabled(if: Command.isBuilt)) struct ClassResultTests {
  /// What a search says class by class is what evaluating its ticket says, and stands beside its controls.
  @Test func classesGoFromSearchToTicketAndExport() throws {
    let scratch = try Scratch()
    let search = Command.smallSearch + ["--seeds", "2", "--threads", "1", "--set", "lr=0.5", "margin=50"]
    let json = try Command.run(search + ["--out", scratch.path, "--json"]).json()
    let classes = try #require(json["classes"] as? [String: Any])
    let arms = try #require(classes["arms"] as? [String: [String: Any]]), counts = classes["counts"] as? [Int] ?? []
    #expect(Set(arms.keys) == ["dense", "ticket", "reinit", "shuffled", "random"])
    let round = try #require(
      (json["rounds"] as? [[String: Any]])?.first { $0["round"] as? Int == classes["round"] as? Int })
    for (name, arm) in arms {
      let shares = try #require(arm["classAccuracy"] as? [[String: Any]])
      let balanced = shares.map { $0["mean"] as? Double ?? .nan }.reduce(0, +) / 10
      let whole = (name == "dense" ? json : round)[name] as? [String: Any]
      let stated = (whole?["balancedAccuracy"] as? [String: Any])?["mean"] as? Double
      #expect(shares.count == 10 && abs(balanced - (stated ?? .nan)) < 1e-12)
      let cells = (arm["confusion"] as? [String: Any])?["cells"] as? [[Int]] ?? []
      #expect(cells.reduce(0) { $0 + $1[2] } == 2 * counts.reduce(0, +))
    }

    let folder = try RunFolder(in: scratch.url).url, ticket = folder.appendingPathComponent("ticket.safetensors").path
    let evaluated = try Command.run("evaluate", ticket, "--json").json()
    let matrix = try #require(evaluated["confusion"] as? [[Int]])
    #expect(matrix.map { $0.reduce(0, +) } == counts)
    let right = matrix.indices.reduce(0) { $0 + matrix[$1][$1] }
    #expect(evaluated["testAccuracy"] as? Double == Double(right) / Double(counts.reduce(0, +)))
    let shares = try #require(evaluated["classAccuracies"] as? [Double])
    // Foundation reads some numbers one bit off.
    for (label, share) in shares.enumerated() {
      #expect(abs(share - Double(matrix[label][label]) / Double(counts[label])) < 1e-12)
    }
    #expect(abs((evaluated["balancedAccuracy"] as? Double ?? .nan) - shares.reduce(0, +) / 10) < 1e-12)
    let others = try #require(evaluated["controlClassAccuracies"] as? [String: [Double]])
    for name in ["dense", "reinit", "shuffled", "random"] {
      let seeds = arms[name]?["classAccuracy"] as? [[String: Any]] ?? []
      #expect(others[name] == seeds.compactMap { ($0["values"] as? [Double])?.first })
      #expect((evaluated["controls"] as? [String: Double])?["\(name).balancedAccuracy"] != nil)
    }
    let text = try Command.run("evaluate", ticket).out
    for word in ["balanced %", "Samples", "Mean over classes", "taken for"] { #expect(text.contains(word)) }

    let export = try Command.run("runs", "export", "--out", scratch.path).out
    #expect(export.split(separator: "\n").first?.contains("testAccuracy,balancedAccuracy") == true)
    #expect(try Command.run("report", folder.path).status == 0)
  }
}
