import Lanes
import Networks
import TestSupport

/// Small networks that use a layer, by the layer's kind: the laws of the catalogue run on them.
enum LayerCases {
  static func architectures(of kind: String) throws -> [Architecture] {
    switch kind {
    case Linear.kind:
      [
        try network("one unit", input: FeatureShape(channels: 1), [Linear(1)]),
        try network("one layer", input: FeatureShape(channels: 7), [Linear(3)]),
        try network(
          "no biases", input: FeatureShape(channels: 3), [Linear(7, hasBias: false), Linear(3, hasBias: false)]),
        try network("an image", input: FeatureShape(channels: 2, height: 3, width: 5), [Linear(17), Linear(10)]),
      ]
    case Rectifier.kind:
      [
        try network("between", input: FeatureShape(channels: 5), [Linear(7), Rectifier(), Linear(3)]),
        try network("twice", input: FeatureShape(channels: 5), [Linear(7), Rectifier(), Rectifier(), Linear(3)]),
        try network("last", input: FeatureShape(channels: 5), [Linear(7), Rectifier(), Linear(3), Rectifier()]),
        try network("first", input: FeatureShape(channels: 5), [Rectifier(), Linear(3)]),
        try network("on an image", input: FeatureShape(channels: 2, height: 3, width: 3), [Rectifier(), Linear(3)]),
        try network(
          "deep", input: FeatureShape(channels: 2),
          [Linear(3), Rectifier(), Linear(3), Rectifier(), Linear(3), Rectifier(), Linear(1)]),
      ]
    default: []
    }
  }

  static func network(_ name: String, input: FeatureShape, _ layers: [any Layer]) throws -> Architecture {
    var result = Architecture(name: name, input: input)
    for (i, layer) in layers.enumerated() { try result.append("\(type(of: layer).kind)\(i + 1)", layer) }
    return result
  }
}
