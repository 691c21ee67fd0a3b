package import Analysis

/// What a batch of the target is to lower, by its features and the values of its images:
///
///     w_e mean H(p_i) - w_d H(mean p) + w_p mean c_i (-log p_i[q_i]) + w_r (1 - corr(P P^T, E E^T)) + w_a mean |a_i - b_i|^2
///
/// p: probabilities of the frozen classifier, H: entropy; q, c: pseudo-labels with their confidences (information maximisation and
/// pseudo-labels as SHOT, Liang et al. 2020, arXiv:2002.08546); E: embeddings of the examiner, the correlation over pairs of
/// different samples; a: mean over channels of the image's squares, b: where the examiner looks, both of length 1 (after Tang, Guo &
/// He 2023, arXiv:2306.16957). Nothing of the examiner has a gradient here.
package struct AdaptationLoss {
  let classifier: FrozenClassifier
  let weights: AdaptWeights

  package init(_ classifier: FrozenClassifier, weights: AdaptWeights) {
    (self.classifier, self.weights) = (classifier, weights)
  }

  package struct Guidance {
    package var labels: [Int] = []
    package var confidences: [Double] = []
    /// Of the examiner: similarities of all pairs, and where it looks.
    package var similarities: Matrix?
    package var attention: Matrix?

    package init(
      labels: [Int] = [], confidences: [Double] = [], similarities: Matrix? = nil, attention: Matrix? = nil
    ) {
      (self.labels, self.confidences) = (labels, confidences)
      (self.similarities, self.attention) = (similarities, attention)
    }
  }

  /// The loss of a batch and its gradient.
  ///
  /// - Returns: By the features [sample][number], and by the image's values [sample and place][channel] where it plays a part.
  package func gradient(
    _ batch: Examiner.Batch, _ guidance: Guidance
  ) -> (loss: Double, features: Matrix, image: Matrix?) {
    let tape = Tape(), features = tape.parameter(batch.features)
    let logits = tape.plusRow(tape.product(features, tape.constant(classifier.weights)), tape.constant(classifier.bias))
    let p = tape.softmax(logits)
    var terms = information(tape, p)
    if weights.pseudo > 0, !guidance.labels.isEmpty { terms.append(pseudo(tape, p, guidance)) }
    if weights.correlation > 0, let other = guidance.similarities, let term = correlation(tape, p, other) {
      terms.append(term)
    }
    var image: Tape.Variable?
    if weights.attention > 0, let values = batch.image, let looks = guidance.attention {
      let places = tape.parameter(values.places)
      terms.append(attention(tape, places, looks))
      image = places
    }
    guard let first = terms.first else { return (0, Matrix(batch.features.rows, batch.features.columns), nil) }
    let loss = terms.dropFirst().reduce(first, tape.sum)
    let gradients = tape.gradients(of: loss, by: [features] + (image.map { [$0] } ?? []))
    return (tape[loss].values[0], gradients[0], gradients.count > 1 ? gradients[1] : nil)
  }

  private func information(_ tape: Tape, _ p: Tape.Variable) -> [Tape.Variable] {
    let count = Double(tape[p].rows)
    var terms: [Tape.Variable] = []
    if weights.entropy > 0 {
      terms.append(tape.scaled(tape.total(tape.times(p, tape.logarithm(p))), by: -weights.entropy / count))
    }
    if weights.diversity > 0 {
      let mean = tape.product(tape.constant(Matrix(1, tape[p].rows, filledWith: 1 / count)), p)
      terms.append(tape.scaled(tape.total(tape.times(mean, tape.logarithm(mean))), by: weights.diversity))
    }
    return terms
  }

  private func pseudo(_ tape: Tape, _ p: Tape.Variable, _ guidance: Guidance) -> Tape.Variable {
    let classes = tape[p].columns, count = guidance.labels.count
    let chosen = tape.picked(p, guidance.labels.enumerated().map { $0 * classes + $1 })
    let shares = Matrix(count, 1, guidance.confidences.map { -weights.pseudo * $0 / Double(count) })
    return tape.total(tape.times(tape.logarithm(chosen), tape.constant(shares)))
  }

  /// `nil` where either side has no spread.
  private func correlation(_ tape: Tape, _ p: Tape.Variable, _ other: Matrix) -> Tape.Variable? {
    let count = other.rows
    guard count > 2 else { return nil }
    var pairs = Matrix(count, count, filledWith: 1)
    for i in 0..<count { pairs[i, i] = 0 }
    let mask = tape.constant(pairs), number = Double(count * (count - 1))
    func centred(_ a: Tape.Variable) -> Tape.Variable {
      let kept = tape.times(a, mask)
      return tape.difference(kept, tape.scaled(mask, by: tape.scaled(tape.total(kept), by: 1 / number)))
    }
    let a = centred(tape.product(p, tape.transposed(p))), b = centred(tape.constant(other))
    let lengths = tape.times(tape.norm(a), tape.norm(b))
    guard tape[lengths].values[0] > 1e-9 else { return nil }
    let r = tape.quotient(tape.total(tape.times(a, b)), lengths)
    return tape.scaled(
      tape.difference(tape.constant(Matrix(1, 1, filledWith: 1)), r), by: weights.correlation)
  }

  private func attention(_ tape: Tape, _ places: Tape.Variable, _ looks: Matrix) -> Tape.Variable {
    let channels = tape[places].columns, count = looks.rows
    let squares = tape.product(
      tape.times(places, places), tape.constant(Matrix(channels, 1, filledWith: 1 / Double(channels))))
    let own = tape.normalisedRows(tape.reshaped(squares, rows: count))
    let apart = tape.difference(own, tape.normalisedRows(tape.constant(looks)))
    return tape.scaled(tape.total(tape.times(apart, apart)), by: weights.attention / Double(count))
  }
}
