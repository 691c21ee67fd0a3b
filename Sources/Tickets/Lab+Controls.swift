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
    ticket.basis = basis
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
    func cost(_ mask: Mask, steps: Int) -> Double { Double(bench.architecture.multiplyAdds(of: mask)) * Double(steps) }
    let total = bench.totalSteps(recipe)
    return try (1..<max(round, 1)).reduce(cost(fullMask, steps: total) + cost(mask, steps: total - rewindStep)) {
      guard let mask = bench.store.ticket(Self.stage($1))?.mask else { throw bench.store.missing(Self.stage($1)) }
      return $0 + cost(mask, steps: total - rewindStep)
    }
  }
}

extension [StageRecord] {
  /// That of the highest validation accuracy, the first of equals.
  fileprivate var best: StageRecord? {
    self.min { $0.last.validationAccuracy > $1.last.validationAccuracy }
  }
}
