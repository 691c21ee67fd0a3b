/// Batches of flat samples ready for fused steps, at fixed addresses: features [batch][feature][block][16], labels
/// [batch][block][16].
///
/// It is `@unchecked Sendable` because nothing changes after it is made.
public final class LaneBatches: @unchecked Sendable {
  public let count: Int
  public let features: Int
  /// Blocks of sixteen samples a batch.
  public let blocks: Int
  let x: FloatBuffer
  let labels: UnsafeMutablePointer<Int32>

  /// - Parameters:
  ///   - order: The samples in order, batch after batch; lanes of the last batch beyond them hold no sample.
  ///   - sample: The value of a feature of a sample.
  public init(
    order: ArraySlice<Int32>, features: Int, blocks: Int, label: (Int) -> Int32, sample: (Int, Int) -> Float
  ) {
    let size = 16 * blocks
    count = (order.count + size - 1) / size
    self.features = features
    self.blocks = blocks
    x = FloatBuffer(count: count * features * size)
    labels = UnsafeMutableRawPointer.allocate(byteCount: max(1, count) * size * 4, alignment: 64)
      .assumingMemoryBound(to: Int32.self)
    labels.initialize(repeating: -1, count: count * size)
    for (place, index) in order.enumerated() {
      let first = place / size * features * size + place % size
      labels[place] = label(Int(index))
      for f in 0..<features { x.pointer[first + f * size] = sample(Int(index), f) }
    }
  }

  deinit { UnsafeMutableRawPointer(labels).deallocate() }

  /// Whether every lane holds a sample.
  public var isFull: Bool { count == 0 || labels[count * 16 * blocks - 1] >= 0 }
}
