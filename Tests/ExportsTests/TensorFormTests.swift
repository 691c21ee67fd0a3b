import Basics
import Exports
import Foundation
import Networks
import TestSupport
import Testing

/// State dictionaries hold a pruned network bit for bit under PyTorch's names, whichever way they say what is pruned.
@Suite struct TensorFormTests {
  private static let models = ["mlp:40,20", "bn-conv-4:0.25", "resnet-14:0.5"]

  private func floats(_ file: SafetensorsFile, _ name: String) throws -> [Float] {
    try file.floats(name, file: name)
  }

  /// The name that PyTorch gives what a tensor holds, in modules of modules with dots between.
  private func name(_ entry: ParameterLayout.Entry) -> String {
    let last: [ParameterShape.Role: String] = [
      .weight: "weight", .scale: "weight", .bias: "bias", .shift: "bias", .runningMean: "running_mean",
      .runningVariance: "running_var",
    ]
    return "\(entry.layer.replacing("/", with: ".")).\(last[entry.shape.role]!)"
  }

  @Test(arguments: models)
  func prunedNetworksKeepTheirBits(_ model: String) throws {
    let network = try CFormTests.network(.init(model: model, density: 0.2, normalised: true)), scratch = try Scratch()
    let plain = scratch.url.appendingPathComponent("net.safetensors")
    let lines = try SafetensorsExport().write(network, to: plain)
    #expect(lines.last?.hasPrefix("inputs: normalised with ") == true)
    var pruned = SafetensorsExport()
    pruned.isPruned = true
    _ = try pruned.write(network, to: scratch.url.appendingPathComponent("pruned.safetensors"))
    let state = try SafetensorsFile(contentsOf: plain)
    let masks = try SafetensorsFile(contentsOf: scratch.url.appendingPathComponent("net-mask.safetensors"))
    let both = try SafetensorsFile(contentsOf: scratch.url.appendingPathComponent("pruned.safetensors"))
    let entries = network.parameters.layout.entries
    #expect(state.entries.count == entries.count && both.entries.count == entries.count + masks.entries.count)
    for entry in entries {
      let name = name(entry), values = Array(network.parameters.values[entry.range])
      #expect(BitComparison(try floats(state, name), values).isEqual, "\(name)")
      #expect(state.entries[name]?.shape == entry.shape.dimensions)
      guard entry.isPrunable else { continue }
      let mask = try floats(masks, "\(name)_mask")
      #expect(mask == network.mask.keeps[entry.range].map { $0 ? 1 : 0 } && mask.contains(0) && mask.contains(1))
      #expect(zip(values, mask).allSatisfy { $1 == 1 || $0 == 0 })
      #expect(try both.entries[name] == nil && floats(both, "\(name)_mask") == mask)
      #expect(BitComparison(try floats(both, "\(name)_orig"), values).isEqual)
    }
  }

  /// Tensors alone normalise nothing, so that is said and not left out in silence.
  @Test func normalisationIsAskedFor() throws {
    let network = try CFormTests.network(.init(model: "mlp:40,20", density: 0.2)), scratch = try Scratch()
    for form in [SafetensorsExport() as any ExportForm, NPZExport()] {
      let problem = #expect(throws: Problem.self) {
        try form.write(network, to: scratch.url.appendingPathComponent("x"))
      }
      #expect(problem?.kind == .usage && problem?.remedy.contains("--normalised") == true)
    }
    #expect(try FileManager.default.contentsOfDirectory(atPath: scratch.url.path).isEmpty)
  }
}
