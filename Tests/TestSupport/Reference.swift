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
      values[node.name] = try Self.forward(node.layer, node.inputs.map { values[$0]! }, own)
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

  private static func forward(_ layer: any Layer, _ inputs: [[Double]], _ parameters: [[Double]]) throws -> [Double] {
    switch layer {
    case let linear as Linear:
      let x = inputs[0]
      return (0..<linear.outputs).map { row in
        let bias = linear.hasBias ? parameters[1][row] : 0
        return x.indices.reduce(bias) { $0 + parameters[0][row * x.count + $1] * x[$1] }
      }
    case is Rectifier: return inputs[0].map { max(0, $0) }
    default: throw NoReference(kind: type(of: layer).kind)
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

/// Central finite differences.
public func numericalDerivative(at x: Double, step: Double = 1e-5, _ f: (Double) throws -> Double) rethrows -> Double {
  (try f(x + step) - f(x - step)) / (2 * step)
}
