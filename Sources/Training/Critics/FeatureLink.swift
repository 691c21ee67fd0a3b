import Dispatch
import Lanes
import Networks

/// The way of features from one group to the next. Where another thread takes them there are two places, so that a group can
/// fill one while the next still reads the other.
///
/// It is `@unchecked Sendable` because semaphores say who may touch which place.
final class FeatureLink: @unchecked Sendable {
  private let places: [FloatBuffer]
  private var counts: [Int]
  private let isShared: Bool
  private let free: DispatchSemaphore
  private let filled = DispatchSemaphore(value: 0)
  private var written = 0
  private var read = 0

  /// - Parameter isShared: Whether another thread takes what is put in.
  init(_ plan: Plan, isShared: Bool) {
    self.isShared = isShared
    places = (0..<(isShared ? 2 : 1)).map { _ in FloatBuffer(count: plan.outputFeatureCount) }
    counts = places.map { _ in 0 }
    free = DispatchSemaphore(value: 0)
    for _ in places { free.signal() }
  }

  /// Puts the outputs of a batch of `count` samples in, and returns them for the giver to read until the next call.
  func put(_ plan: Plan, count: Int) -> FloatBuffer {
    let place = written % places.count
    if isShared { free.wait() }
    plan.copyOutput(into: places[place])
    counts[place] = count
    written += 1
    if isShared { filled.signal() }
    return places[place]
  }

  /// Says that no further batch comes.
  func end() {
    guard isShared else { return }
    free.wait()
    counts[written % places.count] = 0
    written += 1
    filled.signal()
  }

  /// Waits for the next batch; 0 samples where none comes.
  func next() -> Int {
    if isShared { filled.wait() }
    let count = counts[read % places.count]
    if count == 0 { take { _ in } }
    return count
  }

  /// Hands the batch over that `next` announced, and makes its place free.
  func take(_ body: (FloatBuffer) -> Void) {
    body(places[read % places.count])
    read += 1
    if isShared { free.signal() }
  }
}
