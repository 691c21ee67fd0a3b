import Lanes

/// The order in which an epoch walks through the training samples: a function of the seed and the epoch's number, so that
/// a run that was stopped walks on as if it had not been.
public enum EpochOrder {
  /// The numbers 0..<`count` in the order of the epoch, from the stream `data-order/epoch N`.
  public static func indices(count: Int, seed: UInt64, epoch: Int) -> [Int32] {
    var order = [Int32](repeating: 0, count: count)
    fill(&order, count: count, seed: seed, epoch: epoch)
    return order
  }

  /// Writes the order into the first `count` elements, without allocating memory for it.
  public static func fill(_ order: inout [Int32], count: Int, seed: UInt64, epoch: Int) {
    for i in 0..<count { order[i] = Int32(i) }
    shuffle(&order, count: count, seed: seed, epoch: epoch)
  }

  /// Puts the first `count` elements into the random order of the epoch.
  static func shuffle(_ order: inout [Int32], count: Int, seed: UInt64, epoch: Int) {
    var random = RandomStream(seed: seed, "data-order/epoch \(epoch)")
    for i in stride(from: count - 1, to: 0, by: -1) { order.swapAt(i, random.nextIndex(below: i + 1)) }
  }
}
