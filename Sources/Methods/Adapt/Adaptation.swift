import Analysis
package import Basics
import Lanes
import Networks
import Tickets
package import Training

/// Samples of which nothing but their numbers is known: all that adaptation is given of the target. They hold no labels.
package struct UnlabelledSamples: Sendable {
  let store: SampleStore

  /// - Parameter inputs: As the network sees them, [sample][channel][row][column].
  package init(inputs: [Float], shape: FeatureShape) { store = SampleStore(inputs: inputs, shape: shape) }

  package var count: Int { store.count }
}

/// A network that the source made adapts to samples without labels: the classifier stays, the encoder's surviving weights move.
///
/// Batch norm takes the statistics of the target's batches in its steps, and its running statistics move with them.
package final class Adaptation: OutputObjective {
  private let run: OutputRun
  private let split: SplitNetwork
  private let samples: UnlabelledSamples
  private let loss: AdaptationLoss
  private let weights: AdaptWeights
  private let random: RandomStream
  private let classifier: FrozenClassifier
  private let judge: (OutputRun) throws -> CurvePoint
  private var examiner: Examiner?
  private var labels: PseudoLabels?
  /// Whether the examiner has learned for an epoch, so that it may guide.
  private var guides = false

  /// - Parameters:
  ///   - run: Of the encoder.
  ///   - stage: Ends the names of random streams.
  ///   - judge: Makes a point of the curve; what it looks at is its own.
  package init(
    _ run: OutputRun, _ split: SplitNetwork, classifier: FrozenClassifier, samples: UnlabelledSamples,
    weights: AdaptWeights, width: Int, seed: UInt64, stage: String, judge: @escaping (OutputRun) throws -> CurvePoint
  ) {
    (self.run, self.split, self.samples, self.classifier) = (run, split, samples, classifier)
    (self.weights, self.judge) = (weights, judge)
    loss = AdaptationLoss(classifier, weights: weights)
    random = RandomStream(seed: seed, "adapt-triplets/\(stage)/")
    guard weights.examines else { return }
    var start = RandomStream(seed: seed, "adapt-examiner/\(stage)")
    examiner = Examiner(
      features: split.featureCount, channels: split.image?.channels ?? 0, width: width, &start)
  }

  /// Pseudo-labels are those of the network before the epoch.
  package func begin(epoch: Int) throws {
    guides = epoch > 0
    guard weights.pseudo > 0 || weights.examines else { return }
    let outputs = try run.evaluate(samples.store, between: { try Interruption.check() })
    let features = split.batch(outputs, count: samples.count, hasImage: false).features
    labels = PseudoLabels(features, probabilities: classifier.probabilities(features))
  }

  package func fillGradient(_ places: ArraySlice<Int32>) {
    let batch = split.batch(run.outputs, count: places.count, hasImage: split.image != nil)
    var guidance = AdaptationLoss.Guidance()
    if let labels {
      guidance.labels = places.map { labels.labels[Int($0)] }
      guidance.confidences = places.map { labels.confidences[Int($0)] }
    }
    if let examiner, guides {
      let (embedding, attention) = examiner.embed(batch)
      guidance.similarities = Likeness.similarities(embedding)
      guidance.attention = attention
    }
    let (_, features, image) = loss.gradient(batch, guidance)
    split.write(features, image, into: &run.gradient)
    var draw = random.numbered(run.iteration)
    examiner?.learn(batch, Triplet.draw(guidance.labels, guidance.confidences, &draw))
  }

  package func evaluate() throws -> CurvePoint { try judge(run) }

  // MARK: checkpoints

  private static let key = "examiner"

  package func save(into file: inout SafetensorsFile) {
    guard let examiner else { return }
    file.add(
      Self.key,
      bytes: examiner.state.flatMap { value in withUnsafeBytes(of: value.bitPattern.littleEndian) { Array($0) } })
  }

  package func restore(from file: SafetensorsFile) -> Bool {
    guard examiner != nil else { return true }
    guard let bytes = try? file.bytes(Self.key, file: Self.key), bytes.count % 8 == 0 else { return false }
    let state = bytes.withUnsafeBytes { bytes in
      stride(from: 0, to: bytes.count, by: 8).map {
        Double(bitPattern: UInt64(littleEndian: bytes.loadUnaligned(fromByteOffset: $0, as: UInt64.self)))
      }
    }
    return examiner!.restore(state)
  }
}

extension FrozenClassifier {
  /// Of features, [sample][class].
  func probabilities(_ features: Matrix) -> Matrix {
    let logits = logits(features)
    return Matrix(
      logits.rows, logits.columns,
      (0..<logits.rows).flatMap { row in
        Softmax.probabilities(logits.values[row * logits.columns..<(row + 1) * logits.columns])
      })
  }
}

extension SplitNetwork {
  private var imageCount: Int { image?.count ?? 0 }

  /// Features and images of the first `count` samples of the encoder's outputs.
  func batch(_ outputs: [Float], count: Int, hasImage: Bool) -> Examiner.Batch {
    let size = featureCount + imageCount
    var features = Matrix(count, featureCount), planes: [Matrix] = []
    for i in 0..<count {
      for j in 0..<featureCount { features[i, j] = Double(outputs[i * size + j]) }
      guard hasImage, let image else { continue }
      let first = i * size + featureCount
      planes.append(
        Matrix(
          image.channels, image.height * image.width, outputs[first..<first + image.count].map { Double($0) }))
    }
    return Examiner.Batch(features: features, image: planes.isEmpty ? nil : Examiner.Image(planes: planes))
  }

  /// The gradient of the encoder's outputs.
  ///
  /// - Parameter places: By the image's values, [sample and place][channel].
  func write(_ features: Matrix, _ places: Matrix?, into gradient: inout [Float]) {
    let size = featureCount + imageCount, plane = image.map { $0.height * $0.width } ?? 1
    for i in 0..<features.rows {
      for j in 0..<featureCount { gradient[i * size + j] = Float(features[i, j]) }
      for k in 0..<imageCount {
        gradient[i * size + featureCount + k] = Float(places.map { $0[i * plane + k % plane, k / plane] } ?? 0)
      }
    }
  }
}
