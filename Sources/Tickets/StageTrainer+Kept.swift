import Foundations
import Networks
import Training

/// What studies do with stages besides training them anew.
extension StageTrainer {
  /// Trains a network of which only the record is kept, unless that is there.
  func trainOnce(_ stage: String, _ mask: Mask, _ start: Start) throws {
    if store.record(stage) != nil { return skip(stage, mask, start) }
    _ = try train(stage, mask, start)
  }

  /// Trains a network and keeps it as a ticket; a finished one is read back. A ticket counts only if its weights are those
  /// of the record and its mask is the one wanted.
  ///
  /// - Parameter ticket: Makes the ticket from what the training gave.
  func trainKept(
    _ stage: String, _ mask: Mask, _ start: Start, ticket: (TrainingOutcome) -> Ticket
  ) throws -> Parameters {
    if let record = store.record(stage), let kept = store.ticket(stage), kept.mask == mask, let trained = kept.trained,
      Digest.sha256(trained.values) == record.parametersDigest
    {
      skip(stage, mask, start)
      return trained
    }
    return try train(stage, mask, start) { try ticket($0).file().write(to: store.ticketURL(stage)) }
  }

  /// The weights after some steps, without evaluations and records.
  func weights(_ mask: Mask, from start: Start, after steps: Int) throws -> Parameters {
    let run = run(start, mask)
    while run.iteration < steps {
      if Interruption.isRequested { throw Interruption.problem }
      run.takeStep()
    }
    return run.parameters
  }

  private func skip(_ stage: String, _ mask: Mask, _ start: Start) {
    store.removeCheckpoint(stage)
    progress.finished(steps: steps(start.recipe) - start.step, density: mask.density)
  }
}
