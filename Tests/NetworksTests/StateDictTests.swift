import Basics
import Foundation
import Networks
import TestSupport
import Testing

/// Tensors and masks of PyTorch laid onto networks by name and shape.
@Suite struct StateDictTests {
  static let folder = Repository.root.appendingPathComponent("Tests/Fixtures/pytorch")

  static func file(_ name: String) throws -> StateDictFile {
    try StateDictFile(try SafetensorsFile(contentsOf: folder.appendingPathComponent(name)).tensors, file: name)
  }

  static func network(_ model: String, channels: Int = 6, size: Int = 1, classes: Int = 3) throws -> Architecture {
    try ModelCatalog.architecture(
      model, input: FeatureShape(channels: channels, height: size, width: size), classes: classes)
  }

  /// Every tensor of a network under other names, filled with numbers that tell them apart.
  private static func tensors(_ network: Architecture, named name: (String) -> String = { $0 }) -> [NamedTensor] {
    network.layout.entries.map { entry in
      NamedTensor(
        "\(name(entry.layer)).\(entry.stateDictPart)", shape: entry.shape.dimensions, entry.range.map { Float($0) / 64 }
      )
    }
  }

  private static func read(_ tensors: [NamedTensor], _ network: Architecture) throws -> StartingWeights {
    try StateDictFile(tensors, file: "net.safetensors").start(of: network)
  }

  private func refused(_ words: [String], _ body: () throws -> Void) {
    let problem = #expect(throws: Problem.self) { try body() }
    #expect(problem?.kind == .badData)
    for word in words {
      #expect(problem?.problem.contains(word) == true, "'\(word)' in \(String(describing: problem))")
    }
  }

  // MARK: weights

  @Test(arguments: ["mlp:5,4", "bn-mlp:5", "resnet-14:0.1", "lenet-5", "conv-2:0.1", "vgg-11-bn:0.05"])
  func namesOfTheNetworkAreReadAsTheyAre(_ model: String) throws {
    let network = try Self.network(model, channels: 1, size: 16),
      values = (0..<network.layout.count).map { Float($0) / 64 }
    for prefix in ["", "module.", "_orig_mod.model."] {
      for dotted in [false, true] {
        let counter = NamedTensor("\(prefix)bn1.num_batches_tracked", shape: [], [7])
        let tensors = Self.tensors(network) { prefix + (dotted ? $0.replacing("/", with: ".") : $0) }
        let start = try Self.read((tensors + [counter]).shuffled(), network)
        #expect(start.parameters.values == values)
        #expect(start.map.count == tensors.count && start.notes.count == (prefix.isEmpty ? 1 : 2), "\(start.notes)")
      }
    }
  }

  /// A Sequential numbers its modules; names sort as text, numbers as numbers.
  @Test func sequentialsGoByShapeAndOrder() throws {
    for (model, names) in [("mlp:8,8,8", "fc"), ("vgg-11-bn:0.05", ""), ("mlp:8,7", "fc")] {
      let network = try Self.network(model, size: 16)
      let layers = network.nodes.map(\.name), values = (0..<network.layout.count).map { Float($0) / 64 }
      let start = try Self.read(
        Self.tensors(network) { "features.\(9 + layers.firstIndex(of: $0)!)" }.shuffled(), network)
      #expect(start.parameters.values == values, "\(model)\(names)")
      #expect(start.notes.contains { $0.contains("shapes and order") && $0.contains("features.9 is ") })
    }
  }

  @Test func whatCanBeReadTwoWaysIsRefused() throws {
    let network = try Self.network("mlp:6,6")
    refused(["several ways", "left and right may be fc1 and fc2", "weight [6, 6]"]) {
      _ = try Self.read(Self.tensors(network) { ["fc1": "left", "fc2": "right", "fc3": "out"][$0]! }, network)
    }
    refused(["several ways", "body may be fc1 and fc2"]) {
      _ = try Self.read(
        Self.tensors(network).filter { !$0.name.hasPrefix("fc2") }.map {
          NamedTensor($0.name.replacing("fc1", with: "body"), shape: $0.shape, $0.values)
        }, network)
    }
  }

  @Test func everythingWrongIsListedAtOnce() throws {
    let network = try Self.network("bn-mlp:5"), bn = "bn1"
    var tensors = Self.tensors(network)
    let weight = tensors.firstIndex { $0.name == "fc1.weight" }!
    tensors[weight] = NamedTensor("fc1.weight", shape: [6, 5], tensors[weight].values)
    tensors.remove(at: weight + 1)
    tensors += [NamedTensor("extra.weight", shape: [1], [0]), NamedTensor("odd\u{1B}", shape: [1], [0])]
    let variance = tensors.firstIndex { $0.name == "\(bn).running_var" }!
    tensors[variance].values[0] = -1
    tensors[variance - 1].values[0] = .nan
    refused([
      "net.safetensors does not fit", "of another shape: fc1.weight is [6, 5], the layer takes [5, 6]",
      "missing: fc1.bias [5]",
      "extra.weight [1]", "odd?", "negative variances: \(bn).running_var", "not finite numbers: \(bn).running_mean",
    ]) { _ = try Self.read(tensors, network) }
    refused(["two tensors of one name"]) { _ = try StateDictFile([tensors[0], tensors[0]], file: "x") }
  }

  @Test func roundedTensorsAreNamed() throws {
    let network = try Self.network("mlp:5")
    var tensors = Self.tensors(network)
    tensors[0].isRounded = true
    #expect(try Self.read(tensors, network).notes == ["Rounded to floats of 32 bits: fc1.weight."])
  }

  // MARK: masks

  /// What `Tests/PyTorch/prune.py` wrote: 3 rounds of 40 % on the digits.
  @Test func readsWhatTorchPruneWrites() throws {
    let file = try Self.file("torch-prune.safetensors")
    let network = try Self.network("mlp:16", channels: 1, size: 8, classes: 10)
    let start = try file.start(of: network)
    let given = try file.mask(of: network, modules: start.modules), alone = try file.mask(of: network)
    #expect(given.mask == alone.mask && given.mask.remaining == 256)
    #expect(given.map.first?.hasPrefix("0.weight_mask -> fc1.weight: ") == true)
    // weight_orig keeps the pruned weights' first values.
    #expect(start.parameters.values.allSatisfy { $0 != 0 })
    #expect(start.map.first == "0.weight_orig [16, 64] -> fc1.weight")
  }

  /// What OpenLTH wrote at level 2 of 40 % each, its output layer left whole.
  @Test func readsWhatOpenLTHWrites() throws {
    let network = try Self.network("mlp:8,8", channels: 1, size: 28, classes: 10)
    let start = try Self.file("openlth-start.safetensors").start(of: network)
    let file = try Self.file("openlth-mask.safetensors")
    #expect(!file.hasMasks)
    let given = try file.mask(of: network, modules: start.modules), mask = given.mask
    #expect(
      start.notes == [
        "Names differ, so shapes and order say which is which: fc_layers.0 is fc1, fc_layers.1 is fc2, fc is fc3."
      ])
    let entries = network.layout.prunable
    #expect(mask.remaining(in: entries[2]) == 80 && given.notes.isEmpty)
    #expect(mask.remaining == 2307 && entries.map { mask.remaining(in: $0) } == [2175, 52, 80])
    #expect(try file.mask(of: network).mask == mask)
  }

  private static func mask(_ tensors: [NamedTensor], _ network: Architecture) throws -> GivenMask {
    try StateDictFile(tensors, file: "m.npz").mask(of: network)
  }

  @Test func masksMayLeaveLayersOutAndPruneBiases() throws {
    let network = try Self.network("mlp:5,4")
    let given = try Self.mask(
      [
        NamedTensor("fc1.weight_mask", shape: [5, 6], [Float](repeating: 0, count: 30)),
        NamedTensor("fc2.bias_mask", shape: [4], [1, 0, 1, 1]),
        NamedTensor("fc2.weight_mask", shape: [4, 5], ones(20)),
      ], network)
    #expect(given.mask.remaining == 20 + 12)
    for words in ["fc1 keeps no weight", "fc2.bias keeps 3 of 4", "Without a mask, so whole: fc3"] {
      #expect(given.notes.contains { $0.contains(words) }, "\(words) in \(given.notes)")
    }
  }

  private func ones(_ count: Int) -> [Float] { [Float](repeating: 1, count: count) }

  @Test func wrongMasksAreRefused() throws {
    let network = try Self.network("mlp:5,4")
    refused([
      "no masks of 0 and 1: fc1.weight (holds 0.5), fc3.weight (holds -1.0)", "left over: fc9.weight [1]",
      "fc2.weight is [5, 4]",
    ]) {
      _ = try Self.mask(
        [
          NamedTensor("fc1.weight", shape: [5, 6], ones(29) + [0.5]),
          NamedTensor("fc2.weight", shape: [5, 4], ones(20)),
          NamedTensor("fc3.weight", shape: [3, 4], ones(11) + [-1]), NamedTensor("fc9.weight", shape: [1], [1]),
        ], network)
    }
    refused(["leave no weight"]) {
      _ = try Self.mask(
        network.layout.prunable.map {
          NamedTensor($0.stateDictName, shape: $0.shape.dimensions, [Float](repeating: 0, count: $0.count))
        }, network)
    }
    refused(["holds no masks"]) { _ = try Self.mask([], network) }
    refused(["no masks of 0 and 1: fc1.weight"]) {
      _ = try Self.mask([NamedTensor("fc1.weight", shape: [5, 6], ones(29) + [.nan])], network)
    }
  }
}
