import Basics
import Networks

/// A network as criteria see it: dropout drops nothing, and batch norm, if it shall use its running statistics, is the affine
/// map that these make of it, written as a convolution of 1x1 on each channel by itself.
struct ScoringNetwork {
  let architecture: Architecture
  private let original: Architecture
  private let frozen: [String]
  private let layout: ParameterLayout

  init(_ original: Architecture, freezesNorms: Bool) throws {
    self.original = original
    var result = Architecture(name: original.name, input: original.input), names: [String: String] = [:]
    frozen = original.nodes.filter { freezesNorms && $0.layer is BatchNorm }.map(\.name)
    for node in original.nodes {
      let inputs = node.inputs.map { names[$0] ?? $0 }
      if node.layer is Dropout {
        names[node.name] = inputs[0]
        continue
      }
      let channels = original.shapes[node.name]!.channels
      let layer: any Layer =
        frozen.contains(node.name) ? Convolution(channels, kernel: 1, groups: channels) : node.layer
      try result.append(node.name, layer, inputs: inputs)
    }
    architecture = result
    layout = result.layout
  }

  var isOriginal: Bool { architecture.nodes.count == original.nodes.count && frozen.isEmpty }

  /// The same weights in this network.
  func parameters(_ parameters: Parameters) -> Parameters {
    var result = Parameters(zerosFor: layout)
    forEachShared { result.values.replaceSubrange($0.range, with: parameters.values[$1.range]) }
    for name in frozen { freeze(name, parameters, &result) }
    return result
  }

  /// y = factor x + shift with factor = scale / sqrt(variance + epsilon) and shift - factor mean.
  private func freeze(_ name: String, _ parameters: Parameters, _ result: inout Parameters) {
    func values(_ role: ParameterShape.Role) -> ArraySlice<Float>? {
      original.layout.entries(of: name).first { $0.shape.role == role }.map { parameters.values[$0.range] }
    }
    guard let layer = original.nodes.first(where: { $0.name == name })?.layer as? BatchNorm,
      let mean = values(.runningMean), let variance = values(.runningVariance)
    else { preconditionFailure("\(name) is no batch norm") }
    let scale = values(.scale).map(Array.init), shift = values(.shift).map(Array.init)
    let weight = layout.entries(of: name)[0], bias = layout.entries(of: name)[1]
    for (i, (mean, variance)) in zip(mean, variance).enumerated() {
      let factor = Double(scale?[i] ?? 1) / (Double(variance) + layer.epsilon).squareRoot()
      result.values[weight.offset + i] = Float(factor)
      result.values[bias.offset + i] = Float(Double(shift?[i] ?? 0) - factor * Double(mean))
    }
  }

  func mask(_ mask: Mask) -> Mask {
    var result = Mask(fullFor: layout)
    forEachShared { result.keeps.replaceSubrange($0.range, with: mask.keeps[$1.range]) }
    return result
  }

  /// Values of this network's parameters in the original's order; 0 for what it does not have.
  func original(_ values: [Float]) -> [Float] {
    var result = [Float](repeating: 0, count: original.layout.count)
    forEachShared { result.replaceSubrange($1.range, with: values[$0.range]) }
    return result
  }

  /// Calls `body` with the tensors, here and there, that both networks have.
  private func forEachShared(_ body: (ParameterLayout.Entry, ParameterLayout.Entry) -> Void) {
    let others = Dictionary(uniqueKeysWithValues: original.layout.entries.map { ($0.name, $0) })
    for entry in layout.entries where !frozen.contains(entry.layer) {
      if let other = others[entry.name] { body(entry, other) }
    }
  }
}
