import Basics
import Lanes
import Networks
import TestSupport
import Testing

/// Where networks are cut in groups of layers.
@Suite struct LayerGroupTests {
  private static let shape = FeatureShape(channels: 1, height: 28, width: 28)

  private func groups(_ model: String, _ count: Int, _ head: CriticHead = .convolution(channels: nil)) throws
    -> LayerGroups
  {
    try LayerGroups(
      ModelCatalog.architecture(model, input: Self.shape, classes: 10), count: count, head: head)
  }

  /// All nodes are in one group, in order, and parameters are the network's with those of critics.
  @Test(
    arguments: ["conv-6:0.25", "vgg-11-bn:0.125", "resnet-20:0.5", "mlp:40,30,20,10", "wide-resnet-16-1"], [2, 3, 4])
  func groupsAreTheNetwork(model: String, count: Int) throws {
    let groups = try groups(model, count)
    #expect(groups.count == count && groups.critics.count == count - 1)
    #expect(groups.groups.flatMap { $0.nodes.map(\.name) } == groups.network.nodes.map(\.name))
    #expect(groups.groups.reduce(0) { $0 + $1.layout.count } == groups.network.layout.count)
    #expect(groups.groups.last!.output == groups.network.output)
    for (i, critic) in groups.critics.enumerated() {
      #expect(critic.input == groups.groups[i].output && critic.input == groups.groups[i + 1].input)
      #expect(critic.output == groups.network.output)
      let sub = try groups.subnetwork(i + 1)
      #expect(
        sub.layout.count == critic.layout.count + groups.groups[...i].reduce(0) { $0 + $1.layout.count })
    }
    #expect(try groups.subnetwork(count) == groups.network)
    #expect(abs(groups.shares.reduce(0, +) - 1) < 1e-9)
  }

  /// Residual networks part behind whole blocks, plain ones behind their pooling.
  @Test func cutsAreBetweenBlocks() throws {
    for count in 2...4 {
      for group in try groups("resnet-20", count).groups.dropLast() {
        #expect(group.outputName.contains(/^block\d+\/relu2$|^relu1$/), "\(group.outputName)")
      }
    }
    let plain = try groups("conv-6", 2)
    #expect(plain.groups[0].outputName.contains(/^pool|^relu/))
    #expect(plain.groups[1].nodes[0].layer is Convolution)
  }

  /// No other cut has a smaller largest group: those of a network with few places, one by one.
  @Test(arguments: [CriticHead.linear, .convolution(channels: nil)])
  func theLargestGroupIsSmallest(head: CriticHead) throws {
    let best = try groups("conv-6:0.5", 2, head), network = best.network
    func step(_ part: Architecture) -> Int { part.multiplyAdds(of: Mask(fullFor: part.layout)) }
    #expect(best.stepMultiplyAdds.max()! < 2 * step(network) / 3)
    let weighted = network.nodes.indices.dropFirst().filter {
      network.nodes[$0].layer is Convolution || network.nodes[$0].layer is Linear
    }
    for end in weighted {
      var first = Architecture(name: "first", input: network.input)
      for node in network.nodes[..<end] { try first.append(node.name, node.layer, inputs: node.inputs) }
      var own = Architecture(name: "critic", input: first.output)
      if head != .linear, !first.output.isFlat {
        try own.append("conv", Convolution(first.output.channels, kernel: 3, padding: 1))
        try own.append("relu", Rectifier())
      }
      try own.append("fc", Linear(10))
      var second = Architecture(name: "second", input: first.output)
      for node in network.nodes[end...] {
        try second.append(
          node.name, node.layer, inputs: node.inputs.map { $0 == first.outputName ? Architecture.inputName : $0 })
      }
      let work = step(first) + 3 * own.forwardMultiplyAdds(of: Mask(fullFor: own.layout))
      #expect(max(work, step(second)) >= best.stepMultiplyAdds.max()!, "cut before \(network.nodes[end].name)")
    }
  }

  @Test func whatCannotBeCutIsRefused() throws {
    #expect(throws: Problem.self) { try groups("mlp:16", 3) }
    var branches = Architecture(name: "branches", input: FeatureShape(channels: 8))
    try branches.append("left1", Linear(5), inputs: [Architecture.inputName])
    try branches.append("left2", Linear(5))
    try branches.append("right", Linear(5), inputs: [Architecture.inputName])
    try branches.append("join", Join(), inputs: ["left2", "right"])
    try branches.append("fc", Linear(3))
    #expect(try LayerGroups(branches, count: 2, head: .linear).groups[0].outputName == "join")
    let problem = #expect(throws: Problem.self) { try LayerGroups(branches, count: 3, head: .linear) }
    #expect(problem?.problem.contains("cannot be cut in 3 groups") == true)
  }

  @Test func exitsCostWhatLiesBeforeThem() throws {
    let groups = try groups("conv-6:0.25", 3, .linear)
    let critics = groups.critics.map { $0.forwardMultiplyAdds(of: Mask(fullFor: $0.layout)) }
    #expect(try groups.exitMultiplyAdds(1) == groups.multiplyAdds(1))
    #expect(try groups.exitMultiplyAdds(2) == groups.multiplyAdds(2) + critics[0])
    #expect(try groups.exitMultiplyAdds(3) == groups.multiplyAdds(3) + critics[0] + critics[1])
  }

  @Test(arguments: ["linear", "conv", "conv:8"])
  func wordsOfCriticsAreReadBack(text: String) throws {
    #expect(try #require(CriticHead(setting: text)).settingText == text)
  }

  @Test(arguments: ["", "conv:", "conv:0", "conv:x", "convolution", "linear:3"])
  func otherWordsAreNot(text: String) { #expect(CriticHead(setting: text) == nil) }
}
