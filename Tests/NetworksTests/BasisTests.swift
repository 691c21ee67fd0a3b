import Basics
import Networks
import Testing

/// Laws over the catalogue of bases.
@Suite struct BasisTests {
  private static let networks = ["mlp:17,9", "lenet-5", "conv-s:0.5"]

  private func network(_ model: String) throws -> Architecture {
    try ModelCatalog.architecture(model, input: FeatureShape(channels: 1, height: 28, width: 28), classes: 4)
  }

  private func largest(_ a: Parameters, _ b: Parameters) -> Float {
    zip(a.values, b.values).reduce(0) { max($0, abs($1.0 - $1.1)) }
  }

  /// There and back gives the weights, lengths of tensors stay, and what is no weight stays as it is.
  @Test(arguments: BasisCatalog.all.map { $0.name }, networks)
  func basesAreOrthonormal(_ name: String, _ model: String) throws {
    let network = try network(model), layout = network.layout
    let weights = Initializer.torchUniform.parameters(for: layout, seed: 2)
    let trained = Initializer.kaimingNormal.parameters(for: layout, seed: 3)
    let basis = try BasisCatalog.coefficients(name, of: network, BasisContext(seed: 5, trained: trained))
    let coefficients = basis.rotated(weights)
    #expect(largest(basis.rotated(coefficients, back: true), weights) < 1e-5)
    for entry in layout.entries {
      let before = weights.values[entry.range], after = coefficients.values[entry.range]
      func length(_ values: ArraySlice<Float>) -> Double { values.reduce(0) { $0 + Double($1) * Double($1) } }
      #expect(abs(length(before) - length(after)) <= 1e-5 * length(before), "\(entry.name)")
      if !entry.isPrunable { #expect(before == after, "\(entry.name)") }
    }
    #expect((coefficients == weights) == (name == "canonical"))
  }

  /// The trained matrix itself has singular coefficients on the diagonal alone.
  @Test func singularCoefficientsAreDiagonal() throws {
    let network = try network("mlp:17,9"), layout = network.layout
    let trained = Initializer.kaimingNormal.parameters(for: layout, seed: 3)
    let found = try BasisCatalog.coefficients("svd", of: network, BasisContext(seed: 0, trained: trained)).rotated(
      trained)
    for entry in layout.prunable {
      let columns = entry.shape.dimensions[1]
      for (i, value) in found.values[entry.range].enumerated() where i / columns != i % columns {
        #expect(abs(value) < 1e-4, "\(entry.name) \(i)")
      }
    }
  }

  @Test func unknownBasesAreRefused() throws {
    #expect(throws: Problem.self) { try BasisCatalog.type(of: "dct3") }
  }
}
