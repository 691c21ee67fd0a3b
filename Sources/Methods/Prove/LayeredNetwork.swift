import Foundation

/// A network of sparse layers computed in double precision, eight samples side by side; the order of summation is that of
/// the rows' entries.
package struct LayeredNetwork: Sendable {
  package struct Layer: Sendable {
    package let inputs: Int
    /// Where each row's entries begin, and the end of the last.
    package let starts: [Int]
    package let columns: [Int32]
    package let weights: [Double]
    package let biases: [Double]
    package let isRectified: Bool

    /// - Parameter rows: Of each output its inputs with their weights.
    package init(inputs: Int, rows: [[(input: Int, weight: Double)]], biases: [Double], isRectified: Bool) {
      self.inputs = inputs
      starts = rows.reduce(into: [0]) { $0.append($0.last! + $1.count) }
      columns = rows.flatMap { $0.map { Int32($0.input) } }
      weights = rows.flatMap { $0.map(\.weight) }
      self.biases = biases
      self.isRectified = isRectified
    }

    /// - Parameters:
    ///   - x: One an input.
    ///   - y: One an output.
    fileprivate func forward(_ x: [SIMD8<Double>], _ y: inout [SIMD8<Double>]) {
      x.withUnsafeBufferPointer { x in
        columns.withUnsafeBufferPointer { columns in
          weights.withUnsafeBufferPointer { weights in
            for output in biases.indices {
              var sum = SIMD8(repeating: biases[output])
              for k in starts[output]..<starts[output + 1] { sum += weights[k] * x[Int(columns[k])] }
              y[output] = isRectified ? sum.replacing(with: 0, where: sum .< 0) : sum
            }
          }
        }
      }
    }
  }

  package let layers: [Layer]
  package init(_ layers: [Layer]) { self.layers = layers }

  private var outputs: Int { layers.last!.biases.count }

  /// What the network gives for some samples, [sample][output], eight at a time on several threads.
  ///
  /// - Parameters:
  ///   - sample: The inputs of a sample.
  ///   - isStopped: Asked now and then; the rest is left zero once it says so.
  package func outputs(
    of count: Int, threads: Int, isStopped: @Sendable () -> Bool = { false },
    sample: @Sendable (Int) -> [Double]
  ) -> [[Double]] {
    let lanes = 8, blocks = (count + lanes - 1) / lanes
    var found = [Double](repeating: 0, count: blocks * lanes * outputs)
    found.withUnsafeMutableBufferPointer { found in
      nonisolated(unsafe) let found = found
      DispatchQueue.concurrentPerform(iterations: threads) { thread in
        for block in stride(from: thread, to: blocks, by: threads) where !isStopped() {
          let values = forward((0..<lanes).map { sample(min(block * lanes + $0, count - 1)) })
          for lane in 0..<lanes {
            for output in 0..<outputs { found[(block * lanes + lane) * outputs + output] = values[output][lane] }
          }
        }
      }
    }
    return (0..<count).map { Array(found[$0 * outputs..<($0 + 1) * outputs]) }
  }

  private func forward(_ samples: [[Double]]) -> [SIMD8<Double>] {
    var x = (0..<layers[0].inputs).map { input in
      SIMD8<Double>(samples.map { $0[input] })
    }
    for layer in layers {
      var y = [SIMD8<Double>](repeating: .zero, count: layer.biases.count)
      layer.forward(x, &y)
      x = y
    }
    return x
  }
}
