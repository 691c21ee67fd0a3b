public import Basics
public import Networks

/// A network of the catalogue without its head: its layers up to the last that gives an image.
public struct Backbone: Sendable {
  public let architecture: Architecture

  /// - Parameter input: Of the samples; a backbone of convolutions takes any.
  /// - Throws: `Problem.usage` if the network keeps no image, besides what the model throws.
  public init(_ model: String, input: FeatureShape) throws {
    let whole = try ModelCatalog.architecture(model, input: input, classes: 2)
    let last = whole.nodes.lastIndex { whole.shapes[$0.name]!.height > 1 && whole.shapes[$0.name]!.width > 1 }
    guard let last, whole.nodes[...last].contains(where: { $0.layer is Convolution }) else {
      throw Problem.usage(
        "\(model) has no image of features that a detector could stand on.",
        remedy: "Choose a network of convolutions, such as --model bn-conv-6:0.25.")
    }
    var cut = Architecture(name: whole.name, input: input)
    for node in whole.nodes[...last] { try cut.append(node.name, node.layer, inputs: node.inputs) }
    architecture = cut
  }

  /// The shape of its features.
  public var shape: FeatureShape { architecture.output }

  /// The backbone with the mean over the image and a linear layer, to be trained to tell classes.
  public func classifier(classes: Int) throws -> Architecture {
    var network = architecture
    try network.append("pool", AveragePool())
    try network.append("fc", Linear(classes))
    return network
  }

  /// Layers by name.
  public var layers: Set<String> { Set(architecture.nodes.map(\.name)) }
}

extension Parameters {
  /// The values of another network for the tensors that both have under one name and in one shape, of some layers; these
  /// elsewhere.
  public func taking(_ other: Parameters, of layers: Set<String>) -> Parameters {
    var result = self
    for (here, there) in layout.shared(with: other.layout, of: layers) {
      result.values.replaceSubrange(here, with: other.values[there])
    }
    return result
  }
}

extension Mask {
  /// The same for masks.
  public func taking(_ other: Mask, of layers: Set<String>) -> Mask {
    var result = self
    for (here, there) in layout.shared(with: other.layout, of: layers) {
      result.keeps.replaceSubrange(here, with: other.keeps[there])
    }
    return result
  }
}

extension ParameterLayout {
  /// Ranges of the tensors that both layouts have under one name and in one shape, of some layers.
  fileprivate func shared(
    with other: ParameterLayout, of layers: Set<String>
  ) -> [(here: Range<Int>, there: Range<Int>)] {
    let known = Dictionary(uniqueKeysWithValues: other.entries.map { ($0.name, $0) })
    return entries.compactMap { entry in
      guard layers.contains(entry.layer), let match = known[entry.name],
        match.shape.dimensions == entry.shape.dimensions
      else { return nil }
      return (entry.range, match.range)
    }
  }
}
