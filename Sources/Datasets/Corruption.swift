import Basics
import Lanes

/// What is done to training samples before a pruning method sees them, to learn whether it uses them (Su et al. 2020,
/// arXiv:2009.11094). Test samples stay.
public enum Corruption: String, CaseIterable, Sendable {
  /// Every label drawn anew, all classes alike. Stream: `pruning-data/labels`.
  case randomLabels = "random-labels"
  /// Random labels, and the pixels of every image in an order of its own; the channels of a pixel stay together. Streams:
  /// `pruning-data/labels`, `pruning-data/pixels`.
  case randomPixels = "random-pixels"
  /// A random half of the samples. Stream: `pruning-data/half`.
  case halfData = "half-data"
}

extension Dataset {
  /// The data set with its training samples changed.
  ///
  /// - Throws: `Problem` if half of a single sample is asked for.
  public func corrupted(_ corruption: Corruption, seed: UInt64) throws -> Dataset {
    var changed = train
    switch corruption {
    case .randomLabels: changed.drawLabels(classCount, seed: seed)
    case .randomPixels:
      changed.drawLabels(classCount, seed: seed)
      changed.shufflePixels(channels: inputShape.channels, seed: seed)
    case .halfData:
      // Always the first of the permutation: certificates rest on these bits, and half of all samples has every class.
      var random = RandomStream(seed: seed, "pruning-data/half")
      changed = train.subset(random.permutation(of: train.count).prefix(train.count / 2).sorted())
    }
    return try Dataset(
      name: name, source: "\(origin), \(corruption.rawValue)", notes: notes, inputShape: inputShape,
      classCount: classCount,
      classNames: classNames, pixelScale: pixelScale, range: range, train: changed, test: test)
  }
}

extension Split {
  fileprivate mutating func drawLabels(_ classes: Int, seed: UInt64) {
    var random = RandomStream(seed: seed, "pruning-data/labels")
    for i in labels.indices { labels[i] = Int32(random.nextIndex(below: classes)) }
  }

  fileprivate mutating func shufflePixels(channels: Int, seed: UInt64) {
    var random = RandomStream(seed: seed, "pruning-data/pixels")
    switch pixels {
    case .bytes(let values): pixels = .bytes(Self.shuffled(values, count, channels, &random))
    case .floats(let values): pixels = .floats(Self.shuffled(values, count, channels, &random))
    }
  }

  private static func shuffled<Element>(
    _ values: [Element], _ samples: Int, _ channels: Int, _ random: inout RandomStream
  ) -> [Element] {
    var result = values
    let size = values.count / max(1, samples), plane = size / channels
    for sample in 0..<samples {
      for (to, from) in random.permutation(of: plane).enumerated() {
        for first in stride(from: sample * size, to: (sample + 1) * size, by: plane) {
          result[first + to] = values[first + Int(from)]
        }
      }
    }
    return result
  }
}
