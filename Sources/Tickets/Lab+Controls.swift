import Basics
package import Networks
import Training

/// The controls of a search.
extension Lab {
  /// Has the controls of a round's ticket trained beside what else is under way.
  func trainControls(of mask: Mask, rewound: Parameters, round: Int) {
    for control in settings.controls.types where !control.isDense {
      workers.add({ try self.train(control, beside: self.context(mask, rewound, round: round), round) }, leaf: true)
    }
  }

  /// Has the controls trained that stand beside the dense network, which must be trained.
  package func trainDenseControls() {
    for control in settings.controls.types where control.isDense {
      let context = context(fullMask, initialParameters, round: 0)
      workers.add({ try self.train(control, beside: context, 0) }, leaf: true)
    }
  }

  package func context(_ mask: Mask, _ rewound: Parameters, round: Int) -> ControlContext {
    var ticket = ControlContext(
      bench.architecture, settings, seed: seed, mask: mask, step: rewindStep, stepsPerEpoch: stepsPerEpoch,
      place: "round \(round)", rewound: { rewound })
    (ticket.given, ticket.basis) = (given, basis)
    ticket.spent = { try self.spent(on: mask, round) }
    return ticket
  }

  /// Trains a control's networks; where there are several, the best record becomes the control's.
  private func train(_ control: any Control.Type, beside ticket: ControlContext, _ round: Int) throws {
    let stage = Self.stage(round, control.name)
    guard control.variants != [""] else {
      return try trainBeside(stage, from: control.init().start("", ticket), round: round)
    }
    if bench.store.record(stage) != nil, !settings.keepsControls { return }
    var records = control.isDense ? [bench.store.record("dense")] : []
    for variant in control.variants {
      do {
        try trainBeside("\(stage).\(variant)", from: control.init().start(variant, ticket), round: round)
        records.append(bench.store.record("\(stage).\(variant)"))
      } catch let problem as Problem where problem.isOfOneNetwork {
        // It diverged.
        continue
      }
    }
    guard let best = records.compactMap({ $0 }).best else { throw bench.store.missing(stage) }
    try bench.store.keep(best, stage)
  }

  /// See `ControlContext.spent`.
  private func spent(on mask: Mask, _ round: Int) throws -> Double {
    let earlier = try (1..<max(round, 1)).map { round in
      guard let mask = bench.store.ticket(Self.stage(round))?.mask else { throw bench.store.missing(Self.stage(round)) }
      return mask
    }
    return bench.architecture.multiplyAdds(
      searching: earlier + [mask], steps: bench.totalSteps(recipe), rewind: rewindStep)
  }
}

extension Architecture {
  /// Multiply-adds for each sample of a batch over all steps of a search: of the dense training, and of one from the rewind step
  /// on for each mask; see `multiplyAdds(of:)`.
  package func multiplyAdds(searching masks: [Mask], steps: Int, rewind: Int) -> Double {
    masks.reduce(Double(multiplyAdds(of: Mask(fullFor: layout))) * Double(steps)) {
      $0 + Double(multiplyAdds(of: $1)) * Double(steps - rewind)
    }
  }
}

extension [StageRecord] {
  /// That of the highest validation accuracy, the first of equals.
  fileprivate var best: StageRecord? {
    self.min { $0.last.validationAccuracy > $1.last.validationAccuracy }
  }
}
