import Basics
import Onnx

/// Makes an architecture and its weights of an ONNX graph.
///
/// Constants are folded, arithmetic on the sizes of values is followed, and what is left must be layers of this package, one
/// or several nodes a layer. What cannot be expressed is collected, so that one message says all of it.
struct OnnxImport {
  /// What a value of the graph is.
  enum Value {
    case constant(OnnxTensor)
    /// A list of sizes, or one size, in which `nil` stands for the number of samples.
    case sizes([Int?], isScalar: Bool)
    case feature(Feature)
    /// What a node gives that is not supported.
    case unknown
  }

  /// The output of a layer, or the input, as the graph sees it.
  struct Feature {
    /// Its number among the drafts; -1 for the input.
    var draft: Int
    /// Of one sample.
    var dimensions: [Int]
    /// Whether the channels of the layer's images come last here.
    var hasChannelsLast = false
    /// Zeros around the image that the next convolution has to take up.
    var padding = 0
    /// What is done to each channel on the way to the next product, which has to take it up.
    var pending: [ChannelAffine]?
    /// Whether nothing else reads the layer, so that it may still change.
    var isSole = true
  }

  typealias ChannelAffine = (multiplier: Double, shift: Double)

  /// A layer in the making.
  struct Draft {
    var name: String
    var layer: any Layer
    /// Numbers of drafts, or -1 for the input.
    var inputs: [Int]
    var shape: FeatureShape
    var tensors: [ParameterShape.Role: [Float]] = [:]
  }

  /// Why a node cannot be expressed.
  struct Unsupported: Error { var reason: String }
  /// An input of the node comes from one that is not supported; nothing more is known.
  struct UnknownInput: Error {}

  let graph: OnnxGraph
  let file: String
  let input: FeatureShape
  var values: [String: Value] = [:]
  var drafts: [Draft] = []
  var notes: [String] = []
  /// What the graph does to each channel of its input before the first layer.
  var affine: [ChannelAffine]?
  /// The number of samples where the file fixes it.
  let batch: Int?
  /// Readers of each value, the graph's output among them.
  private let readers: [String: Int]
  private var names = OnnxNames()
  private static let mostLayers = 10_000
  static let mostInputs = 1000
  private let order: [Int]
  /// Numbers that may still be computed or laid into layers: constants that many nodes read must not fill the memory.
  private(set) var budget: Int
  private(set) var issues: [OnnxIssue] = []

  /// - Parameter input: The shape of samples; what the file says of it must agree.
  init(_ graph: OnnxGraph, file: String, input: FeatureShape) throws {
    (self.graph, self.file, self.input) = (graph, file, input)
    order = try OnnxOrder(graph, file: file).reachable
    var readers: [String: Int] = [:]
    for name in order.flatMap({ graph.nodes[$0].inputs }) + graph.outputs.map(\.name) { readers[name, default: 0] += 1 }
    self.readers = readers
    batch = graph.inputs.first?.dimensions?.first ?? nil
    values = graph.constants.mapValues { .constant($0) }
    budget = 1 << 20 + 8 * graph.constants.values.reduce(0) { $0 + $1.count }
    for input in graph.inputs { values[input.name] = .unknown }
    do { values[graph.inputs.first?.name ?? ""] = .feature(try source()) } catch let unsupported as Unsupported {
      issues.append(OnnxIssue("input", unsupported.reason))
    }
    if graph.outputs.count != 1 {
      issues.append(OnnxIssue("output", "there are \(graph.outputs.count); a classifier has one, the classes' scores"))
    }
  }

  /// - Parameter classes: Which the outputs must be as many as; any number if `nil`.
  mutating func network(classes: Int?) throws -> (Architecture, StartingWeights) {
    for number in order {
      let node = graph.nodes[number]
      var value = Value.unknown
      do { value = try translated(node) } catch let unsupported as Unsupported {
        issues.append(OnnxIssue(node, number: number, unsupported.reason))
      } catch let problem as Problem {
        issues.append(OnnxIssue(node, number: number, "\(problem.problem)"))
      } catch {}
      set(value, node)
    }
    if !issues.isEmpty { throw OnnxIssue.problem(issues, file: file, nodes: graph.nodes.count) }
    return try finished(classes: classes)
  }

  private mutating func set(_ value: Value, _ node: OnnxGraph.Node) {
    guard let output = node.outputs.first else { return }
    for name in node.outputs.dropFirst() where !name.isEmpty { values[name] = .unknown }
    guard case .feature(var feature) = value else {
      values[output] = value
      return
    }
    feature.isSole = feature.isSole && readers[output] == 1
    values[output] = .feature(feature)
  }

  // MARK: what operators ask for

  func value(_ node: OnnxGraph.Node, _ place: Int) throws -> Value {
    guard node.inputs.indices.contains(place), !node.inputs[place].isEmpty else {
      throw Unsupported(reason: "input \(place + 1) is missing")
    }
    guard let value = values[node.inputs[place]] else {
      throw Unsupported(reason: "input \(OnnxIssue.shown(node.inputs[place])) is nowhere defined")
    }
    if case .unknown = value { throw UnknownInput() }
    return value
  }

  func feature(_ node: OnnxGraph.Node, _ place: Int = 0) throws -> Feature {
    guard case .feature(let feature) = try value(node, place) else {
      throw Unsupported(reason: "input \(place + 1) does not depend on the sample")
    }
    return feature
  }

  /// Floats that the file holds.
  func constant(_ node: OnnxGraph.Node, _ place: Int, _ what: String) throws -> (tensor: OnnxTensor, values: [Float]) {
    guard case .constant(let tensor) = try value(node, place) else {
      throw Unsupported(reason: "its \(what) is computed, not stored")
    }
    guard let floats = tensor.floats else { throw Unsupported(reason: "its \(what) is of another type than float") }
    guard floats.allSatisfy(\.isFinite) else {
      throw Unsupported(reason: "its \(what) holds numbers that are not finite")
    }
    return (tensor, floats)
  }

  func has(_ node: OnnxGraph.Node, _ place: Int) -> Bool {
    node.inputs.indices.contains(place) && !node.inputs[place].isEmpty
  }

  func shape(of draft: Int) -> FeatureShape { draft < 0 ? input : drafts[draft].shape }

  /// An image whose channels, rows and columns are those of the layer that gives it.
  func image(_ feature: Feature) throws -> FeatureShape {
    let shape = shape(of: feature.draft)
    guard !feature.hasChannelsLast, feature.dimensions == [shape.channels, shape.height, shape.width] else {
      throw Unsupported(
        reason: "its input has the shape \(Self.text(feature.dimensions)), which is no image of \(shape) here")
    }
    return shape
  }

  /// The value, where nothing is left to be taken up by a product behind it.
  func plain(_ feature: Feature) throws -> Feature {
    guard feature.padding == 0 else { throw Unsupported(reason: "only a convolution can take up the Pad before it") }
    guard feature.pending == nil else {
      throw Unsupported(reason: "only a product can take up the scaling of its input by constants")
    }
    return feature
  }

  static func text(_ dimensions: [Int]) -> String {
    (["N"] + dimensions.map(String.init)).joined(separator: "x")
  }

  mutating func spend(_ numbers: Int) throws {
    budget -= numbers
    guard budget >= 0 else {
      throw Unsupported(
        reason: "the file's constants are read by so many nodes that the network would be many times the file")
    }
  }

  // MARK: layers

  /// Appends a layer.
  ///
  /// - Parameters:
  ///   - weight: The name of the tensor that a layer with weights is named after.
  ///   - dimensions: Of the output as the graph sees it; those of the layer's shape unless given.
  mutating func append(
    _ layer: any Layer, _ node: OnnxGraph.Node, reading inputs: [Int], weight: String? = nil,
    _ tensors: [ParameterShape.Role: [Float]] = [:], dimensions: [Int]? = nil
  ) throws -> Value {
    let shape = try layer.outputShape(of: inputs.map(shape(of:)))
    try Architecture.checkSize(shape)
    try spend(tensors.values.reduce(0) { $0 + $1.count })
    guard drafts.count < Self.mostLayers else {
      throw Unsupported(reason: "there are more than \(Self.mostLayers) layers")
    }
    let name = names.name(of: node, weight: weight, kind: type(of: layer).kind)
    drafts.append(Draft(name: name, layer: layer, inputs: inputs, shape: shape, tensors: tensors))
    return .feature(
      Feature(draft: drafts.count - 1, dimensions: dimensions ?? [shape.channels, shape.height, shape.width]))
  }
}
