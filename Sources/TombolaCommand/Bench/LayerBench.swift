import Basics
import Foundation
import Lanes
import Networks
import Tickets

/// The kernels of one layer, each direction as a program of its own.
struct LayerBench {
  let plan: Plan
  let pool: ThreadPool
  let forward, inputGradient, weightGradient: Program
  /// Floating-point operations of one direction, on the non-zeros.
  let operations: Double
  let nonzeros: Int
  /// Which kernels run.
  let execution: Execution

  init(_ spec: LayerSpec, batch: Int, density: Double, threads: Int, execution: Execution) throws {
    // Something trained in front makes the layer's input one that needs a gradient.
    var architecture = Architecture(name: "layer", input: spec.input)
    try architecture.append("x", BatchNorm())
    try architecture.append("layer", spec.layer)
    try SearchSettings.checkMemory(architecture, batch: batch)
    let layout = architecture.layout, mask = Mask.random(layout, density: density)
    plan = Plan(architecture, mask: mask, batch: batch, threads: threads, execution: execution)
    plan.parameters = Initializer.kaimingNormal.parameters(for: layout, seed: 0)
    pool = ThreadPool(threads: threads)
    nonzeros = mask.remaining
    self.execution = plan.sparseLayers.isEmpty ? .dense : .sparse
    let places = architecture.output.height * architecture.output.width
    operations = 2 * Double(mask.remaining(in: layout.prunable[0])) * Double(batch * places)
    let node = plan.nodes[1], plan = plan
    func program(_ body: (Emitter) -> Void) -> Program {
      let emit = Emitter(plan)
      body(emit)
      return emit.program
    }
    forward = program { spec.layer.forward(node, $0) }
    inputGradient = program { $0.inputGradient(node) }
    weightGradient = program { $0.weightGradient(node, hasBias: true) }
    // Numbers of usual size: kernels on zeros and denormal numbers take other times.
    var random = RandomStream(seed: 0, "bench-data")
    plan.fillActivations { Float(2 * random.nextUniform() - 1) }
  }

  func time(_ programs: [Program], seconds: Double) -> Timing {
    Timing.measure(seconds: seconds) { for program in programs { program.run(on: pool) } }
  }

  /// Each direction by itself, by name.
  func timeDirections(seconds: Double) -> [(direction: String, timing: Timing)] {
    [("forward", forward), ("input gradient", inputGradient), ("weight gradient", weightGradient)].map {
      ($0, time([$1], seconds: seconds))
    }
  }
}

/// A layer and its input, as `bench` names them.
struct LayerSpec {
  var name: String
  var input: FeatureShape
  var layer: any Layer

  /// INPUTSxOUTPUTS, like 784x300.
  static func linear(_ text: String) throws -> LayerSpec {
    let sizes = numbers(text)
    guard sizes.count == 2, sizes.allSatisfy({ 0 < $0 && $0 <= 1 << 16 }) else {
      throw Problem.usage("'\(text)' is no linear layer.", remedy: "Write --linear 784x300.")
    }
    return LayerSpec(name: "linear \(text)", input: FeatureShape(channels: sizes[0]), layer: Linear(sizes[1]))
  }

  /// INPUTSxOUTPUTSxHEIGHTxWIDTH, like 64x128x16x16; padded by half the kernel.
  static func convolution(_ text: String, kernel: Int, stride: Int) throws -> LayerSpec {
    let sizes = numbers(text)
    guard sizes.count == 4, sizes.allSatisfy({ 0 < $0 && $0 <= 1 << 12 }), (1...64).contains(kernel),
      (1...64).contains(stride)
    else {
      throw Problem.usage(
        "'\(text)' is no convolution, or its kernel or stride is not positive.",
        remedy: "Write --conv 64x128x16x16 --kernel 3 --stride 1.")
    }
    return LayerSpec(
      name: "\(kernel)x\(kernel)\(stride > 1 ? "/\(stride)" : "") \(text)",
      input: FeatureShape(channels: sizes[0], height: sizes[2], width: sizes[3]),
      layer: Convolution(sizes[1], kernel: kernel, stride: stride, padding: kernel / 2))
  }

  private static func numbers(_ text: String) -> [Int] {
    text.split(separator: "x", omittingEmptySubsequences: false).map { Int($0) ?? 0 }
  }
}
