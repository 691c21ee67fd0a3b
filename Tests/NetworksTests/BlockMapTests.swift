import Basics
import Lanes
import Networks
import Testing

@Suite struct BlockMapTests {
  private static let image = FeatureShape(channels: 3, height: 32, width: 32)

  private func network(_ name: String, input: FeatureShape = image) throws -> Architecture {
    try ModelCatalog.architecture(name, input: input, classes: 10)
  }

  private func stages(_ name: String, input: FeatureShape = image) throws -> [Int] {
    BlockStructure(try network(name, input: input)).stages.map(\.blocks.count)
  }

  // MARK: structure

  /// ResNet-N has (N - 2) / 6 blocks a stage; a stem and a first linear layer belong to none that could be copied.
  @Test(arguments: [
    ("resnet-20:0.25", [3, 3, 3]), ("resnet-32:0.25", [5, 5, 5]), ("resnet-56:0.25", [9, 9, 9]),
    ("resnet-18:0.1", [2, 2, 2, 2]), ("resnet-34:0.1", [3, 4, 6, 3]), ("wide-resnet-16-2", [2, 2, 2]),
    ("vgg-16-bn:0.1", [2, 2, 3, 3, 3]), ("vgg-19:0.1", [2, 2, 4, 4, 4]), ("mlp:300,300,300,100", [3, 1]),
  ])
  func readsStagesFromTheGraph(_ name: String, _ blocks: [Int]) throws {
    #expect(try stages(name) == blocks)
  }

  /// Blocks of a graph are the same whatever its nodes are called.
  @Test func namesPlayNoPart() throws {
    let named = try network("resnet-20:0.25")
    var other = Architecture(name: "other", input: named.input)
    let names = Dictionary(uniqueKeysWithValues: named.nodes.enumerated().map { ($1.name, "n\($0)") })
    for node in named.nodes {
      try other.append(names[node.name]!, node.layer, inputs: node.inputs.map { names[$0] ?? $0 })
    }
    #expect(BlockStructure(other) == BlockStructure(named))
  }

  // MARK: maps

  @Test(arguments: [
    ("resnet-20:0.25", "resnet-32:0.25", BlockMap.Order.interpolate, "0:0;1:1,2;2:3,4"),
    ("resnet-20:0.25", "resnet-32:0.25", .append, "0:0;1:1,3;2:2,4"),
    ("resnet-32:0.25", "resnet-56:0.25", .interpolate, "0:0;1:1,2;2:3,4;3:5,6;4:7,8"),
    ("resnet-32:0.25", "resnet-56:0.25", .append, "0:0;1:1,5;2:2,6;3:3,7;4:4,8"),
    ("resnet-32:0.25", "resnet-44:0.25", .interpolate, "0:0;1:1,2;2:3,4;3:5;4:6"),
  ])
  func stretchesAsThePaper(_ from: String, _ to: String, _ order: BlockMap.Order, _ text: String) throws {
    let map = try BlockMap.stretching(stages(from), to: stages(to), order: order, choice: .all)
    #expect(map.description == text)
    #expect(try BlockMap(text, stages: stages(from)) == map)
    let edited = try GraphEdit.blocks(map).applied(to: network(from)).renamed(as: network(to))
    #expect(try edited.architecture == network(to))
  }

  @Test(arguments: [
    (BlockMap.Choice.alternate, "0:0;1:1;3:2;5:3;7:4"), (.early, "0:0;5:1;6:2;7:3;8:4"), (.late, "0:0;1:1;2:2;3:3;4:4"),
  ])
  func squeezesAsThePaper(_ choice: BlockMap.Choice, _ text: String) throws {
    #expect(try BlockMap.squeezing([9, 9, 9], to: [5, 5, 5], choice: choice).description == text)
  }

  @Test func copiesEarlyOrLateBlocksAlone() throws {
    let counts = [5], target = [7]
    #expect(
      try BlockMap.stretching(counts, to: target, order: .interpolate, choice: .early).sources == [
        [0, 1, 1, 2, 2, 3, 4]
      ])
    #expect(
      try BlockMap.stretching(counts, to: target, order: .interpolate, choice: .late).sources == [
        [0, 1, 2, 3, 3, 4, 4]
      ])
  }

  @Test(arguments: [
    ("0:0;1:1", "has blocks 0 to 0"), ("0:0,1", "moves the fixed block 0"), ("0:0;1:2", "writes no block 1"),
    ("0:0;1:1,1", "writes block 1 more than once"), ("0:1;1:0", "moves the fixed block 0"), ("", "cannot be read at"),
    ("0:0|0:0", "is for 2 stages"), ("0:0;1:-", "cannot be read at '1:-'"), ("0:0;7:1", "names block 7"),
  ])
  func refusesOtherMaps(_ text: String, _ words: String) throws {
    let stages = text == "0:0;1:1" ? [1, 1, 1] : [3, 3, 3]
    let problem = try #require(throws: Problem.self) { try BlockMap(text, stages: stages) }
    #expect("\(problem.problem) \(problem.remedy)".contains(words), "\(problem.problem) \(problem.remedy)")
  }

  // MARK: what is carried

  /// Stretched and squeezed back by the matching map everything is as it was, bit for bit.
  @Test(arguments: ["resnet-32:0.25", "wide-resnet-22-1", "vgg-19-bn:0.1", "mlp:30,30,30,10,10"])
  func stretchedAndSqueezedIsTheSame(_ name: String) throws {
    let source = try network(name), structure = BlockStructure(source), counts = structure.stages.map(\.blocks.count)
    let parameters = Initializer.torchUniform.parameters(for: source.layout, seed: 3)
    let mask = Mask(layout: source.layout, keeps: parameters.values.map { $0 > 0.01 })
    var random = RandomStream(seed: 5, "maps/\(name)")
    for _ in 0..<20 {
      let map = BlockMap(
        counts.map { count in
          guard count > 1 else { return [0] }
          var blocks = Array(1..<count)
          for _ in 0..<random.nextIndex(below: 5) {
            blocks.insert(1 + random.nextIndex(below: count - 1), at: random.nextIndex(below: blocks.count + 1))
          }
          blocks.swapAt(0, random.nextIndex(below: blocks.count))
          return [0] + blocks
        })
      let stretched = try GraphEdit.blocks(map).applied(to: source)
      let back = try GraphEdit.blocks(try #require(map.inverse(stages: counts))).applied(to: stretched.architecture)
      let renamed = try back.renamed(as: source)
      #expect(renamed.parameters(stretched.parameters(parameters)) == parameters)
      #expect(renamed.mask(stretched.mask(mask)) == mask)
    }
  }

  /// Fixed blocks, stem and output layer keep their values; every tensor of a copy has those of its block.
  @Test func fixedBlocksAreUntouched() throws {
    let source = try network("resnet-20:0.25"), target = try network("resnet-32:0.25")
    let parameters = Initializer.kaimingNormal.parameters(for: source.layout, seed: 1)
    let map = try BlockMap.stretching([3, 3, 3], to: [5, 5, 5], order: .append, choice: .all)
    let stretched = try GraphEdit.blocks(map).applied(to: source).renamed(as: target).parameters(parameters)
    func values(_ parameters: Parameters, _ layer: String) -> [[Float]] {
      parameters.layout.entries(of: layer).map { Array(parameters.values[$0.range]) }
    }
    for layer in ["conv1", "fc", "block1/conv1", "block1/bn2"] {
      #expect(values(stretched, layer) == values(parameters, layer))
    }
    #expect(values(stretched, "block6/shortcut") == values(parameters, "block4/shortcut"))
    for (copy, block) in [(2, 2), (3, 3), (4, 2), (5, 3), (7, 5), (10, 6), (15, 9)] {
      #expect(values(stretched, "block\(copy)/conv2") == values(parameters, "block\(block)/conv2"))
    }
  }

  /// Blocks of equal sparsity give the elastic part of the target just that sparsity.
  @Test func equalSparsitiesStay() throws {
    let source = try network("resnet-20:0.25")
    var mask = Mask(fullFor: source.layout)
    for entry in source.layout.prunable {
      for i in entry.range where (i - entry.offset) % 4 != 0 { mask.keeps[i] = false }
    }
    let map = try BlockMap.stretching([3, 3, 3], to: [8, 8, 8], order: .interpolate, choice: .all)
    let stretched = try GraphEdit.blocks(map).applied(to: source).mask(mask)
    for entry in stretched.layout.prunable { #expect(4 * stretched.remaining(in: entry) == entry.count) }
  }

  @Test func otherFamiliesAreRefusedByTheirNode() throws {
    let source = try network("resnet-20:0.25"), identity = BlockMap([[0, 1, 2], [0, 1, 2], [0, 1, 2]])
    for other in ["resnet-20:0.5", "wide-resnet-22-1", "mlp:10"] {
      let problem = try #require(throws: Problem.self) {
        try GraphEdit.blocks(identity).applied(to: source).renamed(as: network(other))
      }
      #expect(problem.problem.contains("do not make \(other)"))
    }
  }
}
