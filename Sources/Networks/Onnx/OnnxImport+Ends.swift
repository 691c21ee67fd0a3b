import Basics
import Onnx

/// The input and the output of an imported network.
extension OnnxImport {
  /// Samples as the file describes them; `nil` for what it leaves open.
  ///
  /// Images with channels last are turned, where the graph turns them itself before anything else.
  static func ownInput(_ graph: OnnxGraph) -> FeatureShape? {
    guard graph.inputs.count == 1, let all = graph.inputs[0].dimensions, all.count >= 2 else { return nil }
    let sizes = all.dropFirst().compactMap { $0 }
    guard sizes.count == all.count - 1, sizes.allSatisfy({ 1...1 << 24 ~= $0 }) else { return nil }
    if sizes.count == 3 {
      let isLast = isTurned(graph)
      return FeatureShape(
        channels: isLast ? sizes[2] : sizes[0], height: isLast ? sizes[0] : sizes[1],
        width: isLast ? sizes[1] : sizes[2])
    }
    return sizes.count == 1 ? FeatureShape(channels: sizes[0]) : nil
  }

  /// Whether images come with channels last: all that reads them brings the channels to the front.
  private static func isTurned(_ graph: OnnxGraph) -> Bool {
    let readers = graph.nodes.filter { $0.inputs.contains(graph.inputs[0].name) }
    return !readers.isEmpty
      && readers.allSatisfy { node in
        guard node.kind == "Transpose", case .integers(let order)? = node.attributes["perm"] else { return false }
        return order == [0, 3, 1, 2]
      }
  }

  /// The graph's input for the samples.
  ///
  /// - Throws: `Unsupported` if there are several, or the file is for samples of another shape.
  func source() throws -> Feature {
    guard graph.inputs.count == 1 else {
      let names = graph.inputs.prefix(8).map { OnnxIssue.shown($0.name) }.joined(separator: ", ")
      throw Unsupported(
        reason: "there are \(graph.inputs.count) (\(names)); a network that is trained here has one, the samples")
    }
    let plain = [input.channels, input.height, input.width]
    guard let all = graph.inputs[0].dimensions else { return Feature(draft: -1, dimensions: plain) }
    let wanted = Array(all.dropFirst())
    func fits(_ sizes: [Int]) -> Bool {
      sizes.count == wanted.count && zip(sizes, wanted).allSatisfy { $1 == nil || $0 == $1 }
    }
    if Self.isTurned(graph) {
      let turned = [input.height, input.width, input.channels]
      if fits(turned) { return Feature(draft: -1, dimensions: turned, hasChannelsLast: true) }
    } else if fits(plain) {
      return Feature(draft: -1, dimensions: plain)
    }
    if fits([input.count]) { return Feature(draft: -1, dimensions: [input.count]) }
    let text = (["N"] + wanted.map { $0.map(String.init) ?? "?" }).joined(separator: "x")
    throw Unsupported(
      reason:
        "it is for samples of \(text), and these samples are \(input): choose other data, or resize them (image-size)")
  }

  /// The network that the drafts make.
  mutating func finished(classes: Int?) throws -> (Architecture, StartingWeights) {
    func damaged(_ what: String, _ remedy: String) -> Problem { .badData("\(file) \(what).", remedy: remedy) }
    guard case .feature(let output)? = values[graph.outputs[0].name], output.draft >= 0, output.padding == 0,
      output.pending == nil
    else {
      throw damaged("gives outputs that no layer computes", "Export a network that ends with the classes' scores.")
    }
    let shape = shape(of: output.draft)
    guard shape.isFlat, output.dimensions.filter({ $0 != 1 }) == [shape.channels].filter({ $0 != 1 }) else {
      throw damaged(
        "gives outputs of \(Self.text(output.dimensions)), not one number a class",
        "Export a classifier that ends with its classes' scores.")
    }
    if let classes, classes != shape.channels {
      throw damaged(
        "gives \(shape.channels) outputs, but there are \(classes) classes",
        "Choose the data that it was made for, or train its last layer anew elsewhere.")
    }
    var architecture = Architecture(name: OnnxFile.title(of: file), input: input)
    let kept = needed(by: output.draft)
    for number in kept {
      let draft = drafts[number]
      try architecture.append(
        draft.name, draft.layer, inputs: draft.inputs.map { $0 < 0 ? Architecture.inputName : drafts[$0].name })
    }
    let layout = architecture.layout
    guard layout.prunableCount > 0 else {
      throw damaged("holds no weights", "Export a network with linear layers or convolutions.")
    }
    var parameters = Parameters(zerosFor: layout)
    let byName = Dictionary(uniqueKeysWithValues: kept.map { (drafts[$0].name, drafts[$0].tensors) })
    for entry in layout.entries {
      guard let values = byName[entry.layer]?[entry.shape.role], values.count == entry.count else {
        throw damaged("lacks numbers of \(entry.name)", "Check it with onnx.checker, or write it anew.")
      }
      guard values.allSatisfy(\.isFinite) else {
        throw damaged("holds numbers of \(entry.name) that are not finite", "Train it again with a smaller rate.")
      }
      parameters.values.replaceSubrange(entry.range, with: values)
    }
    let source = graph.producer.isEmpty ? file : "\(file) (\(graph.producer.prefix(60)))"
    return (
      architecture,
      StartingWeights(
        parameters, source: source, notes: notes,
        affine: affine?.map { (Float($0.multiplier), Float($0.shift)) })
    )
  }

  /// Numbers of the drafts that one depends on, itself among them, in order.
  private func needed(by last: Int) -> [Int] {
    var needed: Set<Int> = [last]
    for number in (0...last).reversed() where needed.contains(number) {
      needed.formUnion(drafts[number].inputs.filter { $0 >= 0 })
    }
    // The output is the last node of an architecture.
    return needed.sorted()
  }
}
