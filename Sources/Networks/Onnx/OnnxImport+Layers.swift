import Basics
import Onnx

/// Operators that become layers.
extension OnnxImport {
  // MARK: products

  mutating func convolution(_ node: OnnxGraph.Node) throws -> Value {
    let groups = try integer(node, "group", or: 1)
    if let dilations = try integers(node, "dilations"), dilations.contains(where: { $0 != 1 }) {
      throw Unsupported(reason: "its kernel is dilated (\(dilations))")
    }
    let stride = try square(integers(node, "strides") ?? [1, 1], "stride")
    let (weight, values) = try constant(node, 1, "kernel")
    guard weight.dimensions.count == 4 else {
      throw Unsupported(reason: "its kernel has \(max(0, weight.dimensions.count - 2)) dimensions, not 2")
    }
    let kernel = try square(Array(weight.dimensions[2...]), "kernel")
    let feature = try feature(node), shape = try image(feature)
    let padding = try self.padding(node, kernel: kernel, stride: stride, over: shape) + feature.padding
    let outputs = weight.dimensions[0]
    guard groups > 0, outputs > 0, outputs % groups == 0, weight.dimensions[1] == shape.channels / groups,
      shape.channels % groups == 0
    else {
      throw Unsupported(
        reason: "its kernel of \(weight.dimensions) does not fit \(shape.channels) channels in \(groups) groups")
    }
    var tensors: [ParameterShape.Role: [Float]] = [.weight: values]
    if has(node, 2) { tensors[.bias] = try vector(node, 2, "bias", count: outputs) }
    if let pending = feature.pending {
      guard padding == 0 || pending.allSatisfy({ $0.shift == 0 }) else {
        throw Unsupported(reason: "it pads an image to which constants were added")
      }
      Self.takeUp(pending, plane: kernel * kernel, &tensors, outputs: outputs, groups: groups)
    }
    return try append(
      Convolution(
        outputs, kernel: kernel, stride: stride, padding: padding, groups: groups, hasBias: tensors[.bias] != nil),
      node, reading: [feature.draft], weight: node.inputs[1], tensors)
  }

  mutating func gemm(_ node: OnnxGraph.Node) throws -> Value {
    guard try integer(node, "transA", or: 0) == 0 else { throw Unsupported(reason: "it transposes its input") }
    let alpha = try float(node, "alpha", or: 1), beta = try float(node, "beta", or: 1)
    let isTransposed = try integer(node, "transB", or: 0) != 0
    let (weight, values) = try constant(node, 1, "matrix")
    let bias = has(node, 2) ? try constant(node, 2, "bias") : nil
    return try linear(
      node, weight, values.map { $0 * alpha }, isTransposed: isTransposed,
      bias: bias.map { (tensor, values) in (tensor, values.map { $0 * beta }) })
  }

  mutating func product(_ node: OnnxGraph.Node) throws -> Value {
    let (weight, values) = try constant(node, 1, "matrix")
    return try linear(node, weight, values, isTransposed: false, bias: nil)
  }

  /// - Parameter isTransposed: Whether the matrix is [outputs, inputs].
  private mutating func linear(
    _ node: OnnxGraph.Node, _ weight: OnnxTensor, _ values: [Float], isTransposed: Bool,
    bias: (tensor: OnnxTensor, values: [Float])?
  ) throws -> Value {
    guard weight.dimensions.count == 2 else {
      throw Unsupported(reason: "its matrix has \(weight.dimensions.count) dimensions")
    }
    let feature = try feature(node)
    guard feature.padding == 0 else { return .feature(try plain(feature)) }
    guard feature.dimensions.count == 1 else {
      throw Unsupported(reason: "its input has the shape \(Self.text(feature.dimensions)), not one row a sample")
    }
    let outputs = weight.dimensions[isTransposed ? 0 : 1], inputs = weight.dimensions[isTransposed ? 1 : 0]
    guard inputs == feature.dimensions[0], outputs > 0 else {
      throw Unsupported(reason: "its matrix is for \(inputs) inputs, and there are \(feature.dimensions[0])")
    }
    let shape = shape(of: feature.draft), plane = shape.height * shape.width
    var rows = [Float](repeating: 0, count: values.count)
    for output in 0..<outputs {
      for input in 0..<inputs {
        // With channels last the graph's input p * channels + c is this package's c * plane + p.
        let place =
          feature.hasChannelsLast ? input % shape.channels * plane + input / shape.channels : input
        rows[output * inputs + place] = values[isTransposed ? output * inputs + input : input * outputs + output]
      }
    }
    var tensors: [ParameterShape.Role: [Float]] = [.weight: rows]
    if let bias {
      guard bias.values.count == outputs || bias.values.count == 1,
        bias.tensor.dimensions.dropLast().allSatisfy({ $0 == 1 })
      else { throw Unsupported(reason: "its bias is no vector of \(outputs)") }
      tensors[.bias] =
        bias.values.count == outputs ? bias.values : [Float](repeating: bias.values[0], count: outputs)
    }
    if let pending = feature.pending { Self.takeUp(pending, plane: plane, &tensors, outputs: outputs) }
    return try append(
      Linear(outputs, hasBias: tensors[.bias] != nil), node, reading: [feature.draft], weight: node.inputs[1], tensors,
      dimensions: [outputs])
  }

  /// Makes a product's weights of those for scaled inputs: w' = w m, b' = b + sum of w s.
  ///
  /// - Parameter plane: Weights of an output for one channel of the input.
  private static func takeUp(
    _ pending: [ChannelAffine], plane: Int, _ tensors: inout [ParameterShape.Role: [Float]], outputs: Int,
    groups: Int = 1
  ) {
    var weights = tensors[.weight]!, biases = tensors[.bias] ?? [Float](repeating: 0, count: outputs)
    let row = weights.count / outputs, channels = row / plane
    for output in 0..<outputs {
      let first = output / (outputs / groups) * channels
      var sum = Double(biases[output])
      for i in 0..<row {
        let affine = pending[first + i / plane], weight = Double(weights[output * row + i])
        sum += weight * affine.shift
        weights[output * row + i] = Float(weight * affine.multiplier)
      }
      biases[output] = Float(sum)
    }
    (tensors[.weight], tensors[.bias]) = (weights, biases)
  }

  // MARK: value by value

  mutating func batchNorm(_ node: OnnxGraph.Node) throws -> Value {
    guard try integer(node, "training_mode", or: 0) == 0 else {
      throw Unsupported(reason: "it is in training mode: export the network for evaluation")
    }
    guard try integer(node, "spatial", or: 1) == 1 else {
      throw Unsupported(reason: "it has statistics place by place")
    }
    let epsilon = try float(node, "epsilon", or: 1e-5), momentum = try float(node, "momentum", or: 0.9)
    let feature = try plain(feature(node)), shape = shape(of: feature.draft)
    if feature.dimensions.count != 1 || !shape.isFlat { _ = try image(feature) }
    let layer = BatchNorm(momentum: max(0, min(1, 1 - Double(momentum))), epsilon: Self.decimal(epsilon))
    let roles: [ParameterShape.Role] = [.scale, .shift, .runningMean, .runningVariance]
    var tensors: [ParameterShape.Role: [Float]] = [:]
    for (i, role) in roles.enumerated() {
      tensors[role] = try vector(node, i + 1, role.rawValue, count: shape.channels)
    }
    guard tensors[.runningVariance]!.allSatisfy({ $0 >= 0 }) else {
      throw Unsupported(reason: "it has variances below 0")
    }
    return try append(
      layer, node, reading: [feature.draft], weight: node.inputs[1], tensors, dimensions: feature.dimensions)
  }

  /// The shortest decimal that is the float: 1e-5 and not 9.99999974e-06.
  private static func decimal(_ value: Float) -> Double { Double(value.description) ?? Double(value) }

  mutating func rectifier(_ node: OnnxGraph.Node) throws -> Value {
    let feature = try plain(feature(node))
    guard feature.draft >= 0 else { throw Unsupported(reason: "it stands before the first layer") }
    return try appendAlike(Rectifier(), node, feature)
  }

  /// A layer whose outputs are as many as its inputs, each at its place.
  private mutating func appendAlike(_ layer: any Layer, _ node: OnnxGraph.Node, _ feature: Feature) throws -> Value {
    guard case .feature(var result) = try append(layer, node, reading: [feature.draft], dimensions: feature.dimensions)
    else { return .unknown }
    result.hasChannelsLast = feature.hasChannelsLast
    return .feature(result)
  }

  /// Values cut off below 0 and nowhere else.
  mutating func clip(_ node: OnnxGraph.Node) throws -> Value {
    let least = try float(node, "min", orInput: 1), most = try float(node, "max", orInput: 2)
    guard least == 0, most.map({ $0 >= .greatestFiniteMagnitude }) ?? true else {
      throw Unsupported(
        reason:
          "it cuts values off at \(least.map(\.description) ?? "nothing") and \(most.map(\.description) ?? "nothing"), not at 0 alone"
      )
    }
    return try rectifier(node)
  }

  mutating func dropout(_ node: OnnxGraph.Node) throws -> Value {
    if case .constant(let tensor) = try value(node, 0) { return .constant(tensor) }
    let ratio = try float(node, "ratio", orInput: 1) ?? 0.5
    let feature = try plain(feature(node))
    if ratio == 0 { return .feature(feature) }
    return try appendAlike(Dropout(Self.decimal(ratio)), node, feature)
  }

  /// Scores alone are what losses take: the softmax at the end is left out.
  mutating func softmax(_ node: OnnxGraph.Node) throws -> Value {
    let axis = try integer(node, "axis", or: graph.opset < 13 ? 1 : -1), feature = try plain(feature(node))
    guard node.outputs.first == graph.outputs[0].name else { throw Unsupported(reason: "it is not the last node") }
    guard feature.dimensions.count == 1, [1, -1].contains(axis) else {
      throw Unsupported(reason: "it is not over the classes")
    }
    notes.append("\(file): the \(node.kind) at its end is left out; outputs are the scores before it.")
    return .feature(feature)
  }

  // MARK: pooling

  mutating func pool(_ node: OnnxGraph.Node, isMaximum: Bool) throws -> Value {
    guard let window = try integers(node, "kernel_shape") else { throw Unsupported(reason: "it has no window") }
    let size = try square(window, "window")
    let stride = try square(integers(node, "strides") ?? [1, 1], "stride")
    if let dilations = try integers(node, "dilations"), dilations.contains(where: { $0 != 1 }) {
      throw Unsupported(reason: "its window is dilated")
    }
    let overlap = Unsupported(reason: "its windows of \(size)x\(size) overlap or leave places out (stride \(stride))")
    guard size == stride || (try? feature(node)) != nil else { throw overlap }
    let feature = try plain(feature(node)), shape = try image(feature)
    guard size == stride || (shape.height == size && shape.width == size) else { throw overlap }
    guard try padding(node, kernel: size, stride: stride, over: shape) == 0 else {
      throw Unsupported(reason: "it pads the image")
    }
    guard try integer(node, "ceil_mode", or: 0) == 0 || (shape.height % size == 0 && shape.width % size == 0) else {
      throw Unsupported(reason: "it takes windows that stand out of the image (ceil_mode)")
    }
    if size == 1 { return .feature(feature) }
    return try append(isMaximum ? MaxPool(size: size) : AveragePool(size: size), node, reading: [feature.draft])
  }

  mutating func globalMean(_ node: OnnxGraph.Node) throws -> Value {
    let feature = try plain(feature(node)), shape = try image(feature)
    if shape.isFlat { return .feature(feature) }
    return try append(AveragePool(), node, reading: [feature.draft])
  }

  mutating func mean(_ node: OnnxGraph.Node) throws -> Value {
    let keeps = try integer(node, "keepdims", or: 1) != 0, axes = try integers(node, "axes", orInput: 1) ?? []
    let feature = try plain(feature(node)), shape = try image(feature)
    guard Set(axes.map { $0 < 0 ? $0 + 4 : $0 }) == [2, 3] else {
      throw Unsupported(reason: "it is not over the places of an image (axes \(axes))")
    }
    let dimensions = keeps ? [shape.channels, 1, 1] : [shape.channels]
    if shape.isFlat {
      var flat = feature
      flat.dimensions = dimensions
      return .feature(flat)
    }
    return try append(AveragePool(), node, reading: [feature.draft], dimensions: dimensions)
  }

  // MARK: their attributes

  /// The one number that two are.
  private func square(_ sizes: [Int], _ what: String) throws -> Int {
    guard sizes.count == 2 else { throw Unsupported(reason: "its \(what) has \(sizes.count) dimensions, not 2") }
    guard sizes[0] == sizes[1], 1...1 << 20 ~= sizes[0] else {
      throw Unsupported(reason: "its \(what) of \(sizes[0])x\(sizes[1]) is not square")
    }
    return sizes[0]
  }

  /// Zeros on all four sides of an image.
  private func padding(_ node: OnnxGraph.Node, kernel: Int, stride: Int, over shape: FeatureShape) throws -> Int {
    switch try text(node, "auto_pad", or: "NOTSET") {
    case "NOTSET":
      let pads = try integers(node, "pads") ?? [0, 0, 0, 0]
      guard pads.count == 4, Set(pads).count == 1, 0...1 << 20 ~= pads[0] else {
        throw Unsupported(reason: "it pads the sides of the image differently (\(pads))")
      }
      return pads[0]
    case "VALID": return 0
    case let mode where mode.hasPrefix("SAME"):
      let totals = [shape.height, shape.width].map { max(0, (($0 + stride - 1) / stride - 1) * stride + kernel - $0) }
      guard totals[0] == totals[1], totals[0] % 2 == 0 else {
        throw Unsupported(reason: "it pads the sides of the image differently (\(mode))")
      }
      return totals[0] / 2
    case let mode: throw Unsupported(reason: "auto_pad is \(mode)")
    }
  }

  /// One number a channel.
  private func vector(_ node: OnnxGraph.Node, _ place: Int, _ what: String, count: Int) throws -> [Float] {
    let (_, values) = try constant(node, place, what)
    guard values.count == count else {
      throw Unsupported(reason: "its \(what) has \(values.count) numbers, not \(count)")
    }
    return values
  }
}
