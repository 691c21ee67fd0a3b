public import Basics
public import Foundation
import Networks
import Onnx
import Tickets

/// ONNX (https://onnx.ai), operators of version 13: for ONNX Runtime and what else reads it.
///
/// Weights are dense initialisers with zeros where the ticket prunes, or with `sparse=true` positions and values of those
/// that are left, which ONNX Runtime reads and makes dense.
public struct OnnxExport: ExportForm {
  public static let name = "onnx"
  public static let summary = "ONNX, for ONNX Runtime and others"
  public static let fields: [SettingField<OnnxExport>] = [
    SettingField("sparse", \.isSparse, "whether pruned tensors hold their survivors alone (sparse_initializer)")
  ]

  /// Whether pruned tensors hold their survivors alone.
  public var isSparse = false

  public init() {}

  public func write(_ network: ExportedNetwork, to url: URL) throws -> [String] {
    var translation = OnnxTranslation(network, isSparse: isSparse)
    let data = try translation.file()
    try AtomicFile.write(data, to: url)
    return [
      "input: samples x \(network.inputText); output: samples x \(network.architecture.output.count) scores",
      isSparse
        ? "\(translation.sparseCount) of \(translation.weightCount) weight tensors hold their survivors alone"
        : "\(translation.weightCount) weight tensors, dense",
    ]
  }
}

/// A network node by node in ONNX's operators.
private struct OnnxTranslation: RowTranslation {
  private let network: ExportedNetwork
  private let isSparse: Bool
  private var writer: OnnxWriter
  private(set) var weightCount = 0
  private(set) var sparseCount = 0
  var rows: Set<String> = []
  var images: Set<String> = []

  init(_ network: ExportedNetwork, isSparse: Bool) {
    (self.network, self.isSparse) = (network, isSparse)
    writer = OnnxWriter(name: network.architecture.name)
  }

  mutating func file() throws -> Data {
    let architecture = network.architecture, input = architecture.input
    for (key, value) in network.notes { writer.describe(key, value) }
    writer.addInput(Architecture.inputName, input.isFlat ? [input.channels] : Self.dimensions(input))
    if input.isFlat { rows.insert(Architecture.inputName) }
    addNormalisation()
    for node in architecture.nodes { try add(node) }
    let last = value(architecture.outputName)
    writer.addNode("Identity", "output:identity", inputs: [row(last, of: architecture.output)], output: "output")
    writer.addOutput("output", [architecture.output.count])
    return try writer.encoded()
  }

  private static func dimensions(_ shape: FeatureShape) -> [Int] { [shape.channels, shape.height, shape.width] }

  private static let normalised = "input:normalised"

  /// The value that a node of the architecture gives.
  private func value(_ node: String) -> String {
    node == Architecture.inputName && network.affine != nil
      ? Self.normalised : node == "output" ? "output:scores" : node
  }

  private mutating func addNormalisation() {
    guard let affine = network.affine else { return }
    let input = network.architecture.input, sizes = input.isFlat ? [input.channels] : [input.channels, 1, 1]
    writer.addTensor("normalisation.multiplier", [1] + sizes, affine.map(\.multiplier))
    writer.addTensor("normalisation.shift", [1] + sizes, affine.map(\.shift))
    writer.addNode(
      "Mul", "normalisation:scale", inputs: [Architecture.inputName, "normalisation.multiplier"],
      output: "input:scaled")
    writer.addNode(
      "Add", "normalisation:shift", inputs: ["input:scaled", "normalisation.shift"], output: Self.normalised)
    if input.isFlat { rows.insert(Self.normalised) }
  }

  mutating func addRow(_ row: String, of value: String, _ shape: FeatureShape) {
    writer.addNode("Flatten", row, inputs: [value], output: row, numbers: ["axis": 1])
  }

  mutating func addImage(_ image: String, of value: String, _ shape: FeatureShape) {
    writer.addIntegers("\(image).shape", [0, shape.channels, 1, 1])
    writer.addNode("Reshape", image, inputs: [value, "\(image).shape"], output: image)
  }

  /// Adds the tensors of a node that it has, and gives their names.
  private mutating func tensors(_ node: Architecture.Node, _ names: [(ParameterShape.Role, String)]) -> [String] {
    names.compactMap { role, suffix in
      guard let (dimensions, values) = network.parameters.tensor(of: node.name, role) else { return nil }
      let name = "\(node.name).\(suffix)"
      if role == .weight { weightCount += 1 }
      if role == .weight, isSparse {
        if writer.addSparseTensor(name, dimensions, values) { sparseCount += 1 }
      } else {
        writer.addTensor(name, dimensions, values)
      }
      return name
    }
  }

  private mutating func add(_ node: Architecture.Node) throws {
    let inputs = node.inputs.map(value), output = value(node.name),
      shape = network.architecture.inputShapes(of: node)[0]
    var isRow = inputs.allSatisfy(rows.contains)
    switch node.layer {
    case is Linear:
      let row = row(inputs[0], of: shape)
      writer.addNode(
        "Gemm", node.name, inputs: [row] + tensors(node, [(.weight, "weight"), (.bias, "bias")]), output: output,
        numbers: ["transB": 1])
      isRow = true
    case let layer as Convolution:
      writer.addNode(
        "Conv", node.name,
        inputs: [image(inputs[0], of: shape)] + tensors(node, [(.weight, "weight"), (.bias, "bias")]),
        output: output,
        integers: [
          "kernel_shape": [layer.kernel, layer.kernel], "strides": [layer.stride, layer.stride],
          "pads": [Int](repeating: layer.padding, count: 4), "dilations": [1, 1],
        ], numbers: ["group": layer.groups])
      isRow = false
    case let layer as BatchNorm:
      let names: [(ParameterShape.Role, String)] = [
        (.scale, "weight"), (.shift, "bias"), (.runningMean, "running_mean"), (.runningVariance, "running_var"),
      ]
      if !layer.affine {
        writer.addTensor("\(node.name).weight", [shape.channels], [Float](repeating: 1, count: shape.channels))
        writer.addTensor("\(node.name).bias", [shape.channels], [Float](repeating: 0, count: shape.channels))
      }
      let own = tensors(node, names), affine = layer.affine ? [] : ["\(node.name).weight", "\(node.name).bias"]
      writer.addNode(
        "BatchNormalization", node.name, inputs: [inputs[0]] + affine + own, output: output,
        floats: ["epsilon": Float(layer.epsilon), "momentum": Float(1 - layer.momentum)])
    case let layer as MaxPool: addPool("MaxPool", node, layer.size, inputs, shape, output)
    case let layer as AveragePool:
      if let size = layer.size {
        addPool("AveragePool", node, size, inputs, shape, output)
      } else {
        writer.addNode("GlobalAveragePool", node.name, inputs: [image(inputs[0], of: shape)], output: output)
      }
      isRow = false
    case is Rectifier: writer.addNode("Relu", node.name, inputs: inputs, output: output)
    case is Sum:
      writer.addNode(inputs.count == 2 ? "Add" : "Sum", node.name, inputs: alike(inputs, shape), output: output)
    // In evaluation nothing is dropped.
    case is Dropout: writer.addNode("Identity", node.name, inputs: inputs, output: output)
    case is Sign: addSign(node, inputs, output)
    case is Join:
      addJoin(node, inputs, output)
      isRow = true
    case let layer as Upsample:
      addUpsample(node, layer.factor, image(inputs[0], of: shape), output)
      isRow = false
    default:
      throw Problem.badData(
        "Node '\(node.name)' (\(type(of: node.layer).kind)) cannot be written as ONNX.",
        remedy: "Export to another form (tombola list exports).")
    }
    if isRow { rows.insert(output) }
  }

  private mutating func addPool(
    _ kind: String, _ node: Architecture.Node, _ size: Int, _ inputs: [String], _ shape: FeatureShape, _ output: String
  ) {
    writer.addNode(
      kind, node.name, inputs: [image(inputs[0], of: shape)], output: output,
      integers: ["kernel_shape": [size, size], "strides": [size, size]])
  }

  private mutating func addJoin(_ node: Architecture.Node, _ inputs: [String], _ output: String) {
    let shapes = network.architecture.inputShapes(of: node)
    let parts = zip(inputs, shapes).map { row($0, of: $1) }
    writer.addNode("Concat", node.name, inputs: parts, output: output, numbers: ["axis": 1])
  }

  /// Nearest neighbours: what Resize does unless told otherwise, in whole numbers.
  private mutating func addUpsample(_ node: Architecture.Node, _ factor: Int, _ input: String, _ output: String) {
    let scales = "\(node.name).scales"
    writer.addTensor(scales, [4], [1, 1, Float(factor), Float(factor)])
    writer.addNode("Resize", node.name, inputs: [input, "", scales], output: output)
  }

  /// 1 where x is at least 0, else -1; ONNX's own Sign gives 0 at 0.
  private mutating func addSign(_ node: Architecture.Node, _ inputs: [String], _ output: String) {
    for (name, number) in [("zero", Float(0)), ("plus", 1), ("minus", -1)] {
      writer.addTensor("\(node.name).\(name)", [1], [number])
    }
    writer.addNode(
      "GreaterOrEqual", "\(node.name):positive", inputs: [inputs[0], "\(node.name).zero"],
      output: "\(node.name):positive")
    writer.addNode(
      "Where", node.name, inputs: ["\(node.name):positive", "\(node.name).plus", "\(node.name).minus"], output: output)
  }
}
