import Lanes

/// The order in which an epoch visits the training samples.
public enum EpochOrder {
  /// A permutation of 0..<`count` from the stream `data-order/epoch N`: every epoch has its own, so a resumed run needs
  /// no saved state.
  public static func indices(count: Int, seed: UInt64, epoch: Int) -> [Int32] {
    var stream = RandomStream(seed: seed, "data-order/epoch \(epoch)")
    return stream.permutation(of: count)
  }
}
