import Lanes
import TestSupport
import Testing

@Suite struct LossTests {
  static let levels = CPULevel.available(for: "losses")

  /// Divergence shows in the loss, whichever it is: training stops by it.
  @Test(arguments: Loss.allCases, [1, 3, 10])
  func notANumberShowsInTheLoss(_ loss: Loss, _ classes: Int) {
    for level in Self.levels {
      for label in 0..<(loss == .softmaxCrossEntropy ? classes : max(2, classes)) {
        let result = LossBench(loss, [[Float](repeating: .nan, count: classes)], [Int32(label)], level.kernels)
        #expect(result.sum.isNaN, "\(level.rawValue), label \(label): \(result.sum)")
      }
    }
  }

  @Test(arguments: levels)
  func countsRightAnswers(_ level: CPULevel) {
    let z: [[Float]] = [[1, 2, 0], [3, 2, 1], [0, 0, 0], [-3, -2, -1]], labels: [Int32] = [1, 1, 0, 2]
    for loss in Loss.allCases { #expect(LossBench(loss, z, labels, level.kernels).correct == 3) }
    let single: [[Float]] = [[1], [-1], [1], [-1]]
    for loss in Loss.allCases where loss != .softmaxCrossEntropy {
      #expect(LossBench(loss, single, [1, 0, 0, 0], level.kernels).correct == 3, "\(loss)")
    }
  }

  @Test func levelsGiveTheSameBits() {
    var random = RandomStream(seed: 8, "logits")
    for loss in Loss.allCases {
      for classes in [1, 2, 3, 10, 17] where loss != .softmaxCrossEntropy || classes > 1 {
        for batch in [1, 5, 37, 100] {
          let z = (0..<batch).map { _ in (0..<classes).map { _ in Float(random.nextNormal() * 5) } }
          let labels = (0..<batch).map { _ in Int32(random.nextIndex(below: max(2, classes))) }
          let expected = LossBench(loss, z, labels, CPULevel.portable.kernels)
          for level in Self.levels {
            let found = LossBench(loss, z, labels, level.kernels)
            let comparison = BitComparison(found.gradient.flatMap { $0 }, expected.gradient.flatMap { $0 })
            #expect(
              found.sum == expected.sum && found.correct == expected.correct && comparison.isEqual,
              "\(loss), \(level.rawValue): \(comparison)")
          }
        }
      }
    }
  }
}
