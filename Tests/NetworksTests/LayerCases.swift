import Basics
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
    case Sign.kind:
      [
        try network("between", input: FeatureShape(channels: 5), [Linear(7), Sign(), Linear(3)]),
        try network(
          "on an image", input: FeatureShape(channels: 2, height: 4, width: 3),
          [
            Convolution(3, kernel: 3, padding: 1), BatchNorm(), Sign(), Convolution(4, kernel: 3, padding: 1),
            Linear(3),
          ]),
      ]
    case Convolution.kind: try convolutions() + groupedConvolutions()
    case Dropout.kind: try dropouts()
    case MaxPool.kind: try pools { MaxPool(size: $0) }
    case AveragePool.kind:
      try pools { AveragePool(size: $0) } + [
        try network(
          "of the image", input: FeatureShape(channels: 2, height: 4, width: 3),
          [Convolution(3, kernel: 3, padding: 1), Rectifier(), AveragePool(), Linear(3)])
      ]
    case BatchNorm.kind: try norms()
    case Sum.kind: try sums()
    case Join.kind: try joins()
    case Upsample.kind: try upsamplings()
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

  /// Groups of several sizes, one channel a group among them, behind a layer that needs its gradient.
  private static func groupedConvolutions() throws -> [Architecture] {
    let forms: [(inputs: Int, outputs: Int, groups: Int, kernel: Int, stride: Int, padding: Int)] = [
      (4, 6, 2, 3, 1, 1), (6, 4, 2, 2, 2, 0), (6, 3, 3, 1, 1, 0), (4, 4, 4, 3, 1, 1), (3, 3, 3, 3, 2, 1),
      (3, 6, 3, 5, 2, 2), (2, 4, 2, 4, 2, 1), (3, 3, 3, 3, 3, 0),
    ]
    return try forms.map { form in
      try network(
        "\(form.groups) groups of \(form.inputs) to \(form.outputs), kernel \(form.kernel), stride \(form.stride)",
        input: FeatureShape(channels: 2, height: 6, width: 5),
        [
          Convolution(form.inputs, kernel: 1), Rectifier(),
          Convolution(
            form.outputs, kernel: form.kernel, stride: form.stride, padding: form.padding, groups: form.groups),
          Rectifier(), Linear(3),
        ])
    } + [
      try network(
        "depthwise first, without biases", input: FeatureShape(channels: 3, height: 4, width: 5),
        [Convolution(3, kernel: 3, padding: 1, groups: 3, hasBias: false), Convolution(2, kernel: 1), Linear(2)]),
      try network(
        "separable twice", input: FeatureShape(channels: 4, height: 6, width: 6),
        [
          Convolution(4, kernel: 3, stride: 2, padding: 1, groups: 4, hasBias: false), Rectifier(),
          Convolution(6, kernel: 1), Rectifier(), Convolution(6, kernel: 3, padding: 1, groups: 6), Rectifier(),
          Convolution(4, kernel: 1), AveragePool(), Linear(2),
        ]),
    ]
  }

  /// On features and images with and without a halo, first, last, and with a gradient that another node adds to.
  private static func dropouts() throws -> [Architecture] {
    let image = FeatureShape(channels: 2, height: 5, width: 3)
    var branched = Architecture(name: "branched", input: image)
    try branched.append("conv", Convolution(3, kernel: 3, padding: 1))
    try branched.append("relu", Rectifier())
    try branched.append("dropout", Dropout(0.3))
    try branched.append("deep", Convolution(3, kernel: 3, padding: 1), inputs: ["relu"])
    try branched.append("sum", Sum(), inputs: ["deep", "dropout"])
    try branched.append("fc", Linear(2))
    return [
      branched, try network("first", input: FeatureShape(channels: 7), [Dropout(0.5), Linear(3)]),
      try network("last", input: FeatureShape(channels: 5), [Linear(3), Dropout(0.2)]),
      try network(
        "after relu", input: FeatureShape(channels: 5), [Linear(9), Rectifier(), Dropout(0.5), Linear(3)]),
      try network("of nothing", input: FeatureShape(channels: 5), [Linear(9), Dropout(0), Rectifier(), Linear(3)]),
      try network(
        "of images", input: image,
        [
          Convolution(3, kernel: 3, padding: 1), Dropout(0.4), Rectifier(), Convolution(2, kernel: 3, padding: 1),
          BatchNorm(), Dropout(0.1), Linear(3),
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
