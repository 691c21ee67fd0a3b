import Basics
import MLPackage
import Networks
import Training

/// A network node by node in MIL's operations, one sample a call.
struct CoreMLTranslation: RowTranslation {
  private let network: ExportedNetwork
  private let architecture: Architecture
  private let parameters: Parameters
  private let settings: CoreMLExport
  private var writer: ProgramWriter
  private(set) var weightCount = 0
  private(set) var sparseCount = 0
  var rows: Set<String> = []
  var images: Set<String> = []
  /// The value that holds a node's output.
  private var values: [String: String] = [:]

  private static let input = "input", output = "output"

  /// - Parameters:
  ///   - architecture: What is written, which computes what the network does.
  init(_ network: ExportedNetwork, _ architecture: Architecture, _ parameters: Parameters, settings: CoreMLExport) {
    (self.network, self.architecture, self.parameters, self.settings) = (network, architecture, parameters, settings)
    let inputs = network.affine == nil ? "normalised with \(network.samples.normalisation) before" : "as stored"
    writer = ProgramWriter(
      description:
        "\(network.architecture.name), \(network.weights.rawValue) weights of a ticket at density \(network.mask.density)",
      notes: Dictionary(
        network.notes + [("inputs", inputs), ("normalisation", "\(network.samples.normalisation)")],
        uniquingKeysWith: { $1 }))
  }

  mutating func package() throws -> ModelPackage {
    let shape = architecture.input
    writer.addInput(
      Self.input, Self.sizes(shape, isRow: shape.isFlat), meaning: network.inputText, isImage: settings.takesImage)
    if shape.isFlat { rows.insert(Self.input) }
    values[Architecture.inputName] = addNormalisation(shape)
    for node in architecture.nodes { values[node.name] = try add(node) }
    let last = values[architecture.outputName]!
    if last != Self.output { addRow(Self.output, of: last, architecture.output) }
    writer.addOutput(Self.output, [1, architecture.output.count], meaning: "a score a class, before softmax")
    return try writer.package()
  }

  /// Of one sample.
  private static func sizes(_ shape: FeatureShape, isRow: Bool) -> [Int] {
    isRow ? [1, shape.count] : [1, shape.channels, shape.height, shape.width]
  }

  private mutating func addNormalisation(_ shape: FeatureShape) -> String {
    guard let affine = network.affine else { return Self.input }
    let sizes = Self.sizes(shape, isRow: shape.isFlat), each = [1, shape.channels] + (shape.isFlat ? [] : [1, 1])
    let (scaled, normalised) = ("input:scaled", "input:normalised")
    writer.add(
      "mul", scaled, sizes, inputs: ["x": Self.input],
      constants: ["y": ProgramConstant(affine.map(\.multiplier), each)])
    writer.add(
      "add", normalised, sizes, inputs: ["x": scaled], constants: ["y": ProgramConstant(affine.map(\.shift), each)])
    if shape.isFlat { rows.insert(normalised) }
    return normalised
  }

  mutating func addRow(_ row: String, of value: String, _ shape: FeatureShape) {
    addReshape(row, of: value, [1, shape.count])
  }

  mutating func addImage(_ image: String, of value: String, _ shape: FeatureShape) {
    addReshape(image, of: value, [1, shape.channels, 1, 1])
  }

  private mutating func addReshape(_ name: String, of value: String, _ sizes: [Int]) {
    writer.add("reshape", name, sizes, inputs: ["x": value], constants: ["shape": ProgramConstant(sizes)])
  }

  private mutating func addWeight(_ node: Architecture.Node) -> String {
    let name = "\(node.name):weight"
    let (sizes, values) = parameters.tensor(of: node.name, .weight)!
    weightCount += 1
    if !settings.isSparse {
      writer.addConstant(name, ProgramConstant(values, sizes))
    } else if writer.addSparseConstant(name, values, sizes) {
      sparseCount += 1
    }
    return name
  }

  /// A vector of a node's, or the same number for every channel if it has none.
  private func vector(_ node: Architecture.Node, _ role: ParameterShape.Role, count: Int, default value: Float)
    -> ProgramConstant
  {
    ProgramConstant(
      parameters.tensor(of: node.name, role)?.values ?? [Float](repeating: value, count: count), [count])
  }

  /// - Returns: The value that holds the node's output.
  private mutating func add(_ node: Architecture.Node) throws -> String {
    let inputs = node.inputs.map { values[$0]! }, shape = architecture.inputShapes(of: node)[0],
      result = architecture.shapes[node.name]!
    let name = [Self.input, Self.output].contains(node.name) ? "\(node.name):node" : node.name
    switch node.layer {
    case is Linear:
      let output = node.name == architecture.outputName ? Self.output : name
      let (row, weight) = (row(inputs[0], of: shape), addWeight(node))
      writer.add(
        "linear", output, [1, result.count], inputs: ["x": row, "weight": weight],
        constants: ["bias": vector(node, .bias, count: result.count, default: 0)])
      rows.insert(output)
      return output
    case let layer as Convolution: addConvolution(layer, node, name, image(inputs[0], of: shape), result)
    case let layer as BatchNorm:
      let channels = shape.channels
      writer.add(
        "batch_norm", name, Self.sizes(result, isRow: false), inputs: ["x": image(inputs[0], of: shape)],
        constants: [
          "gamma": vector(node, .scale, count: channels, default: 1),
          "beta": vector(node, .shift, count: channels, default: 0),
          "mean": vector(node, .runningMean, count: channels, default: 0),
          "variance": vector(node, .runningVariance, count: channels, default: 1),
          "epsilon": ProgramConstant(Float(layer.epsilon)),
        ])
    case let layer as MaxPool:
      addPool("max_pool", name, image(inputs[0], of: shape), result, layer.size, [:])
    case let layer as AveragePool:
      addAverage(layer, name, image(inputs[0], of: shape), result)
    case is Rectifier: addPlacewise("relu", name, inputs, ["x"], result)
    case is Sum: return addSum(name, alike(inputs, shape), result)
    // In evaluation nothing is dropped.
    case is Dropout: return inputs[0]
    case is Sign: addSign(name, inputs[0], result)
    default:
      throw Problem.badData(
        "Node '\(node.name)' (\(type(of: node.layer).kind)) cannot be written for Core ML.",
        remedy: "Export to another form (tombola list exports).")
    }
    return name
  }

  private mutating func addConvolution(
    _ layer: Convolution, _ node: Architecture.Node, _ name: String, _ image: String, _ result: FeatureShape
  ) {
    let weight = addWeight(node)
    var constants = [
      "strides": ProgramConstant([layer.stride, layer.stride]), "pad_type": ProgramConstant("custom"),
      "pad": ProgramConstant([Int](repeating: layer.padding, count: 4)), "dilations": ProgramConstant([1, 1]),
      "groups": ProgramConstant(layer.groups),
    ]
    if layer.hasBias { constants["bias"] = vector(node, .bias, count: layer.outputs, default: 0) }
    writer.add(
      "conv", name, Self.sizes(result, isRow: false), inputs: ["x": image, "weight": weight], constants: constants)
  }

  private mutating func addPool(
    _ kind: String, _ name: String, _ image: String, _ result: FeatureShape, _ size: Int,
    _ more: [String: ProgramConstant]
  ) {
    let window = ProgramConstant([size, size])
    let constants = [
      "kernel_sizes": window, "strides": window, "pad_type": ProgramConstant("valid"),
      "pad": ProgramConstant([0, 0, 0, 0]), "ceil_mode": ProgramConstant(false),
    ]
    writer.add(
      kind, name, Self.sizes(result, isRow: false), inputs: ["x": image], constants: constants.merging(more) { $1 })
  }

  private mutating func addAverage(_ layer: AveragePool, _ name: String, _ image: String, _ result: FeatureShape) {
    guard let size = layer.size else {
      writer.add(
        "reduce_mean", name, Self.sizes(result, isRow: false), inputs: ["x": image],
        constants: ["axes": ProgramConstant([2, 3]), "keep_dims": ProgramConstant(true)])
      return
    }
    addPool("avg_pool", name, image, result, size, ["exclude_padding_from_average": ProgramConstant(true)])
  }

  /// An operation whose output has its inputs' form.
  private mutating func addPlacewise(
    _ kind: String, _ name: String, _ inputs: [String], _ keys: [String], _ result: FeatureShape
  ) {
    let isRow = rows.contains(inputs[0])
    writer.add(
      kind, name, Self.sizes(result, isRow: isRow), inputs: Dictionary(uniqueKeysWithValues: zip(keys, inputs)))
    if isRow { rows.insert(name) }
  }

  /// - Returns: The value that holds the sum; sums of more than two are made one after the other.
  private mutating func addSum(_ name: String, _ inputs: [String], _ result: FeatureShape) -> String {
    inputs.indices.dropFirst().reduce(inputs[0]) { sum, i in
      let next = i == inputs.count - 1 ? name : "\(name):\(i)"
      addPlacewise("add", next, [sum, inputs[i]], ["x", "y"], result)
      return next
    }
  }

  /// 1 where x is at least 0, else -1; MIL's own sign gives 0 at 0.
  private mutating func addSign(_ name: String, _ input: String, _ result: FeatureShape) {
    let isRow = rows.contains(input), sizes = Self.sizes(result, isRow: isRow), positive = "\(name):positive"
    writer.addComparison(
      "greater_equal", positive, sizes, inputs: ["x": input], constants: ["y": ProgramConstant(Float(0))])
    writer.add(
      "select", name, sizes, inputs: ["cond": positive],
      constants: ["a": ProgramConstant(Float(1)), "b": ProgramConstant(Float(-1))])
    if isRow { rows.insert(name) }
  }
}
