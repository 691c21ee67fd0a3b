import Foundations
import Lanes

/// What batch norm asks for.
extension Emitter {
  /// With the rectifier and the sum that follow in place.
  func normalise(_ node: PlanNode, _ layer: BatchNorm) {
    program.normalise(
      normOperands(node), normParameters(node, layer), addend: addend(node), rectified: isRectified(node), for: pass)
  }

  func normaliseGradient(_ node: PlanNode, _ layer: BatchNorm) {
    let dx = inputGradient(node, 0), isTrained = layer.affine && needsParameterGradients
    guard dx != nil || isTrained else { return }
    let gradients = NormGradients(
      input: dx?.base, accumulates: dx?.accumulates ?? false, gated: dx?.gate != nil,
      scale: isTrained ? weightGradients(node, .scale) : nil,
      shift: isTrained ? weightGradients(node, .shift) : nil)
    program.normaliseGradient(
      normOperands(node), normParameters(node, layer), rectified: gatesOutputGradient(node), gradient(node.name).base,
      into: gradients, for: pass)
  }

  private func normParameters(_ node: PlanNode, _ layer: BatchNorm) -> NormParameters {
    NormParameters(
      scale: layer.affine ? UnsafePointer(weights(node, .scale)) : nil,
      shift: layer.affine ? UnsafePointer(weights(node, .shift)) : nil, runningMean: weights(node, .runningMean),
      runningVariance: weights(node, .runningVariance), kept: kept(node), momentum: Float(layer.momentum),
      epsilon: Float(layer.epsilon))
  }

  private func normOperands(_ node: PlanNode) -> NormOperands {
    let x = tensor(node.inputs[0]), y = tensor(node.name), shape = x.placement.shape
    return NormOperands(
      x: x.base, y: y.base, runs: x.placement.runs(into: y.placement), channels: shape.channels,
      places: shape.height * shape.width, xStride: x.placement.channelStride, yStride: y.placement.channelStride)
  }
}

extension Placement {
  /// Rows of a channel's image, by group of blocks; groups of more than four blocks, which only flat features have, count
  /// as several rows. The order is the same for all CPU levels.
  fileprivate func runs(into y: Placement) -> [NormOperands.Run] {
    let side = min(group, 4)
    precondition(shape.isFlat || group == side, "images in groups of \(group) blocks")
    return stride(from: 0, to: blocks, by: side).flatMap { block in
      let count = min(side, blocks - block), inner = block % group * 16
      let vectors = (0..<shape.width * count).map { Int32($0 / count * placeStride + $0 % count * 16) }
      return (0..<shape.height).map { row in
        NormOperands.Run(
          x: block / group * groupStride + row * rowStride + inner,
          y: block / y.group * y.groupStride + row * y.rowStride + inner, block: block, blocks: count, vectors: vectors)
      }
    }
  }
}
