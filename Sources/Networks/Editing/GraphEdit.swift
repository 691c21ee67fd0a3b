import Basics

/// A change of a network's graph that its parameters, masks and running statistics follow: a value that can be printed and
/// stored.
public enum GraphEdit: Equatable, Sendable {
  /// Repeats, drops and re-orders blocks.
  case blocks(BlockMap)
  /// Adds a block.
  case insert(Insertion)

  /// - Parameters:
  ///   - initializer: Draws the weights of a new block that start neither as an identity nor at zero.
  ///   - seed: Of their streams.
  /// - Throws: `Problem` if the network has no such blocks, or none can be inserted there.
  public func applied(
    to architecture: Architecture, initializer: Initializer = .kaimingNormal, seed: UInt64 = 0
  ) throws -> EditedNetwork {
    switch self {
    case .blocks(let map): try Rearrangement(architecture, map).network()
    case .insert(let insertion): try insertion.edit(architecture, initializer: initializer, seed: seed)
    }
  }
}

extension GraphEdit: CustomStringConvertible {
  public var description: String {
    switch self {
    case .blocks(let map): "blocks \(map)"
    case .insert(let insertion): "\(insertion)"
    }
  }
}

/// A network with other blocks.
private struct Rearrangement {
  private let architecture: Architecture
  private let structure: BlockStructure
  private let map: BlockMap

  init(_ architecture: Architecture, _ map: BlockMap) throws {
    (self.architecture, self.map) = (architecture, map)
    structure = BlockStructure(architecture)
    let blocks = structure.stages.map(\.blocks.count)
    guard map.sources.count == blocks.count else {
      throw Problem.usage(
        "The map '\(map)' is for \(map.sources.count) stages; \(architecture.name) has \(blocks.count).",
        remedy: "Its stages are \(structure).")
    }
    for (stage, sources) in map.sources.enumerated() {
      guard let unknown = sources.first(where: { $0 >= blocks[stage] }) else { continue }
      throw Problem.usage(
        "The map '\(map)' names block \(unknown) of stage \(stage + 1).",
        remedy: "\(architecture.name) has blocks 0 to \(blocks[stage] - 1) there.")
    }
  }

  func network() throws -> EditedNetwork {
    var nodes: [EditedNetwork.Node] = [], taken: Set<String> = []
    for part in structure.parts {
      switch part {
      case .fixed(let range): append(range, to: &nodes, &taken)
      case .stage(let stage):
        for source in map.sources[stage] { append(structure.stages[stage].blocks[source].nodes, to: &nodes, &taken) }
      }
    }
    return try EditedNetwork("\(architecture.name) with blocks \(map)", of: architecture, nodes: nodes)
  }

  /// Appends some nodes of the source; what comes in from before them is now the last node. Copies of a node have a number
  /// behind its name.
  private func append(_ range: Range<Int>, to nodes: inout [EditedNetwork.Node], _ taken: inout Set<String>) {
    let before = nodes.last?.name ?? Architecture.inputName
    var names: [String: String] = [:]
    for place in range {
      let node = architecture.nodes[place]
      var name = node.name, copy = 1
      while taken.contains(name) {
        copy += 1
        name = "\(node.name)~\(copy)"
      }
      taken.insert(name)
      nodes.append(
        EditedNetwork.Node(
          name: name, inputs: node.inputs.map { names[$0] ?? before }, layer: node.layer, source: node.name))
      names[node.name] = name
    }
  }
}
