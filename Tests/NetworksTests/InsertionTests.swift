import Basics
import Foundation
import Lanes
import Networks
import TestSupport
import Testing

/// Blocks that are inserted after rectifiers: what they change, what they carry over, and where they are refused.
@Suite struct InsertionTests {
  /// Plain and residual networks, features and images, places that several nodes read.
  static let networks: [String] = ["mlp:7,9", "bn-mlp:8", "lenet-5", "conv-s:0.25", "resnet-20:0.25"]
  static let kinds = Insertion.Kind.allCases

  private static func architecture(_ name: String) throws -> Architecture {
    try ModelCatalog.architecture(name, input: FeatureShape(channels: 1, height: 12, width: 12), classes: 3)
  }

  private static func all() throws -> [Architecture] {
    try networks.map(architecture) + LayerCases.sums() + LayerCases.architectures(of: Dropout.kind)
      + LayerCases.architectures(of: MaxPool.kind)
  }

  private func outputs(
    _ network: Architecture, _ start: Parameters, _ mask: Mask, _ samples: Samples, _ execution: Execution = .automatic
  ) -> [[Float]] {
    Plan(network, mask: mask, batch: samples.count, execution: execution).outputs(of: samples, start)
  }

  /// At every place of every network outputs are what they were, bit for bit, unless the kind says that it changes them.
  @Test(arguments: kinds, [1.0, 0.3])
  func keepsTheFunction(_ kind: Insertion.Kind, _ density: Double) throws {
    var changed = 0
    for network in try Self.all() {
      let start = LayerCases.start(network.layout, seed: 4), mask = Mask.random(network.layout, density: density)
      let samples = Samples.random(19, size: network.input.count, classes: 3)
      let before = outputs(network, start, mask, samples)
      for place in Insertion.places(in: network) {
        for isRandom in [false, true] {
          let insertion = Insertion(kind, after: place, isRandom: isRandom)
          let edited = try GraphEdit.insert(insertion).applied(to: network, initializer: .torchUniform, seed: 2)
          for execution in [Execution.dense, .sparse] {
            let after = outputs(
              edited.architecture, edited.parameters(start), edited.mask(mask), samples, execution)
            if insertion.preservesFunction {
              #expect(after == before, "\(network.name): \(insertion)")
            } else if after != before {
              changed += 1
            }
          }
        }
      }
    }
    #expect(changed > 20)
    #expect(Insertion(kind, after: "x").preservesFunction == (kind != .identityBlock))
  }

  /// Weights, mask and names of the source stay; new tensors are whole, and one block after the other fits.
  @Test(arguments: kinds) func carriesOver(_ kind: Insertion.Kind) throws {
    let base = try Self.architecture("mlp:6"), start = LayerCases.start(base.layout, seed: 1)
    let mask = Mask.random(base.layout, density: 0.4)
    var network = base, weights = start, kept = mask
    for block in 1...3 {
      let place = try #require(Insertion.lastPlace(in: network))
      #expect(place == (block == 1 ? "relu1" : "grown\(block - 1)-relu"))
      let edited = try GraphEdit.insert(Insertion(kind, after: place)).applied(
        to: network, initializer: .kaimingNormal, seed: 3)
      (network, weights, kept) = (edited.architecture, edited.parameters(weights), edited.mask(kept))
    }
    #expect(network.deadEnds.isEmpty && network.output == base.output)
    for entry in network.layout.entries {
      if let own = base.layout.entries.first(where: { $0.name == entry.name }) {
        #expect(
          weights.values[entry.range] == start.values[own.range] && kept.keeps[entry.range] == mask.keeps[own.range])
      } else {
        #expect(entry.layer.hasPrefix("grown") && kept.remaining(in: entry) == entry.count)
      }
    }
    #expect(network.nodes.last?.inputs == ["grown3-relu"] && network.name == "mlp:6+grown1+grown2+grown3")
    #expect(try JSONDecoder().decode(Architecture.self, from: JSONEncoder().encode(network)) == network)
  }

  /// A control of the same layers differs in what it starts with alone; streams of blocks are their own.
  @Test(arguments: kinds) func randomBlocksHaveTheSameLayers(_ kind: Insertion.Kind) throws {
    let base = try Self.architecture("conv-s:0.25")
    func edited(_ isRandom: Bool, seed: UInt64) throws -> EditedNetwork {
      try GraphEdit.insert(Insertion(kind, after: "pool1", isRandom: isRandom)).applied(
        to: base, initializer: .kaimingNormal, seed: seed)
    }
    let plain = try edited(false, seed: 0), random = try edited(true, seed: 0)
    #expect(plain.architecture == random.architecture && plain.origins != random.origins)
    #expect(try random == edited(true, seed: 0) && random != edited(true, seed: 1))
  }

  @Test func identitiesAreIdentities() throws {
    let base = try Self.architecture("conv-s:0.25")
    let edited = try GraphEdit.insert(Insertion(.identity, after: "relu1")).applied(
      to: base, initializer: .torchUniform, seed: 0)
    let layout = edited.architecture.layout, weights = edited.parameters(Parameters(zerosFor: base.layout))
    let entry = try #require(layout.entries(of: "grown1").first), channels = entry.shape.dimensions[0]
    #expect(entry.shape.dimensions == [channels, channels, 3, 3])
    for i in 0..<entry.count {
      let isOne = i % 9 == 4 && i / 9 / channels == i / 9 % channels
      #expect(weights.values[entry.offset + i] == (isOne ? 1 : 0))
    }
    #expect(Insertion.diagonal(of: entry.shape)?.count == channels)
    #expect(Insertion.diagonal(of: ParameterShape(.weight, [3, 4], fanIn: 4, fanOut: 3)) == nil)
    #expect(Insertion.diagonal(of: ParameterShape(.bias, [3], fanIn: 4, fanOut: 3)) == nil)
  }

  /// What stands behind no rectifier is named with what would work.
  @Test func refusesOtherPlaces() throws {
    let network = try Self.architecture("resnet-20:0.25"), places = Set(Insertion.places(in: network))
    #expect(places.contains("block3/relu2") && !places.contains("block3/sum") && !places.contains("conv1"))
    for kind in Self.kinds {
      for node in network.nodes.map(\.name) + [Architecture.inputName, "relu99"] where !places.contains(node) {
        let problem = #expect(throws: Problem.self) {
          try GraphEdit.insert(Insertion(kind, after: node)).applied(to: network, initializer: .kaimingNormal, seed: 0)
        }
        #expect(problem?.kind == .usage && problem?.problem.contains("'\(node)'") == true)
        #expect(problem?.remedy.contains("relu") == true, "\(String(describing: problem))")
      }
    }
    var plain = Architecture(name: "plain", input: FeatureShape(channels: 3))
    try plain.append("fc1", Linear(4))
    try plain.append("fc2", Linear(2))
    let problem = #expect(throws: Problem.self) {
      try GraphEdit.insert(Insertion(.identity, after: "fc1")).applied(to: plain, initializer: .kaimingNormal, seed: 0)
    }
    #expect(problem?.problem.contains("no rectifier") == true && problem?.remedy.contains("mlp:128") == true)
    #expect(Insertion.lastPlace(in: plain) == nil)
  }

  /// Names that a network has already are never taken.
  @Test func namesDoNotClash() throws {
    var network = Architecture(name: "odd", input: FeatureShape(channels: 3))
    try network.append("grown1", Linear(4))
    try network.append("grown2-relu", Rectifier())
    try network.append("grown3/first", Linear(2))
    let edited = try GraphEdit.insert(Insertion(.zeroBranch, after: "grown2-relu")).applied(
      to: network, initializer: .kaimingNormal, seed: 0)
    #expect(edited.architecture.nodes.map(\.name).filter { $0.hasPrefix("grown4") }.count == 5)
    #expect(Set(edited.architecture.nodes.map(\.name)).count == 8)
  }

  @Test func isReadBackFromItsText() throws {
    for kind in Self.kinds {
      for isRandom in [false, true] {
        let insertion = Insertion(kind, after: "block1/relu2", isRandom: isRandom)
        #expect(Insertion(insertion.description) == insertion)
        #expect(try JSONDecoder().decode(Insertion.self, from: JSONEncoder().encode(insertion)) == insertion)
      }
    }
    #expect(Insertion(.identity, after: "relu1").description == "insert identity after relu1")
    for text in [
      "", "insert", "insert identity", "insert identity after", "insert identity after ", "insert x after y",
      "insert identity before relu1", "insert  identity after relu1",
    ] {
      #expect(Insertion(text) == nil, "\(text)")
    }
  }
}
