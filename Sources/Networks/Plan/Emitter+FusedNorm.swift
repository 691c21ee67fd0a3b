import Basics
import Lanes

/// Batch norms of attacks: their statistics are constants, so the product before one applies it to each sum, and who ends the
/// gradient of its output multiplies it by the factor. Neither takes a pass over memory of its own.
extension Emitter {
  /// The batch norm that a product applies.
  func fusedNorm(_ node: PlanNode) -> String? { fusesNorms ? graph.norm[node.name] : nil }

  func lines(_ norm: String) -> NormLines { plan.normLines[norm]! }

  /// Makes the lines of all batch norms that products apply, once a program.
  func makeLines() {
    guard !done.hasLines else { return }
    done.hasLines = true
    for node in plan.nodes {
      guard let layer = node.layer as? BatchNorm, graph.normed[node.name] != nil else { continue }
      program.label = "\(node.name) lines"
      program.normLines(
        normParameters(node, layer), channels: plan.architecture.shapes[node.name]!.channels, into: lines(node.name))
    }
    program.label = ""
  }

  /// Lets the node that ends the gradient of a batch norm's output end that of its input as well.
  func endNorm(_ gradient: inout InputGradient, _ output: String) {
    guard let norm = graph.scaledNorm[output] else { return }
    gradient.scale = lines(norm)
    if output != norm { gradient.gate = UnsafePointer(plan.tensor(output).base) }
  }

  /// Where the gradient of a product's output is.
  func productGradient(_ node: PlanNode) -> PlanTensor {
    guard let norm = fusedNorm(node), graph.isScaled(norm) else { return gradient(node.name) }
    return gradient(norm)
  }

  /// The gradient of a batch norm that was applied by the product before it; `false` if it was not. A window of one place is
  /// what multiplies where nothing else could.
  func fusedNormGradient(_ node: PlanNode) -> Bool {
    guard fusesNorms, let product = graph.normed[node.name] else { return false }
    guard !graph.isScaled(node.name), inputGradient(node, 0) != nil else { return true }
    let gate = gatesOutputGradient(node) ? UnsafePointer(tensor(node.name).base) : nil
    let x = gradient(product), (places, windows) = onePlaceWindows(x)
    program.poolGradient(
      places, windows, places, gradient: gradient(node.name).base, into: x.base, gate: gate, scale: lines(node.name),
      streams: streams(x))
    return true
  }
}
