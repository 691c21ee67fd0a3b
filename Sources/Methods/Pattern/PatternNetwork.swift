import Basics
import Datasets
import Lanes
import Networks

/// Networks with one hidden layer that try to learn a pattern of neighbouring signs.
package enum PatternNetwork: String, CaseIterable, Codable, Sendable {
  /// Filters shared over all places, a read-out of its own for each place.
  case convolutional
  /// The same with filters of its own at every place: a fully connected layer whose mask lets each unit see one window.
  case locallyConnected = "locally-connected"
  /// As many parameters without a mask.
  case fullyConnected = "fully-connected"
  /// The layer of `locally-connected` with a mask as sparse, whose units see signs at random places.
  case randomMask = "random-mask"

  package var summary: String {
    switch self {
    case .convolutional: "shared filters, a read-out for each place"
    case .locallyConnected: "a fully connected layer under a mask of windows"
    case .fullyConnected: "as many parameters, no mask"
    case .randomMask: "the same layer under a random mask as sparse"
    }
  }

  /// What is trained: the network with its mask and initial weights.
  struct Planted {
    var architecture: Architecture
    var mask: Mask
    var start: Parameters
    /// Surviving weights, and biases.
    var parameters: Int {
      mask.remaining + mask.layout.entries.filter { $0.shape.role == .bias }.reduce(0) { $0 + $1.count }
    }
  }

  /// - Parameter filters: At every place.
  /// - Throws: `Problem` if the network would be too large.
  func planted(_ task: KPattern.Task, filters: Int, seed: UInt64) throws -> Planted {
    let places = task.signs - task.width + 1, units = filters * places
    var network = Architecture(
      name: rawValue, input: FeatureShape(channels: 1, height: 1, width: task.signs))
    switch self {
    case .convolutional:
      // A square kernel over a single row: the padding above and below makes up for its height.
      let side = task.width % 2 == 1 ? task.width : task.width + 1
      try network.append("fc1", Convolution(filters, kernel: side, padding: side / 2))
    case .locallyConnected, .randomMask: try network.append("fc1", Linear(units))
    case .fullyConnected:
      try network.append("fc1", Linear(max(1, units * (task.width + 3) / (task.signs + 3))))
    }
    try network.append("relu1", Rectifier())
    try network.append("fc2", Linear(2))
    let mask = mask(network, task, filters: filters, seed: seed)
    return Planted(architecture: network, mask: mask, start: start(mask, task, seed: seed).masked(by: mask))
  }

  private func mask(_ network: Architecture, _ task: KPattern.Task, filters: Int, seed: UInt64) -> Mask {
    var mask = Mask(fullFor: network.layout)
    let entry = mask.layout.prunable[0]
    func keep(_ unit: Int, _ inputs: some Sequence<Int>, of count: Int) {
      for i in 0..<count { mask.keeps[entry.offset + unit * count + i] = false }
      for i in inputs { mask.keeps[entry.offset + unit * count + i] = true }
    }
    let units = entry.shape.dimensions[0], inputs = entry.count / units
    switch self {
    case .fullyConnected: break
    case .convolutional:
      let side = entry.shape.dimensions[3], row = side / 2 * side
      for unit in 0..<units { keep(unit, row..<row + task.width, of: inputs) }
    case .locallyConnected:
      for unit in 0..<units { keep(unit, unit / filters..<unit / filters + task.width, of: inputs) }
    case .randomMask:
      var random = RandomStream(seed: seed, "k-pattern-mask")
      for unit in 0..<units { keep(unit, random.permutation(of: inputs).prefix(task.width).map(Int.init), of: inputs) }
    }
    return mask
  }

  /// Weights of +-1/k and biases of 1/k - 1, so that a unit answers to one pattern of its k signs alone, and a read-out of
  /// zero (the paper's construction); without a mask Kaiming's normal weights.
  private func start(_ mask: Mask, _ task: KPattern.Task, seed: UInt64) -> Parameters {
    let layout = mask.layout
    guard self != .fullyConnected else { return Initializer.kaimingNormal.parameters(for: layout, seed: seed) }
    var result = Parameters(zerosFor: layout)
    let share = 1 / Float(task.width)
    for entry in layout.entries(of: "fc1") {
      var random = RandomStream(seed: seed, "k-pattern-weights/\(rawValue)/\(entry.name)")
      for i in entry.range {
        result.values[i] = entry.shape.role == .weight ? (random.nextWord() & 1 == 0 ? share : -share) : share - 1
      }
    }
    return result
  }
}
