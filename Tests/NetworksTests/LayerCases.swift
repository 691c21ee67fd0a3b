import Foundations
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
    case Convolution.kind: try convolutions()
    case MaxPool.kind: try pools { MaxPool(size: $0) }
    case AveragePool.kind:
      try pools { AveragePool(size: $0) } + [
        try network(
          "of the image", input: FeatureShape(channels: 2, height: 4, width: 3),
          [Convolution(3, kernel: 3, padding: 1), Rectifier(), AveragePool(), Linear(3)])
      ]
    case BatchNorm.kind: try norms()
    case Sum.kind: try sums()
    default: []
    }
  }

  /// Parameters without symmetry: also scales, shifts and running statistics are random.
  static func start(_ layout: ParameterLayout, seed: UInt64) -> Parameters {
    var start = Initializer.torchUniform.parameters(for: layout, seed: seed)
    var random = RandomStream(seed: seed, "test-statistics")
    for entry in layout.entries where ![.weight, .bias].contains(entry.shape.role) {
      for i in entry.range { start.values[i] += Float(0.8 * random.nextUniform() - 0.4) }
    }
    return start
  }

  /// Kernels, strides and paddings, behind a layer that needs its gradient.
  private static func convolutions() throws -> [Architecture] {
    let forms: [(kernel: Int, stride: Int, padding: Int)] = [
      (1, 1, 0), (1, 2, 0), (2, 1, 0), (2, 1, 1), (2, 2, 0), (3, 1, 0), (3, 1, 1), (3, 1, 2),
      (3, 2, 0), (3, 2, 1), (3, 3, 1), (4, 2, 1), (5, 1, 2), (5, 2, 2), (2, 3, 0),
    ]
    return try forms.map { form in
      try network(
        "kernel \(form.kernel), stride \(form.stride), padding \(form.padding)",
        input: FeatureShape(channels: 2, height: 6, width: 5),
        [
          Convolution(3, kernel: 1), Rectifier(),
          Convolution(2, kernel: form.kernel, stride: form.stride, padding: form.padding), Rectifier(), Linear(3),
        ])
    } + [
      try network(
        "alone", input: FeatureShape(channels: 2, height: 3, width: 4),
        [Convolution(3, kernel: 3, padding: 1), AveragePool()]),
      try network(
        "first", input: FeatureShape(channels: 3, height: 5, width: 4),
        [Convolution(2, kernel: 3, stride: 2, padding: 1), Linear(2)]),
      try network(
        "no biases", input: FeatureShape(channels: 1, height: 4, width: 4),
        [Convolution(3, kernel: 3, padding: 1, hasBias: false), Convolution(2, kernel: 3, hasBias: false), Linear(2)]),
      try network(
        "to one place", input: FeatureShape(channels: 2, height: 3, width: 3),
        [Rectifier(), Convolution(5, kernel: 3), Rectifier(), Convolution(3, kernel: 1)]),
      try network(
        "ends behind a halo", input: FeatureShape(channels: 2, height: 3, width: 3),
        [Convolution(2, kernel: 1), Convolution(3, kernel: 3)]),
      try network(
        "without rectifiers", input: FeatureShape(channels: 1, height: 5, width: 5),
        [
          Convolution(2, kernel: 3, padding: 1), Convolution(2, kernel: 3, padding: 1), Convolution(2, kernel: 3),
          Linear(2),
        ]),
      try network(
        "two pairs", input: FeatureShape(channels: 1, height: 6, width: 6),
        [
          Convolution(3, kernel: 3, padding: 1), Rectifier(), Convolution(3, kernel: 3, padding: 1), Rectifier(),
          MaxPool(),
          Convolution(2, kernel: 3, padding: 1), Rectifier(), Convolution(2, kernel: 3, padding: 1), Rectifier(),
          MaxPool(),
          Linear(2),
        ]),
    ]
  }

  /// Windows that fill the image and windows that leave something out; behind a rectifier, a convolution and the input.
  private static func pools(_ pool: (Int) -> any Layer) throws -> [Architecture] {
    try [(2, 4, 4), (2, 5, 3), (3, 5, 7), (1, 2, 2)].flatMap { size, height, width in
      let input = FeatureShape(channels: 2, height: height, width: width)
      return [
        try network(
          "\(size) after relu", input: input,
          [Convolution(3, kernel: 3, padding: 1), Rectifier(), pool(size), Linear(2)]),
        try network(
          "\(size) before relu", input: input,
          [Convolution(3, kernel: 3, padding: 1), pool(size), Rectifier(), Convolution(2, kernel: 1), Linear(2)]),
        try network("\(size) first", input: input, [pool(size), Linear(2)]),
      ]
    }
  }

  static func network(_ name: String, input: FeatureShape, _ layers: [any Layer]) throws -> Architecture {
    var result = Architecture(name: name, input: input)
    for (i, layer) in layers.enumerated() { try result.append("\(type(of: layer).kind)\(i + 1)", layer) }
    return result
  }
}
