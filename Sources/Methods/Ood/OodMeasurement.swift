import Analysis
import Basics
import Networks
import Training

/// How well the scores of one network tell its test samples from others.
struct OodMeasurement: Codable, Equatable, Sendable {
  struct Score: Codable, Equatable, Sendable {
    var score: OodScore
    /// See `Discrimination`: of the test samples, of the others.
    var rocArea, precisionArea, outsidePrecisionArea, falseAccepts: Double
  }

  /// A sample from elsewhere that is most like those of the data.
  struct Example: Codable, Equatable, Sendable {
    var place: Int
    var score: Double
    var predicted: Int
  }

  struct Outside: Codable, Equatable, Sendable {
    var scores: [Score]
    /// By the network's main score, the highest first.
    var examples: [Example]
    /// Shares of the samples by their main score.
    var histogram: [Double]
  }

  var density: Double
  /// In the order of the material.
  var outside: [Outside]
  /// Of the test samples.
  var histogram: [Double]

  static let shown = 10
  static let bins = 25

  static func stage(_ stage: String) -> String { "\(stage).ood" }
}

extension OodMeasurement: Sound {
  var isSound: Bool { !outside.isEmpty && histogram.count == Self.bins }
}

extension OodLoss {
  /// The ends of the main score.
  var scoreRange: ClosedRange<Double> { self == .ce ? 0...1 : -1...1 }

  func histogram(_ scores: [Double]) -> [Double] {
    var counts = [Double](repeating: 0, count: OodMeasurement.bins)
    let low = scoreRange.lowerBound, width = scoreRange.upperBound - low
    for score in scores {
      counts[min(counts.count - 1, max(0, Int((score - low) / width * Double(counts.count))))] += 1
    }
    return counts.map { $0 / Double(scores.count) }
  }
}
