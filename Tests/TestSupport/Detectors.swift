public import Basics
public import Lanes
public import Networks

/// A small detector whose heads are joined, with its loss, and targets drawn at random.
public struct ToyDetector: Sendable {
  public let architecture: Architecture
  public let loss: OutputLoss
  public let classes = 3

  /// A grid of presence, classes and boxes of half the image's size, masks of two channels that are upsampled, and a heat-map
  /// of the image's size: all but the heat-map read one node.
  public init(_ input: FeatureShape, boxes: OutputLoss.BoxLoss = .iou, dice: Float = 1, skipping gap: Int = 0) throws {
    var network = Architecture(name: "toy detector", input: input)
    try network.append("conv", Convolution(5, kernel: 3, padding: 1, hasBias: false))
    try network.append("norm", BatchNorm())
    try network.append("relu", Rectifier())
    try network.append("pool", MaxPool())
    try network.append("grid", Convolution(1 + classes + 4, kernel: 1), inputs: ["pool"])
    try network.append("up", Upsample(), inputs: ["pool"])
    try network.append("masks", Convolution(2, kernel: 3, padding: 1))
    try network.append("heat", Convolution(1, kernel: 3, padding: 1), inputs: ["relu"])
    if gap > 0 { try network.append("spare", Linear(gap), inputs: ["pool"]) }
    let heads = ["grid"] + (gap > 0 ? ["spare"] : []) + ["masks", "heat"]
    try network.append("outputs", Join(), inputs: heads)
    architecture = network
    let cells = network.shapes["pool"]!.places, places = input.places, masks = (1 + classes + 4) * cells + gap
    loss = OutputLoss(terms: [
      OutputLoss.Term(.presence(focus: 0), first: 0, channels: 1, places: cells),
      OutputLoss.Term(.classes(at: 0), first: cells, channels: classes, places: cells, weight: 0.5),
      OutputLoss.Term(.boxes(at: 0, boxes), first: (1 + classes) * cells, channels: 4, places: cells, weight: 2),
      OutputLoss.Term(.masks(dice: dice), first: masks, channels: 2, places: places, weight: 1.5),
      OutputLoss.Term(.presence(focus: 2), first: masks + 2 * places, channels: 1, places: places, weight: 3),
    ])
  }

  /// [sample][output]: every fifth sample has no object, places are ignored, and one channel of masks is often empty.
  public func targets(_ count: Int, seed: UInt64 = 1) -> [[Float]] {
    var random = RandomStream(seed: seed, "test-targets")
    return (0..<count).map { sample in
      var targets = [Float](repeating: 0, count: architecture.output.count)
      let hasObjects = sample % 5 != 3
      for term in loss.terms {
        for i in term.range {
          let u = Float(random.nextUniform()), channel = (i - term.first) / term.places
          switch term.kind {
          case .presence(let focus):
            let soft = focus == 0 ? 0 : u
            targets[i] = u < 0.1 ? -1 : u < 0.4 && hasObjects ? 1 : soft < 1 ? soft * 0.9 : 0
          case .classes: targets[i] = (i - term.first) % term.places % term.channels == channel ? 1 : 0
          case .boxes: targets[i] = 3 * u
          case .masks: targets[i] = channel == 1 && sample % 3 > 0 ? 0 : u < 0.3 ? 1 : 0
          }
        }
      }
      return targets
    }
  }
}

extension Drill {
  /// A drill whose outputs are compared with targets.
  public convenience init(
    _ architecture: Architecture, start: Parameters, mask: Mask? = nil, samples: Samples, batch: Int,
    loss: OutputLoss, targets: [[Float]], update: UpdateRule? = nil, needsBackward: Bool = true, threads: Int = 1,
    execution: Execution = .automatic, kernels: Kernels = CPULevel.current.kernels, streamedBytes: Int? = nil
  ) {
    self.init(
      architecture, start: start, mask: mask, samples: samples, batch: batch, update: update,
      needsBackward: needsBackward, threads: threads, execution: execution, kernels: kernels,
      streamedBytes: streamedBytes
    ) { emit, tables in
      let source = SampleSource(pixels: .floats(tables.table(targets.flatMap { $0 })), multipliers: [1], shifts: [0])
      emit.outputLoss(loss, targets: emit.targets(source), needsGradient: true)
    }
  }
}
