import Basics
import Foundation
import Lanes
public import Networks

/// Lower and upper ends of every value of a tensor, as middle and radius.
struct Intervals {
  var middle: [Double]
  var radius: [Double]

  init(count: Int) {
    middle = [Double](repeating: 0, count: count)
    radius = middle
  }

  init(low: [Double], high: [Double]) {
    middle = zip(low, high).map { ($0 + $1) / 2 }
    // Half an ulp of the middle is lost by rounding it; a whole one covers both ends.
    radius = zip(low, high).map { ($1 - $0) / 2 + max(abs($0), abs($1)) * 0x1p-50 }
  }

  var low: [Double] { zip(middle, radius).map { $0 - $1 } }
  var high: [Double] { zip(middle, radius).map { $0 + $1 } }

  /// Wider by a rounding error relative to the largest value that each can have.
  mutating func widen(by share: Double) {
    for i in middle.indices { radius[i] += share * (abs(middle[i]) + radius[i]) }
  }
}

/// A network through which intervals are propagated: what every output can be while the inputs are in a box.
///
/// Interval bound propagation, Gowal et al. 2018 (arXiv:1810.12715). Sound for the engine's own arithmetic: a sum of n
/// products in single precision errs by at most n 2^-24 / (1 - n 2^-24) times the sum of the products' magnitudes, by which
/// every interval is widened; the bounds themselves are computed in double precision. Pruned weights add nothing to a bound,
/// so a mask and zeros give the same numbers.
public struct IntervalNetwork: Sendable {
  public let architecture: Architecture
  private let layout: ParameterLayout
  private let values: [Double]

  /// - Throws: `Problem.usage` if there is no rule for a layer.
  public init(_ architecture: Architecture, _ parameters: Parameters) throws {
    self.architecture = architecture
    layout = architecture.layout
    values = parameters.values.map(Double.init)
    for node in architecture.nodes where !Self.hasRule(node.layer) {
      throw Problem.usage(
        "There are no interval bounds for the layer '\(type(of: node.layer).kind)' (\(node.name)).",
        remedy: "Leave the bounds out: --bound-samples 0.")
    }
  }

  static func hasRule(_ layer: any Layer) -> Bool {
    layer is Linear || layer is Convolution || layer is Rectifier || layer is MaxPool || layer is AveragePool
      || layer is BatchNorm || layer is Sum || layer is Dropout || layer is Sign || layer is Join
      || layer is Upsample
  }

  /// The outputs' ends for one sample's inputs, features in order.
  public func bounds(low: [Double], high: [Double]) -> (low: [Double], high: [Double]) {
    var found = [Architecture.inputName: Intervals(low: low, high: high)]
    for node in architecture.nodes { found[node.name] = bounds(node, node.inputs.map { found[$0]! }) }
    let last = found[architecture.outputName]!
    return (last.low, last.high)
  }

  /// Whether the label's output is the largest for sure.
  public func proves(label: Int, low: [Double], high: [Double]) -> Bool {
    let ends = bounds(low: low, high: high)
    return ends.high.indices.allSatisfy { $0 == label || ends.high[$0] < ends.low[label] }
  }

  private func bounds(_ node: Architecture.Node, _ inputs: [Intervals]) -> Intervals {
    let from = architecture.inputShapes(of: node)[0], to = architecture.shapes[node.name]!
    switch node.layer {
    case is Linear: return linear(node, inputs[0], from)
    case let layer as Convolution: return convolution(layer, node, inputs[0], from, to)
    case is Rectifier: return monotone(inputs[0]) { max(0, $0) }
    case is Sign: return monotone(inputs[0]) { $0 < 0 ? -1 : 1 }
    case is Dropout: return inputs[0]
    case is Join: return moved(inputs) { $0.flatMap { $0 } }
    case let layer as Upsample:
      return moved(inputs) { x in
        (0..<to.count).map { i in
          let channel = i / (to.height * to.width), row = i / to.width % to.height / layer.factor
          return x[0][(channel * from.height + row) * from.width + i % to.width / layer.factor]
        }
      }
    case let layer as BatchNorm: return normalised(layer, node, inputs[0], from)
    case let layer as MaxPool:
      return pooled(inputs[0], from, to, layer.size, layer.size) { $0.max()! }
    case let layer as AveragePool:
      let height = layer.size ?? from.height, width = layer.size ?? from.width
      var x = inputs[0]
      x.widen(by: Self.error(height * width + 2))
      return pooled(x, from, to, height, width) { $0.reduce(0, +) / Double($0.count) }
    default: return sum(inputs)
    }
  }

  /// What n roundings in a row, and those of the bounds themselves, can add relative to the sum of magnitudes.
  private static func error(_ n: Int) -> Double {
    let u = Double(n) * 0x1p-24
    return u / (1 - u) + Double(n) * 0x1p-50
  }

  private func tensors(_ node: Architecture.Node) -> [[Double]] {
    layout.entries(of: node.name).map { Array(values[$0.range]) }
  }

  private func monotone(_ x: Intervals, _ f: (Double) -> Double) -> Intervals {
    Intervals(low: x.low.map(f), high: x.high.map(f))
  }

  /// Values that stand elsewhere afterwards.
  private func moved(_ inputs: [Intervals], _ move: ([[Double]]) -> [Double]) -> Intervals {
    var result = Intervals(count: 0)
    (result.middle, result.radius) = (move(inputs.map(\.middle)), move(inputs.map(\.radius)))
    return result
  }

  private func sum(_ inputs: [Intervals]) -> Intervals {
    var result = inputs[0]
    for other in inputs.dropFirst() {
      for i in result.middle.indices {
        result.middle[i] += other.middle[i]
        result.radius[i] += other.radius[i] + Self.error(inputs.count) * (abs(other.middle[i]) + other.radius[i])
      }
    }
    result.widen(by: Self.error(inputs.count))
    return result
  }

  /// Adds weight times inputs, whose intervals hold the rounding errors of the sum already.
  private func start(_ count: Int, perChannel: Int, _ bias: [Double]?, _ error: Double) -> Intervals {
    var result = Intervals(count: count)
    guard let bias else { return result }
    for i in 0..<count {
      result.middle[i] = bias[i / perChannel]
      result.radius[i] = error * abs(bias[i / perChannel])
    }
    return result
  }

  private func linear(_ node: Architecture.Node, _ x: Intervals, _ from: FeatureShape) -> Intervals {
    let own = tensors(node), weights = own[0], inputs = from.count, error = Self.error(inputs + 2)
    var x = x
    x.widen(by: error)
    var y = start(weights.count / inputs, perChannel: 1, own.count > 1 ? own[1] : nil, error)
    for output in y.middle.indices {
      var middle = 0.0, radius = 0.0
      for i in 0..<inputs where weights[output * inputs + i] != 0 {
        let w = weights[output * inputs + i]
        middle += w * x.middle[i]
        radius += abs(w) * x.radius[i]
      }
      y.middle[output] += middle
      y.radius[output] += radius
    }
    return y
  }

  private func convolution(
    _ layer: Convolution, _ node: Architecture.Node, _ x: Intervals, _ from: FeatureShape, _ to: FeatureShape
  ) -> Intervals {
    let own = tensors(node), weights = own[0], kernel = layer.kernel, taps = kernel * kernel
    let channels = from.channels / layer.groups, outputs = layer.outputs / layer.groups
    let error = Self.error(channels * taps + 2), plane = to.height * to.width
    var x = x
    x.widen(by: error)
    var y = start(to.count, perChannel: plane, own.count > 1 ? own[1] : nil, error)
    for (i, w) in weights.enumerated() where w != 0 {
      let output = i / (channels * taps), channel = output / outputs * channels + i / taps % channels
      let a = i % taps / kernel - layer.padding, b = i % kernel - layer.padding
      for row in 0..<to.height {
        let r = row * layer.stride + a
        guard 0 <= r, r < from.height else { continue }
        for column in 0..<to.width {
          let c = column * layer.stride + b
          guard 0 <= c, c < from.width else { continue }
          let source = (channel * from.height + r) * from.width + c, target = output * plane + row * to.width + column
          y.middle[target] += w * x.middle[source]
          y.radius[target] += abs(w) * x.radius[source]
        }
      }
    }
    return y
  }

  /// Evaluation's batch norm: factor (x - mean) + shift.
  private func normalised(_ layer: BatchNorm, _ node: Architecture.Node, _ x: Intervals, _ shape: FeatureShape)
    -> Intervals
  {
    let own = tensors(node), places = shape.height * shape.width, error = Self.error(8)
    let mean = own[own.count - 2], variance = own[own.count - 1]
    var y = Intervals(count: shape.count)
    for i in y.middle.indices {
      let c = i / places, inverse = 1 / (variance[c] + layer.epsilon).squareRoot()
      let factor = layer.affine ? own[0][c] * inverse : inverse, shift = layer.affine ? own[1][c] : 0
      y.middle[i] = factor * (x.middle[i] - mean[c]) + shift
      let largest = abs(factor) * (abs(x.middle[i]) + x.radius[i] + abs(mean[c])) + abs(shift)
      y.radius[i] = abs(factor) * x.radius[i] + error * largest
    }
    return y
  }

  private func pooled(
    _ x: Intervals, _ from: FeatureShape, _ to: FeatureShape, _ height: Int, _ width: Int, _ value: ([Double]) -> Double
  ) -> Intervals {
    func ends(_ side: [Double]) -> [Double] {
      (0..<to.count).map { i in
        let channel = i / (to.height * to.width), row = i / to.width % to.height, column = i % to.width
        return value(
          (0..<height * width).map {
            side[(channel * from.height + row * height + $0 / width) * from.width + column * width + $0 % width]
          })
      }
    }
    return Intervals(low: ends(x.low), high: ends(x.high))
  }
}
