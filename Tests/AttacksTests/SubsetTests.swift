import Attacks
import Basics
import Datasets
import Lanes
import Networks
import TestSupport
import Testing
import Training

/// What is attacked of a test set that is sorted by class.
@Suite struct SubsetTests {
  private func data(_ perClass: Int, classes: Int = 10) throws -> TrainingData {
    let labels = (0..<Int32(classes)).flatMap { [Int32](repeating: $0, count: perClass) }
    let split = Split(pixels: .floats(labels.map(Float.init)), labels: labels)
    let dataset = try Dataset(
      name: "sorted", source: "test", inputShape: FeatureShape(channels: 1), pixelScale: 1, train: split, test: split)
    return try TrainingData(dataset, validationCount: 10, seed: 0)
  }

  private func counts(_ places: [Int32], _ store: SampleStore, classes: Int = 10) -> [Int] {
    (0..<Int32(classes)).map { label in places.count { store.labels[Int($0)] == label } }
  }

  @Test func attackedAndProvenSamplesAreOfAllClasses() throws {
    let store = try data(200).test
    var test = try RobustTest(Threat(epsilon: 0.1), attacks: [])
    for (samples, bounds) in [(60, 20), (600, 60), (1500, 200), (5000, 50)] {
      (test.samples, test.seed) = (samples, 3)
      let attacked = test.subset(of: store), proven = test.bounded(bounds, of: store)
      #expect(attacked.count == min(samples, 2000) && proven.count == bounds)
      #expect(Set(proven).isSubset(of: attacked) && proven == proven.sorted())
      // Large subsets are not balanced, so that a class may have none in excess to give.
      let spread = counts(proven, store).max()! - counts(proven, store).min()!
      #expect(spread <= (samples == 1500 ? 5 : 1), "\(counts(proven, store))")
      if samples < 1000 { #expect(counts(attacked, store) == [Int](repeating: samples / 10, count: 10)) }
    }
    test.samples = 60
    let first = test.subset(of: store)
    test.seed = 4
    #expect(test.subset(of: store) != first)
  }

  /// A network that knows two of ten classes is right on a fifth of any small subset.
  @Test func accuracyDoesNotDependOnTheOrderOfTheFile() throws {
    let data = try data(60), input = data.dataset.inputShape
    var network = Architecture(name: "threshold", input: input)
    try network.append("fc", Linear(10))
    // The outputs are 0 for class 0 and pixel - 8.5 for class 9; all others never win.
    let scale = data.normalisation
    var parameters = Initializer.kaimingNormal.parameters(for: network.layout, seed: 0)
    for entry in network.layout.entries {
      for (label, i) in entry.range.enumerated() {
        parameters.values[i] =
          switch (entry.isPrunable, label) {
          case (true, 9): scale.deviation[0]
          case (false, 9): scale.mean[0] - 8.5
          case (_, 0), (true, _): 0
          default: -100
          }
      }
    }
    var test = try RobustTest(Threat(epsilon: 0), attacks: [])
    test.samples = 30
    let outcome = try test.run(network, parameters, mask: nil, data: data, pool: ThreadPool(threads: 1))
    #expect(outcome.cleanAccuracy == 0.2)
  }
}
