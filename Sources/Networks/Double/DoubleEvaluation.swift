import Basics

/// The tensors of one evaluation, or of its derivative along a direction in the space of parameters.
final class DoubleEvaluation {
  private let architecture: Architecture
  private let layout: ParameterLayout
  private let keeps: UnsafePointer<Bool>
  private let lanes: Int
  private let usesBatchStatistics: Bool
  private var values: [String: UnsafeMutablePointer<Double>] = [:]
  private var slopes: [String: UnsafeMutablePointer<Double>] = [:]
  private var passes: [(layer: any DoubleLayer, pass: DoublePass)] = []

  init(
    _ architecture: Architecture, _ layout: ParameterLayout, _ parameters: UnsafePointer<Double>,
    _ keeps: UnsafePointer<Bool>, _ gradient: UnsafeMutablePointer<Double>, lanes: Int,
    usesBatchStatistics: Bool
  ) {
    self.architecture = architecture
    self.layout = layout
    self.keeps = keeps
    self.lanes = lanes
    self.usesBatchStatistics = usesBatchStatistics
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

  /// What the evaluation's tensors are per step along `direction`, all zero yet; the gradient's go to `product`.
  func tangent(_ direction: UnsafePointer<Double>, _ product: UnsafeMutablePointer<Double>) -> DoubleEvaluation {
    DoubleEvaluation(
      architecture, layout, direction, keeps, product, lanes: lanes, usesBatchStatistics: usesBatchStatistics)
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

  /// The tangent's outputs, after `forward`. Samples do not move.
  func forward(along tangent: DoubleEvaluation) {
    for ((layer, pass), other) in zip(passes, tangent.passes) { layer.forward(pass, along: other.pass) }
  }

  /// [sample][output]
  var outputs: [[Double]] {
    let output = values[architecture.outputName]!, count = architecture.output.count
    return (0..<lanes).map { lane in (0..<count).map { output[$0 * lanes + lane] } }
  }

  func backward(_ gradients: [[Double]]) {
    setOutputSlopes(gradients)
    for (layer, pass) in passes.reversed() { layer.backward(pass) }
  }

  /// The tangent's gradient, after `backward`.
  /// - Parameter gradients: The tangents of those that `backward` was given.
  func backward(_ gradients: [[Double]], along tangent: DoubleEvaluation) {
    tangent.setOutputSlopes(gradients)
    for ((layer, pass), other) in zip(passes, tangent.passes).reversed() { layer.backward(pass, along: other.pass) }
  }

  private func setOutputSlopes(_ gradients: [[Double]]) {
    let output = slopes[architecture.outputName]!
    for (lane, gradient) in gradients.enumerated() {
      for (i, value) in gradient.enumerated() { output[i * lanes + lane] = value }
    }
  }
}
