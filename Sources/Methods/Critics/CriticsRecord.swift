import Basics
import Foundation
import Lanes
import Networks
import Training

/// What a training by local critics gave besides its record.
struct CriticsRecord: Codable, Equatable, Sendable {
  /// The first groups with the critic behind them; at last the network.
  struct Exit: Codable, Equatable, Sendable {
    var validationAccuracy: Double
    var testAccuracy: Double
  }

  /// Samples that leave at the first exit whose largest share of softmax is above a threshold.
  struct Early: Codable, Equatable, Sendable {
    var threshold: Double
    var testAccuracy: Double
    /// Of the samples, by exit.
    var shares: [Double]
    /// Mean multiply-adds of a sample, in units of the network's.
    var work: Double
  }

  var exits: [Exit]
  var early: [Early]
  /// Of the sums of all outputs.
  var ensembleAccuracy: Double
  var epochs: [LocalCriticRun.Epoch]
  /// How many groups the chosen sub-network has.
  var chosen: Int
}

extension CriticsRecord: Sound {
  var isSound: Bool {
    exits.count > 1 && !epochs.isEmpty && 1...exits.count ~= chosen
      && epochs.allSatisfy { $0.losses.count == exits.count && $0.gaps.count == exits.count - 1 }
      && early.allSatisfy { $0.shares.count == exits.count }
  }
}

/// Outputs of all exits for one split.
package struct ExitOutputs {
  /// [exit][sample * classes + class]
  let outputs: [[Float]]
  let classes: Int
  let labels: [Int32]

  package init(_ outputs: [[Float]], classes: Int, labels: [Int32]) {
    (self.outputs, self.classes, self.labels) = (outputs, classes, labels)
  }

  package var accuracies: [Double] { outputs.map(accuracy) }

  private func accuracy(_ outputs: [Float]) -> Double {
    let right = zip(SampleScores.predictions(outputs, classes: classes), labels).count { $0 == $1 }
    return Double(right) / Double(labels.count)
  }

  /// Of the last exit, mean over the samples.
  var loss: Double {
    SampleScores.losses(outputs.last!, classes: classes, labels: labels).reduce(0) { $0 + Double($1) }
      / Double(labels.count)
  }

  /// Of the sums of all exits' outputs.
  package var ensembleAccuracy: Double {
    accuracy(outputs[0].indices.map { i in Float(outputs.reduce(0.0) { $0 + Double($1[i]) }) })
  }

  /// Where samples leave, the first exit is 0, and which class they are taken for.
  package func exits(threshold: Double) -> (exits: [Int], accuracy: Double) {
    let predictions = outputs.map { SampleScores.predictions($0, classes: classes) }
    let exits = labels.indices.map { sample in
      outputs.indices.dropLast().first { exit in
        SampleScores.probabilities(outputs[exit][sample * classes..<(sample + 1) * classes]).max()! > threshold
      } ?? outputs.count - 1
    }
    let right = labels.indices.count { predictions[exits[$0]][$0] == labels[$0] }
    return (exits, Double(right) / Double(labels.count))
  }
}

extension CriticsRecord {
  /// - Parameters:
  ///   - work: Multiply-adds to each exit, critics on the way included, in units of the network's.
  ///   - sizes: Multiply-adds of each sub-network.
  ///   - allowance: As a share.
  init(
    validation: ExitOutputs, test: ExitOutputs, epochs: [LocalCriticRun.Epoch], thresholds: [Double], work: [Double],
    sizes: [Int], allowance: Double
  ) {
    exits = zip(validation.accuracies, test.accuracies).map { Exit(validationAccuracy: $0, testAccuracy: $1) }
    early = thresholds.map { threshold in
      let (places, accuracy) = test.exits(threshold: threshold), all = Double(places.count)
      return Early(
        threshold: threshold, testAccuracy: accuracy,
        shares: work.indices.map { exit in Double(places.count { $0 == exit }) / all },
        work: places.reduce(0) { $0 + work[$1] } / all)
    }
    ensembleAccuracy = test.ensembleAccuracy
    self.epochs = epochs
    chosen = ExitChoice.choice(exits.map(\.validationAccuracy), sizes: sizes, allowance: allowance) + 1
  }
}

package enum ExitChoice {
  /// The exit of fewest multiply-adds whose accuracy is at most `allowance` below the last one's.
  package static func choice(_ accuracies: [Double], sizes: [Int], allowance: Double) -> Int {
    let enough = accuracies.indices.filter { accuracies[$0] >= accuracies.last! - allowance - 1e-12 }
    return enough.min { (sizes[$0], $0) < (sizes[$1], $1) }!
  }
}
