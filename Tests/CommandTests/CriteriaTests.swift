import Basics
import Experiments
import Foundation
import Methods
import Testing

@Suite(.enabled(if: Command.isBuilt)) struct CriteriaTests {
  private static let grid = [
    "criteria", "--data", "digits", "--model", "mlp:24,16", "--steps", "2ep", "--grid", "magnitude,one", "--factors",
    "none,fisher@init", "--also", "snip,synflow,random", "--densities", "0.2,0.02", "--seeds", "2",
  ]

  private func result(_ arguments: [String], in scratch: Scratch) throws -> CriteriaFinding {
    let output = try Command.run(arguments + ["--out", scratch.path, "--json"])
    #expect(output.status == 0, "\(output.err)")
    let record = try JSONDecoder().decode(Record<CriteriaFinding>.self, from: Data(output.out.utf8))
    #expect(record.command == "criteria" && record.seeds == [0, 1])
    return record.finding
  }

  private func folder(_ scratch: Scratch) throws -> URL {
    let names = try FileManager.default.contentsOfDirectory(atPath: scratch.path)
    #expect(names.count == 1)
    return scratch.url.appendingPathComponent(try #require(names.first { $0.hasPrefix("criteria-") }))
  }

  @Test func gridHoldsEveryCellAndGrows() throws {
    let scratch = try Scratch(), first = try result(Self.grid, in: scratch)
    #expect(first.criteria == ["magnitude", "magnitude:fisher@init", "one:fisher@init", "snip", "synflow", "random"])
    #expect(first.densities == [0.2, 0.02] && first.cells.count == 12)
    let total = 64 * 24 + 24 * 16 + 16 * 10
    for cell in first.cells {
      #expect(cell.remaining == total - Int(((1 - cell.density) * Double(total)).rounded()))
      #expect(cell.testAccuracy.values.count == 2 && cell.shuffled?.values.count == 2)
      #expect(cell.layers.reduce(0) { $0 + $1.remaining } == cell.remaining && cell.effective <= cell.remaining)
    }
    #expect(first.effects.map(\.factor) == ["magnitude", "magnitude"], "one has nothing to be compared with")
    let with = try #require(first.cell("magnitude:fisher@init", 0.2)).testAccuracy
    let without = try #require(first.cell("magnitude", 0.2)).testAccuracy
    #expect(first.effects[0].difference.values == zip(with.values, without.values).map { $0 - $1 })
    #expect(first.overlaps.count == 2 * 15 && first.overlaps.allSatisfy { (0...1).contains($0.jaccard) })

    // Nothing is trained again, and more of the grid leaves what is there as it was.
    let folder = try folder(scratch), record = folder.appendingPathComponent("seed-1/snip-0.02.json")
    let date = try FileManager.default.attributesOfItem(atPath: record.path)[.modificationDate] as? Date
    var more = Self.grid
    more[more.firstIndex(of: "snip,synflow,random")!] = "snip,synflow,random,grasp"
    let second = try result(more, in: scratch)
    #expect(second.cells.count == 14 && Array(second.cells.prefix(12)) == first.cells)
    #expect(try FileManager.default.attributesOfItem(atPath: record.path)[.modificationDate] as? Date == date)
    try FileManager.default.removeItem(at: folder.appendingPathComponent("seed-0/snip-0.02.mask"))
    try FileManager.default.removeItem(at: record)
    let third = try result(more + ["--threads", "1"], in: scratch)
    #expect(third.cells == second.cells, "what is missing comes out as it was")
    #expect(try String(contentsOf: folder.appendingPathComponent("report.html"), encoding: .utf8).contains("synflow"))
  }

  @Test func tablesNameWhatCollapses() throws {
    let scratch = try Scratch()
    let output = try Command.run(
      "criteria", "--data", "digits", "--model", "mlp:200", "--steps", "1ep", "--grid", "", "--also", "snip",
      "--densities", "0.0005", "--out", scratch.path, "--no-shuffled")
    #expect(output.status == 0 && output.out.contains("fc1 lost all its weights in 1 of 1 seeds"), "\(output.out)")
    #expect(output.out.contains("near guessing") && !output.out.contains("Shuffled less"))
    // A switch is a flag, and a word.
    for words in [["--shuffled"], ["--shuffled", "true"], ["--set", "shuffled=true"]] {
      let more = try Command.run(
        ["criteria", "--data", "digits", "--model", "mlp:200", "--steps", "1ep", "--grid", "", "--also", "snip"]
          + ["--densities", "0.5", "--out", scratch.path] + words)
      #expect(more.status == 0 && more.out.contains("Shuffled less"), "\(more.err)")
    }
  }

  @Test func refusesWhatMakesNoSense() throws {
    try expectFailure(
      64, ["no criterion 'magnitud'", "magnitude"], ["criteria", "--data", "digits", "--grid", "magnitud"])
    try expectFailure(
      64, ["no data factor 'fish'", "fisher"], ["criteria", "--data", "digits", "--factors", "fish@init"])
    try expectFailure(
      64, ["densities=2", "above 0 and up to 1"], ["criteria", "--data", "digits", "--densities", "2"])
    try expectFailure(64, ["densities=half", "number"], ["criteria", "--data", "digits", "--densities", "half"])
    try expectFailure(64, ["The setting rounds has no effect"], ["criteria", "--data", "digits", "--rounds", "3"])
    try expectFailure(64, ["grid is empty"], ["criteria", "--data", "digits", "--grid", ""])
    try expectFailure(
      64, ["after the end of training"],
      ["criteria", "--data", "digits", "--steps", "1ep", "--factors", "grad@9ep"])
  }
}
