import Analysis
import Basics
import Lanes
import Networks
import Pruning
import Tickets

/// A sub-network: a keep rate for every layer, and blocks that are not there.
struct SubnetConfiguration: Codable, Hashable, Sendable {
  /// Of every layer the place of its rate in the ascending list; -1 for a layer of a block that is dropped.
  var choices: [Int]
  /// Places in `SubnetSpace.elastic`.
  var dropped: [Int]
}

/// All sub-networks of a network that keep rates and block drops make.
struct SubnetSpace: Sendable {
  let architecture: Architecture
  /// Tensors that lose weights: the nodes of the graph.
  let entries: [ParameterLayout.Entry]
  /// Ascending.
  let rates: [Double]
  /// Blocks that may go: their stage and place in it, and the entries in them.
  let elastic: [(stage: Int, block: Int, entries: [Int])]
  private let stages: [Int]
  /// Weights that no configuration takes, by the block that takes them along; -1 for no block.
  private let spared: [Int: Int]
  private let drop: Double

  /// Spaces up to this size are listed whole.
  static let listed = 20_000

  init(_ settings: PredictSubnetsSettings, _ architecture: Architecture) throws {
    let excluded = try settings.search.excludedLayers(architecture.layout), prunable = architecture.layout.prunable
    let entries = prunable.filter { !excluded.contains($0.layer) }, structure = BlockStructure(architecture)
    self.architecture = architecture
    self.entries = entries
    rates = settings.rates.values.sorted()
    drop = settings.drop
    stages = structure.stages.map(\.blocks.count)
    func layers(_ block: BlockStructure.Block) -> Set<String> { Set(block.nodes.map { architecture.nodes[$0].name }) }
    let blocks = structure.stages.enumerated().flatMap { stage, content in
      content.blocks.indices.dropFirst().map { (stage: stage, block: $0, layers: layers(content.blocks[$0])) }
    }
    elastic =
      drop == 0
      ? []
      : blocks.map { block in
        (block.stage, block.block, entries.indices.filter { block.layers.contains(entries[$0].layer) })
      }
    let mayGo = drop == 0 ? [] : blocks
    spared = prunable.filter { excluded.contains($0.layer) }.reduce(into: [:]) { sums, entry in
      sums[mayGo.firstIndex { $0.layers.contains(entry.layer) } ?? -1, default: 0] += entry.count
    }
    guard drop == 0 || !elastic.isEmpty else {
      throw Problem.usage(
        "\(architecture.name) has no block that could be dropped.",
        remedy: "Use --drop-blocks 0, or a network with several equal blocks, such as resnet-20 or mlp:64,64,64.")
    }
  }

  // MARK: counts

  /// Weights of an entry that stay: exactly `round(rate N)`, at least one.
  func count(_ entry: Int, _ choice: Int) -> Int {
    choice < 0 ? 0 : max(1, Int((rates[choice] * Double(entries[entry].count)).rounded()))
  }

  /// All prunable weights of a sub-network that stay.
  func weights(_ configuration: SubnetConfiguration) -> Int {
    configuration.choices.enumerated().reduce(0) { $0 + count($1.offset, $1.element) }
      + spared.reduce(0) { $0 + (configuration.dropped.contains($1.key) ? 0 : $1.value) }
  }

  // MARK: drawing

  private func configuration(_ dropped: [Int], _ choice: (Int) -> Int) -> SubnetConfiguration {
    let gone = Set(dropped.flatMap { elastic[$0].entries })
    return SubnetConfiguration(choices: entries.indices.map { gone.contains($0) ? -1 : choice($0) }, dropped: dropped)
  }

  func draw(_ random: inout RandomStream) -> SubnetConfiguration {
    let dropped = elastic.indices.filter { _ in random.nextUniform() < drop }
    let choices = entries.indices.map { _ in random.nextIndex(below: rates.count) }
    return configuration(dropped) { choices[$0] }
  }

  /// Distinct sub-networks in the order drawn, none of `taken`; fewer if they cannot be found in a thousand draws each.
  func draw(
    _ wanted: Int, besides taken: Set<SubnetConfiguration>, _ random: inout RandomStream,
    where holds: (SubnetConfiguration) -> Bool = { _ in true }
  ) -> [SubnetConfiguration] {
    var seen = taken, result: [SubnetConfiguration] = [], draws = 0
    while result.count < wanted, draws < 1000 * wanted {
      draws += 1
      let next = draw(&random)
      if holds(next), seen.insert(next).inserted { result.append(next) }
    }
    return result
  }

  /// Every sub-network, or `nil` where there are more than `listed`.
  var all: [SubnetConfiguration]? {
    guard elastic.count < 16 else { return nil }
    var result: [SubnetConfiguration] = []
    for bits in 0..<1 << elastic.count {
      let dropped = elastic.indices.filter { bits >> $0 & 1 == 1 }, gone = Set(dropped.flatMap { elastic[$0].entries })
      let left = entries.indices.filter { !gone.contains($0) }
      var size = 1
      for _ in left { size = min(size * rates.count, Self.listed + 1) }
      guard result.count + size <= Self.listed else { return nil }
      for number in 0..<size {
        var rest = number, choices: [Int: Int] = [:]
        for entry in left {
          choices[entry] = rest % rates.count
          rest /= rates.count
        }
        result.append(configuration(dropped) { choices[$0]! })
      }
    }
    return result
  }

  // MARK: networks

  /// The network without the blocks that are dropped; `nil` where none is.
  func edited(_ configuration: SubnetConfiguration) throws -> EditedNetwork? {
    guard !configuration.dropped.isEmpty else { return nil }
    let gone = configuration.dropped.map { elastic[$0] }
    let map = stages.enumerated().map { stage, count in
      (0..<count).filter { block in !gone.contains { $0.stage == stage && $0.block == block } }
    }
    return try GraphEdit.blocks(BlockMap(map)).applied(to: architecture)
  }

  /// The mask over the whole network: of each layer the largest of `scores` stay, of equal ones those of lower index.
  func mask(_ configuration: SubnetConfiguration, scores: [Float]) -> Mask {
    var mask = Mask(fullFor: architecture.layout)
    for (i, choice) in configuration.choices.enumerated() where choice >= 0 {
      let entry = entries[i]
      Selection.clearLowest(entry.count - count(i, choice), in: [entry.range], scores, &mask.keeps)
    }
    return mask
  }

  /// From which entries the data of each flow on, through everything between.
  func edges(_ network: Architecture) -> [(from: Int, to: Int)] {
    let place = Dictionary(uniqueKeysWithValues: entries.enumerated().map { ($0.element.layer, $0.offset) })
    var last: [String: Set<Int>] = [:], edges: [(from: Int, to: Int)] = []
    for node in network.nodes {
      let before = node.inputs.reduce(into: Set<Int>()) { $0.formUnion(last[$1] ?? []) }
      if let to = place[node.name] {
        edges += before.sorted().map { ($0, to) }
        last[node.name] = [to]
      } else {
        last[node.name] = before
      }
    }
    return edges
  }
}
