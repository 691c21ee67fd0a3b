import Basics

/// A layer that can be evaluated in double precision, forward and backward side by side, and so can the derivatives of both
/// along a direction in the space of parameters (Pearlmutter 1994, "Fast exact multiplication by the Hessian", equation 3.1).
///
/// Tensors are [channel][row][column][lane]; a lane is a sample. In `tangent` every tensor is the derivative of the same one
/// in `pass`, and the parameters are the direction. Where a layer chooses (the sign of a rectifier's input, the largest of a
/// window) the choice is held.
protocol DoubleLayer {
  /// y from x and parameters. y is zero before.
  func forward(_ pass: DoublePass)
  /// Adds to dx and to the parameters' gradients, from dy.
  func backward(_ pass: DoublePass)
  /// The tangent's y from x, parameters and their tangents. It is zero before.
  func forward(_ pass: DoublePass, along tangent: DoublePass)
  /// Adds to the tangents of dx and of the parameters' gradients, from dy and its tangent.
  func backward(_ pass: DoublePass, along tangent: DoublePass)
}

/// A layer without parameters whose output is linear in its inputs: tangents take the way of the values.
protocol LinearDoubleLayer: DoubleLayer {}

extension LinearDoubleLayer {
  func forward(_ pass: DoublePass, along tangent: DoublePass) { forward(tangent) }
  func backward(_ pass: DoublePass, along tangent: DoublePass) { backward(tangent) }
}

/// A layer whose output is a product of its weights w and its input, and biases: every product has two tangents.
protocol ProductDoubleLayer: DoubleLayer {}

extension ProductDoubleLayer {
  /// With v the direction: v x and its biases, then w times the tangent of x.
  func forward(_ pass: DoublePass, along tangent: DoublePass) {
    var other = tangent
    other.x = pass.x
    forward(other)
    other = tangent
    other.parameters = pass.parameters
    other.hasBiases = false
    forward(other)
  }

  /// The tangent of dy times w and x, then dy times v and the tangent of x.
  func backward(_ pass: DoublePass, along tangent: DoublePass) {
    var other = tangent
    other.x = pass.x
    other.parameters = pass.parameters
    backward(other)
    other = tangent
    other.dy = pass.dy
    other.hasBiases = false
    backward(other)
  }
}

/// One layer's part of an evaluation.
struct DoublePass {
  let lanes: Int
  /// Whether batch norm takes mean and variance of these samples; else the running ones.
  let usesBatchStatistics: Bool
  let inputs: [FeatureShape]
  let output: FeatureShape
  var x: [UnsafeMutablePointer<Double>]
  let y: UnsafeMutablePointer<Double>
  var dy: UnsafeMutablePointer<Double>
  let dx: [UnsafeMutablePointer<Double>]
  /// One a tensor, in the layer's order.
  var parameters: [UnsafePointer<Double>]
  let gradients: [UnsafeMutablePointer<Double>]
  /// Which weights take part.
  let keeps: [UnsafePointer<Bool>]
  /// Whether biases are added and get their gradients, where a layer has them.
  var hasBiases = true

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
