import Basics
import Onnx

/// Sums of layers, and arithmetic with constants, which the layer before takes up.
extension OnnxImport {
  mutating func addition(_ node: OnnxGraph.Node) throws -> Value {
    guard 1...Self.mostInputs ~= node.inputs.count else {
      throw Unsupported(reason: "it has \(node.inputs.count) inputs")
    }
    let inputs = try node.inputs.indices.map { try value(node, $0) }
    if inputs.count == 1 { return inputs[0] }
    let features = inputs.compactMap { value in if case .feature(let feature) = value { feature } else { nil } }
    if features.count == inputs.count { return try sum(node, features) }
    guard inputs.count == 2, let feature = features.first else { return try folded(node) { $0 + $1 } }
    return try absorb(node, feature, constantAt: isFeature(inputs[0]) ? 1 : 0) { (1, Double($0)) }
  }

  mutating func difference(_ node: OnnxGraph.Node) throws -> Value {
    let inputs = try [value(node, 0), value(node, 1)]
    guard isFeature(inputs[0]) || isFeature(inputs[1]) else { return try folded(node) { $0 - $1 } }
    guard case .feature(let feature) = inputs[0], !isFeature(inputs[1]) else {
      throw Unsupported(reason: "only a constant can be subtracted")
    }
    return try absorb(node, feature, constantAt: 1) { (1, -Double($0)) }
  }

  mutating func scaling(_ node: OnnxGraph.Node) throws -> Value {
    let isDivision = node.kind == "Div", inputs = try [value(node, 0), value(node, 1)]
    guard isFeature(inputs[0]) || isFeature(inputs[1]) else {
      return try folded(node) { isDivision ? $0 / $1 : $0 * $1 }
    }
    guard !(isFeature(inputs[0]) && isFeature(inputs[1])), !(isDivision && isFeature(inputs[1])) else {
      throw Unsupported(reason: "values can only be scaled by constants")
    }
    let place = isFeature(inputs[0]) ? 1 : 0
    return try absorb(node, try feature(node, 1 - place), constantAt: place) {
      (isDivision ? 1 / Double($0) : Double($0), 0)
    }
  }

  private func isFeature(_ value: Value) -> Bool { if case .feature = value { true } else { false } }

  private mutating func sum(_ node: OnnxGraph.Node, _ features: [Feature]) throws -> Value {
    let first = features[0]
    for feature in features {
      _ = try plain(feature)
      guard feature.dimensions == first.dimensions, shape(of: feature.draft) == shape(of: first.draft),
        feature.hasChannelsLast == first.hasChannelsLast
      else { throw Unsupported(reason: "what it adds has different shapes") }
    }
    guard Set(features.map(\.draft)).count == features.count else {
      throw Unsupported(reason: "it adds a value to itself")
    }
    guard
      case .feature(var result) = try append(
        Sum(), node, reading: features.map(\.draft), dimensions: first.dimensions)
    else { return .unknown }
    result.hasChannelsLast = first.hasChannelsLast
    return .feature(result)
  }

  // MARK: what the layer before takes up

  /// y = multiplier x + shift for each channel, done by the layer that gives x.
  private mutating func absorb(
    _ node: OnnxGraph.Node, _ feature: Feature, constantAt place: Int,
    _ affine: (Float) -> ChannelAffine
  ) throws -> Value {
    let (tensor, values) = try constant(node, place, "constant")
    guard feature.padding == 0 else { return .feature(try plain(feature)) }
    let channels = feature.draft < 0 ? input.channels : shape(of: feature.draft).channels
    let pairs = try perChannel(tensor, values, feature, channels).map(affine)
    guard pairs.allSatisfy({ $0.multiplier.isFinite && $0.shift.isFinite }) else {
      throw Unsupported(reason: "it divides by zero")
    }
    if pairs.allSatisfy({ $0 == (1, 0) }) { return .feature(feature) }
    func composed(_ before: [ChannelAffine]?) -> [ChannelAffine] {
      zip(before ?? Array(repeating: (1, 0), count: channels), pairs).map {
        ($0.multiplier * $1.multiplier, $0.shift * $1.multiplier + $1.shift)
      }
    }
    if feature.draft < 0 {
      guard feature.isSole else { throw Unsupported(reason: "other nodes read the samples that it changes") }
      self.affine = composed(self.affine)
      return .feature(feature)
    }
    if feature.isSole, feature.pending == nil, drafts[feature.draft].absorb(pairs) { return .feature(feature) }
    var feature = feature
    feature.pending = composed(feature.pending)
    return .feature(feature)
  }

  /// The constant's number for each channel.
  private func perChannel(_ tensor: OnnxTensor, _ values: [Float], _ feature: Feature, _ channels: Int) throws
    -> [Float]
  {
    if values.count == 1 { return [Float](repeating: values[0], count: channels) }
    let rank = feature.dimensions.count + 1
    let sizes = Array(repeating: 1, count: max(0, rank - tensor.dimensions.count)) + tensor.dimensions
    let axis = feature.hasChannelsLast ? rank - 1 : 1
    guard sizes.count == rank, axis < rank, values.count == channels, sizes[axis] == channels,
      feature.dimensions[axis - 1] == channels
    else { throw Unsupported(reason: "its constant of \(tensor.dimensions) is not one number a channel") }
    return values
  }
}

extension OnnxImport.Draft {
  /// Makes the layer give y = multiplier x + shift in place of x, for each channel.
  ///
  /// - Returns: Whether it can.
  mutating func absorb(_ pairs: [OnnxImport.ChannelAffine]) -> Bool {
    let (gain, offset): (ParameterShape.Role, ParameterShape.Role)
    if let linear = layer as? Linear {
      (gain, offset) = (.weight, .bias)
      layer = Linear(linear.outputs, hasBias: true)
    } else if var convolution = layer as? Convolution {
      (gain, offset) = (.weight, .bias)
      convolution.hasBias = true
      layer = convolution
    } else if layer is BatchNorm {
      (gain, offset) = (.scale, .shift)
    } else {
      return false
    }
    var gains = tensors[gain]!, offsets = tensors[offset] ?? [Float](repeating: 0, count: pairs.count)
    let row = gains.count / pairs.count
    for (channel, pair) in pairs.enumerated() {
      if pair.multiplier != 1 {
        for i in channel * row..<(channel + 1) * row { gains[i] = Float(Double(gains[i]) * pair.multiplier) }
      }
      offsets[channel] = Float(Double(offsets[channel]) * pair.multiplier + pair.shift)
    }
    (tensors[gain], tensors[offset]) = (gains, offsets)
    return true
  }
}
