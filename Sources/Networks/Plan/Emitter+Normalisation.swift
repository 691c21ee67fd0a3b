import Basics
import Lanes

/// What batch norm asks for.
extension Emitter {
  /// With the rectifier and the sum that follow in place.
  func normalise(_ node: PlanNode, _ layer: BatchNorm) {
    guard !fusesNorms || graph.normed[node.name] == nil else { return }
    program.normalise(
      normOperands(node), normParameters(node, layer), addend: addend(node), rectified: isRectified(node),
      streams: streams(tensor(node.name)), for: pass)
  }

  func normaliseGradient(_ node: PlanNode, _ layer: BatchNorm) {
    guard !fusedNormGradient(node) else { return }
    let dx = inputGradient(node, 0), isTrained = layer.affine && needsParameterGradients
    guard dx != nil || isTrained else { return }
    let gradients = NormGradients(
      input: dx?.base, accumulates: dx?.accumulates ?? false, gated: dx?.gate != nil,
      scale: isTrained ? weightGradients(node, .scale) : nil,
      shift: isTrained ? weightGradients(node, .shift) : nil)
    program.normaliseGradient(
      normOperands(node), normParameters(node, layer), rectified: gatesOutputGradient(node), gradient(node.name).base,
      into: gradients, streams: streams(tensor(node.inputs[0])), for: pass)
  }

  func normParameters(_ node: PlanNode, _ layer: BatchNorm) -> NormParameters {
    NormParameters(
      scale: layer.affine ? UnsafePointer(weights(node, .scale)) : nil,
      shift: layer.affine ? UnsafePointer(weights(node, .shift)) : nil, runningMean: weights(node, .runningMean),
      runningVariance: weights(node, .runningVariance), kept: kept(node), momentum: Float(layer.momentum),
      epsilon: Float(layer.epsilon))
  }

  private func normOperands(_ node: PlanNode) -> NormOperands {
    let x = tensor(node.inputs[0]), y = tensor(node.name), shape = x.placement.shape
    return NormOperands(
      x: x.image, y: y.image, planes: x.placement.planes(into: y.placement), channels: shape.channels,
      height: shape.height, width: shape.width, placeStride: x.placement.placeStride)
  }
}

extension PlanTensor {
  fileprivate var image: NormOperands.Image {
    NormOperands.Image(base: base, channelStride: placement.channelStride, rowStride: placement.rowStride)
  }
}

extension Placement {
  /// A channel's image by group of blocks; groups of more than four, which only flat features have, count as several. The
  /// order is the same for all CPU levels.
  fileprivate func planes(into y: Placement) -> [NormOperands.Plane] {
    let side = min(group, 4)
    precondition(y.group == group, "groups of \(group) blocks into groups of \(y.group)")
    precondition(shape.isFlat || group == side, "images in groups of \(group) blocks")
    return stride(from: 0, to: blocks, by: side).map { block in
      let inner = block % group * 16
      return NormOperands.Plane(
        x: block / group * groupStride + inner, y: block / group * y.groupStride + inner, block: block,
        blocks: min(side, blocks - block))
    }
  }
}
