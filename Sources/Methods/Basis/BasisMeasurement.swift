import Basics
import Experiments
import Foundation
import Lanes
import Networks
import Tickets
import Training

/// What a ticket of a basis keeps, takes and costs besides its accuracy.
struct BasisMeasurement: Codable, Equatable, Sendable {
  /// Coefficients that the mask keeps, and those there are.
  var kept: Int
  var weights: Int
  /// Weights that are exactly zero once they are made of the trained coefficients.
  var zeros: Int
  /// The share of the squared norm of the dense network's trained coefficients that the mask keeps.
  var energy: Double
  /// Bytes of kept values and biases, of the mask in gap code, and of matrices that the basis needs.
  var valueBytes: Int
  var maskBytes: Int
  var basisBytes: Int
  /// Multiply-adds of one sample's forward pass in the cheapest way, and of the dense network.
  var multiplyAdds: Int
  var denseMultiplyAdds: Int
  /// Layers that run with coefficients.
  var factored: [String]
  /// Test accuracy in that way; sums are of another order than in training.
  var accuracy: Double
  /// Of evaluating a test sample: in that way, and with the dense network.
  var secondsPerSample: Double
  var denseSecondsPerSample: Double

  var bytes: Int { valueBytes + maskBytes + basisBytes }

  static func stage(_ round: Int) -> String { "\(Lab.stage(round)).measured" }

  /// Keeps the measurement of a round's ticket, where it is not there already.
  static func keep(_ round: Int, _ basis: BasisCoefficients, on bench: Bench<TrainingMaterial>) throws {
    let store = bench.store, known: BasisMeasurement? = store.value(stage(round))
    guard known == nil else { return }
    let trained = [BasisSearch.dense, Lab.stage(round)].map(store.ticket)
    guard let dense = trained[0], let ticket = trained[1] else { throw store.missing(Lab.stage(round)) }
    try store.keep(BasisMeasurement(ticket, dense: dense, basis, bench), stage(round))
  }

  private init(_ ticket: Ticket, dense: Ticket, _ basis: BasisCoefficients, _ bench: Bench<TrainingMaterial>) throws {
    let mask = ticket.mask, layout = mask.layout, coefficients = ticket.trained!, whole = dense.trained!
    let made = basis.rotated(coefficients, back: true)
    kept = mask.remaining
    weights = layout.prunableCount
    zeros = layout.prunable.reduce(0) { sum, entry in sum + made.values[entry.range].count { $0 == 0 } }
    func squares(_ isCounted: (Int) -> Bool) -> Double {
      layout.prunable.flatMap(\.range).reduce(0) { sum, i in
        isCounted(i) ? sum + Double(whole.values[i]) * Double(whole.values[i]) : sum
      }
    }
    energy = squares { mask.keeps[$0] } / max(squares { _ in true }, .leastNormalMagnitude)
    valueBytes = 4 * mask.keeps.count { $0 }
    maskBytes = mask.codedBytes
    basisBytes =
      4
      * layout.prunable.reduce(0) { sum, entry in
        sum + (basis.rotations[entry.name]?.storedNumbers(mask.keeps[entry.range]) ?? 0)
      }
    let network = try FactoredNetwork(basis, bench.material.architecture, coefficients, mask: mask)
    let full = Mask(fullFor: layout)
    multiplyAdds = network.multiplyAdds
    denseMultiplyAdds = bench.material.architecture.forwardMultiplyAdds(of: full)
    factored = network.factored
    (accuracy, secondsPerSample) = Self.evaluate(network.architecture, network.parameters, network.mask, bench)
    denseSecondsPerSample =
      Self.evaluate(bench.material.architecture, basis.rotated(whole, back: true), full, bench).seconds
  }

  /// Test accuracy, and the least seconds a sample of three evaluations.
  private static func evaluate(
    _ architecture: Architecture, _ parameters: Parameters, _ mask: Mask, _ bench: Bench<TrainingMaterial>
  ) -> (accuracy: Double, seconds: Double) {
    let trainer = bench.trainer(architecture, data: bench.material.data)
    let run = trainer.makeRun(
      TrainingStart(parameters: parameters, mask: mask, recipe: bench.material.settings.recipe))
    var accuracy = 0.0, seconds = Double.infinity
    for _ in 0..<3 {
      let watch = Stopwatch()
      accuracy = run.evaluate(.test).accuracy
      seconds = min(seconds, watch.seconds)
    }
    return (accuracy, seconds / Double(bench.material.data.test.count))
  }
}

extension BasisMeasurement: Sound {
  var isSound: Bool {
    0...weights ~= kept && 0...weights ~= zeros && weights > 0 && min(valueBytes, maskBytes, basisBytes) >= 0
      && multiplyAdds >= 0 && denseMultiplyAdds > 0
  }
}
