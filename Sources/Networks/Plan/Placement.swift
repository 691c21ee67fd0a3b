public import Lanes

/// Where a tensor of one batch stands in the arena, in floats.
///
/// Sixteen samples make a block, and `group` blocks lie side by side at every place of the image, so that a register tile
/// over blocks reads contiguous memory: [blocks / group][channels][height][width][group][16].
public struct Placement: Equatable, Sendable {
  public var shape: FeatureShape
  public var blocks: Int
  public var group: Int
  public var offset: Int

  /// Distance between one place and the next.
  public var placeStride: Int { group * 16 }
  public var channelStride: Int { shape.height * shape.width * placeStride }
  public var groupStride: Int { shape.channels * channelStride }
  /// Floats in all; the last group may be partly unused.
  public var count: Int { (blocks + group - 1) / group * groupStride }

  /// Offset of every block of samples from the tensor's start.
  public var blockPositions: [Int32] { (0..<blocks).map { Int32($0 / group * groupStride + $0 % group * 16) } }
}

/// A tensor with its memory.
public struct PlanTensor {
  public let base: UnsafeMutablePointer<Float>
  public let placement: Placement
  let positions: UnsafePointer<Int32>

  /// The tensor as features: a row for every value of a sample, a position for every block of samples.
  public var operand: Operand {
    Operand(base: base, positions: positions, positionCount: placement.blocks, rowStride: placement.placeStride)
  }
}

/// The gradient of a node's input, as the node's backward pass has to write it.
public struct InputGradient {
  public let base: UnsafeMutablePointer<Float>
  public let operand: Operand
  /// Where given, only elements whose gate is positive are kept: the input is a rectifier's output.
  public let gate: UnsafePointer<Float>?
}

/// Gives out stretches of one arena and takes them back, first fit.
struct ArenaLayout {
  private(set) var count = 0
  private var free: [Range<Int>] = []

  mutating func allocate(_ size: Int) -> Int {
    if let i = free.firstIndex(where: { $0.count >= size }) {
      let range = free[i]
      if range.count == size { free.remove(at: i) } else { free[i] = range.lowerBound + size..<range.upperBound }
      return range.lowerBound
    }
    defer { count += size }
    return count
  }

  mutating func release(_ offset: Int, _ size: Int) {
    free.append(offset..<offset + size)
    free.sort { $0.lowerBound < $1.lowerBound }
    var merged: [Range<Int>] = []
    for range in free {
      if let last = merged.last, last.upperBound == range.lowerBound {
        merged[merged.count - 1] = last.lowerBound..<range.upperBound
      } else {
        merged.append(range)
      }
    }
    free = merged
  }
}
