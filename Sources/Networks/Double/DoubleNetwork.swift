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
/// Hessian, and sums that must agree to many places.
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

  /// The same of outputs that are compared number by number.
  ///
  /// - Parameter targets: [sample][output]
  package func gradient(
    of loss: OutputLoss, at parameters: [Double], keeps: [Bool]? = nil, inputs: [[Double]], targets: [[Double]]
  ) -> (loss: Double, gradient: [Double]) {
    var sum = 0.0
    let gradient = gradient(at: parameters, keeps: keeps, inputs: inputs) { first, outputs in
      outputs.indices.map { sample in
        let (value, slopes) = loss.value(outputs[sample], targets: targets[first + sample])
        sum += value
        return slopes.map { $0 / Double(inputs.count) }
      }
    }
    return (sum / Double(inputs.count), gradient)
  }

  /// The Hessian of the mean loss times a direction: the derivative of `gradient` along it, exact but for rounding.
  ///
  /// Forward over backward (Pearlmutter 1994, "Fast exact multiplication by the Hessian"), the pattern of rectifiers and
  /// maxima held, so that it is the Hessian of the piece on which the parameters lie. Differences of gradients would cross
  /// into other pieces: a rectifier that switches on the way adds a jump over the step, and at steps of 1e-5 of the weights'
  /// norm such jumps are most of the product. Running statistics do not move. It costs three gradients.
  ///
  /// - Parameters:
  ///   - direction: One number a parameter; those of weights that take no part are ignored.
  ///   - temperature: What the network's outputs are divided by before the loss.
  ///   - keeps: Weights that take part; all if `nil`.
  public func hessianProduct(
    of loss: Loss, temperature: Double = 1, at parameters: [Double], along direction: [Double], keeps: [Bool]? = nil,
    over batch: DoubleBatch
  ) -> [Double] {
    precondition(direction.count == layout.count, "\(direction.count) values for \(layout.count) parameters")
    let scale = 1 / (temperature * Double(batch.labels.count))
    var product = [Double](repeating: 0, count: layout.count)
    _ = evaluate(at: parameters, keeps: keeps, inputs: batch.inputs) { first, evaluation in
      direction.withUnsafeBufferPointer { direction in
        product.withUnsafeMutableBufferPointer { product in
          let tangent = evaluation.tangent(direction.baseAddress!, product.baseAddress!)
          evaluation.forward(along: tangent)
          let outputs = evaluation.outputs.map { $0.map { $0 / temperature } }
          evaluation.backward(
            zip(outputs, batch.labels[first...]).map { z, label in
              DoubleLoss.value(loss, z, label: Int(label)).slopes.map { $0 * scale }
            })
          evaluation.backward(
            zip(outputs, tangent.outputs).map { z, change in
              DoubleLoss.curvature(loss, z, change.map { $0 / temperature }).map { $0 * scale }
            }, along: tangent)
        }
      }
    }
    return product
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
    evaluate(at: parameters, keeps: keeps, inputs: inputs) { $1.backward(slopes($0, $1.outputs)) }
  }

  /// Calls `body` with the number of the first sample and the evaluation, forward, of every few samples.
  /// - Returns: The gradient that the calls' backward passes add up to.
  private func evaluate(
    at parameters: [Double], keeps: [Bool]?, inputs: [[Double]], _ body: (Int, DoubleEvaluation) -> Void
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
              lanes: samples.count, usesBatchStatistics: usesBatchStatistics)
            evaluation.forward(samples)
            body(first, evaluation)
          }
        }
      }
    }
    return gradient
  }
}
