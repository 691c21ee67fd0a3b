import Lanes

/// Batches in which every class has its share: one endless sequence that takes the classes in turn and walks through each
/// class's samples in random order, over and over; batch n holds places n * size ..< (n + 1) * size of it.
///
/// Classes without samples are left out. Stream: `score-samples/class C`.
package struct BalancedBatches {
  package let size: Int
  private let classes: [[Int32]]

  /// - Parameter labels: One a sample.
  package init(labels: UnsafeBufferPointer<Int32>, size: Int, seed: UInt64) {
    precondition(size > 0 && !labels.isEmpty, "batches of \(size) from \(labels.count) samples")
    self.size = size
    var byClass: [Int32: [Int32]] = [:]
    for (i, label) in labels.enumerated() { byClass[label, default: []].append(Int32(i)) }
    classes = byClass.sorted { $0.key < $1.key }.map { label, samples in
      var random = RandomStream(seed: seed, "score-samples/class \(label)"), samples = samples
      random.shuffle(&samples)
      return samples
    }
  }

  /// The samples of a batch.
  package func batch(_ number: Int) -> [Int32] {
    (number * size..<(number + 1) * size).map { place in
      let samples = classes[place % classes.count]
      return samples[place / classes.count % samples.count]
    }
  }
}
