import Basics
public import Lanes

/// Labelled samples in double precision: [sample][channel][row][column].
public struct DoubleBatch: Sendable {
  public var inputs: [[Double]]
  public var labels: [Int32]

  public init(inputs: [[Double]], labels: [Int32]) {
    precondition(inputs.count == labels.count, "\(inputs.count) samples with \(labels.count) labels")
    self.inputs = inputs
    self.labels = labels
  }
}

/// A network in double precision by plain loops, for scores that need more digits than training does: products of the
/// Hessian by differences of gradients, and sums that must agree to many places.
///
/// Dropout drops nothing. It is slow beside a `Plan` (about a hundredth of its arithmetic a second), on one thread. The order of summation is fixed,
/// and no function of the system's library is used, so the bits are the same everywhere.
public struct DoubleNetwork: Sendable {
  public let architecture: Architecture
  public let layout: ParameterLayout
  private let usesBatchStatistics: Bool
  /// Samples side by side; all of them where batch norm takes their mean.
  private static let lanes = 16

  /// - Parameter usesBatchStatistics: Whether batch norm takes mean and variance over the samples of a call; else the running
  ///   ones among the parameters.
  /// - Throws: `Problem.usage` if the network has a layer without a double-precision form.
  public init(_ architecture: Architecture, usesBatchStatistics: Bool = false) throws {
    for node in architecture.nodes where !(node.layer is any DoubleLayer) {
      throw Problem.usage(
        "Layer '\(node.name)' (\(type(of: node.layer).kind)) cannot be evaluated in double precision.",
        remedy: "Choose a criterion that takes plain gradients, such as snip.")
    }
    self.architecture = architecture
    self.usesBatchStatistics = usesBatchStatistics && architecture.nodes.contains { $0.layer is BatchNorm }
    layout = architecture.layout
  }

  /// The mean loss over the samples, and its gradient.
  ///
  /// - Parameters:
  ///   - temperature: What the network's outputs are divided by before the loss.
  ///   - keeps: Weights that take part; all if `nil`. The others count as zero and get a gradient of zero.
  public func gradient(
    of loss: Loss, temperature: Double = 1, at parameters: [Double], keeps: [Bool]? = nil, over batch: DoubleBatch
  ) -> (loss: Double, gradient: [Double]) {
    var sum = 0.0
    let gradient = gradient(at: parameters, keeps: keeps, inputs: batch.inputs) { first, outputs in
      outputs.indices.map { sample in
        let z = outputs[sample].map { $0 / temperature }
        let (value, slopes) = DoubleLoss.value(loss, z, label: Int(batch.labels[first + sample]))
        sum += value
        return slopes.map { $0 / (temperature * Double(batch.labels.count)) }
      }
    }
    return (sum / Double(batch.labels.count), gradient)
  }

  /// The sum of all outputs for one input, and its gradient.
  public func outputSum(at parameters: [Double], keeps: [Bool]? = nil, input: [Double]) -> (
    sum: Double, gradient: [Double]
  ) {
    var sum = 0.0
    let gradient = gradient(at: parameters, keeps: keeps, inputs: [input]) { _, outputs in
      sum = outputs[0].reduce(0, +)
      return [[Double](repeating: 1, count: outputs[0].count)]
    }
    return (sum, gradient)
  }

  /// - Parameter slopes: From the number of the first sample and the samples' outputs, [sample][output], their gradients.
  private func gradient(
    at parameters: [Double], keeps: [Bool]?, inputs: [[Double]], slopes: (Int, [[Double]]) -> [[Double]]
  ) -> [Double] {
    precondition(parameters.count == layout.count, "\(parameters.count) values for \(layout.count) parameters")
    let keeps = keeps ?? [Bool](repeating: true, count: layout.count)
    var gradient = [Double](repeating: 0, count: layout.count)
    let lanes = usesBatchStatistics ? inputs.count : Self.lanes
    for first in stride(from: 0, to: inputs.count, by: lanes) {
      let samples = Array(inputs[first..<min(first + lanes, inputs.count)])
      parameters.withUnsafeBufferPointer { parameters in
        keeps.withUnsafeBufferPointer { keeps in
          gradient.withUnsafeMutableBufferPointer { gradient in
            let evaluation = DoubleEvaluation(
              architecture, layout, parameters.baseAddress!, keeps.baseAddress!, gradient.baseAddress!,
              lanes: samples.count, usesBatchStatistics)
            evaluation.forward(samples)
            evaluation.backward(slopes(first, evaluation.outputs))
          }
        }
      }
    }
    return gradient
  }
}

/// The tensors of one evaluation.
private final class DoubleEvaluation {
  private let architecture: Architecture
  private let lanes: Int
  private var values: [String: UnsafeMutablePointer<Double>] = [:]
  private var slopes: [String: UnsafeMutablePointer<Double>] = [:]
  private var passes: [(layer: any DoubleLayer, pass: DoublePass)] = []

  init(
    _ architecture: Architecture, _ layout: ParameterLayout, _ parameters: UnsafePointer<Double>,
    _ keeps: UnsafePointer<Bool>, _ gradient: UnsafeMutablePointer<Double>, lanes: Int, _ usesBatchStatistics: Bool
  ) {
    self.architecture = architecture
    self.lanes = lanes
    for (name, shape) in architecture.shapes {
      values[name] = Self.zeros(shape.count * lanes)
      slopes[name] = Self.zeros(shape.count * lanes)
    }
    passes = architecture.nodes.map { node in
      let entries = layout.entries(of: node.name)
      let pass = DoublePass(
        lanes: lanes, usesBatchStatistics: usesBatchStatistics, inputs: architecture.inputShapes(of: node),
        output: architecture.shapes[node.name]!,
        x: node.inputs.map { values[$0]! }, y: values[node.name]!, dy: slopes[node.name]!,
        dx: node.inputs.map { slopes[$0]! }, parameters: entries.map { parameters + $0.offset },
        gradients: entries.map { gradient + $0.offset }, keeps: entries.map { keeps + $0.offset })
      return (node.layer as! any DoubleLayer, pass)
    }
  }

  private static func zeros(_ count: Int) -> UnsafeMutablePointer<Double> {
    let pointer = UnsafeMutablePointer<Double>.allocate(capacity: count)
    pointer.initialize(repeating: 0, count: count)
    return pointer
  }

  deinit { for pointer in Array(values.values) + Array(slopes.values) { pointer.deallocate() } }

  func forward(_ samples: [[Double]]) {
    let input = values[Architecture.inputName]!
    for (lane, sample) in samples.enumerated() {
      precondition(sample.count == architecture.input.count, "\(sample.count) values for input \(architecture.input)")
      for (i, value) in sample.enumerated() { input[i * lanes + lane] = value }
    }
    for (layer, pass) in passes { layer.forward(pass) }
  }

  /// [sample][output]
  var outputs: [[Double]] {
    let output = values[architecture.outputName]!, count = architecture.output.count
    return (0..<lanes).map { lane in (0..<count).map { output[$0 * lanes + lane] } }
  }

  func backward(_ gradients: [[Double]]) {
    let output = slopes[architecture.outputName]!
    for (lane, gradient) in gradients.enumerated() {
      for (i, value) in gradient.enumerated() { output[i * lanes + lane] = value }
    }
    for (layer, pass) in passes.reversed() { layer.backward(pass) }
  }
}
