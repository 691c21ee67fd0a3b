import Basics

/// A network in consecutive groups of layers, each but the last with a critic that makes outputs of its features (Lee, Hsieh &
/// Lee 2021, arXiv:2102.01963).
///
/// Groups part where a single value passes, before a layer with weights, so that the largest of their shares of a training step's
/// multiply-adds, critics included, is smallest.
public struct LayerGroups: Equatable, Sendable {
  public let network: Architecture
  public let head: CriticHead
  /// Each reads the features of the one before as its input; nodes have the network's names.
  public let groups: [Architecture]
  /// Of all groups but the last; the last nodes are called `critic1/fc` and so on.
  public let critics: [Architecture]
  /// Nodes of each group, by their places in the network.
  public let ranges: [Range<Int>]

  /// - Parameter count: How many groups, at least 1.
  /// - Throws: `Problem.usage` if there are too few places at which the network can be cut.
  public init(_ network: Architecture, count: Int, head: CriticHead) throws {
    precondition(count >= 1, "\(count) groups")
    let places = Self.places(of: network)
    guard places.count >= count - 1 else {
      throw Problem.usage(
        """
        \(network.name) cannot be cut in \(count) groups of layers: it has \
        \(places.count == 1 ? "1 place" : "\(places.count) places") where a single value passes to a layer with weights.
        """, remedy: "Use fewer --groups or a deeper --model.")
    }
    let stages = try Stages(network, head, ends: places + [network.nodes.count])
    let ends = try stages.balanced(count: count)
    let ranges = zip([0] + ends, ends).map { $0..<$1 }
    groups = try ranges.map { try Self.group(network, $0) }
    critics = try ranges.dropLast().enumerated().map {
      try Self.critic(network, after: $1.upperBound, head, number: $0 + 1)
    }
    (self.network, self.head, self.ranges) = (network, head, ranges)
  }

  public var count: Int { groups.count }

  /// The first groups with the critic behind them; the network for all groups.
  ///
  /// - Parameter groups: How many, from 1.
  public func subnetwork(_ groups: Int) throws -> Architecture {
    precondition(1...count ~= groups, "\(groups) of \(count) groups")
    if groups == count { return network }
    var result = Architecture(name: "\(network.name), \(groups) of \(count) groups", input: network.input)
    for node in network.nodes[..<ranges[groups - 1].upperBound] {
      try result.append(node.name, node.layer, inputs: node.inputs)
    }
    for (i, node) in critics[groups - 1].nodes.enumerated() {
      try result.append(node.name, node.layer, inputs: i == 0 ? [result.outputName] : node.inputs)
    }
    return result
  }

  /// Multiply-adds of a sample's forward pass through the first groups and the critic behind them.
  public func multiplyAdds(_ groups: Int) throws -> Int {
    let network = try subnetwork(groups)
    return network.forwardMultiplyAdds(of: Mask(fullFor: network.layout))
  }

  /// Multiply-adds of a sample's forward pass through the first groups and through all critics on the way.
  public func exitMultiplyAdds(_ groups: Int) throws -> Int {
    try multiplyAdds(groups) + critics.prefix(groups - 1).reduce(0) { $0 + Self.forward($1) }
  }

  /// Multiply-adds of a sample in a training step of each group with its critic.
  public var stepMultiplyAdds: [Int] {
    groups.indices.map { i in
      Self.step(groups[i]) + (critics.indices.contains(i) ? 3 * Self.forward(critics[i]) : 0)
    }
  }

  /// Of all groups' multiply-adds of a training step.
  public var shares: [Double] {
    let work = stepMultiplyAdds, all = Double(work.reduce(0, +))
    return work.map { Double($0) / all }
  }

  fileprivate static func forward(_ network: Architecture) -> Int {
    network.forwardMultiplyAdds(of: Mask(fullFor: network.layout))
  }

  fileprivate static func step(_ network: Architecture) -> Int {
    network.multiplyAdds(of: Mask(fullFor: network.layout))
  }

  // MARK: cutting

  /// Numbers of nodes before which the network can be cut, ascending: the last place for each number of layers with weights
  /// before it where all that is read later is the node before.
  private static func places(of network: Architecture) -> [Int] {
    let nodes = network.nodes
    let index = Dictionary(uniqueKeysWithValues: nodes.enumerated().map { ($0.element.name, $0.offset) })
    var lastReader = [Int](repeating: -1, count: nodes.count), inputReader = -1
    for (place, node) in nodes.enumerated() {
      for input in node.inputs {
        if let i = index[input] { lastReader[i] = place } else { inputReader = place }
      }
    }
    let weighted = nodes.map { node in
      node.layer.parameters(of: network.inputShapes(of: node)).contains { $0.role == .weight }
    }
    var places: [Int] = [], counts: [Int] = [], before = 0, reach = inputReader
    for place in 1..<max(1, nodes.count) {
      before += weighted[place - 1] ? 1 : 0
      // What nodes before the last one are read by must lie before the cut.
      if place > 1 { reach = max(reach, lastReader[place - 2]) }
      guard reach < place, before > 0, weighted[place...].contains(true) else { continue }
      if counts.last == before {
        places[places.count - 1] = place
      } else {
        places.append(place)
        counts.append(before)
      }
    }
    return places
  }

  fileprivate static func group(_ network: Architecture, _ range: Range<Int>) throws -> Architecture {
    let before = range.lowerBound == 0 ? Architecture.inputName : network.nodes[range.lowerBound - 1].name
    var group = Architecture(name: "\(network.name), nodes \(range)", input: network.shapes[before]!)
    for node in network.nodes[range] {
      try group.append(
        node.name, node.layer, inputs: node.inputs.map { $0 == before ? Architecture.inputName : $0 })
    }
    return group
  }

  fileprivate static func critic(
    _ network: Architecture, after end: Int, _ head: CriticHead, number: Int
  ) throws -> Architecture {
    var critic = Architecture(
      name: "critic \(number) of \(network.name)", input: network.shapes[network.nodes[end - 1].name]!)
    try head.append(to: &critic, named: "critic\(number)", classes: network.output.count)
    return critic
  }

  /// What the parts between neighbouring places take.
  private struct Stages {
    let ends: [Int]
    /// Multiply-adds of a training step of a critic at each end but the last.
    private let critics: [Int]
    private let network: Architecture

    init(_ network: Architecture, _ head: CriticHead, ends: [Int]) throws {
      (self.network, self.ends) = (network, ends)
      critics = try ends.dropLast().map {
        3 * LayerGroups.forward(try LayerGroups.critic(network, after: $0, head, number: 1))
      }
    }

    /// Ends of `count` groups of which the largest is as small as possible; of equal ones those whose squares are, then the
    /// earliest.
    func balanced(count: Int) throws -> [Int] {
      let last = ends.count - 1
      var work: [[Double]] = []
      for first in 0...last {
        work.append(
          try (first...last).map { end in
            let start = first == 0 ? 0 : ends[first - 1]
            let own = LayerGroups.step(try LayerGroups.group(network, start..<ends[end]))
            return Double(own + (end == last ? 0 : critics[end]))
          })
      }
      struct Choice {
        var largest = Double.infinity, squares = Double.infinity
        var ends: [Int] = []
        func isBetter(than other: Choice) -> Bool { (largest, squares) < (other.largest, other.squares) }
      }
      // By the first part that is left, with as many groups as are left.
      var best = [Choice](repeating: Choice(), count: ends.count)
      for first in 0...last {
        let own = work[first][last - first]
        best[first] = Choice(largest: own, squares: own * own, ends: [last])
      }
      for groups in 1..<max(1, count) {
        var next = [Choice](repeating: Choice(), count: ends.count)
        for first in 0...last where last - first >= groups {
          for end in first..<last where last - end >= groups {
            let rest = best[end + 1], own = work[first][end - first]
            let choice = Choice(
              largest: max(own, rest.largest), squares: own * own + rest.squares, ends: [end] + rest.ends)
            if choice.isBetter(than: next[first]) { next[first] = choice }
          }
        }
        best = next
      }
      return best[0].ends.map { ends[$0] }
    }
  }
}
