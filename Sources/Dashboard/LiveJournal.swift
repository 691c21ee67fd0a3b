import Basics
import Foundation

/// What pages show of a journal, kept while it grows: every line is read once, whoever asks.
///
/// It is `@unchecked Sendable` because a lock guards everything.
final class LiveJournal: @unchecked Sendable {
  /// How it stands.
  struct State: Sendable {
    var events = 0
    var damagedLines = 0
    var isTorn = false
    /// Lines of each kind so far.
    var progress = 0
    var trained = 0
    /// Trainings under way, the one with the latest news last.
    var trainings: [Training] = []
  }

  /// A training that has begun and has not ended.
  struct Training: Sendable {
    var curve: ThinnedCurve
    /// How many there will be, where the journal says so.
    var steps: Int?
  }

  /// The journal forgets the training that it has heard of least lately.
  private static let mostTrainings = 60

  private let lock = NSLock()
  private var reader: JournalReader
  private var state = State()

  init(_ url: URL) { reader = JournalReader(url) }

  var bytesRead: Int { lock.withLock { reader.bytesRead } }

  /// Reads what is new.
  func read() -> State {
    lock.withLock {
      reader.read(restarted: { state = State() }) { take($0) }
      (state.events, state.damagedLines) = (reader.events, reader.damagedLines)
      state.isTorn = reader.isTorn
      return state
    }
  }

  private func take(_ line: JournalLine) {
    switch line.kind {
    case .other: return
    case .trained:
      state.trained += 1
      state.trainings.removeAll { Self.isName($0.curve.stage, line.stage) }
    case .progress:
      state.progress += 1
      guard let step = Int(exactly: line.step) else { return }
      let last = latest(line.stage)
      state.trainings[last].steps = Int(exactly: line.steps)
      state.trainings[last].curve.append(step: step, loss: line.validationLoss, accuracy: line.validationAccuracy)
    }
  }

  /// Puts the training of a name last.
  private func latest(_ name: UnsafeRawBufferPointer) -> Int {
    let last = state.trainings.count - 1
    if last >= 0, Self.isName(state.trainings[last].curve.stage, name) { return last }
    if let place = state.trainings.firstIndex(where: { Self.isName($0.curve.stage, name) }) {
      state.trainings.append(state.trainings.remove(at: place))
      return last
    }
    if state.trainings.count == Self.mostTrainings { state.trainings.removeFirst() }
    state.trainings.append(Training(curve: ThinnedCurve(stage: String(decoding: name, as: UTF8.self))))
    return state.trainings.count - 1
  }

  private static func isName(_ name: String, _ bytes: UnsafeRawBufferPointer) -> Bool {
    name.utf8.elementsEqual(bytes)
  }
}
