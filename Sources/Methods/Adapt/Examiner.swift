package import Analysis
package import Lanes

/// A small network over features that learns which of two samples is nearer to a third, and so measures likeness without the
/// classifier: (z - the features at length 1, beside them the image pooled by an attention of its own) -> hidden, rectified ->
/// an embedding of length 1. After the examiner of Tang, Guo & He 2023 (arXiv:2306.16957), whose public abstract fixes neither
/// layers nor losses: these are ours.
package struct Examiner: Sendable {
  /// Hidden weights, hidden biases, embedding weights; with an image the attention's weights of channels.
  package private(set) var parameters: [Matrix]
  private var optimizer = MatrixAdam(rate: 0.003)

  /// - Parameters:
  ///   - channels: Of the image; 0 without one.
  ///   - width: Of the hidden layer and of the embedding.
  package init(features: Int, channels: Int, width: Int, _ random: inout RandomStream) {
    parameters = [
      Matrix(features + channels, width, normal: &random, deviation: 1), Matrix(1, width),
      Matrix(width, width, normal: &random, deviation: (1 / Double(width)).squareRoot()),
    ]
    if channels > 0 { parameters.append(Matrix(channels, 1)) }
  }

  /// Features of a batch, and the values of its images.
  package struct Batch {
    package var features: Matrix
    package var image: Image?

    package init(features: Matrix, image: Image? = nil) { (self.features, self.image) = (features, image) }
  }

  /// Values of a batch's images in two orders.
  package struct Image {
    /// [sample and place][channel]
    package let places: Matrix
    /// A sample each: [channel][place]
    package let planes: [Matrix]

    /// - Parameter planes: A sample each: [channel][place].
    package init(planes: [Matrix]) {
      self.planes = planes
      places = Matrix(
        planes.count * planes[0].columns, planes[0].rows, planes.flatMap(\.transposed.values))
    }
  }

  // MARK: embedding

  /// Embeddings of a batch, [sample][number], and where it looked, [sample][place].
  package func embed(_ batch: Batch) -> (embedding: Matrix, attention: Matrix?) {
    let tape = Tape(), parts = write(tape, batch, parameters.map(tape.constant))
    return (tape[parts.embedding], parts.attention.map { tape[$0] })
  }

  private func write(
    _ tape: Tape, _ batch: Batch, _ p: [Tape.Variable]
  ) -> (embedding: Tape.Variable, attention: Tape.Variable?) {
    var input = tape.normalisedRows(tape.constant(batch.features)), attention: Tape.Variable?
    if p.count > 3, let image = batch.image {
      let scores = tape.reshaped(tape.product(tape.constant(image.places), p[3]), rows: image.planes.count)
      let looks = tape.softmax(scores)
      let pooled = tape.reshaped(tape.linear(looks, inputs: image.planes), rows: image.planes.count)
      input = tape.beside(input, tape.normalisedRows(pooled))
      attention = looks
    }
    let hidden = tape.relu(tape.plusRow(tape.product(input, p[0]), p[1]))
    return (tape.normalisedRows(tape.product(hidden, p[2])), attention)
  }

  // MARK: training

  /// The mean over triplets, by weight, of log(1 + e^(-10 gap)), the gap being that of the cosines with the nearer and with the
  /// farther sample; and its gradient by the parameters.
  package func gradient(_ batch: Batch, _ triplets: [Triplet]) -> (loss: Double, gradients: [Matrix]) {
    let tape = Tape(), variables = parameters.map(tape.parameter)
    let embedding = write(tape, batch, variables).embedding, count = batch.features.rows
    let cosines = tape.product(embedding, tape.transposed(embedding))
    let gap = tape.difference(
      tape.picked(cosines, triplets.map { $0.anchor * count + $0.nearer }),
      tape.picked(cosines, triplets.map { $0.anchor * count + $0.farther }))
    let both = tape.softmax(tape.beside(tape.scaled(gap, by: 10), tape.constant(Matrix(triplets.count, 1))))
    let logs = tape.logarithm(tape.picked(both, triplets.indices.map { 2 * $0 }))
    let total = max(1e-12, triplets.reduce(0) { $0 + $1.weight })
    let weights = Matrix(triplets.count, 1, triplets.map { -$0.weight / total })
    let loss = tape.total(tape.times(logs, tape.constant(weights)))
    return (tape[loss].values[0], tape.gradients(of: loss, by: variables))
  }

  /// A step of Adam.
  package mutating func learn(_ batch: Batch, _ triplets: [Triplet]) {
    guard !triplets.isEmpty else { return }
    optimizer.step(&parameters, gradient(batch, triplets).gradients)
  }

  /// The same with other parameters of these shapes.
  package func replacing(_ parameters: [Matrix]) -> Examiner {
    var other = self
    other.parameters = parameters
    return other
  }

  // MARK: checkpoints

  /// Everything that the next step depends on.
  package var state: [Double] { parameters.flatMap(\.values) + optimizer.state }

  /// - Returns: Whether the state is of such an examiner.
  package mutating func restore(_ state: [Double]) -> Bool {
    let count = parameters.reduce(0) { $0 + $1.values.count }
    guard state.count >= count, state.allSatisfy(\.isFinite),
      optimizer.restore(Array(state[count...]), of: parameters)
    else { return false }
    var place = 0
    parameters = parameters.map { shape in
      defer { place += shape.values.count }
      return Matrix(shape.rows, shape.columns, Array(state[place..<place + shape.values.count]))
    }
    return true
  }
}

/// Likeness of all pairs of a batch.
package enum Likeness {
  /// Scalar products of all rows.
  package static func similarities(_ rows: Matrix) -> Matrix { rows * rows.transposed }

  /// The correlation of two matrices of similarities over all pairs of different samples.
  package static func correlation(_ a: Matrix, _ b: Matrix) -> Double {
    let pairs = a.values.indices.filter { $0 / a.columns != $0 % a.columns }
    return pairs.isEmpty ? 0 : Pearson.correlation(pairs.map { a.values[$0] }, pairs.map { b.values[$0] })
  }
}
