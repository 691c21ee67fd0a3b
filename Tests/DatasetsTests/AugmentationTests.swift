import Basics
import Datasets
import Lanes
import Testing

@Suite struct AugmentationTests {
  @Test(arguments: [
    ("none", Augmentation.none), ("crop-flip", .cropAndFlip), ("crop:4,flip", .cropAndFlip),
    ("flip,crop:4", .cropAndFlip), ("crop", Augmentation(padding: 4)), ("flip", Augmentation(flips: true)),
    ("crop:64", Augmentation(padding: 64)),
  ])
  func readsSettings(_ text: String, _ value: Augmentation) throws {
    #expect(Augmentation(setting: text) == value)
    #expect(Augmentation(setting: value.settingText) == value)
    #expect(value.isActive == (text != "none"))
  }

  @Test(arguments: [
    "", "crop:0", "crop:65", "crop:-1", "crop:x", "flip,flip", "crop:4,crop:4", "none,flip", "crop:4,", "x",
  ])
  func refusesSettings(_ text: String) { #expect(Augmentation(setting: text) == nil) }

  /// Every window and both sides come about equally often, and independently of each other.
  @Test func drawsEvenly() {
    let stream = Augmentation.cropAndFlip.stream(seed: 3, epoch: 5), count = 81_000
    var seen: [SampleMove: Int] = [:]
    for sample in 0..<Int32(count) { seen[Augmentation.cropAndFlip.move(of: sample, stream), default: 0] += 1 }
    #expect(seen.count == 9 * 9 * 2)
    #expect(seen.keys.allSatisfy { (-4...4).contains($0.rows) && (-4...4).contains($0.columns) })
    let expected = Double(count) / 162
    // Chi squared with 161 degrees of freedom: below 240 but for one seed in twenty thousand.
    let differences = seen.values.map { Double($0) - expected }
    #expect(differences.reduce(0) { $0 + $1 * $1 / expected } < 240)
  }

  /// A part that is left out moves no other, and no epoch or seed repeats another.
  @Test func partsAndEpochsAreIndependent() {
    func moves(_ augmentation: Augmentation, seed: UInt64 = 1, epoch: Int = 0) -> [SampleMove] {
      let stream = augmentation.stream(seed: seed, epoch: epoch)
      return (0..<100).map { augmentation.move(of: $0, stream) }
    }
    let both = moves(.cropAndFlip), flips = moves(Augmentation(flips: true)), crops = moves(Augmentation(padding: 4))
    #expect(both.map(\.isMirrored) == flips.map(\.isMirrored) && flips.allSatisfy { $0.rows == 0 && $0.columns == 0 })
    #expect(both.map(\.rows) == crops.map(\.rows) && both.map(\.columns) == crops.map(\.columns))
    #expect(crops.allSatisfy { !$0.isMirrored })
    #expect(moves(.cropAndFlip, epoch: 1) != both && moves(.cropAndFlip, seed: 2) != both)
    #expect(moves(.none).allSatisfy { $0 == SampleMove() })
  }

  /// The numbers of a sample are the words 4 i to 4 i + 2 of the stream that is named after the epoch.
  @Test func followsItsStream() {
    let stream = RandomStream(seed: 9, "augmentation/epoch 2"), augmentation = Augmentation(padding: 3, flips: true)
    for sample in [0, 1, 77] as [Int32] {
      let move = augmentation.move(of: sample, augmentation.stream(seed: 9, epoch: 2)), first = 4 * UInt64(sample)
      #expect(move.rows == Int32((UInt64(stream.word(at: first)) * 7) >> 32) - 3)
      #expect(move.columns == Int32((UInt64(stream.word(at: first + 1)) * 7) >> 32) - 3)
      #expect(move.isMirrored == (stream.word(at: first + 2) >= 1 << 31))
    }
  }

  @Test func refusesWhatIsNoImage() throws {
    func problem(_ augmentation: Augmentation, _ shape: FeatureShape) -> Problem? {
      #expect(throws: Problem.self) { try augmentation.checkFits(shape, data: "csv:x") }
    }
    #expect(
      problem(.cropAndFlip, FeatureShape(channels: 20))?.problem.contains("the samples of csv:x are none") == true)
    #expect(problem(Augmentation(flips: true), FeatureShape(channels: 1, height: 1, width: 9))?.kind == .usage)
    #expect(problem(.cropAndFlip, FeatureShape(channels: 1, height: 4, width: 8))?.remedy.contains("crop:1.") == true)
    try Augmentation.cropAndFlip.checkFits(FeatureShape(channels: 1, height: 5, width: 5), data: "x")
    try Augmentation.none.checkFits(FeatureShape(channels: 20), data: "x")
  }
}
