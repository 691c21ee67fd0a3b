import Onnx

/// Operators by name, and what of their attributes and inputs they share.
extension OnnxImport {
  private typealias Translation = @Sendable (inout OnnxImport, OnnxGraph.Node) throws -> Value

  private static let translations: [String: Translation] = [
    "Conv": { try $0.convolution($1) }, "Gemm": { try $0.gemm($1) }, "MatMul": { try $0.product($1) },
    "BatchNormalization": { try $0.batchNorm($1) }, "Relu": { try $0.rectifier($1) }, "Clip": { try $0.clip($1) },
    "MaxPool": { try $0.pool($1, isMaximum: true) }, "AveragePool": { try $0.pool($1, isMaximum: false) },
    "GlobalAveragePool": { try $0.globalMean($1) }, "ReduceMean": { try $0.mean($1) },
    "Dropout": { try $0.dropout($1) }, "Identity": { try $0.value($1, 0) }, "Softmax": { try $0.softmax($1) },
    "LogSoftmax": { try $0.softmax($1) },
    "Add": { try $0.addition($1) }, "Sum": { try $0.addition($1) }, "Sub": { try $0.difference($1) },
    "Mul": { try $0.scaling($1) }, "Div": { try $0.scaling($1) },
    "Pad": { try $0.pad($1) }, "Flatten": { try $0.flatten($1) }, "Reshape": { try $0.reshape($1) },
    "Transpose": { try $0.transpose($1) }, "Squeeze": { try $0.squeeze($1) }, "Unsqueeze": { try $0.unsqueeze($1) },
    "Constant": { try $0.constant($1) }, "Shape": { try $0.sizes($1) }, "Gather": { try $0.gather($1) },
    "Slice": { try $0.slice($1) }, "ConstantOfShape": { try $0.filled($1) }, "Concat": { try $0.concatenation($1) },
    "Cast": { try $0.cast($1) }, "Resize": { try $0.resize($1) },
  ]

  /// Names of the operators that can be expressed, at least in some form.
  static var operators: [String] { translations.keys.sorted() }

  mutating func translated(_ node: OnnxGraph.Node) throws -> Value {
    guard node.domain.isEmpty, let translation = Self.translations[node.kind] else {
      throw Unsupported(reason: "there is no such operator here")
    }
    return try translation(&self, node)
  }

  // MARK: attributes

  func integer(_ node: OnnxGraph.Node, _ name: String, or usual: Int) throws -> Int {
    guard let attribute = node.attributes[name] else { return usual }
    guard case .integer(let value) = attribute else { throw Unsupported(reason: "\(name) is no whole number") }
    return Int(value)
  }

  func float(_ node: OnnxGraph.Node, _ name: String, or usual: Float) throws -> Float {
    guard let attribute = node.attributes[name] else { return usual }
    guard case .float(let value) = attribute, value.isFinite else {
      throw Unsupported(reason: "\(name) is no finite number")
    }
    return value
  }

  func text(_ node: OnnxGraph.Node, _ name: String, or usual: String) throws -> String {
    guard let attribute = node.attributes[name] else { return usual }
    guard case .text(let value) = attribute else { throw Unsupported(reason: "\(name) is no word") }
    return value
  }

  func integers(_ node: OnnxGraph.Node, _ name: String) throws -> [Int]? {
    guard let attribute = node.attributes[name] else { return nil }
    guard case .integers(let values) = attribute else {
      throw Unsupported(reason: "\(name) is no list of whole numbers")
    }
    return values.map { Int($0) }
  }

  /// Whole numbers that older versions of an operator have as an attribute and newer ones as an input.
  func integers(_ node: OnnxGraph.Node, _ name: String, orInput place: Int) throws -> [Int]? {
    if let values = try integers(node, name) { return values }
    guard has(node, place) else { return nil }
    guard let sizes = Self.sizes(try value(node, place)), !sizes.contains(nil) else {
      throw Unsupported(reason: "\(name) is computed from the sample")
    }
    return sizes.compactMap { $0 }
  }

  /// A number that older versions of an operator have as an attribute and newer ones as an input.
  func float(_ node: OnnxGraph.Node, _ name: String, orInput place: Int) throws -> Float? {
    if node.attributes[name] != nil { return try float(node, name, or: 0) }
    guard has(node, place) else { return nil }
    guard case .constant(let tensor) = try value(node, place), let values = tensor.floats, values.count == 1 else {
      throw Unsupported(reason: "\(name) is no stored number")
    }
    return values[0]
  }

  /// Whole numbers that are known before any sample; `nil` among them stands for the number of samples.
  static func sizes(_ value: Value) -> [Int?]? {
    switch value {
    case .sizes(let sizes, _): sizes
    case .constant(let tensor): tensor.integers.map { $0.map { Int($0) } }
    default: nil
    }
  }
}
