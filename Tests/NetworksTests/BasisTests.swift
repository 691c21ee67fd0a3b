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
    #expect(try (coefficients == weights) == BasisCatalog.type(of: name).isCanonical)
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

  /// What a ticket of stored matrices needs: the basis vectors of which some coefficient is kept.
  @Test func storedNumbersAreThoseOfUsedVectors() throws {
    let network = try network("mlp:17,9"), layout = network.layout, entry = layout.prunable[1]
    let trained = Initializer.kaimingNormal.parameters(for: layout, seed: 3)
    var keeps = [Bool](repeating: false, count: entry.count)
    for (row, column) in [(0, 0), (0, 5), (8, 5)] { keeps[row * 17 + column] = true }
    func numbers(_ name: String) throws -> Int? {
      let basis = try BasisCatalog.coefficients(name, of: network, BasisContext(seed: 0, trained: trained))
      return basis.rotations[entry.name]?.storedNumbers(keeps[...])
    }
    #expect(try numbers("svd") == 2 * 17 + 2 * 9)
    #expect(try numbers("klt") == 2 * 17)
    #expect(try numbers("hadamard") == 0)
  }

  /// Kernels of one place and inputs of one channel have no transform; what is too large for a stored basis is refused.
  @Test func basesFitWhatTheyCanTurn() throws {
    var network = Architecture(name: "n", input: FeatureShape(channels: 3, height: 8, width: 8))
    try network.append("point", Convolution(5, kernel: 1))
    try network.append("kernel", Convolution(5, kernel: 3))
    try network.append("fc", Linear(2000))
    func layers(_ name: String) throws -> [String] {
      try BasisCatalog.tensors(name, of: network).fitting.map(\.entry.layer)
    }
    #expect(try layers("dct2") == ["kernel", "fc"])
    #expect(try layers("channel-dct") == ["point", "kernel", "fc"])
    #expect(try layers("haar") == ["point", "kernel", "fc"])
    #expect(try layers("units") == [])
    for name in ["klt", "svd"] { #expect(throws: Problem.self) { try layers(name) } }
  }

  @Test func unknownBasesAreRefused() throws {
    #expect(throws: Problem.self) { try BasisCatalog.type(of: "dct3") }
  }
}
