import Analysis
import Basics
import Datasets
import Experiments
import Lanes
import Methods
import TestSupport
import Testing

/// Losses of fixed centres, scores, and a small study of samples from elsewhere.
@Suite struct OodTests {
  private func loss(_ classes: Int, _ dimension: Int, weight: Double = 0.7, root: Int = 1) -> CentreLoss {
    var random = RandomStream(seed: 1, "test/centres")
    return CentreLoss(
      EvenCentres.make(classes: classes, dimension: dimension, &random), scale: 15, margin: 0.5, weight: weight,
      root: root)
  }

  private func features(_ count: Int, _ size: Int) -> [[Double]] {
    var random = RandomStream(seed: 2, "test/features")
    return (0..<count).map { _ in (0..<size).map { _ in 2 * random.nextNormal() } }
  }

  @Test(arguments: [(4, 3, 1), (10, 9, 1), (5, 8, 2), (3, 6, 3)])
  func gradientsAreThoseOfDifferences(_ classes: Int, _ dimension: Int, _ root: Int) {
    let loss = loss(classes, dimension, root: root), labels = [0, 2, 1, 2, 0].map { $0 % classes }
    var features = features(labels.count, dimension)
    let gradient = loss.gradient(features, labels: labels).gradient
    for i in features.indices {
      for j in 0..<dimension {
        let kept = features[i][j]
        func value(_ shift: Double) -> Double {
          features[i][j] = kept + shift
          defer { features[i][j] = kept }
          return loss.gradient(features, labels: labels).loss
        }
        let step = 1e-5, slope = (value(step) - value(-step)) / (2 * step)
        #expect(abs(slope - gradient[i][j]) < 1e-7 * max(1, abs(slope)), "sample \(i), number \(j)")
      }
    }
  }

  /// The loss by hand for features that are a centre, and lengths do not matter.
  @Test func theLossIsAsWritten() {
    let loss = loss(4, 3), centre = (0..<3).map { loss.centres[1, $0] }
    let own = 15 * (1 - 0.5), other = 15 * (-1.0 / 3)
    let wanted = Softmax.logSum([own, other, other, other]) - own
    #expect(abs(loss.gradient([centre], labels: [1]).loss - wanted) < 1e-9)
    #expect(abs(loss.gradient([centre.map { 7 * $0 }], labels: [1]).loss - wanted) < 1e-9)
    // Another class's centre is 2 + 2 / 3 away, squared.
    let apart = loss.gradient([centre], labels: [0]).loss
    let logits = [15 * (-1.0 / 3 - 0.5), 15, other, other]
    #expect(abs(apart - (Softmax.logSum(logits) - logits[0] + 0.7 * (2 + 2.0 / 3))) < 1e-9)
  }

  /// Even centres add up to nothing: the mean of the cosines is 0 and takes nothing from the largest.
  @Test func scoresAreAsDefined() {
    let loss = loss(5, 7), features = features(30, 7)
    let scoring = OodScoring(loss, outputs: features, labels: (0..<30).map { $0 % 5 }, classes: 5)
    for row in features {
      let cosines = loss.cosines(row), largest = cosines.max()!
      #expect(scoring.value(.cosine, row) == largest)
      #expect(abs(scoring.value(.difference, row) - largest) < 1e-12)
      #expect(abs(scoring.value(.gap, row) - (largest - cosines.filter { $0 != largest }.max()!)) < 1e-12)
      #expect(scoring.value(.mahalanobis, row) <= 0)
      #expect(scoring.value(.softmax, row) == Softmax.probabilities(cosines.map { 15 * $0 }).max()!)
    }
    let plain = OodScoring(nil, outputs: features, labels: (0..<30).map { $0 % 5 }, classes: 7)
    #expect(plain.value(.softmax, [0, 0, 0, 0, 0, 0, 0]) == 1.0 / 7)
    #expect(abs(plain.value(.energy, [1, 1, 1, 1, 1, 1, 1]) - (1 + Deterministic.log(7))) < 1e-12)
  }

  private static let small = [
    "data=digits", "model=mlp:32", "training-samples=0", "validation=100", "steps=8ep", "batch=32", "lr=0.1",
    "out-data=digits+permuted-pixels", "out-samples=400", "sparsity=0.5", "controls=reinit",
  ]

  private func runner(_ scratch: Scratch, _ changes: String...) throws -> Runner<Ood> {
    var settings = OodSettings()
    for change in Self.small + changes { try settings.apply(change) }
    return Runner(Ood(settings, seeds: [0]), threads: 2, output: scratch.url)
  }

  /// Both losses learn the digits, and their scores tell them from noise and from digits with their pixels mixed up.
  @Test func digitsAreToldFromNoise() throws {
    let scratch = try Scratch(), record = try runner(scratch).run(locator: DataLocator())
    let finding = record.finding
    #expect(finding.sets == ["digits+permuted-pixels", "uniform noise", "Gaussian noise"])
    #expect(finding.arms.map(\.arm) == ["dense", "ticket", "reinit", "dense", "ticket", "reinit"])
    for (loss, score) in [(OodLoss.ce, OodScore.softmax), (.pedcc, .cosine)] {
      let dense = try #require(finding.dense(loss))
      #expect(dense.testAccuracy.mean > 0.9 && dense.density.mean == 1)
      for set in finding.sets {
        let measure = try #require(dense[set, score])
        #expect(measure.rocArea.mean > 0.8, "\(loss) against \(set): \(measure.rocArea.mean)")
        #expect(measure.falseAccepts.mean < 0.9)
      }
    }
    for arm in finding.arms where arm.sparsity > 0 { #expect(abs(arm.density.mean - 0.5) < 0.01) }
    #expect(finding.examples.count == 2 * 3 * 10 && finding.examples.allSatisfy { $0.pixels.count == 64 })
    #expect(record.verdict.contains { $0.contains("uniform noise") })
  }

  @Test func whatCannotWorkIsRefused() throws {
    let scratch = try Scratch()
    func refuses(_ change: String, _ words: String, _ remedy: String) throws {
      try expectUsage(words, remedy) { _ = try runner(scratch, change).run(locator: DataLocator()) }
    }
    try refuses("out-data=digit", "no data set", "digits")
    try refuses("out-data=digits+resize:9", "1x9x9", "+resize:8")
    try refuses("out-data=digits", "trained on", "--out-data none")
    try refuses("centre-dimension=5", "5 numbers", "at least 9")
    try refuses("steps=20it", "whole epochs", "10ep")
    try refuses("controls=equal-compute", "equal-compute", "reinit")
  }
}
