import Basics
import Foundation
public import Lanes
public import Networks

/// Networks and losses in double precision, written as plainly as possible: what the engine is compared with.
public struct ReferenceNetwork {
  /// A layer that the reference does not know yet.
  public struct NoReference: Error, CustomStringConvertible {
    public let kind: String
    public var description: String { "add the layer '\(kind)' to Tests/TestSupport/Reference.swift" }
  }

  public let architecture: Architecture
  private let layout: ParameterLayout

  public init(_ architecture: Architecture) {
    self.architecture = architecture
    layout = architecture.layout
  }

  /// What every node makes of a batch: [sample][feature].
  public func values(_ batch: [[Double]], _ parameters: [Double], for pass: Pass = .training) throws -> [String:
    [[Double]]]
  {
    var values = [Architecture.inputName: batch]
    for node in architecture.nodes {
      let own = layout.entries(of: node.name).map { Array(parameters[$0.range]) }
      let from = architecture.inputShapes(of: node)[0], inputs = node.inputs.map { values[$0]! }
      if let norm = node.layer as? BatchNorm {
        values[node.name] = Self.normalised(norm, inputs[0], own, from, pass)
      } else if let dropout = node.layer as? Dropout {
        values[node.name] = pass == .evaluation ? inputs[0] : Self.dropped(dropout, inputs[0], node.name)
      } else {
        values[node.name] = try batch.indices.map { sample in
          try Self.forward(node.layer, inputs.map { $0[sample] }, own, from, architecture.shapes[node.name]!)
        }
      }
    }
    return values
  }

  /// The outputs of a batch.
  public func outputs(_ batch: [[Double]], _ parameters: [Double], for pass: Pass = .training) throws -> [[Double]] {
    try values(batch, parameters, for: pass)[architecture.outputName]!
  }

  /// The mean loss over samples.
  public func loss(_ loss: Loss, _ samples: Samples, first: Int = 0, count: Int, _ parameters: [Double]) throws
    -> Double
  {
    let range = first..<first + count, z = try outputs(range.map { samples.input($0).map(Double.init) }, parameters)
    return zip(range, z).reduce(0) { $0 + ReferenceLoss.value(loss, $1.1, label: Int(samples.labels[$1.0])) }
      / Double(count)
  }

  private static func forward(
    _ layer: any Layer, _ inputs: [[Double]], _ parameters: [[Double]], _ from: FeatureShape, _ to: FeatureShape
  ) throws -> [Double] {
    switch layer {
    case let linear as Linear:
      let x = inputs[0]
      return (0..<linear.outputs).map { row in
        let bias = linear.hasBias ? parameters[1][row] : 0
        return x.indices.reduce(bias) { $0 + parameters[0][row * x.count + $1] * x[$1] }
      }
    case let convolution as Convolution: return convolved(convolution, inputs[0], parameters, from, to)
    case let pool as MaxPool:
      return pooled(inputs[0], from, to, pool.size, pool.size) { $0.max()! }
    case let pool as AveragePool:
      return pooled(inputs[0], from, to, pool.size ?? from.height, pool.size ?? from.width) {
        $0.reduce(0, +) / Double($0.count)
      }
    case is Rectifier: return inputs[0].map { max(0, $0) }
    case is Join: return inputs.flatMap { $0 }
    case let layer as Upsample:
      return (0..<to.count).map { i in
        let channel = i / to.places, row = i / to.width % to.height / layer.factor
        return inputs[0][(channel * from.height + row) * from.width + i % to.width / layer.factor]
      }
    case is Sum: return inputs[0].indices.map { i in inputs.reduce(0) { $0 + $1[i] } }
    default: throw NoReference(kind: type(of: layer).kind)
    }
  }

  /// Mean and biased variance of every channel over samples and places.
  public static func statistics(_ x: [[Double]], channels: Int) -> [(mean: Double, variance: Double)] {
    let places = x[0].count / channels
    return (0..<channels).map { channel in
      let values = x.flatMap { $0[channel * places..<(channel + 1) * places] }, count = Double(values.count)
      let mean = values.reduce(0, +) / count
      return (mean, values.reduce(0) { $0 + ($1 - mean) * ($1 - mean) } / count)
    }
  }

  private static func normalised(
    _ layer: BatchNorm, _ x: [[Double]], _ parameters: [[Double]], _ shape: FeatureShape, _ pass: Pass
  ) -> [[Double]] {
    let running = zip(parameters[parameters.count - 2], parameters[parameters.count - 1])
    let found =
      pass == .evaluation
      ? running.map { (mean: $0, variance: $1) } : statistics(x, channels: shape.channels)
    let places = shape.height * shape.width
    return x.map { sample in
      sample.enumerated().map { i, value in
        let c = i / places, unit = (value - found[c].mean) / (found[c].variance + layer.epsilon).squareRoot()
        return layer.affine ? parameters[0][c] * unit + parameters[1][c] : unit
      }
    }
  }

  /// As in the first step of a training with seed 0.
  private static func dropped(_ layer: Dropout, _ x: [[Double]], _ name: String) -> [[Double]] {
    let stream = RandomStream(seed: 0, "dropout/\(name)"), threshold = layer.probability * 0x1p32
    return x.enumerated().map { place, values in
      values.enumerated().map { i, value in
        let word = stream.word(at: UInt64(place * ((values.count + 3) / 4 * 4) + i))
        return Double(word) >= threshold.rounded(.down) ? value / (1 - layer.probability) : 0
      }
    }
  }

  private static func convolved(
    _ layer: Convolution, _ x: [Double], _ parameters: [[Double]], _ from: FeatureShape, _ to: FeatureShape
  ) -> [Double] {
    let kernel = layer.kernel, inputs = from.channels / layer.groups, outputs = to.channels / layer.groups
    return (0..<to.count).map { i in
      let output = i / (to.height * to.width), row = i / to.width % to.height, column = i % to.width
      var sum = layer.hasBias ? parameters[1][output] : 0
      for input in 0..<inputs {
        let channel = output / outputs * inputs + input
        for a in 0..<kernel {
          for b in 0..<kernel {
            let r = row * layer.stride + a - layer.padding, c = column * layer.stride + b - layer.padding
            guard 0 <= r, r < from.height, 0 <= c, c < from.width else { continue }
            sum +=
              parameters[0][((output * inputs + input) * kernel + a) * kernel + b]
              * x[(channel * from.height + r) * from.width + c]
          }
        }
      }
      return sum
    }
  }

  private static func pooled(
    _ x: [Double], _ from: FeatureShape, _ to: FeatureShape, _ height: Int, _ width: Int, _ value: ([Double]) -> Double
  ) -> [Double] {
    (0..<to.count).map { i in
      let channel = i / (to.height * to.width), row = i / to.width % to.height, column = i % to.width
      return value(
        (0..<height * width).map {
          x[(channel * from.height + row * height + $0 / width) * from.width + column * width + $0 % width]
        })
    }
  }
}

/// The losses of `Sources/Lanes/Operands.swift`, of one sample.
public enum ReferenceLoss {
  public static func value(_ loss: Loss, _ z: [Double], label: Int) -> Double {
    let targets = z.indices.map { z.count == 1 ? label == 1 : label == $0 }
    switch loss {
    case .softmaxCrossEntropy:
      let highest = z.max()!
      return log(z.reduce(0) { $0 + exp($1 - highest) }) + highest - z[label]
    case .binaryCrossEntropy:
      let parts = zip(z, targets).map { max($0, 0) - ($1 ? $0 : 0) + log1p(exp(-abs($0))) }
      return parts.reduce(0, +) / Double(z.count)
    case .meanSquaredError:
      return zip(z, targets).reduce(0) { $0 + ($1.0 - ($1.1 ? 1 : 0)) * ($1.0 - ($1.1 ? 1 : 0)) } / Double(z.count)
    case .hinge:
      if z.count == 1 { return max(0, 1 - (label == 1 ? 1 : -1) * z[0]) }
      let margins = z.indices.map { $0 == label ? 0 : max(0, 1 - z[label] + z[$0]) }
      return margins.reduce(0, +) / Double(z.count)
    }
  }
}

/// Central finite differences; the step is small so that it seldom crosses the kink of a rectifier or a maximum.
public func numericalDerivative(at x: Double, step: Double = 1e-6, _ f: (Double) throws -> Double) rethrows -> Double {
  (try f(x + step) - f(x - step)) / (2 * step)
}
