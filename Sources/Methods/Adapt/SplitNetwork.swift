package import Analysis
package import Basics
package import Networks

/// A network without its last layer, which stays as the source made it: what comes before gives features, and for the attention
/// term the values of its last image too.
package struct SplitNetwork: Sendable {
  package let whole: Architecture
  package let encoder: Architecture
  /// Numbers of a feature; the first outputs of the encoder.
  package let featureCount: Int
  /// Channels, height and width of the last image, which follow the features.
  package let image: FeatureShape?

  /// - Parameter hasImage: Whether the encoder gives its last image.
  /// - Throws: `Problem.usage` if the network does not end with a linear layer, or gives no image.
  package init(_ whole: Architecture, hasImage: Bool) throws {
    self.whole = whole
    guard let head = whole.nodes.last, head.layer is Linear, let source = head.inputs.first,
      source != Architecture.inputName
    else {
      throw Problem.usage(
        "\(whole.name) does not end with a linear layer over features.",
        remedy: "Choose a --model whose last layer is one, such as conv-s:0.5 or mlp:64.")
    }
    var encoder = Architecture(name: "\(whole.name) without \(head.name)", input: whole.input)
    for node in whole.nodes.dropLast() { try encoder.append(node.name, node.layer, inputs: node.inputs) }
    let spatial = whole.nodes.dropLast().last { node in
      whole.shapes[node.name]!.height > 1 && whole.shapes[node.name]!.width > 1
    }
    guard !hasImage || spatial != nil else {
      throw Problem.usage(
        "\(whole.name) has no layer with an image, whose attention could be compared.",
        remedy: "Use --set attention-weight=0, or a network of convolutions.")
    }
    let names = [source] + (hasImage && spatial!.name != source ? [spatial!.name] : [])
    if names.count > 1 || encoder.outputName != source { try encoder.append(Self.join, Join(), inputs: names) }
    self.encoder = encoder
    featureCount = whole.shapes[source]!.count
    image = hasImage && spatial!.name != source ? whole.shapes[spatial!.name] : nil
    guard hasImage == (image != nil) else {
      throw Problem.usage(
        "The classifier of \(whole.name) reads an image itself, whose attention cannot be told from its features.",
        remedy: "Use --set attention-weight=0.")
    }
    let own = encoder.layout.entries
    precondition(Array(whole.layout.entries.prefix(own.count)) == own, "\(head.name) does not stand last")
  }

  private static let join = "features-and-image"

  /// Those of the encoder.
  package func encoderPart(_ parameters: Parameters) -> Parameters {
    Parameters(layout: encoder.layout, values: Array(parameters.values[..<encoder.layout.count]))
  }

  package func encoderPart(_ mask: Mask) -> Mask {
    Mask(layout: encoder.layout, keeps: Array(mask.keeps[..<encoder.layout.count]))
  }

  /// The whole network with another encoder.
  package func joined(_ encoder: Parameters, classifier: Parameters) -> Parameters {
    var result = classifier
    result.values.replaceSubrange(..<self.encoder.layout.count, with: encoder.values)
    return result
  }

  package func classifier(_ parameters: Parameters) -> FrozenClassifier {
    let entries = whole.layout.entries(of: whole.nodes.last!.name)
    let values = { (role: ParameterShape.Role) in
      entries.first { $0.shape.role == role }.map { parameters.values[$0.range].map { Double($0) } }
    }
    return FrozenClassifier(
      weights: Matrix(whole.output.count, featureCount, values(.weight)!).transposed,
      bias: Matrix(1, whole.output.count, values(.bias) ?? [Double](repeating: 0, count: whole.output.count)))
  }
}

/// The last layer as the source left it.
package struct FrozenClassifier: Equatable, Sendable {
  /// [feature][class]
  package let weights: Matrix
  package let bias: Matrix

  package init(weights: Matrix, bias: Matrix) { (self.weights, self.bias) = (weights, bias) }

  /// Logits of features, [sample][class].
  package func logits(_ features: Matrix) -> Matrix {
    var result = features * weights
    for i in result.values.indices { result.values[i] += bias.values[i % bias.columns] }
    return result
  }

  /// The class of the largest logit of each row, the first of equals.
  package static func predictions(_ logits: Matrix) -> [Int] {
    (0..<logits.rows).map { row in
      (0..<logits.columns).reduce(0) { logits[row, $1] > logits[row, $0] ? $1 : $0 }
    }
  }
}
