import Basics
import Foundation
import Testing

@Suite struct ConfusionTests {
  /// Of class 0 three of four are right, of class 1 one of two; class 2 has no samples.
  private static let example: Confusion = {
    var confusion = Confusion(classes: 3)
    for (label, outputs) in [
      (0, [2, 1, 0]), (0, [2, 1, 0]), (0, [0, 0, -1]), (0, [0, 1, 2]), (1, [0, 1, 0]), (1, [1, 1, 1]),
    ] as [(Int, [Float])] {
      confusion.add(label: label, outputs: outputs)
    }
    return confusion
  }()

  @Test func countsByHand() {
    let confusion = Self.example
    #expect(confusion.matrix == [[3, 0, 1], [1, 1, 0], [0, 0, 0]])
    #expect(confusion.samples == [4, 2, 0] && confusion.accuracies == [0.75, 0.5, nil])
    #expect(confusion.accuracy == 4.0 / 6 && confusion.balancedAccuracy == 0.625)
    let mistakes = (confusion + confusion).mistakes(5)
    #expect(mistakes.map(\.label) == [0, 1] && mistakes.map(\.found) == [2, 0] && mistakes.map(\.count) == [2, 2])
  }

  @Test func aSingleOutputTellsClassOneByItsSign() {
    var confusion = Confusion(classes: 2)
    for (label, output) in [(0, -1), (0, 0), (1, 0), (1, 3)] as [(Int, Float)] {
      confusion.add(label: label, outputs: [output])
    }
    #expect(confusion.matrix == [[2, 0], [1, 1]])
  }

  @Test func isReadBack() throws {
    let data = try JSONEncoder().encode(Self.example)
    #expect(try JSONDecoder().decode(Confusion.self, from: data) == Self.example)
  }

  @Test(arguments: [
    #"{"classes":2,"cells":[[0,2,1]]}"#, #"{"classes":2,"cells":[[-1,0,1]]}"#, #"{"classes":2,"cells":[[0,0,0]]}"#,
    #"{"classes":2,"cells":[[0,1,1],[0,1,2]]}"#, #"{"classes":2,"cells":[[1,0,1],[0,1,2]]}"#,
    #"{"classes":-1,"cells":[]}"#, #"{"classes":9000000,"cells":[]}"#, #"{"classes":2,"cells":[[0,1]]}"#,
  ])
  func whatCannotBeIsRefused(_ text: String) {
    #expect(throws: DecodingError.self) { try JSONDecoder().decode(Confusion.self, from: Data(text.utf8)) }
  }
}
