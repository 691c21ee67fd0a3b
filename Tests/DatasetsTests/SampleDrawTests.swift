import Basics
import Datasets
import Lanes
import Testing

@Suite struct SampleDrawTests {
  private let stream = RandomStream(seed: 5, "test-draw")

  /// Labels sorted by class: so many of class 0, then of class 1, ...
  private func sorted(_ sizes: [Int]) -> [Int32] {
    sizes.enumerated().flatMap { [Int32](repeating: Int32($0.offset), count: $0.element) }
  }

  private func counts(_ places: [Int32], _ labels: [Int32], _ classes: Int) -> [Int] {
    places.reduce(into: [Int](repeating: 0, count: classes)) { $0[Int(labels[Int($1)])] += 1 }
  }

  @Test(arguments: [0, 1, 7, 10, 15, 60, 512, 999])
  func smallSubsetsSeeEveryClassAlike(_ count: Int) {
    let labels = sorted([Int](repeating: 600, count: 10)), places = SampleDraw.places(count, of: labels, by: stream)
    #expect(places.count == count && Set(places).count == count && places == places.sorted())
    let counts = counts(places, labels, 10)
    #expect(counts.max()! - counts.min()! <= 1, "\(counts)")
  }

  @Test func unequalClassesKeepTheirShares() {
    let sizes = [700, 200, 80, 20], labels = sorted(sizes)
    for count in [5, 50, 100, 333] {
      let counts = counts(SampleDraw.places(count, of: labels, by: stream), labels, 4)
      for (found, size) in zip(counts, sizes) {
        #expect(abs(Double(found) - Double(count * size) / 1000) <= 1, "\(count): \(counts)")
      }
    }
  }

  /// Old results on subsets with enough samples of every class stay as they were.
  @Test func largeSubsetsAreTheFirstOfThePermutation() {
    let labels = sorted([Int](repeating: 300, count: 10))
    var random = stream
    let order = random.permutation(of: labels.count)
    for count in [1000, 2000, 2999] {
      #expect(SampleDraw.places(count, of: labels, by: stream) == order.prefix(count).sorted())
    }
    #expect(SampleDraw.places(999, of: labels, by: stream) != order.prefix(999).sorted())
    for count in [3000, 9000] { #expect(SampleDraw.places(count, of: labels, by: stream) == Array(0..<3000)) }
  }

  @Test func dependsOnTheStreamAlone() {
    let labels = sorted([50, 50, 50])
    let first = SampleDraw.places(20, of: labels, by: stream)
    #expect(first == SampleDraw.places(20, of: labels, by: stream))
    #expect(first != SampleDraw.places(20, of: labels, by: RandomStream(seed: 6, "test-draw")))
    #expect(first != SampleDraw.places(20, of: labels, by: RandomStream(seed: 5, "test-draw/other")))
    // A smaller subset is part of a larger one.
    #expect(Set(SampleDraw.places(12, of: labels, by: stream)).isSubset(of: first))
  }

  /// Runs and certificates of older versions state what was trained on parts of the data, however few they are.
  @Test func partsOfDataAreBeginningsOfPermutations() throws {
    let labels = sorted([Int](repeating: 40, count: 5))
    let split = Split(pixels: .floats(labels.map(Float.init)), labels: labels)
    let data = try Dataset(
      name: "sorted", source: "test", inputShape: FeatureShape(channels: 1), pixelScale: 1, train: split, test: split)
    let parts = [
      (try SampleShare().apply(to: data, argument: "0.1").train, 20, RandomStream(seed: 0, "transform/share")),
      (try data.corrupted(.halfData, seed: 3).train, 100, RandomStream(seed: 3, "pruning-data/half")),
    ]
    for (part, count, stream) in parts {
      var random = stream
      #expect(part == split.subset(random.permutation(of: 200).prefix(count).sorted()))
    }
  }
}
