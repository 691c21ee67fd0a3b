public import Basics

/// A network as a graph: named nodes, each a layer with the names of its inputs, in an order in which they can run.
///
/// It is a value: it prints, compares, and is stored with every ticket.
public struct Architecture: Equatable, Sendable {
  public struct Node: Equatable, Sendable {
    public var name: String
    public var layer: any Layer
    /// Names of earlier nodes, or `Architecture.inputName`.
    public var inputs: [String]

    public init(_ name: String, _ layer: any Layer, inputs: [String]) {
      self.name = name
      self.layer = layer
      self.inputs = inputs
    }

    public static func == (a: Node, b: Node) -> Bool {
      a.name == b.name && a.inputs == b.inputs && type(of: a.layer).kind == type(of: b.layer).kind
        && a.layer.canonicalText == b.layer.canonicalText
    }
  }

  /// The name by which nodes refer to the network's input.
  public static let inputName = "input"

  public var name: String
  public var input: FeatureShape
  public private(set) var nodes: [Node] = []
  /// Output shape of every node, and of the input.
  public private(set) var shapes: [String: FeatureShape]
  private var parameterCount = 0

  public init(name: String, input: FeatureShape) {
    self.name = name
    self.input = input
    shapes = [Self.inputName: input]
  }

  /// The last node, whose output is the network's.
  public var outputName: String { nodes.last?.name ?? Self.inputName }
  public var output: FeatureShape { shapes[outputName]! }

  /// Appends a node; its input is the last node unless named.
  /// - Throws: `Problem.badData` naming the node if an input is unknown, the name is taken, the shapes do not fit or the
  ///   network grows beyond all bounds.
  public mutating func append(_ name: String, _ layer: any Layer, inputs: [String]? = nil) throws {
    let inputs = inputs ?? [outputName]
    guard shapes[name] == nil else {
      throw Problem.badData("Two nodes are named '\(name)'.", remedy: "Give every node a name of its own.")
    }
    let inputShapes = try inputs.map { input in
      guard let shape = shapes[input] else {
        throw Problem.badData(
          "Node '\(name)' reads '\(input)', which is no earlier node.",
          remedy: Suggestion.sentence(for: input, among: Array(shapes.keys)))
      }
      return shape
    }
    if let twice = inputs.first(where: { name in inputs.filter { $0 == name }.count > 1 }) {
      throw Problem.badData("Node '\(name)' reads '\(twice)' twice.", remedy: "Name every input once.")
    }
    do {
      try inputShapes.forEach(Self.checkSize)
      let shape = try layer.outputShape(of: inputShapes)
      try Self.checkSize(shape)
      parameterCount = try Self.added(layer.parameters(of: inputShapes), to: parameterCount)
      shapes[name] = shape
    } catch let problem as Problem {
      throw Problem(problem.kind, "Node '\(name)': \(problem.problem)", remedy: problem.remedy)
    }
    nodes.append(Node(name, layer, inputs: inputs))
  }

  public func inputShapes(of node: Node) -> [FeatureShape] { node.inputs.map { shapes[$0]! } }

  /// Whether some layer computes place by place, as convolutions and pooling do.
  var hasPlaces: Bool {
    nodes.contains { node in
      let input = shapes[node.inputs[0]]!
      if node.layer is BatchNorm { return !input.isFlat }
      return !(node.layer is Linear) && node.layer.window(over: input) != nil
    }
  }

  /// Nodes, other than the last, whose output no other node reads: they change nothing and are never trained.
  public var deadEnds: [String] {
    let read = Set(nodes.flatMap(\.inputs))
    return nodes.dropLast().map(\.name).filter { !read.contains($0) }
  }

  /// Where every parameter stands in the flat buffer: nodes in order, weights before biases.
  public var layout: ParameterLayout {
    var layout = ParameterLayout()
    for node in nodes {
      for shape in node.layer.parameters(of: inputShapes(of: node)) { layout.add(shape, of: node.name) }
    }
    return layout
  }

  public static func == (a: Architecture, b: Architecture) -> Bool {
    a.name == b.name && a.input == b.input && a.nodes == b.nodes
  }
}

extension Architecture: CustomStringConvertible {
  /// One line a node: name, layer, inputs, output shape, parameters.
  public var description: String {
    let lines = nodes.map { node in
      let shapes = node.layer.parameters(of: inputShapes(of: node)).filter(\.isTrained)
      let count = shapes.reduce(0) { $0 + $1.count }
      let parameters = count == 0 ? "" : ", \(count) parameters"
      return
        "\(node.name): \(node.layer.text)(\(node.inputs.joined(separator: ", "))) -> \(self.shapes[node.name]!)\(parameters)"
    }
    return (["\(name): input \(input)"] + lines).joined(separator: "\n")
  }
}

extension Architecture: Codable {
  private enum Key: String, CodingKey { case name, input, nodes, kind, inputs, layer }

  public init(from decoder: any Decoder) throws {
    let container = try decoder.container(keyedBy: Key.self)
    self.init(
      name: try container.decode(String.self, forKey: .name),
      input: try container.decode(FeatureShape.self, forKey: .input))
    var list = try container.nestedUnkeyedContainer(forKey: .nodes)
    while !list.isAtEnd {
      let node = try list.nestedContainer(keyedBy: Key.self)
      let type = try LayerCatalog.type(of: try node.decode(String.self, forKey: .kind))
      try append(
        try node.decode(String.self, forKey: .name), try type.init(from: try node.superDecoder(forKey: .layer)),
        inputs: try node.decode([String].self, forKey: .inputs))
    }
  }

  public func encode(to encoder: any Encoder) throws {
    var container = encoder.container(keyedBy: Key.self)
    try container.encode(name, forKey: .name)
    try container.encode(input, forKey: .input)
    var list = container.nestedUnkeyedContainer(forKey: .nodes)
    for node in nodes {
      var entry = list.nestedContainer(keyedBy: Key.self)
      try entry.encode(node.name, forKey: .name)
      try entry.encode(type(of: node.layer).kind, forKey: .kind)
      try entry.encode(node.inputs, forKey: .inputs)
      try node.layer.encode(to: entry.superEncoder(forKey: .layer))
    }
  }
}
