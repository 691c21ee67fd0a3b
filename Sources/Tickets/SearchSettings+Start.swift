import Basics
import Datasets
public import Networks
import Training

/// What dense networks start from: weights drawn from the seed, or those of a file.
extension SearchSettings {
  /// The word for the weights that come with the model, where some do.
  package static let modelWeights = "model"
  /// The word for weights drawn from the seed, whatever comes with the model.
  package static let drawnWeights = "drawn"

  /// Whether networks start from weights that the seed draws.
  public var drawsWeights: Bool {
    weights == Self.drawnWeights || (weights == Self.modelWeights && !ModelCatalog.bringsWeights(model))
  }

  /// Weights from a file that networks start from; `nil` if they are drawn.
  ///
  /// - Throws: `Problem` if the file cannot be read, or is of another network.
  public func startingWeights(of architecture: Architecture) throws -> StartingWeights? {
    if drawsWeights { return nil }
    let found =
      weights == Self.modelWeights
      ? try ModelCatalog.weights(
        of: model, input: architecture.input, classes: architecture.output.count)
      : try WeightsCatalog.file(weights, setting: "weights").start(of: architecture)
    guard found?.parameters.layout == architecture.layout else {
      throw Problem.badData(
        "\(weights == Self.modelWeights ? model : weights) holds the weights of another network than \(architecture.name).",
        remedy: "Choose the file that belongs to it, or weights=drawn.")
    }
    return found
  }

  /// What a dense network of this seed starts from.
  ///
  /// - Throws: as `startingWeights`; nothing where weights are drawn.
  public func initialParameters(of architecture: Architecture, seed: UInt64) throws -> Parameters {
    try startingWeights(of: architecture)?.parameters ?? initializer.parameters(for: architecture.layout, seed: seed)
  }

  /// - Throws: `Problem.usage` if networks would start from a file, for experiments that are about random weights.
  public func requireDrawnWeights(_ experiment: String) throws {
    guard !drawsWeights else { return }
    throw Problem.usage(
      "\(experiment) is about random weights, and these would be a file's (model=\(model), weights=\(weights)).",
      remedy: "Use --set weights=drawn: then only the network is the file's.")
  }

  /// Refuses a network that normalises its inputs itself where the data are normalised in another way.
  func check(_ start: StartingWeights, _ data: TrainingData) throws {
    guard let affine = start.affine else { return }
    let dataset = data.dataset
    let isSame = affine.enumerated().allSatisfy { channel, wanted in
      let own = dataset.affine(data.normalisation, channel: channel)
      func near(_ a: Float, _ b: Float) -> Bool { abs(a - b) <= 1e-5 * max(abs(a), abs(b), 1e-6) }
      return near(own.multiplier, wanted.multiplier) && near(own.shift, wanted.shift)
    }
    guard !isSame else { return }
    let wanted = Normalisation(affine: affine, pixelScale: dataset.pixelScale)
    throw Problem.usage(
      "\(start.source) normalises its inputs itself, and not as \(self.data) is normalised here (\(data.normalisation)).",
      remedy: "Normalise the data as it does: --set normalisation=\(DataNormalisation.given(wanted).settingText)")
  }

  /// What is said where networks do not start at random.
  func startNotes(_ architecture: Architecture) -> [String] {
    guard let start = try? startingWeights(of: architecture) else { return [] }
    return [
      """
      The start is a \(weights == Self.modelWeights ? "trained network" : "file's"): dense networks of all seeds start from the weights of \(start.source), not from random \
      ones; controls with fresh weights are drawn from the seed.
      """
    ] + start.notes
  }
}
