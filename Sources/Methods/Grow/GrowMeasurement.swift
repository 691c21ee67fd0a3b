import Basics
import Networks
import Training

/// What a round did to a network besides training it.
struct GrowMeasurement: Codable, Equatable, Sendable {
  /// A network on the whole test set, batch norm by its running statistics.
  struct State: Codable, Equatable, Sendable {
    var testAccuracy: Double
    var testLoss: Double
  }

  /// Blocks in the network.
  var blocks: Int
  /// Of the tensors that are pruned, and of all kernels: survivors at the end of the round, and weights.
  var kept: Int
  var hidden: Int
  var remaining: Int
  var weights: Int
  /// Survivors on and off the diagonals of inserted square tensors.
  var diagonal: Int
  var offDiagonal: Int
  /// The network that the round before left; `nil` in the first.
  var before: State?
  /// The network that the round begins to train.
  var start: State
  /// The network after training and pruning.
  var pruned: State
  /// By how much an insertion changed an output for a test sample at most; `nil` where nothing was inserted.
  var largestChange: Double?

  static func stage(_ round: Int) -> String { "\(GrowWork.stage(round)).measured" }
}

extension GrowMeasurement: Sound {
  var isSound: Bool {
    0...hidden ~= kept && 0...weights ~= remaining && hidden <= weights && min(diagonal, offDiagonal) >= 0
      && diagonal + offDiagonal <= weights && blocks >= 0 && largestChange ?? 0 >= 0
  }
}

/// A network between two trainings.
struct GrowState {
  var architecture: Architecture
  var parameters: Parameters
  var mask: Mask
  /// What made it of the base, see `Ticket.edits`.
  var edits: [String] = []
}
