import Lanes
package import Networks

/// A fully connected network with rectified hidden units and one output in double, with first and second derivatives of
/// its binary cross-entropy: what scores before training need, a few times a run.
///
/// Parameters are flat in the layout's order.
package struct DoubleChain {
  /// Points of the plane: [feature][point], and targets 0 or 1.
  package struct Points {
    package var inputs: [[Double]]
    package var targets: [Double]

    package init(inputs: [[Double]], targets: [Double]) {
      self.inputs = inputs
      self.targets = targets
    }
  }

  private struct Layer {
    var weights: Range<Int>
    var bias: Int
    var inputs: Int
    var outputs: Int
  }
  private let layers: [Layer]
  private let count: Int

  package init(_ layout: ParameterLayout) {
    count = layout.count
    layers = layout.prunable.map { entry in
      Layer(
        weights: entry.range, bias: layout.entries(of: entry.layer).first { !$0.isPrunable }!.offset,
        inputs: entry.shape.dimensions[1], outputs: entry.shape.dimensions[0])
    }
  }

  private typealias Matrix = [[Double]]

  /// Gradient of the mean loss, outputs divided by `temperature`.
  package func gradient(_ values: [Double], _ points: Points, temperature: Double = 1) -> [Double] {
    let activations = forward(values, points.inputs)
    return backward(values, activations, outputSlope(activations.last![0], points.targets, temperature))
  }

  /// Gradient of the sum of the outputs.
  package func outputGradient(_ values: [Double], _ points: Points) -> [Double] {
    let activations = forward(values, points.inputs)
    return backward(values, activations, [Double](repeating: 1, count: points.targets.count))
  }

  /// The Hessian of the mean loss times a direction (Pearlmutter 1994, "Fast exact multiplication by the Hessian").
  package func hessianProduct(_ values: [Double], _ direction: [Double], _ points: Points, temperature: Double = 1)
    -> [Double]
  {
    let activations = forward(values, points.inputs), last = layers.count - 1, n = Double(points.targets.count)
    // Derivatives of all activations along the direction.
    var moved: [Matrix] = [points.inputs.map { $0.map { _ in 0 } }]
    for (i, layer) in layers.enumerated() {
      var next = product(direction, layer, activations[i], bias: true)
      add(product(values, layer, moved[i], bias: false), to: &next)
      if i < last { gate(&next, by: activations[i + 1]) }
      moved.append(next)
    }
    var slope: Matrix = [outputSlope(activations.last![0], points.targets, temperature)]
    var movedSlope: Matrix = [
      zip(activations.last![0], moved.last![0]).map { z, change in
        let s = Self.sigmoid(z / temperature)
        return s * (1 - s) * change / (n * temperature * temperature)
      }
    ]
    var result = [Double](repeating: 0, count: count)
    for i in stride(from: last, through: 0, by: -1) {
      accumulate(&result, layers[i], movedSlope, activations[i], bias: true)
      accumulate(&result, layers[i], slope, moved[i], bias: false)
      guard i > 0 else { break }
      var before = transposed(direction, layers[i], slope)
      add(transposed(values, layers[i], movedSlope), to: &before)
      gate(&before, by: activations[i])
      movedSlope = before
      slope = transposed(values, layers[i], slope)
      gate(&slope, by: activations[i])
    }
    return result
  }

  // MARK: passes

  /// Inputs, then every layer's activations; those of the output are not rectified.
  private func forward(_ values: [Double], _ inputs: Matrix) -> [Matrix] {
    var result = [inputs]
    for (i, layer) in layers.enumerated() {
      var next = product(values, layer, result[i], bias: true)
      if i < layers.count - 1 { for row in next.indices { next[row] = next[row].map { max(0, $0) } } }
      result.append(next)
    }
    return result
  }

  private func backward(_ values: [Double], _ activations: [Matrix], _ output: [Double]) -> [Double] {
    var result = [Double](repeating: 0, count: count), slope: Matrix = [output]
    for i in stride(from: layers.count - 1, through: 0, by: -1) {
      accumulate(&result, layers[i], slope, activations[i], bias: true)
      guard i > 0 else { break }
      slope = transposed(values, layers[i], slope)
      gate(&slope, by: activations[i])
    }
    return result
  }

  private static func sigmoid(_ x: Double) -> Double { 1 / (1 + Deterministic.exponential(-x)) }

  private func outputSlope(_ z: [Double], _ targets: [Double], _ temperature: Double) -> [Double] {
    zip(z, targets).map { (Self.sigmoid($0 / temperature) - $1) / (Double(targets.count) * temperature) }
  }

  // MARK: matrices

  private func product(_ values: [Double], _ layer: Layer, _ x: Matrix, bias: Bool) -> Matrix {
    (0..<layer.outputs).map { row in
      var sum = [Double](repeating: bias ? values[layer.bias + row] : 0, count: x[0].count)
      for column in 0..<layer.inputs {
        Self.add(values[layer.weights.lowerBound + row * layer.inputs + column], x[column], to: &sum)
      }
      return sum
    }
  }

  private func transposed(_ values: [Double], _ layer: Layer, _ slope: Matrix) -> Matrix {
    (0..<layer.inputs).map { column in
      var sum = [Double](repeating: 0, count: slope[0].count)
      for row in 0..<layer.outputs {
        Self.add(values[layer.weights.lowerBound + row * layer.inputs + column], slope[row], to: &sum)
      }
      return sum
    }
  }

  private func accumulate(_ result: inout [Double], _ layer: Layer, _ slope: Matrix, _ x: Matrix, bias: Bool) {
    for row in 0..<layer.outputs {
      for column in 0..<layer.inputs {
        result[layer.weights.lowerBound + row * layer.inputs + column] += Self.dot(slope[row], x[column])
      }
      if bias { result[layer.bias + row] += slope[row].reduce(0, +) }
    }
  }

  /// sum += factor * x; zeros of a pruned network cost nothing.
  private static func add(_ factor: Double, _ x: [Double], to sum: inout [Double]) {
    guard factor != 0 else { return }
    x.withUnsafeBufferPointer { x in
      sum.withUnsafeMutableBufferPointer { sum in for s in 0..<x.count { sum[s] += factor * x[s] } }
    }
  }

  /// Four partial sums, added in order.
  private static func dot(_ a: [Double], _ b: [Double]) -> Double {
    var sum0 = 0.0, sum1 = 0.0, sum2 = 0.0, sum3 = 0.0, s = 0
    a.withUnsafeBufferPointer { a in
      b.withUnsafeBufferPointer { b in
        while s + 4 <= a.count {
          sum0 += a[s] * b[s]
          sum1 += a[s + 1] * b[s + 1]
          sum2 += a[s + 2] * b[s + 2]
          sum3 += a[s + 3] * b[s + 3]
          s += 4
        }
        while s < a.count {
          sum0 += a[s] * b[s]
          s += 1
        }
      }
    }
    return ((sum0 + sum1) + sum2) + sum3
  }

  private func add(_ other: Matrix, to matrix: inout Matrix) {
    for row in matrix.indices { Self.add(1, other[row], to: &matrix[row]) }
  }

  private func gate(_ matrix: inout Matrix, by activations: Matrix) {
    for row in matrix.indices {
      for s in matrix[row].indices where activations[row][s] <= 0 { matrix[row][s] = 0 }
    }
  }
}
