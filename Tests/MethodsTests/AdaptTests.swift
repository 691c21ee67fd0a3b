import Analysis
import Basics
import Datasets
import Experiments
import Foundation
import Lanes
import Methods
import Networks
import TestSupport
import Testing
import Tickets
import Training

/// Adaptation to samples without labels: its losses, its triplets, and a small study.
@Suite struct AdaptTests {
  private func normal(_ rows: Int, _ columns: Int, _ name: String, deviation: Double = 1) -> Matrix {
    var random = RandomStream(seed: 4, "test/\(name)")
    return Matrix(rows, columns, normal: &random, deviation: deviation)
  }

  private func classifier(_ features: Int, _ classes: Int) -> FrozenClassifier {
    FrozenClassifier(weights: normal(features, classes, "weights"), bias: normal(1, classes, "bias"))
  }

  private func image(_ samples: Int, channels: Int, places: Int) -> Examiner.Image {
    Examiner.Image(planes: (0..<samples).map { normal(channels, places, "plane \($0)") })
  }

  // MARK: pseudo-labels and triplets

  /// Clusters far from each other get the label that most of their probabilities have, whatever single ones say.
  @Test func pseudoLabelsFollowClusters() {
    let centres = [[8.0, 0, 0], [0, 8, 0], [0, 0, 8]], noise = normal(60, 3, "noise", deviation: 0.5)
    let features = Matrix((0..<60).map { i in (0..<3).map { centres[i % 3][$0] + noise[i, $0] } })
    let p = Matrix(
      (0..<60).map { i in
        let said = i < 6 ? (i + 1) % 3 : i % 3
        return (0..<3).map { $0 == said ? 0.8 : 0.1 }
      })
    let pseudo = PseudoLabels(features, probabilities: p)
    #expect(pseudo.labels == (0..<60).map { $0 % 3 })
    #expect(pseudo.confidences.allSatisfy { 0.9 < $0 && $0 <= 1 })
    // A class that nothing is near is nobody's.
    let four = PseudoLabels(
      features, probabilities: Matrix(p.rows, 4, (0..<60).flatMap { i in (0..<3).map { p[i, $0] } + [0] }))
    #expect(four.labels == pseudo.labels)
  }

  @Test func tripletsAreThoseOfKnownLabels() {
    let labels = [0, 1, 0, 2, 1, 0, 3, 2], confidences = labels.indices.map { 0.3 + 0.08 * Double($0) }
    var random = RandomStream(seed: 1, "test/triplets"), firsts = 0, seen: Set<[Int]> = []
    for _ in 0..<200 {
      let triplets = Triplet.draw(labels, confidences, &random)
      // The only sample of class 3 has none like it.
      #expect(triplets.map(\.anchor) == [0, 1, 2, 3, 4, 5, 7])
      for triplet in triplets {
        #expect(labels[triplet.nearer] == labels[triplet.anchor] && triplet.nearer != triplet.anchor)
        #expect(labels[triplet.farther] != labels[triplet.anchor])
        #expect(triplet.isFirstNearer == (labels[triplet.first] == labels[triplet.anchor]))
        let weight = confidences[triplet.anchor] * confidences[triplet.first] * confidences[triplet.second]
        #expect(abs(triplet.weight - weight) < 1e-12)
        firsts += triplet.isFirstNearer ? 1 : 0
        seen.insert([triplet.anchor, triplet.nearer, triplet.farther])
      }
    }
    #expect(abs(firsts - 700) < 80)
    // Anchors 0, 2, 5: two near, five far each; 1, 4 and 3, 7: one near, six far each.
    #expect(seen.count == 3 * 2 * 5 + 4 * 6)
    #expect(Triplet.draw([1, 1, 1], [1, 1, 1], &random).isEmpty)
  }

  // MARK: gradients

  private static let weights = [
    AdaptWeights(1, 0, 0, 0, 0), AdaptWeights(0, 1, 0, 0, 0), AdaptWeights(0, 0, 0.7, 0, 0),
    AdaptWeights(0, 0, 0, 0.6, 0), AdaptWeights(0, 0, 0, 0, 0.5), AdaptWeights(1, 1, 0.3, 0.4, 0.2),
  ]

  @Test(arguments: weights.indices)
  func lossesHaveTheGradientsOfDifferences(place: Int) {
    let loss = AdaptationLoss(classifier(4, 3), weights: Self.weights[place])
    var features = normal(6, 4, "features"), planes = image(6, channels: 3, places: 5).planes
    let guidance = AdaptationLoss.Guidance(
      labels: [0, 1, 2, 0, 1, 1], confidences: [0.9, 0.5, 0.7, 1, 0.6, 0.8],
      similarities: Likeness.similarities(normal(6, 2, "embedding")),
      attention: Matrix(6, 5, normal(6, 5, "attention").values.map { $0.magnitude }))
    func value() -> Double {
      loss.gradient(Examiner.Batch(features: features, image: Examiner.Image(planes: planes)), guidance).loss
    }
    let (_, byFeatures, byImage) = loss.gradient(
      Examiner.Batch(features: features, image: Examiner.Image(planes: planes)), guidance)
    let step = 1e-5
    for i in features.values.indices {
      let kept = features.values[i]
      features.values[i] = kept + step
      let above = value()
      features.values[i] = kept - step
      let slope = (above - value()) / (2 * step)
      features.values[i] = kept
      #expect(abs(slope - byFeatures.values[i]) < 1e-7 * max(1, abs(slope)), "feature \(i)")
    }
    #expect((byImage != nil) == (Self.weights[place].attention > 0))
    guard let byImage else { return }
    for sample in 0..<6 {
      for channel in 0..<3 {
        for spot in 0..<5 {
          let kept = planes[sample][channel, spot]
          planes[sample][channel, spot] = kept + step
          let above = value()
          planes[sample][channel, spot] = kept - step
          let slope = (above - value()) / (2 * step)
          planes[sample][channel, spot] = kept
          #expect(abs(slope - byImage[sample * 5 + spot, channel]) < 1e-7 * max(1, abs(slope)))
        }
      }
    }
  }

  @Test(arguments: [0, 3])
  func examinersHaveTheGradientsOfDifferences(channels: Int) {
    var random = RandomStream(seed: 2, "test/examiner")
    var examiner = Examiner(features: 4, channels: channels, width: 5, &random)
    let batch = Examiner.Batch(
      features: normal(6, 4, "features"), image: channels > 0 ? image(6, channels: channels, places: 4) : nil)
    // Off the start, where the attention is even.
    examiner = examiner.replacing(
      examiner.parameters.enumerated().map { i, p in
        Matrix(p.rows, p.columns, zip(p.values, normal(p.rows, p.columns, "moved \(i)", deviation: 0.3).values).map(+))
      })
    let triplets = Triplet.draw([0, 1, 0, 2, 1, 2], [0.5, 0.9, 0.8, 1, 0.7, 0.6], &random)
    let gradients = examiner.gradient(batch, triplets).gradients
    for (k, parameter) in examiner.parameters.enumerated() {
      for i in parameter.values.indices {
        func value(_ shift: Double) -> Double {
          var all = examiner.parameters
          all[k].values[i] += shift
          return examiner.replacing(all).gradient(batch, triplets).loss
        }
        let step = 1e-6, slope = (value(step) - value(-step)) / (2 * step)
        #expect(abs(slope - gradients[k].values[i]) < 1e-6 * max(1, abs(slope)), "parameter \(k), \(i)")
      }
    }
  }

  /// It learns an order that features show, and a state that is kept goes on alike.
  @Test func examinersLearnOrders() {
    var random = RandomStream(seed: 3, "test/examiner")
    var examiner = Examiner(features: 3, channels: 0, width: 8, &random)
    let noise = normal(48, 3, "noise"), labels = (0..<48).map { $0 % 3 }
    let batch = Examiner.Batch(
      features: Matrix((0..<48).map { i in (0..<3).map { ($0 == labels[i] ? 2.0 : 0) + noise[i, $0] } }))
    let ones = labels.map { _ in 1.0 }
    let first = examiner.gradient(batch, Triplet.draw(labels, ones, &random)).loss
    for _ in 0..<300 { examiner.learn(batch, Triplet.draw(labels, ones, &random)) }
    let last = examiner.gradient(batch, Triplet.draw(labels, ones, &random)).loss
    #expect(last < 0.5 * first, "\(first) to \(last)")
    var fresh = RandomStream(seed: 9, "test/other"), copy = Examiner(features: 3, channels: 0, width: 8, &fresh)
    let isRestored = copy.restore(examiner.state)
    #expect(isRestored)
    let triplets = Triplet.draw(labels, ones, &random)
    copy.learn(batch, triplets)
    examiner.learn(batch, triplets)
    #expect(copy.state == examiner.state)
    let isTaken = copy.restore(Array(examiner.state.dropLast()))
    #expect(!isTaken)
  }

  // MARK: networks

  @Test func networksAreSplitBeforeTheirLastLayer() throws {
    let input = FeatureShape(channels: 1, height: 8, width: 8)
    let whole = try ModelCatalog.architecture("conv-s:0.25", input: input, classes: 10)
    let split = try SplitNetwork(whole, hasImage: true)
    #expect(split.featureCount == 16 && split.image == FeatureShape(channels: 8, height: 2, width: 2))
    #expect(split.encoder.output.count == 16 + 8 * 2 * 2)
    let weights = Initializer.kaimingNormal.parameters(for: whole.layout, seed: 1)
    #expect(split.joined(split.encoderPart(weights), classifier: weights) == weights)
    // The two parts compute what the whole does.
    let samples = SampleStore(inputs: normal(5, 64, "inputs").values.map { Float($0) }, shape: input)
    var recipe = Recipe()
    recipe.batch = 5
    let pool = ThreadPool(threads: 1)
    let all = try OutputRun(whole, start: weights, recipe: recipe, samples: 5, pool: pool).evaluate(samples)
    let parts = try OutputRun(
      split.encoder, start: split.encoderPart(weights), recipe: recipe, samples: 5, pool: pool
    ).evaluate(samples)
    let size = split.encoder.output.count
    let features = Matrix((0..<5).map { i in (0..<16).map { Double(parts[i * size + $0]) } })
    let logits = split.classifier(weights).logits(features)
    #expect(zip(all, logits.values).allSatisfy { abs(Double($0) - $1) < 1e-4 })
    #expect(throws: Problem.self) {
      try SplitNetwork(try ModelCatalog.architecture("mlp:9", input: input, classes: 10), hasImage: true)
    }
  }

  private static let small = [
    "data=digits", "model=conv-s:0.25", "training-samples=0", "validation=100", "steps=6ep", "batch=64", "lr=0.05",
    "shift=rotate:35", "sparsity=0.7", "controls=none", "adapt-steps=6ep", "adapt-lr=0.01", "examiner-width=8",
    "judge-steps=20", "target-samples=640",
  ]

  private func runner(_ scratch: Scratch, _ changes: String...) throws -> Runner<Adapt> {
    var settings = AdaptSettings()
    for change in Self.small + changes { try settings.apply(change) }
    return Runner(Adapt(settings, seeds: [0]), threads: 2, output: scratch.url)
  }

  /// Turned digits are told better after adaptation; masks and the last layer are what they were.
  @Test func adaptationHelpsAndKeepsMaskAndHead() throws {
    let scratch = try Scratch(), runner = try runner(scratch)
    let finding = try runner.run(locator: DataLocator()).finding
    #expect(finding.arms.count == 2 * 5)
    for (network, sparsity) in [("dense", 0.0), ("ticket", 0.7)] {
      let before = try #require(finding[network, sparsity, .source]).targetAccuracy.mean
      for arm in [AdaptArm.information, .pseudoLabels, .examiner] {
        let after = try #require(finding[network, sparsity, arm]).targetAccuracy.mean
        #expect(after > before + 0.05, "\(network) \(arm): \(before) to \(after)")
      }
      let name = network == "dense" ? "dense" : "0.7-ticket", store = runner.store("seed-0")
      let source = try #require(store.ticket(name)),
        head = source.architecture.layout.entries.filter { $0.layer == "fc2" }
      for arm in ["statistics", "im", "pseudo", "examiner"] {
        let adapted = try #require(store.ticket("\(name).\(arm)")), values = try #require(adapted.trained).values
        #expect(adapted.mask == source.mask)
        for i in values.indices where !source.mask.keeps[i] { #expect(values[i] == 0) }
        for entry in head { #expect(values[entry.range] == source.trained!.values[entry.range]) }
        let moved = source.architecture.layout.prunable.filter { $0.layer != "fc2" }.contains { entry in
          values[entry.range] != source.trained!.values[entry.range]
        }
        #expect(moved == (arm != "statistics"))
      }
    }
    #expect(finding.signals.count == 3 && finding.sources.count == 12)
  }

  /// The target's training labels are no part of what adaptation gets: with all of them wrong it does the same to the last bit.
  @Test func labelsOfTheTargetAreNotRead() throws {
    let scratch = try Scratch()
    let digits = try Catalog.dataset(named: "digits+rotate:35")
    func folder(_ name: String, _ labels: (Int32) -> Int32) throws -> [String] {
      let data = try Dataset(
        name: name, source: "made here", inputShape: digits.inputShape, classCount: 10, pixelScale: digits.pixelScale,
        range: digits.range, train: Split(pixels: digits.train.pixels, labels: digits.train.labels.map(labels)),
        test: digits.test)
      let runner = try runner(
        scratch, "target-data=\(data.name)", "shift=none", "adapt-steps=2ep", "steps=2ep", "arms=source,examiner",
        "sparsity=")
      _ = try runner.run(locator: DataLocator().holding(data))
      let record = try #require(runner.store("seed-0").record("dense.examiner"))
      return [record.parametersDigest] + record.curve.map { "\($0.testAccuracy)" }
    }
    let right = try folder("arrays:right") { $0 }, wrong = try folder("arrays:wrong") { ($0 * 3 + 1) % 10 }
    #expect(right == wrong)
  }

  @Test func whatCannotWorkIsRefused() throws {
    let scratch = try Scratch()
    func refuses(_ change: String, _ words: String, _ remedy: String) throws {
      try expectUsage(words, remedy) { _ = try runner(scratch, change).run(locator: DataLocator()) }
    }
    try refuses("shift=none", "the source itself", "rotate:35")
    try refuses("shift=rotate", "cannot be read", "rotate:DEGREES")
    try refuses("shift=turn:3", "no change of a data set", "rotate")
    try refuses("model=mlp:24", "no layer with an image", "attention-weight=0")
    try refuses("target-data=digits+classes:4", "4 against 10", "same classes")
    try refuses("target-data=digits+half", "1x4x4", "+resize:8")
    try refuses("pseudo-weight=0", "pseudo", "leave pseudo out")
    try refuses("target-samples=8", "8 samples", "at least 32")
  }
}
