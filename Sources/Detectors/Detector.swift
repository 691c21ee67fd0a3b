public import Basics
public import Networks

/// A single-stage detector without anchors (after Tian et al. 2019, FCOS, arXiv:1904.01355; a place an object, as Zhou et al. 2019,
/// CenterNet, arXiv:1904.07850, have it): every place of the backbone's features says whether the centre of an object lies there,
/// of which class it is, and how far its box reaches to the four sides. For masks or keypoints features are brought back to half
/// the size of the image, with what the backbone had at each size added.
///
/// All heads end in one flat output, in the order of `OutputLoss.terms`.
public struct Detector: Sendable {
  public let task: SceneTask
  public let backbone: Backbone
  public let architecture: Architecture
  public let loss: OutputLoss
  /// Places that boxes are told at.
  public let grid: FeatureShape
  /// Places of masks or heat-maps, one channel a class or a keypoint; `nil` for boxes alone.
  public let fine: FeatureShape?
  public let classes: Int

  /// - Throws: What `Backbone` throws, and `Problem.usage` where an image of features is too small.
  public init(_ task: SceneTask, model: String, input: FeatureShape, classes: Int, keypoints: Int) throws {
    let backbone = try Backbone(model, input: input), shape = backbone.shape
    (self.task, self.backbone, self.classes) = (task, backbone, classes)
    var network = DetectorBuilder(backbone, name: "\(task.rawValue)(\(model))")
    var heads = try network.appendBoxes(classes: classes)
    grid = FeatureShape(channels: 1, height: shape.height, width: shape.width)
    switch task {
    case .detect: fine = nil
    case .segment: fine = try network.appendFine("masks", channels: classes)
    case .keypoints: fine = try network.appendFine("heatmaps", channels: keypoints)
    }
    if fine != nil { heads.append(task == .segment ? "masks" : "heatmaps") }
    try network.architecture.append("output", Join(), inputs: heads)
    architecture = network.architecture
    loss = Self.loss(task, grid: grid, classes: classes, fine: fine)
  }

  private static func loss(_ task: SceneTask, grid: FeatureShape, classes: Int, fine: FeatureShape?) -> OutputLoss {
    let places = grid.height * grid.width
    var terms: [OutputLoss.Term] = [], next = 0
    func add(_ kind: OutputLoss.Term.Kind, channels: Int, places: Int, weight: Float = 1) {
      terms.append(OutputLoss.Term(kind, first: next, channels: channels, places: places, weight: weight))
      next += channels * places
    }
    add(.presence(focus: 2), channels: 1, places: places)
    add(.classes(at: 0), channels: classes, places: places)
    add(.boxes(at: 0, .iou), channels: 4, places: places, weight: 2)
    if let fine {
      let count = fine.height * fine.width
      switch task {
      case .detect: break
      case .segment: add(.masks(dice: 1), channels: fine.channels, places: count)
      case .keypoints: add(.presence(focus: 2), channels: fine.channels, places: count)
      }
    }
    return OutputLoss(terms: terms)
  }

  /// Outputs of each head.
  public var presence: OutputLoss.Term { loss.terms[0] }
  public var classTerm: OutputLoss.Term { loss.terms[1] }
  public var boxes: OutputLoss.Term { loss.terms[2] }
  public var fineTerm: OutputLoss.Term? { fine.map { _ in loss.terms[3] } }

  /// Layers by module: the backbone, and each head's.
  public var modules: [(name: String, layers: Set<String>)] {
    let own = architecture.nodes.map(\.name).filter { !backbone.layers.contains($0) }
    let isFine = { (name: String) in name.hasPrefix("fine") || name == "masks" || name == "heatmaps" }
    let groups = [("backbone", backbone.layers), ("boxes", Set(own.filter { !isFine($0) }))]
    return groups + (fine == nil ? [] : [(task == .segment ? "masks" : "keypoints", Set(own.filter(isFine)))])
  }

  /// Weights to start from: drawn, with presences unlikely, so that the many places without an object do not drown the others (Lin
  /// et al. 2017, arXiv:1708.02002, section 3.3; a tenth here, as places are few).
  public func initialParameters(_ initializer: Initializer, seed: UInt64, stream: String? = nil) -> Parameters {
    var weights =
      stream.map { initializer.parameters(for: architecture.layout, seed: seed, stream: $0) }
      ?? initializer.parameters(for: architecture.layout, seed: seed)
    for layer in ["presence", "heatmaps"] {
      for entry in architecture.layout.entries(of: layer) where entry.shape.role == .bias {
        for i in entry.range { weights.values[i] = Self.rareLogit }
      }
    }
    return weights
  }

  /// log(0.1 / 0.9)
  private static let rareLogit: Float = -2.1972246
}

/// Appends the heads of a detector to its backbone.
private struct DetectorBuilder {
  var architecture: Architecture
  private let features: String
  private let width: Int

  init(_ backbone: Backbone, name: String) {
    architecture = backbone.architecture
    architecture.name = name
    features = backbone.architecture.outputName
    width = backbone.shape.channels
  }

  private mutating func appendConvolution(_ name: String, _ outputs: Int, of input: String) throws -> String {
    try architecture.append(
      "\(name)-conv", Convolution(outputs, kernel: 3, padding: 1, hasBias: false), inputs: [input])
    try architecture.append("\(name)-bn", BatchNorm())
    try architecture.append("\(name)-relu", Rectifier())
    return "\(name)-relu"
  }

  mutating func appendBoxes(classes: Int) throws -> [String] {
    let input = try appendConvolution("box", width, of: features)
    for (name, outputs) in [("presence", 1), ("classes", classes), ("boxes", 4)] {
      try architecture.append(name, Convolution(outputs, kernel: 1), inputs: [input])
    }
    return ["presence", "classes", "boxes"]
  }

  /// Features at half the size of the image, and a head on them.
  mutating func appendFine(_ name: String, channels: Int) throws -> FeatureShape {
    let outputs = max(8, width / 3), sides = architecture.nodes
    try architecture.append("fine-top", Convolution(outputs, kernel: 1), inputs: [features])
    var last = "fine-top", level = 0
    while architecture.shapes[last]!.height * 4 <= architecture.input.height {
      level += 1
      try architecture.append("fine-up\(level)", Upsample(), inputs: [last])
      last = "fine-up\(level)"
      let shape = architecture.shapes[last]!
      if let side = sides.last(where: { Self.isAlike(architecture.shapes[$0.name]!, shape) }) {
        try architecture.append("fine-side\(level)", Convolution(outputs, kernel: 1), inputs: [side.name])
        try architecture.append("fine-sum\(level)", Sum(), inputs: [last, "fine-side\(level)"])
        last = "fine-sum\(level)"
      }
      last = try appendConvolution("fine\(level)", outputs, of: last)
    }
    try architecture.append(name, Convolution(channels, kernel: 1), inputs: [last])
    return architecture.shapes[name]!
  }

  private static func isAlike(_ a: FeatureShape, _ b: FeatureShape) -> Bool {
    a.height == b.height && a.width == b.width
  }
}
