import Basics
import Networks

/// Where the tensors of a network stand in one static array: those that no later stage reads make room.
struct CMemory {
  /// One a tensor, the input's first, in floats.
  private(set) var offsets: [Int] = []
  private(set) var count = 0

  init(_ stages: [InferenceStage], input: FeatureShape) {
    let sizes = [input.count] + stages.map(\.output.count)
    var lastRead = sizes.indices.map { $0 }
    for (i, stage) in stages.enumerated() { for tensor in stage.reads { lastRead[tensor] = i + 1 } }
    lastRead[stages.count] = stages.count + 1
    for tensor in sizes.indices {
      // Tensor t is written while stage t - 1 reads: what that stage reads is still there.
      let living = (0..<tensor).filter { lastRead[$0] >= tensor }.map { offsets[$0]..<offsets[$0] + sizes[$0] }
      let offset = Self.firstFit(sizes[tensor], beside: living)
      offsets.append(offset)
      count = max(count, offset + sizes[tensor])
    }
  }

  /// The lowest place with room between the ranges.
  private static func firstFit(_ size: Int, beside taken: [Range<Int>]) -> Int {
    var place = 0
    for range in taken.sorted(by: { $0.lowerBound < $1.lowerBound }) {
      if place + size <= range.lowerBound { break }
      place = max(place, range.upperBound)
    }
    return place
  }
}
