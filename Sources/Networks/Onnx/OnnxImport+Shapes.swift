import Basics
import Onnx

/// Operators that change how values are seen, and arithmetic on sizes.
extension OnnxImport {
  mutating func flatten(_ node: OnnxGraph.Node) throws -> Value {
    let axis = try integer(node, "axis", or: 1)
    if case .constant(let tensor) = try value(node, 0) {
      let rank = tensor.dimensions.count, start = axis < 0 ? axis + rank : axis
      guard 0...rank ~= start else { throw Unsupported(reason: "it has no axis \(axis)") }
      let rows = tensor.dimensions[..<start].reduce(1, *)
      return .constant(OnnxTensor([rows, tensor.dimensions[start...].reduce(1, *)], tensor.values))
    }
    var feature = try feature(node)
    guard feature.padding == 0 else { return .feature(try plain(feature)) }
    guard axis == 1 || axis == -feature.dimensions.count else {
      throw Unsupported(reason: "it does not keep samples apart (axis \(axis))")
    }
    feature.dimensions = [feature.dimensions.reduce(1, *)]
    return .feature(feature)
  }

  mutating func reshape(_ node: OnnxGraph.Node) throws -> Value {
    guard let target = Self.sizes(try value(node, 1)) else { throw Unsupported(reason: "its shape is not constant") }
    if case .constant(let tensor) = try value(node, 0) {
      var sizes = try target.enumerated().map { place, size -> Int in
        guard let size, size >= -1 else { throw Unsupported(reason: "a constant's shape depends on the samples") }
        return size == 0 && tensor.dimensions.indices.contains(place) ? tensor.dimensions[place] : size
      }
      if let open = sizes.firstIndex(of: -1) {
        let rest = try Self.product(sizes.enumerated().filter { $0.offset != open }.map(\.element))
        sizes[open] = rest > 0 ? tensor.count / rest : 0
      }
      guard !sizes.contains(-1), try Self.product(sizes) == tensor.count else {
        throw Unsupported(reason: "a constant does not fit its shape")
      }
      return .constant(OnnxTensor(sizes, tensor.values))
    }
    var feature = try feature(node)
    guard feature.padding == 0 else { return .feature(try plain(feature)) }
    feature.dimensions = try Self.dimensions(target, of: feature, batch: batch)
    return .feature(feature)
  }

  /// A product of sizes that no file can make overflow.
  static func product(_ sizes: [Int]) throws -> Int {
    try sizes.reduce(1) { product, size in
      let (next, overflow) = product.multipliedReportingOverflow(by: size)
      guard !overflow, size >= 0, next <= 1 << 32 else { throw Unsupported(reason: "its sizes are impossible") }
      return next
    }
  }

  /// The sizes of one sample after a reshape that keeps samples apart.
  private static func dimensions(_ target: [Int?], of feature: Feature, batch: Int?) throws -> [Int] {
    let count = feature.dimensions.reduce(1, *)
    guard let first = target.first else { throw Unsupported(reason: "it makes one number of all samples") }
    var rest = try target.dropFirst().enumerated().map { place, size -> Int in
      guard let size, size >= -1 else { throw Unsupported(reason: "it mixes samples") }
      return size == 0 && feature.dimensions.indices.contains(place) ? feature.dimensions[place] : size
    }
    if let open = rest.firstIndex(of: -1) {
      let others = try product(rest.enumerated().filter { $0.offset != open }.map(\.element))
      guard first != -1, others > 0, count % others == 0 else { throw Unsupported(reason: "it mixes samples") }
      rest[open] = count / others
    }
    let keepsSamples = first == nil || first == 0 || first == -1 || first == batch
    guard keepsSamples, try product(rest) == count else {
      throw Unsupported(reason: "it makes \(text(feature.dimensions)) something that does not keep samples apart")
    }
    if feature.hasChannelsLast, rest.count != 1, rest != feature.dimensions {
      throw Unsupported(reason: "it changes images with channels last")
    }
    return rest
  }

  mutating func transpose(_ node: OnnxGraph.Node) throws -> Value {
    let given = try integers(node, "perm")
    if case .constant(let tensor) = try value(node, 0) { return try turned(tensor, given) }
    var feature = try plain(feature(node))
    let rank = feature.dimensions.count + 1
    guard let order = given, order.sorted() == Array(0..<rank), order[0] == 0 else {
      throw Unsupported(reason: "it mixes samples")
    }
    if order == Array(0..<rank) { return .feature(feature) }
    let isImage = feature.dimensions.count == 3
    guard isImage, order == (feature.hasChannelsLast ? [0, 3, 1, 2] : [0, 2, 3, 1]) else {
      throw Unsupported(reason: "it moves the axes of \(Self.text(feature.dimensions)) by \(order)")
    }
    if !feature.hasChannelsLast { _ = try image(feature) }
    feature.dimensions = order.dropFirst().map { feature.dimensions[$0 - 1] }
    feature.hasChannelsLast.toggle()
    return .feature(feature)
  }

  private mutating func turned(_ tensor: OnnxTensor, _ given: [Int]?) throws -> Value {
    try spend(tensor.count)
    let rank = tensor.dimensions.count, order = given ?? Array((0..<rank).reversed())
    guard order.sorted() == Array(0..<rank), let values = tensor.floats else {
      throw Unsupported(reason: "it moves axes of a constant in a way that is not read")
    }
    let sizes = order.map { tensor.dimensions[$0] }
    var strides = [Int](repeating: 1, count: rank)
    for axis in (0..<rank).reversed().dropFirst() { strides[axis] = strides[axis + 1] * tensor.dimensions[axis + 1] }
    let steps = order.map { strides[$0] }
    var result = [Float](), place = [Int](repeating: 0, count: rank), offset = 0
    result.reserveCapacity(values.count)
    for _ in values.indices {
      result.append(values[offset])
      for axis in (0..<rank).reversed() {
        (place[axis], offset) = (place[axis] + 1, offset + steps[axis])
        if place[axis] < sizes[axis] { break }
        (place[axis], offset) = (0, offset - sizes[axis] * steps[axis])
      }
    }
    return .constant(OnnxTensor(sizes, .floats(result)))
  }

  mutating func squeeze(_ node: OnnxGraph.Node) throws -> Value {
    let axes = try integers(node, "axes", orInput: 1)
    switch try value(node, 0) {
    case .sizes(let sizes, _): return .sizes(sizes, isScalar: sizes.count == 1)
    case .constant(let tensor):
      let rank = tensor.dimensions.count, dropped = axes?.map { $0 < 0 ? $0 + rank : $0 }
      let kept = tensor.dimensions.enumerated().filter {
        dropped?.contains($0.offset) != true && (dropped != nil || $0.element != 1)
      }
      guard kept.map(\.element).reduce(1, *) == tensor.count else {
        throw Unsupported(reason: "it drops sizes other than 1")
      }
      return .constant(OnnxTensor(kept.map(\.element), tensor.values))
    case .feature(var feature):
      _ = try plain(feature)
      let rank = feature.dimensions.count + 1
      guard let dropped = axes?.map({ $0 < 0 ? $0 + rank : $0 }), !feature.hasChannelsLast,
        dropped.allSatisfy({ 1..<rank ~= $0 && feature.dimensions[$0 - 1] == 1 })
      else { throw Unsupported(reason: "it drops other axes than those of size 1 of a sample") }
      feature.dimensions = feature.dimensions.enumerated().filter { !dropped.contains($0.offset + 1) }.map(\.element)
      return .feature(feature)
    case .unknown: throw UnknownInput()
    }
  }

  mutating func unsqueeze(_ node: OnnxGraph.Node) throws -> Value {
    guard let axes = try integers(node, "axes", orInput: 1) else { throw Unsupported(reason: "it names no axes") }
    func widened(_ sizes: [Int], first: Int) throws -> [Int] {
      var sizes = sizes
      let rank = sizes.count + axes.count + first
      for axis in axes.map({ $0 < 0 ? $0 + rank : $0 }).sorted() {
        guard first...sizes.count + first ~= axis else { throw Unsupported(reason: "it has no axis \(axis)") }
        sizes.insert(1, at: axis - first)
      }
      return sizes
    }
    guard axes.count <= 8 else { throw Unsupported(reason: "it adds \(axes.count) axes") }
    switch try value(node, 0) {
    case .sizes(let sizes, _): return .sizes(sizes, isScalar: false)
    case .constant(let tensor): return .constant(OnnxTensor(try widened(tensor.dimensions, first: 0), tensor.values))
    case .feature(var feature):
      guard !feature.hasChannelsLast else { throw Unsupported(reason: "it changes images with channels last") }
      feature.dimensions = try widened(try plain(feature).dimensions, first: 1)
      return .feature(feature)
    case .unknown: throw UnknownInput()
    }
  }

  /// Zeros around an image, which the convolution behind takes up.
  mutating func pad(_ node: OnnxGraph.Node) throws -> Value {
    guard try text(node, "mode", or: "constant") == "constant" else {
      throw Unsupported(reason: "it pads with other numbers than zero")
    }
    let filler = try float(node, "value", orInput: 2) ?? 0
    guard filler == 0 else { throw Unsupported(reason: "it pads with \(filler), not with zero") }
    guard let pads = try integers(node, "pads", orInput: 1), !has(node, 3) else {
      throw Unsupported(reason: "it names axes to pad")
    }
    var feature = try feature(node)
    if pads.allSatisfy({ $0 == 0 }) { return .feature(feature) }
    _ = try image(feature)
    let sides = pads.count == 8 ? [pads[2], pads[3], pads[6], pads[7]] : []
    guard Set(sides).count == 1, 0...255 ~= sides[0], [0, 1, 4, 5].allSatisfy({ pads[$0] == 0 }) else {
      throw Unsupported(reason: "it pads the sides of the image differently (\(pads))")
    }
    feature.padding += sides[0]
    return .feature(feature)
  }
}
