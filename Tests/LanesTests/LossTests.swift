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

  /// A sample's loss counts the weight of its class: the gradient is that of the weighted mean, at every level.
  @Test(arguments: [Loss.softmaxCrossEntropy, .binaryCrossEntropy, .meanSquaredError], levels)
  func weightedGradientsAreSlopes(_ loss: Loss, _ level: CPULevel) {
    var random = RandomStream(seed: 3, "logits")
    let weights: [Float] = [0.25, 1, 3.5], count = 19, step: Float = 1.0 / 32
    let labels = (0..<count).map { _ in Int32(random.nextIndex(below: 3)) }
    var z = (0..<count).map { _ in (0..<3).map { _ in Float(random.nextNormal()) } }
    let found = LossBench(loss, z, labels, level.kernels, classWeights: weights)
    for (sample, c) in [(0, 0), (1, 2), (7, 1), (16, 0), (18, 2)] {
      let value = z[sample][c]
      func sum(_ change: Float) -> Float {
        z[sample][c] = value + change
        return LossBench(loss, [z[sample]], [labels[sample]], level.kernels, classWeights: weights).sum
      }
      let slope = (sum(step) - sum(-step)) / (2 * step) / Float(count)
      z[sample][c] = value
      #expect(abs(slope - found.gradient[sample][c]) < 1e-4, "\(loss), sample \(sample), class \(c)")
    }
  }

  /// Two samples of three classes by the formula: sum of w (log sum e^z - z[label]), gradient w (softmax - target) / 2.
  @Test(arguments: levels)
  func weightedEntropyByTheFormula(_ level: CPULevel) {
    let z: [[Float]] = [[1, 2, 3], [0, -1, 0.5]], labels: [Int32] = [2, 0], weights: [Float] = [5, 1, 0.5]
    let found = LossBench(.softmaxCrossEntropy, z, labels, level.kernels, classWeights: weights)
    let losses: [Double] = [0.40760596444438013, 1.1041306053367284]
    #expect(abs(Double(found.sum) - (0.5 * losses[0] + 5 * losses[1])) < 1e-6)
    let powers: [[Double]] = [
      [0.09003057317038046, 0.24472847105479767, 0.6652409557748219],
      [0.3314989604240915, 0.12195165230972886, 0.5465493872661796],
    ]
    for (sample, weight) in [(0, 0.5), (1, 5.0)] {
      for c in 0..<3 {
        let wanted = weight * (powers[sample][c] - (Int(labels[sample]) == c ? 1 : 0)) / 2
        #expect(abs(Double(found.gradient[sample][c]) - wanted) < 1e-6)
      }
    }
  }

  /// Weights of 1 change no bit, powers of two scale exactly, in every loss.
  @Test(arguments: Loss.allCases, levels)
  func weightsScaleExactly(_ loss: Loss, _ level: CPULevel) {
    var random = RandomStream(seed: 4, "logits")
    let z = (0..<37).map { _ in (0..<5).map { _ in Float(random.nextNormal() * 3) } }
    let labels = (0..<37).map { _ in Int32(random.nextIndex(below: 5)) }
    let plain = LossBench(loss, z, labels, level.kernels)
    for weight in [Float(1), 2, 0.25] {
      let weighted = LossBench(
        loss, z, labels, level.kernels, classWeights: [Float](repeating: weight, count: 5))
      #expect(weighted.sum == weight * plain.sum && weighted.correct == plain.correct)
      let comparison = BitComparison(
        weighted.gradient.flatMap { $0 }, plain.gradient.flatMap { $0.map { weight * $0 } })
      #expect(comparison.isEqual, "\(loss), \(weight): \(comparison)")
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
