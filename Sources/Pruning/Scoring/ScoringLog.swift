import Foundation

/// What a criterion gave, pass by pass, and the samples that it looked at.
public final class ScoringLog: @unchecked Sendable {
  public struct Pass: Sendable {
    /// One a parameter.
    public var scores: [Float]
    /// Places of samples in the split that gradients are taken of, batch by batch.
    public var batches: [[Int32]]
  }

  private let lock = NSLock()
  private var finished: [Pass] = []
  private var batches: [[Int32]] = []

  public init() {}

  public var passes: [Pass] { lock.withLock { finished } }

  func look(at batch: [Int32]) { lock.withLock { batches.append(batch) } }

  /// Ends a pass.
  func finish(_ scores: [Float]) {
    lock.withLock {
      finished.append(Pass(scores: scores, batches: batches))
      batches = []
    }
  }
}
