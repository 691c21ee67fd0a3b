package import Analysis
import Lanes
import Training

/// Samples of a split as heads see them, by class.
struct FeatureSplit: Sendable {
  /// [sample][feature], a constant 1 last.
  var features: Matrix
  /// Samples of every class: one half is for agents, the other for judging.
  var byClass: [[Int]]
}

/// Agents with their samples, and samples on which their heads are judged.
package struct FederatedTask: Sendable {
  /// Of each agent [sample][feature], and one-hot labels [sample][class].
  package var inputs: [Matrix]
  package var labels: [Matrix]
  package var testInputs: Matrix
  package var testLabels: Matrix
  /// A head a row, [feature][class] flattened.
  package var start: Matrix

  package init(inputs: [Matrix], labels: [Matrix], testInputs: Matrix, testLabels: Matrix, start: Matrix) {
    (self.inputs, self.labels, self.testInputs, self.testLabels, self.start) = (
      inputs, labels, testInputs, testLabels, start
    )
  }
}

/// Draws tasks of one seed.
struct TaskDraw {
  let settings: SurfSettings
  let seed: UInt64
  /// Of a head; 0 where there is no weight.
  var mask: [Double]

  static let judgedSamples = 60

  /// Subsets of classes for training, for held-out tasks of the family, and outside of it. Stream: `surf-classes`.
  func subsets(of classes: Int) -> (training: [[Int]], heldOut: [[Int]], outside: [[Int]]) {
    let family = min(settings.family, classes), size = settings.classes
    var inside = Self.combinations(Array(0..<family), size), random = RandomStream(seed: seed, "surf-classes")
    random.shuffle(&inside)
    let others = Self.combinations(Array(0..<classes), size)
    let most = others.map { subset in subset.count { $0 >= family } }.max() ?? 0
    let outside = most == 0 ? [] : others.filter { subset in subset.count { $0 >= family } == most }
    guard inside.count > 1 else { return (inside, inside, outside) }
    let cut = max(1, inside.count * 3 / 4)
    return (Array(inside[..<cut]), Array(inside[cut...]), outside)
  }

  private static func combinations(_ list: [Int], _ size: Int) -> [[Int]] {
    guard size > 0 else { return [[]] }
    guard let first = list.first, list.count >= size else { return [] }
    let rest = Array(list.dropFirst())
    return combinations(rest, size - 1).map { [first] + $0 } + combinations(rest, size)
  }

  /// - Parameters:
  ///   - name: Of the stream, `surf-task/NAME`.
  ///   - scale: What features besides the constant are multiplied by.
  func task(_ name: String, _ subsets: [[Int]], _ split: FeatureSplit, scale: Double = 1) -> FederatedTask {
    var random = RandomStream(seed: seed, "surf-task/\(name)")
    var classes = subsets[random.nextIndex(below: subsets.count)]
    random.shuffle(&classes)
    func samples(_ slots: [Int], half: Int) -> (Matrix, Matrix) {
      let rows = slots.map { slot -> [Double] in
        let list = split.byClass[classes[slot]], middle = max(1, list.count / 2)
        let place =
          half == 0 ? random.nextIndex(below: middle) : middle + random.nextIndex(below: max(1, list.count - middle))
        return row(list[min(place, list.count - 1)], split, scale)
      }
      return (Matrix(rows), Matrix(slots.map { slot in classes.indices.map { $0 == slot ? 1 : 0 } }))
    }
    let agents = (0..<settings.agents).map { agent -> (Matrix, Matrix) in
      let slots = (0..<settings.agentSamples).map { _ in
        random.nextUniform() < settings.skew ? agent % classes.count : random.nextIndex(below: classes.count)
      }
      return samples(slots, half: 0)
    }
    let judged = samples((0..<Self.judgedSamples).map { $0 % classes.count }, half: 1)
    return FederatedTask(
      inputs: agents.map(\.0), labels: agents.map(\.1), testInputs: judged.0, testLabels: judged.1,
      start: start(&random))
  }

  private func row(_ sample: Int, _ split: FeatureSplit, _ scale: Double) -> [Double] {
    let width = split.features.columns
    return (0..<width).map { split.features[sample, $0] * ($0 == width - 1 ? 1 : scale) }
  }

  /// Heads at the start.
  func start(_ random: inout RandomStream) -> Matrix {
    var start = Matrix(settings.agents, mask.count, normal: &random, deviation: settings.spread)
    for i in start.values.indices { start.values[i] *= mask[i % mask.count] }
    return start
  }
}
