import Basics

/// Decides where activations and their gradients live: activations all through a step, gradients only from the first
/// contribution to the last backward pass that reads them, so that they share memory. Tensors with a halo share it only
/// with tensors that have the same places, so that the halo stays zero.
struct MemoryPlan {
  private(set) var activations: [String: Placement] = [:]
  private(set) var gradients: [String: Placement] = [:]
  private var arena = ArenaLayout()
  /// Released tensors with halos: where they are, by placement at offset 0.
  private var freeWithHalo: [Placement: [Int]] = [:]
  var count: Int { arena.count }

  /// - Parameter threads: The largest number of threads.
  init(
    _ architecture: Architecture, _ graph: GraphFacts, _ gradientPlan: GradientPlan, blocks: Int, group: Int,
    threads: Int
  ) {
    let halos = Halos(architecture, graph)
    let evenlySpaced = Self.evenlySpaced(architecture, graph)
    func placement(_ name: String) -> Placement {
      let shape = architecture.shapes[name]!, halo = halos.of[name]!
      guard architecture.hasPlaces, !shape.isFlat else {
        return Placement(shape: shape, blocks: blocks, group: min(group, blocks), halo: halo, offset: 0)
      }
      let group = Placement.group(for: shape, blocks: blocks)
      let padding = evenlySpaced.contains(name) ? 0 : Placement.channelPadding(for: shape, group: group, halo: halo)
      return Placement(
        shape: shape, blocks: blocks, group: group, halo: halo, channelPadding: padding, offset: 0)
    }
    for name in [Architecture.inputName] + architecture.nodes.map(\.name) {
      var place = placement(name)
      if name == Architecture.inputName { place.copies = Self.inputCopies(architecture, place, threads: threads) }
      place.offset = graph.alias[name].map { activations[$0]!.offset } ?? allocate(place)
      activations[name] = place
    }
    var buffers: [Int: Placement] = [:]
    for event in gradientPlan.events {
      switch event {
      case .begin(let buffer, let name):
        var place = placement(name)
        place.offset = allocate(place)
        buffers[buffer] = place
      case .end(let buffer): release(buffers[buffer]!)
      }
    }
    for (name, buffer) in gradientPlan.buffer {
      let place = buffers[buffer]!, own = placement(name)
      precondition(own.shape == place.shape && own.halo == place.halo, "gradients of \(name) lie otherwise")
      gradients[name] = place
    }
  }

  /// Every thread of a fully connected layer reads all inputs, and reading what another core has written takes longer than
  /// copying the samples into lanes: then each thread does that for itself.
  private static func inputCopies(_ architecture: Architecture, _ input: Placement, threads: Int) -> Int {
    let users = architecture.nodes.filter { $0.inputs.contains(Architecture.inputName) }
    let isFlat = input.shape.isFlat || input.halo == 0
    return isFlat && users.allSatisfy { $0.layer is Linear } ? threads : 1
  }

  /// Tensors without padding behind their channels: those that losses and linear layers read, and what lies like them.
  private static func evenlySpaced(_ architecture: Architecture, _ graph: GraphFacts) -> Set<String> {
    var names: Set<String> = [architecture.outputName]
    for node in architecture.nodes where node.layer is Linear { names.formUnion(node.inputs) }
    let groups = architecture.nodes.filter { graph.liesLikeItsInputs($0, architecture) }
      .map { Set($0.inputs + [$0.name]) }
    var count = 0
    while count < names.count {
      count = names.count
      for group in groups where !group.isDisjoint(with: names) { names.formUnion(group) }
    }
    return names
  }

  private mutating func allocate(_ placement: Placement) -> Int {
    guard placement.halo > 0 else { return arena.allocate(placement.count) }
    return freeWithHalo[placement]?.popLast() ?? arena.allocateFresh(placement.count)
  }

  private mutating func release(_ placement: Placement) {
    guard placement.halo > 0 else { return arena.release(placement.offset, placement.count) }
    var place = placement
    place.offset = 0
    freeWithHalo[place, default: []].append(placement.offset)
  }
}
