import Basics
import Datasets
import Lanes
import Networks
import TestSupport
import Testing
import Training

@Suite struct ClassWeightTests {
  static let objectives: [Objective] = [.natural] + AdversarialTests.objectives

  private func values(_ weights: ClassWeights, _ labels: [Int32]) -> [Float]? {
    labels.withUnsafeBufferPointer { weights.values($0) }
  }

  @Test func balancedWeightsByTheFormula() {
    #expect(values(.none, [0, 1]) == nil)
    #expect(values(.balanced, [0, 0, 0, 1]) == [Float(4.0 / 6), 2])
    #expect(values(.balanced, [0, 0, 2]) == [0.75, 1, 1.5], "as many classes as occur")
    #expect(values(.given([0.5, 3]), [1, 0]) == [0.5, 3])
    for text in ["none", "balanced", "0.5,3.0"] { #expect(ClassWeights(setting: text)?.settingText == text) }
    for text in ["", "3", "1,0", "1,-2", "1,nan", "1,,2", "inf,1"] { #expect(ClassWeights(setting: text) == nil) }
  }

  private func trained(_ objective: Objective, weights: ClassWeights, rate: Double) throws -> [Float] {
    let toy = Toy(density: 0.4, isResidual: true)
    var recipe = toy.recipe()
    (recipe.objective, recipe.epsilon, recipe.robustSamples) = (objective, PixelLength(0.1), 0)
    (recipe.classWeights, recipe.learningRate, recipe.weightDecay) = (weights, rate, 0)
    let run = try toy.run(recipe: recipe)
    for _ in 0..<12 { run.takeStep() }
    return run.parameters.values
  }

  /// Every term of every objective is weighted: weights of 1 change no bit, and weights of 2 are a doubled rate.
  @Test(arguments: objectives)
  func everyObjectiveIsWeighted(_ objective: Objective) throws {
    let plain = try trained(objective, weights: .none, rate: 0.05)
    for (weight, rate) in [(1.0, 0.05), (2, 0.025)] {
      let weighted = try trained(objective, weights: .given([weight, weight, weight]), rate: rate)
      let comparison = BitComparison(weighted, plain)
      #expect(comparison.isEqual, "\(objective), \(weight): \(comparison)")
    }
    #expect(try trained(objective, weights: .given([1, 2, 1]), rate: 0.05) != plain)
  }

  /// A weight of 2 is a sample that stands there twice.
  @Test func aWeightOfTwoIsASampleTwice() throws {
    let z: [[Float]] = [[0.3, -1], [2, 0.5], [2, 0.5]], kernels = CPULevel.current.kernels
    let twice = LossBench(.softmaxCrossEntropy, z, [0, 1, 1], kernels)
    let weighted = LossBench(.softmaxCrossEntropy, Array(z.prefix(2)), [0, 1], kernels, classWeights: [1, 2])
    #expect(abs(twice.sum - weighted.sum) < 1e-6)
    #expect(abs(3 * (twice.gradient[1][0] + twice.gradient[2][0]) - 2 * weighted.gradient[1][0]) < 1e-6)
  }

  // MARK: sampling

  @Test func balancedEpochsDrawEveryClassAlike() {
    var random = RandomStream(seed: 1, "labels")
    let labels = (0..<1_003).map { _ in Int32([0, 0, 0, 0, 0, 0, 0, 1, 1, 4][random.nextIndex(below: 10)]) }
    let balanced = BalancedOrder(labels: labels)
    var orders: [[Int32]] = []
    for epoch in 0..<4 {
      var order = [Int32](repeating: -1, count: 1_003)
      balanced.fill(&order, seed: 5, epoch: epoch)
      var byClass: [Int32: Int] = [:], bySample: [Int32: Int] = [:]
      for place in order {
        byClass[labels[Int(place)], default: 0] += 1
        bySample[place, default: 0] += 1
      }
      #expect(Set(byClass.keys) == [0, 1, 4] && byClass.values.sorted() == [334, 334, 335])
      for (label, drawn) in byClass {
        let own = labels.indices.filter { labels[$0] == label }.map { bySample[Int32($0)] ?? 0 }
        #expect(own.max()! - own.min()! <= 1 && own.reduce(0, +) == drawn)
      }
      orders.append(order)
    }
    #expect(Set(orders).count == 4)
    var again = [Int32](repeating: 0, count: 1_003)
    balanced.fill(&again, seed: 5, epoch: 2)
    #expect(again == orders[2])
    // As often as all classes where they are as large.
    var even = [Int32](repeating: 0, count: 30)
    BalancedOrder(labels: (0..<30).map { Int32($0 % 3) }).fill(&even, seed: 5, epoch: 0)
    #expect(even.sorted() == (0..<30).map { Int32($0) })
  }

  /// Nine of ten training samples of five classes are missing: weights and sampling find these classes more often.
  @Test func rareClassesGain() throws {
    let digits = try Catalog.dataset(named: "digits", from: DataLocator())
    var seen = [Int](repeating: 0, count: 10)
    let kept = (0..<Int32(digits.train.count)).filter { place in
      let label = Int(digits.train.labels[Int(place)])
      seen[label] += 1
      return label < 5 || seen[label] % 10 == 1
    }
    let data = try TrainingData(
      Dataset(
        name: "rare", source: "test", inputShape: digits.inputShape, classCount: 10, pixelScale: digits.pixelScale,
        train: digits.train.subset(kept), test: digits.test), validationCount: 70, seed: 0)
    let network = try ModelCatalog.architecture("mlp:32", input: digits.inputShape, classes: 10)
    func balanced(_ change: (inout Recipe) -> Void) throws -> Double {
      var recipe = Recipe()
      (recipe.steps, recipe.batch, recipe.evaluateEvery) = (.epochs(10), 32, .epochs(10))
      change(&recipe)
      let run = Run(
        network, start: Initializer.kaimingNormal.parameters(for: network.layout, seed: 0), recipe: recipe, data: data,
        pool: ThreadPool(threads: 1))
      return try Trainer().train(run).confusion!.balancedAccuracy
    }
    let plain = try balanced { _ in }, weighted = try balanced { $0.classWeights = .balanced }
    let sampled = try balanced { $0.sampling = .balanced }
    print("rare classes: balanced accuracy \(plain) plain, \(weighted) weighted, \(sampled) sampled")
    #expect(weighted > plain + 0.02 && sampled > plain + 0.02)
  }
}
