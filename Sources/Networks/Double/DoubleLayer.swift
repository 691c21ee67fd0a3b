import Basics

/// A layer that can be evaluated in double precision, forward and backward side by side.
///
/// Tensors are [channel][row][column][lane]; a lane is a sample.
protocol DoubleLayer {
  /// y from x and parameters. y is zero before.
  func forward(_ pass: DoublePass)
  /// Adds to dx and to the parameters' gradients, from dy.
  func backward(_ pass: DoublePass)
}

/// One layer's part of an evaluation.
struct DoublePass {
  let lanes: Int
  /// Whether batch norm takes mean and variance of these samples; else the running ones.
  let usesBatchStatistics: Bool
  let inputs: [FeatureShape]
  let output: FeatureShape
  let x: [UnsafeMutablePointer<Double>]
  let y: UnsafeMutablePointer<Double>
  let dy: UnsafeMutablePointer<Double>
  let dx: [UnsafeMutablePointer<Double>]
  /// One a tensor, in the layer's order.
  let parameters: [UnsafePointer<Double>]
  let gradients: [UnsafeMutablePointer<Double>]
  /// Which weights take part.
  let keeps: [UnsafePointer<Bool>]

  /// y += w x over `count` values.
  @inline(__always)
  func add(_ w: Double, _ x: UnsafeMutablePointer<Double>, to y: UnsafeMutablePointer<Double>, _ count: Int) {
    for i in 0..<count { y[i] += w * x[i] }
  }

  /// The sum of x y over `count` values: four sums side by side, then their sum.
  @inline(__always)
  func product(_ x: UnsafeMutablePointer<Double>, _ y: UnsafeMutablePointer<Double>, _ count: Int) -> Double {
    var sums = SIMD4<Double>(repeating: 0), i = 0
    while i + 4 <= count {
      sums += SIMD4(x[i], x[i + 1], x[i + 2], x[i + 3]) * SIMD4(y[i], y[i + 1], y[i + 2], y[i + 3])
      i += 4
    }
    var rest = 0.0
    while i < count {
      rest += x[i] * y[i]
      i += 1
    }
    return (sums[0] + sums[1]) + (sums[2] + sums[3]) + rest
  }

  func sum(_ x: UnsafeMutablePointer<Double>, _ count: Int) -> Double {
    var sum = 0.0
    for i in 0..<count { sum += x[i] }
    return sum
  }
}
