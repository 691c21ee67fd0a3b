import Onnx

/// Constants, and what is computed of constants and sizes alone.
extension OnnxImport {
  /// Lists of sizes are short; what is longer is none.
  private static let mostSizes = 64

  mutating func constant(_ node: OnnxGraph.Node) throws -> Value {
    for (name, attribute) in node.attributes {
      switch attribute {
      case .tensor(let tensor): return .constant(tensor)
      case .float(let value) where name == "value_float": return .constant(OnnxTensor([], .floats([value])))
      case .floats(let values): return .constant(OnnxTensor([values.count], .floats(values)))
      case .integer(let value) where name == "value_int": return .constant(OnnxTensor([], .integers([value])))
      case .integers(let values): return .constant(OnnxTensor([values.count], .integers(values)))
      default: continue
      }
    }
    throw Unsupported(reason: "it holds a value of a type that is not read")
  }

  /// A constant that is one number throughout.
  mutating func filled(_ node: OnnxGraph.Node) throws -> Value {
    guard let sizes = Self.sizes(try value(node, 0)), !sizes.contains(nil) else {
      throw Unsupported(reason: "its size depends on the sample")
    }
    let dimensions = sizes.compactMap { $0 }, count = try Self.product(dimensions)
    guard count <= budget else { throw Unsupported(reason: "it makes \(count) numbers that the file does not hold") }
    try spend(count)
    if case .tensor(let tensor)? = node.attributes["value"] {
      guard tensor.count == 1 else { throw Unsupported(reason: "it fills with several numbers") }
      if let value = tensor.integers?.first {
        return .constant(OnnxTensor(dimensions, .integers([Int64](repeating: value, count: count))))
      }
      guard let value = tensor.floats?.first else { throw Unsupported(reason: "it fills with a type that is not read") }
      return .constant(OnnxTensor(dimensions, .floats([Float](repeating: value, count: count))))
    }
    return .constant(OnnxTensor(dimensions, .floats([Float](repeating: 0, count: count))))
  }

  /// Arithmetic on constants, of the same shape or with one number.
  mutating func folded(_ node: OnnxGraph.Node, _ operation: (Float, Float) -> Float) throws -> Value {
    guard node.inputs.count == 2 else { throw Unsupported(reason: "it has \(node.inputs.count) inputs") }
    let (a, first) = try constant(node, 0, "first input"), (b, second) = try constant(node, 1, "second input")
    guard first.count == 1 || second.count == 1 || a.dimensions == b.dimensions else {
      throw Unsupported(reason: "it combines constants of different shapes")
    }
    let count = max(first.count, second.count)
    try spend(count)
    guard !first.isEmpty, !second.isEmpty else { throw Unsupported(reason: "it combines empty constants") }
    let values = (0..<count).map {
      operation(first[first.count == 1 ? 0 : $0], second[second.count == 1 ? 0 : $0])
    }
    return .constant(OnnxTensor(first.count == count ? a.dimensions : b.dimensions, .floats(values)))
  }

  mutating func sizes(_ node: OnnxGraph.Node) throws -> Value {
    switch try value(node, 0) {
    case .feature(let feature):
      guard node.attributes.isEmpty else { throw Unsupported(reason: "it gives a part of the shape") }
      return .sizes([batch] + feature.dimensions, isScalar: false)
    case .constant(let tensor): return .sizes(tensor.dimensions, isScalar: false)
    default: throw Unsupported(reason: "it gives the shape of a shape")
    }
  }

  mutating func cast(_ node: OnnxGraph.Node) throws -> Value {
    let type = try integer(node, "to", or: 0)
    switch try value(node, 0) {
    case .feature(let feature):
      guard type == 1 else { throw Unsupported(reason: "it makes samples another type than float") }
      return .feature(feature)
    case .constant(let tensor):
      if type == 1, let values = tensor.integers {
        return .constant(OnnxTensor(tensor.dimensions, .floats(values.map { Float($0) })))
      }
      if [6, 7].contains(type), let values = tensor.floats, values.allSatisfy({ abs($0) < 0x1p31 }) {
        return .constant(OnnxTensor(tensor.dimensions, .integers(values.map { Int64($0) })))
      }
      guard type == 1 ? tensor.floats != nil : [6, 7].contains(type) && tensor.integers != nil else {
        throw Unsupported(reason: "it makes a constant of type \(type)")
      }
      return .constant(tensor)
    case let sizes: return sizes
    }
  }

  mutating func gather(_ node: OnnxGraph.Node) throws -> Value {
    let axis = try integer(node, "axis", or: 0)
    guard let sizes = Self.sizes(try value(node, 0)), axis == 0 else {
      throw Unsupported(reason: "it picks from something other than sizes")
    }
    guard case .constant(let tensor) = try value(node, 1), let places = tensor.integers, places.count <= Self.mostSizes
    else { throw Unsupported(reason: "it picks places that are computed") }
    let picked = try places.map { place -> Int? in
      let place = Int(place) < 0 ? Int(place) + sizes.count : Int(place)
      guard sizes.indices.contains(place) else { throw Unsupported(reason: "it picks what is not there") }
      return sizes[place]
    }
    return .sizes(picked, isScalar: tensor.dimensions.isEmpty)
  }

  mutating func slice(_ node: OnnxGraph.Node) throws -> Value {
    let starts = try integers(node, "starts", orInput: 1) ?? [], ends = try integers(node, "ends", orInput: 2) ?? []
    let axes = try integers(node, "axes", orInput: 3) ?? [0],
      steps = has(node, 4) ? try integers(node, "steps", orInput: 4) : [1]
    guard let sizes = Self.sizes(try value(node, 0)), starts.count == 1, ends.count == 1, axes == [0], steps == [1]
    else {
      throw Unsupported(reason: "it takes a part of something other than sizes")
    }
    func clamped(_ place: Int) -> Int { max(0, min(sizes.count, place < 0 ? place + sizes.count : place)) }
    let range = (clamped(starts[0]), clamped(ends[0]))
    return .sizes(range.0 < range.1 ? Array(sizes[range.0..<range.1]) : [], isScalar: false)
  }

  func joinedSizes(_ node: OnnxGraph.Node) throws -> Value {
    var result: [Int?] = []
    for place in node.inputs.indices {
      guard let sizes = Self.sizes(try value(node, place)) else {
        throw Unsupported(reason: "values cannot be put side by side here")
      }
      result += sizes
      guard result.count <= Self.mostSizes else { throw Unsupported(reason: "it makes a long list of sizes") }
    }
    return .sizes(result, isScalar: false)
  }
}
