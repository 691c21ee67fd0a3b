public import Lanes

/// Passes of attacks. Samples have nothing to do with each other there, so each thread takes blocks of its own through all
/// steps of an attack, and large images block by block, so that the caches hold what a layer leaves for the next.
extension Emitter {
  /// Steps along the sign of the gradient of `loss`, within the largest change; the last leaves the perturbed samples in the
  /// network's input.
  ///
  /// - Parameter labels: Of the whole split.
  public func attack(_ p: Perturbation, steps: Int, raising loss: AttackLoss, labels: UnsafePointer<Int32>) {
    attacking.passes(rounds: steps) {
      $0.attackLoss(loss, p, labels: labels, needsGradient: true)
    } after: {
      $0.step(p, .sign, .maximum)
    }
  }

  /// Every sample's loss at the pixels as they are; with a gradient, that of the sum of losses by the network's input.
  public func evaluate(_ p: Perturbation, _ loss: AttackLoss, labels: UnsafePointer<Int32>, needsGradient: Bool) {
    attacking.passes(rounds: 1, isBackward: needsGradient) {
      $0.show(p)
    } loss: {
      $0.attackLoss(loss, p, labels: labels, needsGradient: needsGradient)
    }
  }

  private func passes(
    rounds: Int, isBackward: Bool = true, before: (Emitter) -> Void = { _ in }, loss: (Emitter) -> Void,
    after: (Emitter) -> Void = { _ in }
  ) {
    let chains = plan.attackChains
    guard !chains.blocks.isEmpty else {
      for _ in 0..<rounds {
        before(self)
        forward()
        loss(self)
        if isBackward { backward() }
        after(self)
      }
      return
    }
    makeLines()
    if isBackward {
      for node in plan.nodes where plan.operators[node.name] != nil && inputGradient(node, 0) != nil { transpose(node) }
    }
    let head = plan.nodes[..<chains.head], tail = plan.nodes[chains.head...]
    let programs = chains.blocks.map { blocks in
      let program = program.chain(), all = on(blocks, program), single = blocks.map { on($0..<$0 + 1, program) }
      for emit in single {
        before(emit)
        emit.forward(head)
      }
      all.forward(tail)
      loss(all)
      if isBackward { all.backward(tail) }
      for emit in single.reversed() {
        if isBackward { emit.backward(head) }
        after(emit)
      }
      return program
    }
    program.label = "chains"
    program.chains(programs, rounds: rounds)
    program.label = ""
  }

  private func on(_ blocks: Range<Int>, _ program: Program) -> Emitter {
    var emit = self
    (emit.blocks, emit.program) = (blocks, program)
    return emit
  }

  /// Where in a tensor's memory the blocks are that calls are for, in floats; tensors that lie alike have them at the same.
  func stretch(of tensor: PlanTensor) -> Range<Int> {
    let place = tensor.placement
    guard let blocks else { return 0..<place.count }
    precondition(
      blocks.lowerBound % place.group == 0
        && (blocks.upperBound % place.group == 0 || blocks.upperBound == place.blocks),
      "blocks \(blocks) in groups of \(place.group)")
    return blocks.lowerBound / place.group * place.groupStride..<(blocks.upperBound + place.group - 1) / place.group
      * place.groupStride
  }
}
