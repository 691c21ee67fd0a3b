import Basics
import Lanes
import Networks

/// A masked network as fused layers, and where each parameter stands in their buffers.
struct FusedStructure {
  let layers: [FusedLayer]
  /// Living parameters without a part in the output.
  let idle: [Int]
  /// Flat index of every weight of each layer, in the order of its terms, then of its biases.
  let indices: [[Int]]

  /// - Throws: `Problem.usage` if fused steps cannot run the network.
  init(_ architecture: Architecture, _ mask: Mask) throws {
    let weights = try Self.weights(architecture), layout = mask.layout
    let biases = weights.map { entry in layout.entries(of: entry.layer).first { !$0.isPrunable }! }
    let live = LiveUnits(weights, keeps: mask.keeps)
    var layers: [FusedLayer] = [], indices: [[Int]] = [], used = [Bool](repeating: false, count: layout.count)
    // Units of the layer before by their place among the living; all features live.
    var places = Array(0..<weights[0].shape.dimensions[1])
    for (i, entry) in weights.enumerated() {
      let inputs = entry.shape.dimensions[1], rows = live.reaching[i].indices.filter { live.reaching[i][$0] }
      var start = [Int32(0)], input: [Int32] = [], flat: [Int] = []
      for row in rows {
        for column in 0..<inputs where mask.keeps[entry.offset + row * inputs + column] {
          input.append(Int32(places[column]))
          flat.append(entry.offset + row * inputs + column)
        }
        start.append(Int32(input.count))
      }
      flat += rows.map { biases[i].offset + $0 }
      guard flat.allSatisfy({ mask.keeps[$0] }) else {
        throw Self.unfit("a unit whose bias is pruned reaches the output")
      }
      layers.append(FusedLayer(rows: rows.count, start: start, input: input))
      indices.append(flat)
      for index in flat { used[index] = true }
      places = [Int](repeating: -1, count: live.reaching[i].count)
      for (place, row) in rows.enumerated() { places[row] = place }
    }
    self.layers = layers
    self.indices = indices
    idle = used.indices.filter { !used[$0] && mask.keeps[$0] }
  }

  private static func unfit(_ reason: String) -> Problem {
    .usage("Fused steps cannot run this network: \(reason).", remedy: "Train it with an ordinary run.")
  }

  /// The weight tensors of a chain of linear layers with biases, rectified between, with one output.
  private static func weights(_ architecture: Architecture) throws -> [ParameterLayout.Entry] {
    let layout = architecture.layout, nodes = architecture.nodes
    for (i, node) in nodes.enumerated() {
      let isChain = node.inputs == [i == 0 ? Architecture.inputName : nodes[i - 1].name]
      let fits = i % 2 == 0 ? (node.layer as? Linear)?.hasBias == true : node.layer is Rectifier
      guard isChain && fits else {
        throw unfit("'\(node.name)' does not belong to a chain of linear layers and rectifiers")
      }
    }
    guard nodes.count % 2 == 1, architecture.output.count == 1 else { throw unfit("it has not one linear output") }
    return layout.prunable
  }
}
