import Analysis
import Basics
import Foundation
import Lanes
import Networks
import Testing

@Suite struct MaskStructureTests {
  /// Without the only weight of a kernel that reads a channel, the channel leads nowhere.
  @Test func convolutionsConnectChannels() throws {
    var network = Architecture(name: "x", input: FeatureShape(channels: 2, height: 4, width: 4))
    try network.append("conv1", Convolution(3, kernel: 3, padding: 1))
    try network.append("pool", MaxPool())
    try network.append("conv2", Convolution(2, kernel: 1))
    try network.append("fc", Linear(2))
    var mask = Mask(fullFor: network.layout)
    let second = network.layout.entries.first { $0.name == "conv2.weight" }!
    for output in 0..<2 { mask.keeps[second.offset + output * 3 + 1] = false }
    let structure = MaskStructure(mask, network)
    #expect(structure.layers.map(\.effective) == [2 * 2 * 9, 4, 16])
    #expect(structure.layers.map(\.units) == [3, 2, 2])
    #expect(structure.layers.map(\.deadUnits) == [1, 0, 0])
  }

  /// Heads that are joined lead to the output, each to its own part of it.
  @Test func joinsAreWalked() throws {
    var network = Architecture(name: "x", input: FeatureShape(channels: 1, height: 4, width: 4))
    try network.append("conv", Convolution(2, kernel: 3, padding: 1))
    try network.append("a", Convolution(1, kernel: 1), inputs: ["conv"])
    try network.append("b", Convolution(3, kernel: 1), inputs: ["conv"])
    try network.append("all", Join(), inputs: ["a", "b"])
    var mask = Mask(fullFor: network.layout)
    #expect(MaskStructure(mask, network).layers.map(\.effective) == [18, 2, 6])
    #expect(MaskStructure(mask, network).layers.map(\.deadUnits) == [0, 0, 0])
    // Head b has lost what it reads of channel 1, head a all: of conv channel 1 leads nowhere.
    for entry in network.layout.prunable where entry.layer != "conv" {
      for i in entry.range where entry.layer == "a" || (i - entry.offset) % 2 == 1 { mask.keeps[i] = false }
    }
    #expect(MaskStructure(mask, network).layers.map(\.effective) == [9, 0, 3])
    #expect(MaskStructure(mask, network).layers.map(\.deadUnits) == [1, 1, 0])
  }

  /// Linear layers with a rectifier between.
  private func chain(_ input: Int, _ widths: [Int]) throws -> Architecture {
    var result = Architecture(name: "chain", input: FeatureShape(channels: input))
    for (i, width) in widths.enumerated() {
      if i > 0 { try result.append("relu\(i)", Rectifier()) }
      try result.append("fc\(i + 1)", Linear(width))
    }
    return result
  }

  private func mask(_ architecture: Architecture, keeping: [String: [(row: Int, column: Int)]]) -> Mask {
    var mask = Mask(fullFor: architecture.layout)
    for entry in mask.layout.prunable {
      for i in entry.range { mask.keeps[i] = false }
      for (row, column) in keeping[entry.layer] ?? [] {
        mask.keeps[entry.offset + row * entry.shape.dimensions[1] + column] = true
      }
    }
    return mask
  }

  @Test func findsDeadUnitsByHand() throws {
    let network = try chain(3, [3, 2])
    // Hidden unit 0 is alive; unit 1 leads nowhere; unit 2 is fed by nothing. Output 1 has only the dead unit.
    let mask = mask(network, keeping: ["fc1": [(0, 0), (0, 2), (1, 1)], "fc2": [(0, 0), (1, 2)]])
    let structure = MaskStructure(mask, network)
    #expect(structure.layers.map(\.remaining) == [3, 2])
    #expect(structure.layers.map(\.effective) == [2, 1])
    #expect(structure.layers.map(\.units) == [3, 2])
    #expect(structure.layers.map(\.deadUnits) == [2, 1])
    #expect(structure.remaining == 5 && structure.effective == 3)
  }

  @Test func aFullMaskIsAllAlive() throws {
    let network = try chain(5, [4, 3, 2]), structure = MaskStructure(Mask(fullFor: network.layout), network)
    #expect(structure.effective == 20 + 12 + 6)
    #expect(structure.layers.allSatisfy { $0.deadUnits == 0 && $0.effective == $0.weights })
  }

  /// Every path of a three-layer network, one by one.
  @Test(arguments: 0..<25 as Range<UInt64>)
  func agreesWithAllPaths(_ seed: UInt64) throws {
    let sizes = [4, 5, 4, 3], network = try chain(sizes[0], Array(sizes.dropFirst()))
    var random = RandomStream(seed: seed, "test/structure"), mask = Mask(fullFor: network.layout)
    for entry in mask.layout.prunable { for i in entry.range { mask.keeps[i] = random.nextUniform() < 0.25 } }
    let entries = mask.layout.prunable
    var onPath = Set<Int>(), units = [Set<Int>(), [], []]
    for a in 0..<sizes[0] {
      for b in 0..<sizes[1] {
        for c in 0..<sizes[2] {
          for d in 0..<sizes[3] {
            let steps = [(b, a), (c, b), (d, c)]
            let places = zip(entries, steps).map { $0.offset + $1.0 * $0.shape.dimensions[1] + $1.1 }
            guard places.allSatisfy({ mask.keeps[$0] }) else { continue }
            onPath.formUnion(places)
            for (i, step) in steps.enumerated() { units[i].insert(step.0) }
          }
        }
      }
    }
    let structure = MaskStructure(mask, network)
    #expect(structure.effective == onPath.count, "seed \(seed)")
    #expect(structure.layers.map(\.deadUnits) == zip(sizes.dropFirst(), units).map { $0 - $1.count }, "seed \(seed)")
  }

  /// A network whose second layer reads the input, and whose first leads nowhere.
  @Test func walksGraphsThatAreNoChain() throws {
    var network = Architecture(name: "branch", input: FeatureShape(channels: 6))
    try network.append("aside", Linear(4))
    try network.append("out", Linear(2), inputs: [Architecture.inputName])
    let structure = MaskStructure(Mask(fullFor: network.layout), network)
    #expect(structure.layers.map(\.effective) == [0, 12])
    #expect(structure.layers.map(\.deadUnits) == [4, 0])
  }

  /// A depthwise convolution passes each channel on to the output of its own number alone.
  @Test func keepsGroupsApart() throws {
    var network = Architecture(name: "groups", input: FeatureShape(channels: 4, height: 3, width: 3))
    try network.append("depthwise", Convolution(4, kernel: 3, padding: 1, groups: 4))
    try network.append("pairs", Convolution(4, kernel: 1, groups: 2))
    try network.append("pool", AveragePool())
    try network.append("out", Linear(2))
    var mask = Mask(fullFor: network.layout)
    let depthwise = mask.layout.entries(of: "depthwise")[0], pairs = mask.layout.entries(of: "pairs")[0]
    for i in 9..<18 { mask.keeps[depthwise.offset + i] = false }
    #expect(MaskStructure(mask, network).layers.map(\.deadUnits) == [1, 0, 0])
    #expect(MaskStructure(mask, network).layers.map(\.effective) == [27, 6, 8])
    // Outputs 2 and 3 of the pairs no longer read channel 3.
    for i in [5, 7] { mask.keeps[pairs.offset + i] = false }
    #expect(MaskStructure(mask, network).layers.map(\.deadUnits) == [2, 0, 0])
    #expect(MaskStructure(mask, network).layers.map(\.effective) == [18, 4, 8])
  }

  @Test func countsStorage() throws {
    let network = try chain(8, [4]), full = Mask(fullFor: network.layout)
    #expect(StorageBits(full).dense == 32 * 36 && StorageBits(full).atEntropy == 32 * 36)
    #expect(StorageBits(full).withBitmap == 32 * 36 + 32)
    var half = full
    for i in 0..<16 { half.keeps[i] = false }
    #expect(StorageBits(half).withBitmap == 32 * 20 + 32)
    #expect(StorageBits(half).atEntropy == 32 * 20 + 32, "half and half takes one bit a weight")
    var quarter = half
    for i in 16..<24 { quarter.keeps[i] = false }
    let entropy = -0.25 * log2(0.25) - 0.75 * log2(0.75)
    #expect(StorageBits(quarter).atEntropy == 32 * 12 + Int(32 * entropy))
    var empty = full
    for i in 0..<32 { empty.keeps[i] = false }
    #expect(StorageBits(empty).atEntropy == 32 * 4)
  }
}
