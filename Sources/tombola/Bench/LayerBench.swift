import Foundation
import Foundations
import Lanes
import Networks

/// The kernels of one linear layer, each as a program of its own.
struct LayerBench {
  let plan: Plan
  let pool: ThreadPool
  let forward, inputGradient, weightGradient: Program
  let nonzeros: Int
  let batch: Int

  init(inputs: Int, outputs: Int, batch: Int, density: Double, threads: Int, execution: Execution) throws {
    // Something trained in front makes the layer's input one that needs a gradient.
    var architecture = Architecture(name: "layer", input: FeatureShape(channels: inputs))
    let layer = Linear(outputs)
    try architecture.append("x", BatchNorm())
    try architecture.append("fc", layer)
    let layout = architecture.layout, mask = Mask.random(layout, density: density)
    plan = Plan(architecture, mask: mask, batch: batch, threads: threads, execution: execution)
    plan.parameters = Initializer.kaimingNormal.parameters(for: layout, seed: 0)
    pool = ThreadPool(threads: threads)
    nonzeros = mask.remaining
    self.batch = batch
    let node = plan.nodes[1], plan = plan
    func program(_ body: (Emitter) -> Void) -> Program {
      let emit = Emitter(plan)
      body(emit)
      return emit.program
    }
    forward = program { layer.forward(node, $0) }
    inputGradient = program { layer.inputGradient(node, $0) }
    weightGradient = program { layer.weightGradient(node, $0) }
  }

  /// Floating-point operations of one direction, on the non-zeros.
  var operations: Double { 2 * Double(nonzeros) * Double(batch) }

  func time(_ programs: [Program], seconds: Double) -> Timing {
    Timing.measure(seconds: seconds) { for program in programs { program.run(on: pool) } }
  }
}
