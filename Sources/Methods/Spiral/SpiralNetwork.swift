import Basics
import Lanes
import Networks
import Training

/// A trained network in numbers, and what it does in the plane: its output and every unit on a path, over a square grid.
package struct SpiralNetwork: Codable, Equatable, Sendable {
  package struct Unit: Codable, Equatable, Sendable {
    /// Its place in the layer, from 0.
    package var place: Int
    /// Places of the units of the layer before, or of the two coordinates, that it reads.
    package var inputs: [Int]
    package var weights: [Float]
    package var bias: Float
    /// Whether it lies on a path from an input to the output.
    package var isOnPath: Bool
  }

  /// A data point.
  package struct Point: Codable, Equatable, Sendable {
    package var x: Float
    package var y: Float
    package var label: Int
  }

  /// Values over the grid, row by row from the top left: activations of a unit, logits of the output.
  package struct Panel: Equatable, Sendable {
    /// `output`, or `layer 2, unit 5`.
    package var label: String
    package var values: [Float]
  }

  package var best: SpiralFinding.Best
  /// Units that are read, a list a layer; the output is the last.
  package var layers: [[Unit]]

  /// Trains the run again; `nil` if its name says nothing, or its weights are no numbers.
  package init?(_ best: SpiralFinding.Best, by trainer: SpiralTrainer) throws {
    guard let run = SpiralRun(name: best.run) else { return nil }
    let trained = try trainer.trained(run), mask = trained.mask, weights = mask.layout.prunable
    let values = trained.parameters.values, connected = LiveUnits(weights, keeps: mask.keeps).connected
    guard values.allSatisfy(\.isFinite) else { return nil }
    self.best = best
    layers = zip(weights, connected).map { entry, connected in
      let bias = mask.layout.entries(of: entry.layer).first { !$0.isPrunable }!, inputs = entry.shape.dimensions[1]
      return (0..<bias.count).filter { mask.keeps[bias.offset + $0] }.map { unit in
        let first = entry.offset + unit * inputs, kept = (0..<inputs).filter { mask.keeps[first + $0] }
        return Unit(
          place: unit, inputs: kept, weights: kept.map { values[first + $0] }, bias: values[bias.offset + unit],
          isOnPath: connected[unit])
      }
    }
  }

  // MARK: the plane

  /// The grid goes from -extent to extent along both axes, with so many points along each side.
  static let extent: Float = 2.3
  static let size = 96
  private static let step = 2 * extent / Float(size - 1)

  /// The output first.
  package var panels: [Panel] {
    let size = Self.size
    var before: [Int: [Float]] = [
      0: (0..<size * size).map { -Self.extent + Self.step * Float($0 % size) },
      1: (0..<size * size).map { Self.extent - Self.step * Float($0 / size) },
    ]
    var panels: [Panel] = []
    for (i, layer) in layers.enumerated() {
      let isOutput = i == layers.count - 1
      let sums = layer.map { unit in
        var sum = [Float](repeating: unit.bias, count: size * size)
        for (input, weight) in zip(unit.inputs, unit.weights) {
          let x = before[input]!
          for place in sum.indices { sum[place].addProduct(weight, x[place]) }
        }
        return isOutput ? sum : sum.map { max(0, $0) }
      }
      before = Dictionary(uniqueKeysWithValues: zip(layer.map(\.place), sums))
      panels += zip(layer, sums).filter { isOutput || $0.0.isOnPath }.map { unit, values in
        Panel(label: isOutput ? "output" : "layer \(i + 1), unit \(unit.place + 1)", values: values)
      }
    }
    return [panels.last!] + panels.dropLast()
  }

  /// About 1200 of the points that networks are trained on.
  package static func points(_ trainer: SpiralTrainer) -> [Point] {
    let count = trainer.batches.sampleCount
    return stride(from: 0, to: count, by: max(1, count / 1200)).map {
      let sample = trainer.batches.sample($0)
      return Point(x: sample.values[0], y: sample.values[1], label: Int(sample.label))
    }
  }

  /// Where a point lies in the grid.
  static func place(_ point: Point) -> Int? {
    let column = Int(((point.x + extent) / step).rounded()), row = Int(((extent - point.y) / step).rounded())
    return (0..<size).contains(column) && (0..<size).contains(row) ? row * size + column : nil
  }
}

extension SpiralNetwork: Sound {
  /// Every unit reads units that there are, by weights with which outputs stay numbers.
  package var isSound: Bool {
    var before: Set = [0, 1]
    for layer in layers {
      let isWhole = layer.allSatisfy { unit in
        unit.inputs.count == unit.weights.count && before.isSuperset(of: unit.inputs)
          && (unit.weights + [unit.bias]).allSatisfy { $0.magnitude <= 1e4 }
      }
      before = Set(layer.map(\.place))
      guard isWhole, before.count == layer.count else { return false }
    }
    return (1...8).contains(layers.count) && layers.last?.isEmpty == false
  }
}
