import Basics

/// A network made of another: its graph, and where every tensor of its parameters comes from.
///
/// Whatever has a value for each parameter of the source (weights, a mask, moments of an optimiser) is carried over by it.
public struct EditedNetwork: Equatable, Sendable {
  /// Where a tensor's values come from.
  public enum Origin: Equatable, Sendable {
    /// Those of a tensor of the source, by its place in the source's layout.
    case copied(Int)
    /// New ones.
    case made([Float])
  }

  /// A node of the edited graph: one of the source under a name of its own, or a new one with its values.
  struct Node {
    var name: String
    var inputs: [String]
    var layer: any Layer
    /// The source's node, if it is one.
    var source: String?
    /// One a tensor, for new nodes.
    var values: [[Float]] = []
  }

  public let source: ParameterLayout
  public let architecture: Architecture
  /// One a tensor of the edited network's layout, so that each is written exactly once.
  public let origins: [Origin]

  /// - Throws: `Problem.badData` if the graph cannot be: shapes that do not fit, names that are taken.
  init(_ name: String, of source: Architecture, nodes: [Node]) throws {
    var architecture = Architecture(name: name, input: source.input), origins: [Origin] = []
    let layout = source.layout
    for node in nodes {
      try architecture.append(node.name, node.layer, inputs: node.inputs)
      if let name = node.source {
        origins += layout.entries.indices.filter { layout.entries[$0].layer == name }.map { .copied($0) }
      } else {
        origins += node.values.map { .made($0) }
      }
    }
    self.init(source: layout, architecture: architecture, origins: origins)
  }

  private init(source: ParameterLayout, architecture: Architecture, origins: [Origin]) {
    let entries = architecture.layout.entries
    precondition(origins.count == entries.count, "\(origins.count) origins for \(entries.count) tensors")
    for (entry, origin) in zip(entries, origins) {
      switch origin {
      case .copied(let place):
        precondition(
          source.entries[place].shape.dimensions == entry.shape.dimensions,
          "\(entry.name) has other dimensions than \(source.entries[place].name)")
      case .made(let values):
        precondition(values.count == entry.count, "\(values.count) values for \(entry.name)")
      }
    }
    (self.source, self.architecture, self.origins) = (source, architecture, origins)
  }

  // MARK: carrying over

  /// What the parameters of the edited network have, by what those of the source have.
  ///
  /// - Parameter made: Of a new tensor with these values.
  public func carried<Value>(_ values: [Value], made: ([Float]) -> [Value]) -> [Value] {
    precondition(values.count == source.count, "\(values.count) values for \(source.count) parameters")
    return origins.flatMap { origin -> [Value] in
      switch origin {
      case .copied(let place): Array(values[source.entries[place].range])
      case .made(let new): made(new)
      }
    }
  }

  public func parameters(_ parameters: Parameters) -> Parameters {
    Parameters(layout: architecture.layout, values: carried(parameters.values) { $0 })
  }

  /// New tensors are whole.
  public func mask(_ mask: Mask) -> Mask {
    Mask(layout: architecture.layout, keeps: carried(mask.keeps) { $0.map { _ in true } })
  }

  // MARK: names

  /// The same network under the names of another that has the same layers between the same inputs.
  ///
  /// - Throws: `Problem.usage` naming the first node that differs.
  public func renamed(as target: Architecture) throws -> EditedNetwork {
    let nodes = architecture.nodes
    func places(_ architecture: Architecture) -> [String: Int] {
      Dictionary(uniqueKeysWithValues: architecture.nodes.enumerated().map { ($1.name, $0) })
    }
    let own = places(architecture), others = places(target)
    func inputs(_ node: Architecture.Node, _ places: [String: Int]) -> [Int] { node.inputs.map { places[$0] ?? -1 } }
    for (a, b) in zip(nodes, target.nodes) {
      guard a.layer.isSame(as: b.layer), inputs(a, own) == inputs(b, others),
        architecture.inputShapes(of: a) == target.inputShapes(of: b)
      else { throw difference(target, "'\(b.name)' is \(b.layer.text) where the edit has \(a.layer.text)") }
    }
    guard nodes.count == target.nodes.count, architecture.input == target.input else {
      throw difference(target, "it has \(target.nodes.count) nodes, the edit \(nodes.count)")
    }
    return EditedNetwork(source: source, architecture: target, origins: origins)
  }

  private func difference(_ target: Architecture, _ what: String) -> Problem {
    Problem.usage(
      "Blocks of the ticket's network do not make \(target.name): \(what).",
      remedy: "Take a network of the same family and width, which differs in the number of blocks alone.")
  }
}

extension Layer {
  /// Whether another layer computes the same.
  func isSame(as other: any Layer) -> Bool {
    Self.kind == type(of: other).kind && canonicalText == other.canonicalText
  }
}
