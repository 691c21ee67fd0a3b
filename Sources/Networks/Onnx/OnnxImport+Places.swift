import Basics
import Onnx

/// Operators that put values elsewhere: side by side, and on larger images.
extension OnnxImport {
  /// Rows side by side; sizes are computed.
  mutating func concatenation(_ node: OnnxGraph.Node) throws -> Value {
    guard 1...Self.mostInputs ~= node.inputs.count else {
      throw Unsupported(reason: "it has \(node.inputs.count) inputs")
    }
    let inputs = try node.inputs.indices.map { try value(node, $0) }
    let features = inputs.compactMap { value in if case .feature(let feature) = value { feature } else { nil } }
    if features.count < inputs.count { return try joinedSizes(node) }
    for feature in features {
      let isRow = try plain(feature).dimensions.count == 1
      guard isRow, !feature.hasChannelsLast || shape(of: feature.draft).isFlat else {
        throw Unsupported(reason: "only rows, one a sample, can be put side by side")
      }
    }
    guard [1, -1].contains(try integer(node, "axis", or: 1)) else {
      throw Unsupported(reason: "it puts samples one behind the other")
    }
    guard Set(features.map(\.draft)).count == features.count else {
      throw Unsupported(reason: "it puts a value beside itself")
    }
    let count = features.reduce(0) { $0 + $1.dimensions[0] }
    return try append(Join(), node, reading: features.map(\.draft), dimensions: [count])
  }

  /// Nearest neighbours by a whole factor, of which there are two forms that agree.
  mutating func resize(_ node: OnnxGraph.Node) throws -> Value {
    let feature = try plain(feature(node)), shape = try image(feature)
    let mode = try text(node, "mode", or: "nearest")
    guard mode == "nearest" else { throw Unsupported(reason: "its mode is \(mode), not nearest") }
    let places = try text(node, "coordinate_transformation_mode", or: "half_pixel")
    let rounding = try text(node, "nearest_mode", or: "round_prefer_floor")
    guard
      places == "asymmetric" && rounding == "floor"
        || places.hasPrefix("half_pixel") && rounding.hasPrefix("round_prefer")
    else { throw Unsupported(reason: "it takes other neighbours (\(places), \(rounding))") }
    let factor = try self.factor(node, shape)
    if factor == 1 { return .feature(feature) }
    return try append(Upsample(factor: factor), node, reading: [feature.draft])
  }

  /// The one whole number by which both sides of the image grow.
  private func factor(_ node: OnnxGraph.Node, _ shape: FeatureShape) throws -> Int {
    let sides: [Double]
    if has(node, 3) {
      guard let sizes = Self.sizes(try value(node, 3)), sizes.count == 4, sizes[1] == shape.channels,
        let height = sizes[2], let width = sizes[3]
      else { throw Unsupported(reason: "its sizes are no image's") }
      sides = [Double(height) / Double(shape.height), Double(width) / Double(shape.width)]
    } else {
      let (_, scales) = try constant(node, 2, "scales")
      guard scales.count == 4, scales[0] == 1, scales[1] == 1 else {
        throw Unsupported(reason: "its scales \(scales.prefix(8)) are no image's")
      }
      sides = scales[2...].map(Double.init)
    }
    guard sides[0] == sides[1], 1...64 ~= sides[0], sides[0] == sides[0].rounded() else {
      throw Unsupported(reason: "it scales images by \(sides[0]) and \(sides[1]), not by one whole number up to 64")
    }
    return Int(sides[0])
  }
}
