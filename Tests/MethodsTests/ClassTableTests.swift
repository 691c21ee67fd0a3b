import Analysis
import Basics
import Experiments
import Pages
import Testing

@Suite struct ClassTableTests {
  /// `hard` right of every hundred samples for class 0, one more for each next class; the others are taken for the next class.
  private static func tables(classes: Int, names: [String]? = nil) -> ClassTables {
    var confusion = Confusion(classes: classes)
    for label in 0..<classes {
      for sample in 0..<100 {
        var outputs = [Float](repeating: 0, count: classes)
        outputs[sample < min(99, label) ? label : (label + 1) % classes] = 1
        confusion.add(label: label, outputs: outputs)
      }
    }
    let network = ClassTables.Network(
      "Ticket", accuracies: confusion.accuracies.map { $0.map { Interval(of: [$0]) } }, confusion: confusion)
    return ClassTables(names: names, counts: confusion.samples, networks: [network])
  }

  @Test func fewClassesAreAllShown() {
    let tables = Self.tables(classes: 3, names: ["cat", "dog", "a name that is longer than any table would like"])
    #expect(tables.accuracies.rows.map { $0.cells[0].text }.dropLast() == ["cat", "dog", "a name that is longer th…"])
    #expect(tables.accuracies.rows.map { $0.cells[2].text } == ["0.00", "1.00", "2.00", "1.00"])
    #expect(
      tables.confusion?.rows.map { $0.cells.dropFirst().map(\.values) } == [
        [[0], [100], [0]], [[0], [1], [99]], [[98], [0], [2]],
      ])
  }

  @Test func ofAHundredClassesTheHardestAreShown() throws {
    let tables = Self.tables(classes: 100)
    #expect(tables.accuracies.rows.map { $0.cells[0].text }.dropLast() == (0..<10).map { "\($0)" })
    #expect(tables.accuracies.rows.last?.cells[2].text == "49.50")
    let mistakes = try #require(tables.confusion)
    #expect(mistakes.rows.map { $0.cells.map(\.text) }.first == ["0", "1", "100"])
    #expect(mistakes.rows.count == 10 && mistakes.text.split(separator: "\n").allSatisfy { $0.count <= 80 })
  }
}
