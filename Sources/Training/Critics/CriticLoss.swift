import Lanes

/// Softmax cross-entropies of a batch, and the gradient of their mean, by fixed arithmetic in double precision.
struct CriticLoss {
  let classes: Int
  private var powers: [Double]

  init(classes: Int) {
    self.classes = classes
    powers = [Double](repeating: 0, count: classes)
  }

  /// - Parameters:
  ///   - outputs: [sample][class]
  ///   - labels: Of the samples.
  ///   - losses: [sample]; not a number where an output is not finite.
  ///   - gradient: Likewise [sample][class], of the mean loss; zero where the loss is not a number.
  mutating func evaluate(
    _ outputs: [Float], labels: (Int) -> Int32, count: Int, losses: UnsafeMutablePointer<Double>,
    gradient: inout [Float]
  ) {
    for sample in 0..<count {
      let first = sample * classes, label = Int(labels(sample))
      var highest = Double(outputs[first]), sum = 0.0
      for c in 1..<max(1, classes) { highest = max(highest, Double(outputs[first + c])) }
      for c in 0..<classes {
        powers[c] = Deterministic.exponential(Double(outputs[first + c]) - highest)
        sum += powers[c]
      }
      let isFinite = outputs[first..<first + classes].allSatisfy(\.isFinite)
      losses[sample] = isFinite ? Deterministic.log(sum) - (Double(outputs[first + label]) - highest) : .nan
      for c in 0..<classes {
        let share = powers[c] / sum - (c == label ? 1 : 0)
        gradient[first + c] = isFinite ? Float(share / Double(count)) : 0
      }
    }
  }
}
