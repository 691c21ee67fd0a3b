/// Which memory the gradient of every node takes, and what each layer's backward pass does there.
///
/// Of a node's consumers, the backward pass comes to the last one first: it writes the gradient, the others add to it. A
/// sum's gradient is that of its inputs as well, and a rectifier's, once gated, that of its input; so they share memory
/// unless somebody would change it while another still has to read it.
struct GradientPlan {
  enum Contribution { case writes, adds, shares }
  enum Event {
    /// From here on the buffer is in use; its shape is that of the node named.
    case begin(buffer: Int, name: String)
    case end(buffer: Int)
  }

  /// What each node does to the gradient of each of its inputs; `nil` where nobody needs it.
  private(set) var contributions: [String: [Contribution?]] = [:]
  /// Buffers by node.
  private(set) var buffer: [String: Int] = [:]
  /// In the order of the backward pass.
  private(set) var events: [Event] = []

  private struct Buffer {
    /// Nodes whose backward passes have still to read it.
    var readers: Set<String>
    /// Place of the node that first changes it after it was shared.
    var change: Int?
  }
  private var buffers: [Buffer] = []
  private let graph: GraphFacts

  init(_ architecture: Architecture, _ graph: GraphFacts) {
    self.graph = graph
    begin(architecture.outputName)
    for (place, node) in architecture.nodes.enumerated().reversed() where graph.needsGradient.contains(node.name) {
      contributions[node.name] = node.inputs.map { contribute(place, node, to: $0) }
      if let product = graph.normed[node.name], graph.needsGradient.contains(product), graph.isScaled(node.name) {
        buffers[buffer[node.name]!].readers.insert(product)
      }
      end(node.name)
    }
  }

  private mutating func begin(_ name: String) {
    buffer[name] = buffers.count
    events.append(.begin(buffer: buffers.count, name: name))
    buffers.append(Buffer(readers: [name]))
  }

  private mutating func end(_ name: String) {
    // In attacks a product's gradient can be where that of its batch norm is.
    for number in Set([buffer[name]!, graph.norm[name].map { buffer[$0]! } ?? buffer[name]!]).sorted()
    where buffers[number].readers.contains(name) {
      buffers[number].readers.remove(name)
      if buffers[number].readers.isEmpty { events.append(.end(buffer: number)) }
    }
  }

  private mutating func contribute(_ place: Int, _ node: Architecture.Node, to input: String) -> Contribution? {
    guard graph.needsGradient.contains(input) else { return nil }
    let users = graph.contributors(to: input)
    guard users.last == place else { return .adds }
    let number = buffer[node.name]!
    let gatesItself = graph.gate[input] == .rectifier ? graph.index[input]! : nil
    let change = users.dropLast().last ?? gatesItself
    guard mayShare(place, node, input, change: change, buffers[number]) else {
      begin(input)
      return .writes
    }
    buffer[input] = number
    buffers[number].readers.insert(input)
    if let change { buffers[number].change = change }
    return .shares
  }

  /// - Parameter change: Place of the node that next changes the input's gradient.
  private func mayShare(_ place: Int, _ node: Architecture.Node, _ input: String, change: Int?, _ own: Buffer) -> Bool {
    guard node.layer is Rectifier || node.layer is Sum else { return false }
    let others = own.readers.subtracting([node.name])
    if node.layer is Rectifier, graph.gate[node.name] == .rectifier, !others.isEmpty { return false }
    // The sum is the only one to gate, and its other inputs must not see that.
    if node.layer is Sum, graph.gate[input] == .consumer, graph.contributors(to: input).count == 1 { return false }
    // Changes that are still to come.
    if let coming = own.change, coming < place { return change == nil && graph.index[input]! > coming }
    guard let change else { return true }
    return others.allSatisfy { graph.index[$0]! > change }
  }
}
