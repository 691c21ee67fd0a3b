public import Lanes

/// Which samples stand for all of a split: the one way in which a subset is drawn anywhere.
///
/// The samples are put into random order by the permutation of a stream. A large subset is the first of them. A small one,
/// of fewer than `enoughPerClass` samples a class, is balanced: every class has its share of it, to within one sample. Files
/// that are sorted by class are therefore seen in all their classes.
public enum SampleDraw {
  /// From so many samples a class on chance alone keeps the classes in proportion: to within a tenth or so.
  public static let enoughPerClass = 100

  /// The places of `count` samples, ascending; all of them if there are no more.
  ///
  /// - Parameters:
  ///   - labels: The classes of the samples to draw from.
  ///   - stream: At its beginning, named for this use alone.
  public static func places(_ count: Int, of labels: some Collection<Int32>, by stream: RandomStream) -> [Int32] {
    let labels = Array(labels)
    guard count < labels.count else { return Array(0..<Int32(labels.count)) }
    var stream = stream
    let order = stream.permutation(of: labels.count), classes = Set(labels).count
    let chosen = count < enoughPerClass * classes ? balanced(order, labels) : order
    return chosen.prefix(max(0, count)).sorted()
  }

  /// The order in which every beginning has the classes in proportion: sample k of the n of its class comes at (k + 1/2) / n,
  /// samples at one place as they were (the method of Webster and Sainte-Laguë).
  static func balanced(_ order: [Int32], _ labels: [Int32]) -> [Int32] {
    var sizes: [Int32: Int] = [:], seen: [Int32: Int] = [:]
    for label in labels { sizes[label, default: 0] += 1 }
    let places = order.enumerated().map { rank, sample in
      let label = labels[Int(sample)], k = seen[label, default: 0]
      seen[label] = k + 1
      return (place: (Double(k) + 0.5) / Double(sizes[label]!), rank: rank, sample: sample)
    }
    return places.sorted { ($0.place, $0.rank) < ($1.place, $1.rank) }.map(\.sample)
  }
}

extension Split {
  /// `count` of the samples, drawn by the stream, in the order in which they stand; all if there are no more.
  public func drawing(_ count: Int, by stream: RandomStream) -> Split {
    count < self.count ? subset(SampleDraw.places(count, of: labels, by: stream)) : self
  }
}
