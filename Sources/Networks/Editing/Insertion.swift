import Basics

/// A block of new layers after a node of a network: the depth that recursive growth adds (Zhang 2021, arXiv:2109.03862).
///
/// Everything that read the node reads the block, whose output has the node's shape. A block ends in a rectifier, so that it
/// can leave its input as it is only where that has no negative values: relu(I h) = h for h >= 0. Places without a rectifier
/// before them are refused for all kinds alike. Layers are linear for plain features and 3x3 convolutions with padding 1 for
/// images. As text: `insert identity after relu1`.
public struct Insertion: Codable, Equatable, Sendable {
  /// What the layers are, and how they start.
  public enum Kind: String, CaseIterable, Codable, Sendable {
    /// relu(W h + b) with W = I, of a convolution the identity in the middle of the kernel, and b = 0.
    case identity
    /// relu(h + W2 relu(W1 h + b1) + b2) with W1 drawn, W2 = 0 and b2 = 0.
    case zeroBranch = "zero-branch"
    /// relu(h + bn(W2 relu(bn(W1 h)))) with W1 and W2 drawn, and the last scale zero (Goyal et al. 2017, arXiv:1706.02677).
    case zeroScale = "zero-scale"
    /// The same with W1 = W2 = I and scales of 1, as the paper starts its BasicBlock: another function, for the shortcut adds a
    /// second copy and batch norm normalises.
    case identityBlock = "identity-block"

    public var summary: String {
      switch self {
      case .identity: "a layer that starts as the identity, with a rectifier"
      case .zeroBranch: "a residual block whose last layer starts at zero"
      case .zeroScale: "a residual block with batch norm whose last scale starts at zero"
      case .identityBlock: "a residual block of identities with batch norm, as the paper has it: changes the function"
      }
    }
  }

  public var kind: Kind
  /// The node whose output the block takes.
  public var place: String
  /// Whether weights are drawn in place of identities and zeros.
  public var isRandom = false

  public init(_ kind: Kind, after place: String, isRandom: Bool = false) {
    self.kind = kind
    self.place = place
    self.isRandom = isRandom
  }

  /// Whether outputs of the network are, bit for bit, what they were: sums of zeros and one value are exact.
  public var preservesFunction: Bool { kind != .identityBlock && !isRandom }

  // MARK: places

  /// Nodes after which a block can stand: rectifiers, and what pools, drops or adds nothing but their outputs.
  public static func places(in architecture: Architecture) -> [String] {
    var places: [String] = []
    for node in architecture.nodes {
      let keepsSign = node.layer is MaxPool || node.layer is AveragePool || node.layer is Dropout || node.layer is Sum
      if node.layer is Rectifier || keepsSign && node.inputs.allSatisfy(places.contains) { places.append(node.name) }
    }
    return places
  }

  /// The last rectifier before the output; `nil` if there is none.
  public static func lastPlace(in architecture: Architecture) -> String? {
    architecture.nodes.dropLast().last { $0.layer is Rectifier }?.name
  }

  private func check(_ architecture: Architecture) throws {
    let places = Self.places(in: architecture)
    guard !places.isEmpty else {
      throw Problem.usage(
        "\(architecture.name) has no rectifier after which a block could leave its input as it is.",
        remedy: "Choose a network with rectifiers, such as mlp:128.")
    }
    guard let node = architecture.nodes.first(where: { $0.name == place }) else {
      throw Problem.usage(
        "\(architecture.name) has no node '\(place)' to insert a block after.",
        remedy: Suggestion.sentence(for: place, among: places))
    }
    guard places.contains(place) else {
      throw Problem.usage(
        """
        No block can stand after '\(place)' (\(node.layer.text)): no rectifier stands before that place, and the block's own \
        would cut off negative values.
        """,
        remedy: "Insert it after \(places.joined(separator: ", ")).")
    }
  }

  // MARK: the edit

  /// The name of the next block: `grown1`, or the first number whose names are all free.
  static func blockName(in architecture: Architecture) -> String {
    let names = architecture.nodes.map(\.name)
    func isTaken(_ block: String) -> Bool {
      names.contains { $0 == block || $0.hasPrefix("\(block)/") || $0.hasPrefix("\(block)-") }
    }
    return (1...).lazy.map { "grown\($0)" }.first { !isTaken($0) }!
  }

  /// The network with the block.
  ///
  /// - Parameters:
  ///   - initializer: Draws the weights that start neither as an identity nor at zero.
  ///   - seed: Of their streams, `grown-weights/TENSOR`.
  /// - Throws: `Problem.usage` naming the node, and those after which it would work, if no rectifier stands before the place.
  func edit(_ architecture: Architecture, initializer: Initializer, seed: UInt64) throws -> EditedNetwork {
    try check(architecture)
    let shape = architecture.shapes[place]!, block = Self.blockName(in: architecture)
    let made = parts(block, shape).map { node($0, shape, initializer, seed) }
    let nodes = architecture.nodes.flatMap { node -> [EditedNetwork.Node] in
      let inputs = node.inputs.map { $0 == place ? made.last!.name : $0 }
      let own = EditedNetwork.Node(name: node.name, inputs: inputs, layer: node.layer, source: node.name)
      return node.name == place ? [own] + made : [own]
    }
    return try EditedNetwork("\(architecture.name)+\(block)", of: architecture, nodes: nodes)
  }

  /// How the tensors of a layer start.
  private enum Start { case drawn, identity, zero }
  private typealias Part = (name: String, layer: any Layer, inputs: [String], start: Start)

  private func parts(_ block: String, _ shape: FeatureShape) -> [Part] {
    func product(hasBias: Bool) -> any Layer {
      shape.isFlat
        ? Linear(shape.channels, hasBias: hasBias)
        : Convolution(shape.channels, kernel: 3, padding: 1, hasBias: hasBias)
    }
    func named(_ name: String) -> String { "\(block)/\(name)" }
    let first: [Part], last: String
    switch kind {
    case .identity: (first, last) = ([(block, product(hasBias: true), [place], .identity)], block)
    case .zeroBranch:
      first = [
        (named("first"), product(hasBias: true), [place], .drawn),
        (named("relu"), Rectifier(), [named("first")], .drawn),
        (named("second"), product(hasBias: true), [named("relu")], .zero),
        (named("sum"), Sum(), [named("second"), place], .drawn),
      ]
      last = named("sum")
    case .zeroScale, .identityBlock:
      let weights: Start = kind == .identityBlock ? .identity : .drawn
      first = [
        (named("first"), product(hasBias: false), [place], weights),
        (named("bn1"), BatchNorm(), [named("first")], .drawn),
        (named("relu"), Rectifier(), [named("bn1")], .drawn),
        (named("second"), product(hasBias: false), [named("relu")], weights),
        (named("bn2"), BatchNorm(), [named("second")], kind == .zeroScale ? .zero : .drawn),
        (named("sum"), Sum(), [named("bn2"), place], .drawn),
      ]
      last = named("sum")
    }
    return first + [("\(block)-relu", Rectifier(), [last], .drawn)]
  }

  private func node(_ part: Part, _ input: FeatureShape, _ initializer: Initializer, _ seed: UInt64)
    -> EditedNetwork.Node
  {
    var layout = ParameterLayout()
    for shape in part.layer.parameters(of: part.inputs.map { _ in input }) { layout.add(shape, of: part.name) }
    let drawn = initializer.parameters(for: layout, seed: seed, stream: "grown-weights")
    let start = isRandom ? .drawn : part.start
    return EditedNetwork.Node(
      name: part.name, inputs: part.inputs, layer: part.layer,
      values: layout.entries.map { Self.values($0.shape, start, drawn: Array(drawn.values[$0.range])) })
  }

  private static func values(_ shape: ParameterShape, _ start: Start, drawn: [Float]) -> [Float] {
    guard start != .drawn, shape.isTrained else { return drawn }
    var values = [Float](repeating: 0, count: shape.count)
    if start == .identity { for i in diagonal(of: shape) ?? [] { values[i] = 1 } }
    return values
  }

  /// Where a square weight tensor has the ones of an identity: [unit][unit], of kernels at [unit][unit] in the middle; `nil` for
  /// tensors that cannot be one.
  public static func diagonal(of shape: ParameterShape) -> [Int]? {
    let dimensions = shape.dimensions
    guard shape.role == .weight, dimensions.count >= 2, dimensions[0] == dimensions[1],
      dimensions.dropFirst(2).allSatisfy({ $0 % 2 == 1 })
    else { return nil }
    let kernel = dimensions.dropFirst(2).reduce(1, *)
    return (0..<dimensions[0]).map { ($0 * dimensions[0] + $0) * kernel + kernel / 2 }
  }
}

extension Insertion: LosslessStringConvertible {
  public var description: String { "insert \(isRandom ? "random " : "")\(kind.rawValue) after \(place)" }

  /// Reads `insert identity after relu1`; anything else gives `nil`.
  public init?(_ text: String) {
    var words = text.split(separator: " ", omittingEmptySubsequences: false).map(String.init)
    let isRandom = words.count > 1 && words[1] == "random"
    if isRandom { words.remove(at: 1) }
    guard words.count == 4, words[0] == "insert", words[2] == "after", !words[3].isEmpty,
      let kind = Kind(rawValue: words[1])
    else { return nil }
    self.init(kind, after: words[3], isRandom: isRandom)
  }
}
