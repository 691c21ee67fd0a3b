import Basics
import Foundation
import Lanes
import Networks
import TestSupport
import Testing

@Suite struct CatalogTests {
  /// Every file that declares a layer stands in the catalogue.
  @Test func catalogsListEveryFile() throws {
    for (name, text) in try Repository.swiftFiles(in: "Sources/Networks/Layers") where text.contains(": Layer") {
      let kind = LayerCatalog.all.first { text.contains("kind = \"\($0.kind)\"") }
      #expect(kind != nil || name == "LayerCatalog.swift", "add the layer of \(name) to Layers/LayerCatalog.swift")
    }
  }

  @Test func lenetHasItsParameters() throws {
    let lenet = try ModelCatalog.architecture("lenet-300-100", input: FeatureShape(channels: 784), classes: 10)
    #expect(lenet.layout.count == 266_610)
    #expect(lenet.layout.prunableCount == 266_200)
    #expect(
      lenet.layout.entries.map(\.name) == [
        "fc1.weight", "fc1.bias", "fc2.weight", "fc2.bias", "fc3.weight", "fc3.bias",
      ])
  }

  /// Weights and all trained parameters, by hand from the papers' layer sizes; 10 classes. Those with batch norm are also
  /// counted by PyTorch in Tests/Golden/make_networks.py.
  @Test(arguments: [
    ("lenet-5", "1x28x28", 61_470, 61_706), ("lenet-5", "1x32x32", 61_470, 61_706),
    ("conv-2", "3x32x32", 4_300_992, 4_301_642), ("conv-4", "3x32x32", 2_425_024, 2_425_930),
    ("conv-6", "3x32x32", 2_261_184, 2_262_602), ("conv-2:0.5", "3x32x32", 1_076_320, 1_076_650),
    ("vgg-11", "3x32x32", 9_222_848, 9_225_610), ("vgg-13", "3x32x32", 9_407_168, 9_410_122),
    ("vgg-16", "3x32x32", 14_715_584, 14_719_818), ("vgg-19", "3x32x32", 20_024_000, 20_029_514),
    ("conv-8", "3x32x32", 5_275_840, 5_278_282), ("vgg-11-bn", "3x32x32", 9_222_848, 9_231_114),
    ("vgg-16-bn", "3x32x32", 14_715_584, 14_728_266), ("vgg-19-bn", "3x32x32", 20_024_000, 20_040_522),
    ("resnet-14", "3x32x32", 174_128, 175_258), ("resnet-20", "3x32x32", 270_896, 272_474),
    ("resnet-32", "3x32x32", 464_432, 466_906),
    ("resnet-44", "3x32x32", 657_968, 661_338), ("resnet-56", "3x32x32", 851_504, 855_770),
    ("resnet-110", "3x32x32", 1_722_416, 1_730_714), ("resnet-18", "3x32x32", 11_164_352, 11_173_962),
    ("resnet-34", "3x32x32", 21_265_088, 21_282_122), ("wide-resnet-28-10", "3x32x32", 36_461_232, 36_479_194),
    ("mobilenet-v1", "3x32x32", 3_195_328, 3_217_226), ("resnet-20:0.5", "1x28x28", 67_848, 68_642),
    ("bn-conv-2", "3x32x32", 4_300_992, 4_302_272), ("bn-conv-4", "3x32x32", 2_425_024, 2_426_816),
    ("bn-conv-6", "3x32x32", 2_261_184, 2_264_000), ("bn-conv-8", "3x32x32", 5_275_840, 5_280_704),
    ("vgg-small", "3x32x32", 4_656_512, 4_660_096),
  ])
  func convolutionalModelsHaveTheirParameters(_ name: String, _ input: String, _ weights: Int, _ all: Int) throws {
    let network = try ModelCatalog.architecture(name, input: FeatureShape(input)!, classes: 10)
    #expect(network.layout.prunableCount == weights)
    #expect(network.layout.trainedCount == all)
    #expect(network.output == FeatureShape(channels: 10))
    #expect(try JSONDecoder().decode(Architecture.self, from: JSONEncoder().encode(network)) == network)
  }

  @Test(arguments: [
    ("conv-2", "1", "does not fit"), ("lenet-5", "1x4x4", "does not fit"), ("vgg-11:0", "3x32x32", "names no width"),
    ("vgg-16:nan", "3x32x32", "names no width"), ("conv-6:x", "3x32x32", "names no width"),
    ("conv-8", "1x8x8", "does not fit"), ("resnet-20:99", "3x32x32", "names no width"),
    ("wide-resnet-27-10", "3x32x32", "wide-resnet-D-K"), ("wide-resnet-28-0", "3x32x32", "wide-resnet-D-K"),
    ("wide-resnet-28", "3x32x32", "wide-resnet-D-K"),
  ])
  func convolutionalModelsRefuseWhatDoesNotFit(_ name: String, _ input: String, _ words: String) {
    let problem = #expect(throws: Problem.self) {
      try ModelCatalog.architecture(name, input: FeatureShape(input)!, classes: 2)
    }
    #expect(problem?.description.contains(words) == true, "\(String(describing: problem))")
  }

  @Test(arguments: [
    ("lenet", "lenet-300-100"), ("lenet-300-100:3", "no arguments"), ("mlp", "mlp:512,256"), ("mlp:", "mlp:512,256"),
    ("mlp:0", "names no widths"), ("mlp:-3", "names no widths"), ("mlp:3,x", "names no widths"),
    ("mlp:99999999999999999999", "names no widths"), ("", "Did you mean"), ("zzzzzzzzz", "Valid: "),
  ])
  func refusesUnknownModels(_ name: String, _ hint: String) {
    let problem = #expect(throws: Problem.self) {
      try ModelCatalog.architecture(name, input: FeatureShape(channels: 4), classes: 2)
    }
    #expect(problem?.kind == .usage)
    #expect(problem?.description.contains(hint) == true, "\(String(describing: problem))")
  }
}

@Suite struct ArchitectureTests {
  @Test func isStoredAndPrinted() throws {
    let network = try ModelCatalog.architecture(
      "mlp:5,4", input: FeatureShape(channels: 1, height: 2, width: 3), classes: 3)
    let again = try JSONDecoder().decode(Architecture.self, from: JSONEncoder().encode(network))
    #expect(again == network)
    #expect(again.layout == network.layout)
    #expect(network.description.contains("fc1: linear 5(input) -> 5, 35 parameters"))
  }

  @Test func refusesGraphsThatDoNotFit() throws {
    var network = Architecture(name: "x", input: FeatureShape(channels: 4))
    try network.append("fc1", Linear(3))
    expectBadData("named 'fc1'") { try network.append("fc1", Linear(2)) }
    expectBadData("named 'input'") { try network.append("input", Linear(2)) }
    expectBadData("Did you mean fc1?") { try network.append("fc2", Linear(2), inputs: ["fc11"]) }
    expectBadData("not 2") { try network.append("fc2", Linear(2), inputs: ["fc1", "input"]) }
    expectBadData("not 0") { try network.append("relu", Rectifier(), inputs: []) }
    expectBadData("0 outputs") { try network.append("fc2", Linear(0)) }
    expectBadData("does not fit") { try network.append("conv", Convolution(2, kernel: 3)) }
    expectBadData("does not fit") { try network.append("pool", MaxPool()) }
    #expect(network.nodes.count == 1)
    try network.append("fc2", Linear(2), inputs: ["fc1"])
    expectBadData("reads 'fc1' twice") { try network.append("sum", Sum(), inputs: ["fc1", "fc1"]) }
    expectBadData("different shapes: 3, 2") { try network.append("sum", Sum(), inputs: ["fc1", "fc2"]) }
    expectBadData("two or more inputs, not 1") { try network.append("sum", Sum()) }
    expectBadData("one input, not 2") { try network.append("bn", BatchNorm(), inputs: ["fc1", "fc2"]) }
    expectBadData("momentum 2") { try network.append("bn", BatchNorm(momentum: 2)) }
    expectBadData("epsilon -1") { try network.append("bn", BatchNorm(epsilon: -1)) }
    #expect(network.deadEnds.isEmpty)
    try network.append("fc3", Linear(2), inputs: ["fc1"])
    #expect(network.deadEnds == ["fc2"])
  }

  @Test(arguments: [Sum.kind, BatchNorm.kind])
  func graphsAreStoredAndPrinted(_ kind: String) throws {
    for network in try LayerCases.architectures(of: kind) {
      let again = try JSONDecoder().decode(Architecture.self, from: JSONEncoder().encode(network))
      #expect(again == network && again.layout == network.layout)
      #expect(network.deadEnds.isEmpty)
    }
    let block = try LayerCases.identityBlock()
    #expect(block.description.contains("bn1: batch-norm(conv1) -> 3x4x3, 6 parameters"))
    #expect(block.description.contains("sum: sum(relu0, bn2) -> 3x4x3\n"))
    #expect(block.layout.trainedCount == block.layout.count - 3 * 2 * 3)
    #expect(
      block.layout.entries(of: "bn2").map(\.name) == [
        "bn2.scale", "bn2.shift", "bn2.running-mean", "bn2.running-variance",
      ])
  }

  @Test func refusesDamagedFiles() throws {
    let network = try ModelCatalog.architecture("mlp:5", input: FeatureShape(channels: 2), classes: 2)
    let text = String(decoding: try JSONEncoder().encode(network), as: UTF8.self)
    expectBadData("no layer 'linaer'") {
      _ = try JSONDecoder().decode(
        Architecture.self, from: Data(text.replacingOccurrences(of: "\"linear\"", with: "\"linaer\"").utf8))
    }
    #expect(throws: (any Error).self) {
      try JSONDecoder().decode(Architecture.self, from: Data(text.replacingOccurrences(of: "kind", with: "sort").utf8))
    }
  }

  private func expectBadData(_ words: String, location: SourceLocation = #_sourceLocation, _ body: () throws -> Void) {
    let problem = #expect(throws: Problem.self, sourceLocation: location) { try body() }
    #expect(problem?.kind == .badData, sourceLocation: location)
    #expect(problem?.description.contains(words) == true, "\(String(describing: problem))", sourceLocation: location)
  }
}

@Suite struct FeatureShapeTests {
  @Test func readsWhatItPrints() {
    for shape in [FeatureShape(channels: 784), FeatureShape(channels: 3, height: 32, width: 31)] {
      #expect(FeatureShape(shape.description) == shape)
    }
    for text in ["", "0", "3x", "3x4", "x", "1x2x3x4", "-1", "1x0x1", "99999999999999999999"] {
      #expect(FeatureShape(text) == nil)
    }
  }
}

@Suite struct MaskTests {
  static let layout = try! ModelCatalog.architecture("mlp:5", input: FeatureShape(channels: 7), classes: 3).layout

  @Test(arguments: [0.0, 0.3, 1.0])
  func packs(_ density: Double) {
    let mask = Mask.random(Self.layout, density: density)
    #expect(Mask(layout: Self.layout, packedBits: mask.packedBits) == mask)
    #expect(mask.packedBits.count == (Self.layout.count + 7) / 8)
  }

  @Test func countsAndCombines() {
    let full = Mask(fullFor: Self.layout), half = Mask.random(Self.layout, density: 0.5)
    let other = Mask.random(Self.layout, density: 0.5, seed: 2), both = half.intersection(other)
    #expect(full.density == 1 && full.remaining == 7 * 5 + 5 * 3)
    #expect(both.isSubset(of: half) && both.isSubset(of: other) && half.isSubset(of: full))
    #expect(!full.isSubset(of: half))
    #expect(half.remaining == Self.layout.prunable.reduce(0) { $0 + half.remaining(in: $1) })
    #expect(half.density == Double(half.remaining) / 50)
  }
}

@Suite struct InitializerTests {
  static let layout = try! ModelCatalog.architecture("lenet-300-100", input: FeatureShape(channels: 784), classes: 10)
    .layout

  /// Deviation of the first layer's weights.
  static func deviation(_ initializer: Initializer) -> Double {
    switch initializer {
    case .kaimingNormal, .kaimingUniform, .signedConstant: (2.0 / 784).squareRoot()
    case .glorotNormal: (2.0 / 1084).squareRoot()
    case .torchUniform: (1.0 / 784 / 3).squareRoot()
    }
  }

  @Test(arguments: Initializer.allCases)
  func hasItsMoments(_ initializer: Initializer) {
    let parameters = initializer.parameters(for: Self.layout, seed: 1), entry = Self.layout.entries[0]
    let weights = parameters.values[entry.range].map(Double.init), count = Double(weights.count)
    let expected = Self.deviation(initializer)
    #expect(abs(weights.reduce(0, +) / count) < 0.01 * expected)
    let squares = weights.reduce(0) { $0 + $1 * $1 }
    #expect(abs((squares / count).squareRoot() / expected - 1) < 0.01)
    let biases = parameters.values[Self.layout.entries[1].range]
    #expect(biases.allSatisfy { $0 == 0 } == (initializer != .torchUniform))
  }

  @Test(arguments: Initializer.allCases)
  func batchNormStartsAsIdentity(_ initializer: Initializer) throws {
    let layout = try LayerCases.identityBlock().layout, parameters = initializer.parameters(for: layout, seed: 1)
    let values = layout.entries(of: "bn1").map { parameters.values[$0.range].allSatisfy { $0 == 1 } }
    #expect(values == [true, false, false, true])
    #expect(layout.entries(of: "bn1")[1...2].allSatisfy { parameters.values[$0.range].allSatisfy { $0 == 0 } })
  }

  @Test(arguments: Initializer.allCases)
  func dependsOnSeedStreamAndNameAlone(_ initializer: Initializer) throws {
    let a = initializer.parameters(for: Self.layout, seed: 1)
    #expect(a == initializer.parameters(for: Self.layout, seed: 1))
    #expect(a != initializer.parameters(for: Self.layout, seed: 2))
    #expect(a != initializer.parameters(for: Self.layout, seed: 1, stream: "other"))
    let deeper = try ModelCatalog.architecture("mlp:300,100,50", input: FeatureShape(channels: 784), classes: 10).layout
    let b = initializer.parameters(for: deeper, seed: 1), range = Self.layout.entries[0].range
    #expect(a.values[range] == b.values[range])
  }
}

@Suite struct PlanTests {
  @Test func choosesKernelsByDensity() throws {
    let network = try ModelCatalog.architecture("mlp:64", input: FeatureShape(channels: 64), classes: 10)
    let sparse = Mask.random(network.layout, density: 0.05)
    #expect(Plan(network, mask: sparse, batch: 16).sparseLayers.contains("fc1"))
    #expect(Plan(network, mask: sparse, batch: 16).executedWeights < network.layout.prunableCount)
    #expect(Plan(network, batch: 16, execution: .dense).sparseLayers.isEmpty)
    #expect(Plan(network, batch: 16, execution: .dense).executedWeights == network.layout.prunableCount)
    #expect(Plan(network, batch: 16, execution: .sparse).sparseLayers == ["fc1", "fc2"])
  }

  @Test(arguments: Execution.allCases)
  func copiesParametersInAndOut(_ execution: Execution) throws {
    let network = try ModelCatalog.architecture("mlp:17,3", input: FeatureShape(channels: 9), classes: 2)
    let mask = Mask.random(network.layout, density: 0.4).emptyingRowsAndColumns()
    let parameters = Initializer.torchUniform.parameters(for: network.layout, seed: 1)
    let plan = Plan(network, mask: mask, batch: 3, execution: execution)
    plan.parameters = parameters
    #expect(plan.parameters == parameters.masked(by: mask))
    plan.moments = (parameters, parameters)
    #expect(plan.moments.first == parameters.masked(by: mask) && plan.moments.second == parameters.masked(by: mask))
    plan.clearMoments()
    #expect(plan.moments.first.values.allSatisfy { $0 == 0 } && plan.moments.second.values.allSatisfy { $0 == 0 })
  }
}
