import Detection
import Testing

/// Non-maximum suppression.
@Suite struct SuppressionTests {
  private let boxes = [
    Box(x: 0, y: 0, width: 10, height: 10), Box(x: 1, y: 0, width: 10, height: 10),
    Box(x: 20, y: 0, width: 10, height: 10),
    Box(x: 0, y: 5, width: 10, height: 10),
  ]

  private func kept(
    _ scores: [Double], _ categories: [Int] = [0, 0, 0, 0], overlap: Double = 0.5, limit: Int = 10
  ) -> [Int] {
    NonMaximumSuppression.kept(boxes, scores: scores, categories: categories, overlap: overlap, limit: limit)
  }

  /// Overlaps with the first: 9/11, 0 and 1/3.
  @Test func keepsTheBestOfWhatOverlaps() {
    #expect(kept([0.9, 0.8, 0.7, 0.6]) == [0, 2, 3])
    #expect(kept([0.8, 0.9, 0.7, 0.6]) == [1, 2, 3])
    #expect(kept([0.9, 0.8, 0.7, 0.6], overlap: 0.3) == [0, 2])
  }

  @Test func classesDoNotSuppressEachOther() { #expect(kept([0.9, 0.8, 0.7, 0.6], [0, 1, 0, 0]) == [0, 1, 2, 3]) }
  @Test func ofEqualScoresTheEarlierStays() { #expect(kept([0.5, 0.5, 0.5, 0.5]) == [0, 2, 3]) }
  @Test func limitCountsWhatStays() { #expect(kept([0.6, 0.7, 0.8, 0.9], limit: 2) == [3, 2]) }
  @Test func exactlyTheThresholdIsAllowed() { #expect(kept([0.9, 0.8, 0.7, 0.6], overlap: 9.0 / 11) == [0, 1, 2, 3]) }
  @Test func nothingGivesNothing() {
    #expect(NonMaximumSuppression.kept([], scores: [], categories: [], overlap: 0.5, limit: 3).isEmpty)
  }
}
