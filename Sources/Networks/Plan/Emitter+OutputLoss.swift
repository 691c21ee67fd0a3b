import Basics
public import Lanes

/// What the chosen samples' outputs are compared with: memory of the plan, laid out as its flat output.
public struct LaneTargets {
  let operand: Operand
}

/// Losses of outputs that are compared number by number.
extension Emitter {
  /// Copies the chosen samples' targets into lanes.
  ///
  /// - Parameter source: [sample][output], a number an output, which is taken as it is.
  public func targets(_ source: SampleSource) -> LaneTargets {
    let output = flatOutput, place = output.placement
    let operand = Operand(
      base: plan.targets.pointer, positions: output.positions, positionCount: place.blocks,
      rowStride: place.channelStride)
    let layout = SampleLayout(
      runs: 1, length: place.shape.count, runsPerChannel: 1, channelStride: 0, runStride: 0,
      elementStride: place.channelStride)
    program.label = "targets"
    program.batch(
      SampleSource(pixels: source.pixels, multipliers: [1], shifts: [0]), layout, blocks: output.positions,
      blockCount: place.blocks, into: operand.base)
    program.label = ""
    return LaneTargets(operand: operand)
  }

  /// The sum of the samples' losses into the step state, 0 right answers, and the gradient of their mean; that of outputs
  /// that no term speaks of is zero.
  public func outputLoss(_ loss: OutputLoss, targets: LaneTargets, needsGradient: Bool) {
    let output = flatOutput, count = output.placement.shape.count
    if let fault = loss.fault(outputs: count) { preconditionFailure(fault) }
    program.label = "loss"
    program.outputLoss(
      loss.parts(outputs: count), output.operand,
      gradient: needsGradient ? plan.gradient(plan.architecture.outputName).base : nil, outputs: count,
      targets: targets.operand)
    program.label = ""
  }

  private var flatOutput: PlanTensor {
    let output = plan.tensor(plan.architecture.outputName)
    precondition(output.placement.shape.isFlat, "\(plan.architecture.name) ends with \(output.placement.shape)")
    return output
  }
}

extension OutputLoss {
  /// Terms in order of their outputs, and what lies between them.
  fileprivate func parts(outputs: Int) -> [OutputPart] {
    var parts: [OutputPart] = [], next = 0
    func skip(to end: Int) {
      if next < end { parts.append(OutputPart(.unused, first: next, channels: 1, places: end - next)) }
    }
    for term in terms.sorted(by: { $0.first < $1.first }) {
      skip(to: term.first)
      parts.append(part(term))
      next = term.range.upperBound
    }
    skip(to: outputs)
    return parts
  }

  private func part(_ term: Term) -> OutputPart {
    var part = OutputPart(
      .unused, first: term.first, channels: term.channels, places: term.places, weight: term.weight)
    switch term.kind {
    case .presence(let focus): part.kind = focus == 0 ? .presence : .focalPresence
    case .classes(let at): (part.kind, part.marks) = (.classes, terms[at].first)
    case .boxes(let at, let loss): (part.kind, part.marks) = (loss == .iou ? .boxOverlap : .boxSides, terms[at].first)
    case .masks(let dice): (part.kind, part.dice) = (.masks, dice)
    }
    return part
  }
}
