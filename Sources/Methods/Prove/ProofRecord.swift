import Basics

/// What one seed's construction gave, as kept on disk.
struct ProofRecord: Codable, Equatable, Sendable {
  /// The largest difference of an output: what is certified for a domain, and what was found at points of it.
  struct Distance: Codable, Equatable, Sendable {
    var certified: Double
    var measured: Double
  }

  /// SHA-256 of the target's trained weights.
  var targetDigest: String
  /// SHA-256 of which random weights are kept, and of these.
  var keptDigest: String
  var targetDensity: Double
  /// Whether the network's inputs run from 0 to 1.
  var isNonNegative: Bool
  var targetAccuracy: Double
  var prunedAccuracy: Double
  /// Share of the test samples on which both name the same class.
  var agreement: Double
  var testSamples: Int
  /// The largest difference of an output over the test samples.
  var testSetError: Double
  var box: Distance
  var ball: Distance
  var layers: [ProofLayer]
  var resolution: Resolution
  var seconds: [String: Double]

  var target: Int { layers.reduce(0) { $0 + $1.targetWeights } }
  var keptPerTarget: Double { Double(layers.reduce(0) { $0 + $1.kept }) / Double(target) }
  var drawnPerTarget: Double { Double(layers.reduce(0) { $0 + $1.drawn }) / Double(target) }
  var largestWeightError: Double { layers.map(\.largestError).max()! }
  var widthFactor: Double { layers.map(\.widthFactor).max()! }
  var missed: Int { layers.reduce(0) { $0 + $1.missed } }
  /// Over the test samples and the points of the data's box.
  var measuredError: Double { max(testSetError, box.measured) }
}

/// One layer of the target and the two random layers that take its place.
package struct ProofLayer: Codable, Equatable, Sendable {
  package var name: String
  package var inputs: Int
  package var outputs: Int
  /// Weights of the target that are not zero, and biases.
  package var targetWeights: Int
  /// Whether the positive and the negative half of the inputs are served.
  package var servesBothHalves: Bool
  /// The constant input, on which biases are weights.
  package var constant: Double
  /// Units of the inner random layer, and this over the target layer's inputs.
  package var width: Int
  package var widthFactor: Double
  /// Weights of both random layers, those among them that could be kept, and those that are.
  package var randomWeights: Int
  package var drawn: Int
  package var kept: Int
  /// Weights and biases of the target that became zero, and those further off than the error.
  package var zeroed: Int
  package var missed: Int
  package var largestError: Double
  /// The same over weights that did not become zero.
  package var largestMadeError: Double
  /// How far a value behind the layer can be from the target's, in the data's box and in the unit ball.
  package var boxBound: Double
  package var ballBound: Double

  init(
    _ pair: PrunedPair, _ layers: (inner: LayeredNetwork.Layer, outer: LayeredNetwork.Layer), error: Double,
    bounds: [Double]
  ) {
    let target = pair.target, random = pair.random, slots = random.slots, errors = pair.errors.map(abs)
    name = target.name
    (inputs, outputs) = (target.inputs, target.outputs)
    targetWeights = target.parameterCount
    servesBothHalves = slots.count > target.inputs + 1
    constant = pair.constant
    width = random.width
    widthFactor = Double(width) / Double(target.inputs)
    (randomWeights, drawn) = (random.weights, random.drawn)
    kept = layers.inner.biases.count + layers.outer.weights.count
    let numbers = target.weights + target.biases
    zeroed = numbers.count { $0 != 0 && abs($0) <= error }
    missed = errors.count { $0 > error }
    largestError = errors.max()!
    largestMadeError = errors.indices.reduce(0) { pair.choices[$1] == 0 ? $0 : max($0, errors[$1]) }
    (boxBound, ballBound) = (bounds[0], bounds[1])
  }
}
