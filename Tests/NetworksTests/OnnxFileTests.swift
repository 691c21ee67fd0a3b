import Basics
import Foundation
import Lanes
import Networks
import Onnx
import TestSupport
import Testing

/// Networks from ONNX files: `Tests/Fixtures/onnx` holds what PyTorch's exporters wrote, and what ONNX Runtime made of it.
@Suite struct OnnxFileTests {
  struct Case: Decodable {
    var shape: [Int]
    var inputs, outputs: [[Float]]
    var input: FeatureShape { FeatureShape(channels: shape[0], height: shape[1], width: shape[2]) }
  }

  static let folder = Repository.root.appendingPathComponent("Tests/Fixtures/onnx")
  static let cases: [String: Case] = {
    let data = try! Data(contentsOf: folder.appendingPathComponent("outputs.json"))
    return try! JSONDecoder().decode([String: Case].self, from: data)
  }()

  /// The largest difference of outputs, by their largest size.
  static func difference(_ found: [[Float]], _ expected: [[Float]]) -> Float {
    let pairs = zip(found.joined(), expected.joined())
    return pairs.map { abs($0 - $1) }.max()! / expected.joined().map(abs).max()!
  }

  static func outputs(_ network: (architecture: Architecture, start: StartingWeights), _ inputs: [[Float]]) -> [[Float]]
  {
    let samples = Samples(
      inputs: inputs.flatMap { $0 }, labels: inputs.map { _ in 0 }, size: network.architecture.input.count)
    return Plan(network.architecture, batch: inputs.count).outputs(of: samples, network.start.parameters)
  }

  @Test(arguments: cases.keys.sorted())
  func computesWhatONNXRuntimeDoes(_ name: String) throws {
    let value = Self.cases[name]!, file = Self.folder.appendingPathComponent("\(name).onnx").path
    let network = try OnnxFile.network(file, input: value.input, classes: 10)
    let difference = Self.difference(Self.outputs(network, value.inputs), value.outputs)
    #expect(difference <= 1e-5, "\(difference)")
    let model = "onnx:\(file)"
    #expect(try ModelCatalog.architecture(model, input: value.input, classes: 10) == network.architecture)
    let start = try ModelCatalog.weights(of: model, input: value.input, classes: 10)
    #expect(start?.parameters == network.start.parameters && start?.source.contains("pytorch") == true)
    #expect(ModelCatalog.bringsWeights(model) && ModelCatalog.files(of: model) == [file])
    #expect(try ModelCatalog.ownShape(of: model) == (value.input, 10))
  }

  @Test func hasAFileOfEveryExporter() {
    #expect(Self.cases.count == 10)
    #expect(Self.cases.keys.count { $0.hasSuffix("-new") } == 5)
  }

  /// Layers are called as in the framework, and batch norm is one where the exporter left it.
  @Test func namesLayersAsTheFrameworkDoes() throws {
    func names(_ file: String) throws -> [String] {
      let input = Self.cases[file]!.input
      return try OnnxFile.network(
        Self.folder.appendingPathComponent("\(file).onnx").path, input: input, classes: 10
      ).architecture.layout.prunable.map(\.layer)
    }
    #expect(try names("lenet-5") == ["conv1", "conv2", "fc1", "fc2", "fc3"])
    let mobile = try OnnxFile.network(
      Self.folder.appendingPathComponent("mobilenet.onnx").path, input: Self.cases["mobilenet"]!.input, classes: 10)
    #expect(mobile.architecture.nodes.count { $0.layer is BatchNorm } == 13)
    #expect(mobile.architecture.nodes.contains { ($0.layer as? Convolution)?.groups == 8 })
  }

  @Test func refusesOtherSamplesAndClasses() throws {
    let file = Self.folder.appendingPathComponent("lenet-5.onnx").path, input = Self.cases["lenet-5"]!.input
    let classes = #expect(throws: Problem.self) { try OnnxFile.network(file, input: input, classes: 3) }
    #expect(classes?.problem.contains("10 outputs, but there are 3 classes") == true)
    let shape = #expect(throws: Problem.self) {
      try OnnxFile.network(file, input: FeatureShape(channels: 3, height: 20, width: 20), classes: 10)
    }
    #expect(shape?.kind == .badData && shape?.problem.contains("these samples are 3x20x20") == true)
    for (name, kind) in [("onnx", Problem.Kind.usage), ("onnx:", .usage), ("onnx:/nowhere/x.onnx", .missingInput)] {
      let problem = #expect(throws: Problem.self) { try ModelCatalog.architecture(name, input: input, classes: 10) }
      #expect(problem?.kind == kind)
    }
  }
}
