import Lanes

/// The losses of training, of one sample, in double precision.
enum DoubleLoss {
  /// The loss and its gradient by the outputs.
  static func value(_ loss: Loss, _ z: [Double], label: Int) -> (value: Double, slopes: [Double]) {
    switch loss {
    case .softmaxCrossEntropy: softmax(z, label)
    case .binaryCrossEntropy: units(z, label, entropy)
    case .meanSquaredError: units(z, label) { z, target in ((z - target) * (z - target), 2 * (z - target)) }
    case .hinge: z.count == 1 ? margin(z[0], label) : hinge(z, label)
    }
  }

  /// The derivative of `value`'s slopes where the outputs move by `change`: the label plays no part.
  static func curvature(_ loss: Loss, _ z: [Double], _ change: [Double]) -> [Double] {
    let count = Double(z.count)
    switch loss {
    case .softmaxCrossEntropy:
      let (powers, total, _) = powers(z), p = powers.map { $0 / total }
      let mean = zip(p, change).reduce(0) { $0 + $1.0 * $1.1 }
      return zip(p, change).map { $0 * ($1 - mean) }
    case .binaryCrossEntropy:
      return zip(z, change).map { z, change in
        let sigmoid = entropy(z, 0).slope
        return sigmoid * (1 - sigmoid) * change / count
      }
    case .meanSquaredError: return change.map { 2 * $0 / count }
    case .hinge: return change.map { _ in 0 }
    }
  }

  private static func softmax(_ z: [Double], _ label: Int) -> (Double, [Double]) {
    let (powers, total, highest) = powers(z)
    let slopes = powers.indices.map { powers[$0] / total - ($0 == label ? 1 : 0) }
    return (Deterministic.log(total) + highest - z[label], slopes)
  }

  /// e to the outputs over the highest, and their sum.
  private static func powers(_ z: [Double]) -> (powers: [Double], total: Double, highest: Double) {
    let highest = z.max()!, powers = z.map { Deterministic.exponential($0 - highest) }
    return (powers, powers.reduce(0, +), highest)
  }

  /// The mean over units; the target is 1 for the label's unit, or with one unit for label 1.
  private static func units(
    _ z: [Double], _ label: Int, _ unit: (Double, Double) -> (value: Double, slope: Double)
  ) -> (Double, [Double]) {
    let count = Double(z.count)
    let parts = z.indices.map { unit(z[$0], (z.count == 1 ? label == 1 : label == $0) ? 1 : 0) }
    return (parts.reduce(0) { $0 + $1.value } / count, parts.map { $0.slope / count })
  }

  private static func entropy(_ z: Double, _ target: Double) -> (value: Double, slope: Double) {
    let small = Deterministic.exponential(-z.magnitude), sigmoid = (z < 0 ? small : 1) / (1 + small)
    return (max(z, 0) - z * target + Deterministic.log(1 + small), sigmoid - target)
  }

  private static func margin(_ z: Double, _ label: Int) -> (Double, [Double]) {
    let target = label == 1 ? 1.0 : -1
    return target * z < 1 ? (1 - target * z, [-target]) : (0, [0])
  }

  private static func hinge(_ z: [Double], _ label: Int) -> (Double, [Double]) {
    let count = Double(z.count), margins = z.indices.map { $0 == label ? 0 : max(0, 1 - z[label] + z[$0]) }
    var slopes = margins.map { $0 > 0 ? 1 / count : 0 }
    slopes[label] = -slopes.reduce(0, +)
    return (margins.reduce(0, +) / count, slopes)
  }
}
