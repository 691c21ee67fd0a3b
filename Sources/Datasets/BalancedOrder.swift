import Lanes

/// Epochs in which every class is drawn equally often, to within one sample: of N samples and k classes that occur each gives
/// N / k, rounded down, and as many neighbours from a random class on as are still wanted give one more. A class's samples
/// are drawn equally often too, to within one.
///
/// Streams: `balanced-sampling/epoch N` says which samples, `data-order/epoch N` in which order.
public struct BalancedOrder: Sendable {
  /// Places of the samples, class by class, ascending in each.
  private let places: [Int32]
  /// Where the classes that occur begin, and the end.
  private let starts: [Int]

  public init(labels: some Collection<Int32>) {
    let byClass = Dictionary(grouping: labels.enumerated(), by: \.element).sorted { $0.key < $1.key }
    places = byClass.flatMap { $0.value.map { Int32($0.offset) } }
    starts = byClass.reduce(into: [0]) { $0.append($0.last! + $1.value.count) }
  }

  /// Writes the samples of an epoch into the first elements, as many as there are samples, without allocating memory for them.
  public func fill(_ order: inout [Int32], seed: UInt64, epoch: Int) {
    var random = RandomStream(seed: seed, "balanced-sampling/epoch \(epoch)")
    let classes = starts.count - 1, first = random.nextIndex(below: classes)
    var end = 0
    for i in 0..<classes {
      let extra = (i - first + classes) % classes < places.count % classes ? 1 : 0
      let quota = places.count / classes + extra, size = starts[i + 1] - starts[i]
      // All of them as often as fits, then some: each of those left is taken with the chance that it is among these.
      var wanted = quota % size
      for j in 0..<size {
        let isTaken = wanted > 0 && random.nextIndex(below: size - j) < wanted
        if isTaken { wanted -= 1 }
        for _ in 0..<quota / size + (isTaken ? 1 : 0) {
          order[end] = places[starts[i] + j]
          end += 1
        }
      }
    }
    EpochOrder.shuffle(&order, count: places.count, seed: seed, epoch: epoch)
  }
}
