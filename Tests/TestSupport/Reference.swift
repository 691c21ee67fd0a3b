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

  /// The outputs of one sample.
  public func outputs(_ input: [Double], _ parameters: [Double]) throws -> [Double] {
    var values = [Architecture.inputName: input]
    for node in architecture.nodes {
      let own = layout.entries(of: node.name).map { Array(parameters[$0.range]) }
      values[node.name] = try Self.forward(
        node.layer, node.inputs.map { values[$0]! }, own, architecture.inputShapes(of: node)[0],
        architecture.shapes[node.name]!)
    }
    return values[architecture.outputName]!
  }

  /// The mean loss over samples.
  public func loss(_ loss: Loss, _ samples: Samples, first: Int = 0, count: Int, _ parameters: [Double]) throws
    -> Double
  {
    var sum = 0.0
    for sample in first..<first + count {
      let z = try outputs(samples.input(sample).map(Double.init), parameters)
      sum += ReferenceLoss.value(loss, z, label: Int(samples.labels[sample]))
    }
    return sum / Double(count)
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
    default: throw NoReference(kind: type(of: layer).kind)
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
