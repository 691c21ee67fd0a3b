public import Basics
public import Lanes

/// Where a tensor of one batch stands in the arena, in floats.
///
/// Sixteen samples make a block, and `group` blocks lie side by side at every place of the image, so that a register tile
/// over blocks reads contiguous memory: [blocks / group][channels][height + 2 halo][width + 2 halo][group][16]. The halo is
/// zero for good: convolutions read their padding there.
public struct Placement: Hashable, Sendable {
  public var shape: FeatureShape
  public var blocks: Int
  public var group: Int
  public var halo = 0
  /// Unused floats behind every channel.
  public var channelPadding = 0
  /// More than 1 where every thread has a copy of its own; the first serves all who do not ask for theirs.
  public var copies = 1
  public var offset: Int

  /// How many blocks lie side by side: on larger images one, for the windows of neighbouring places overlap and those of
  /// other samples do not, so that the inputs of a tile are fewest; on small images four, to fill a tile. Where sums run
  /// over places their order depends on it, so it is the same at all CPU levels.
  static func group(for shape: FeatureShape, blocks: Int) -> Int {
    min(shape.height * shape.width >= 16 ? 1 : 4, blocks)
  }

  /// What keeps channels from starting a multiple of 512 bytes apart: they would share few sets of the first cache.
  static func channelPadding(for shape: FeatureShape, group: Int, halo: Int) -> Int {
    let lines = (shape.height + 2 * halo) * (shape.width + 2 * halo) * group
    return shape.height * shape.width >= 16 && lines % 8 == 0 ? 4 * 16 : 0
  }

  /// How many positions in a row, as `positions` orders them, one chain of a gradient's sums takes in: those of a group
  /// of blocks, or, without places, all of them.
  var chain: Int { shape.isFlat ? blocks : group * shape.height * shape.width }

  /// Distance between one place and the next in a row.
  public var placeStride: Int { group * 16 }
  public var rowStride: Int { (shape.width + 2 * halo) * placeStride }
  public var channelStride: Int { (shape.height + 2 * halo) * rowStride + channelPadding }
  public var groupStride: Int { shape.channels * channelStride }
  /// Floats of one copy; the last group may be partly unused.
  public var copyStride: Int { (blocks + group - 1) / group * groupStride }
  /// Floats in all.
  public var count: Int { copies * copyStride }
  /// Where the first place is, behind the halo; positions count from it.
  public var origin: Int { halo * (rowStride + placeStride) }

  /// Offset of a place of a channel from the tensor's first place.
  func offset(channel: Int = 0, row: Int, column: Int) -> Int {
    channel * channelStride + row * rowStride + column * placeStride
  }

  /// Offset of a block of samples from the tensor's first place.
  func offset(block: Int) -> Int { block / group * groupStride + block % group * 16 }

  /// Offset of every block of samples from the tensor's first place.
  public var blockPositions: [Int32] { (0..<blocks).map { Int32(offset(block: $0)) } }

  /// Offset of every block at every place of some rows and columns: by group of blocks, row, column, block. This is the
  /// order in which gradients of weights are summed; `group` is that of the output's placement. Of all blocks, or of those
  /// named.
  func positions(
    rows: some Sequence<Int>, columns: some Sequence<Int>, group order: Int, blocks some: Range<Int>? = nil
  ) -> [Int32] {
    let some = some ?? 0..<blocks
    return stride(from: some.lowerBound, to: some.upperBound, by: order).flatMap { first in
      rows.flatMap { row in
        columns.flatMap { column in
          (first..<min(first + order, some.upperBound)).map {
            Int32(offset(block: $0) + offset(row: row, column: column))
          }
        }
      }
    }
  }

  /// The same in an order that suits products, whose tiles are of eight columns of two rows: of all tiles with as many
  /// places they read few inputs, and little of their rows' ends.
  func productPositions(rows: [Int], columns: [Int], group order: Int) -> [Int32] {
    guard order == 1 else { return positions(rows: rows, columns: columns, group: order) }
    var places: [Int32] = []
    places.reserveCapacity(blocks * rows.count * columns.count)
    for block in 0..<blocks {
      let origin = offset(block: block)
      for row in stride(from: 0, to: rows.count, by: 2) {
        for column in stride(from: 0, to: columns.count, by: 8) {
          for row in rows[row..<min(row + 2, rows.count)] {
            for column in columns[column..<min(column + 8, columns.count)] {
              places.append(Int32(origin + offset(row: row, column: column)))
            }
          }
        }
      }
    }
    return places
  }

  /// Offset of every value of a sample: channel, row, column.
  public var featureOffsets: [Int32] {
    (0..<shape.count).map { i in
      let channel = i / (shape.height * shape.width), row = i / shape.width % shape.height, column = i % shape.width
      return Int32(channel * channelStride + row * rowStride + column * placeStride)
    }
  }
}

/// A tensor with its memory.
public struct PlanTensor {
  /// The first place, behind the halo.
  public let base: UnsafeMutablePointer<Float>
  public let placement: Placement
  let positions: UnsafePointer<Int32>

  /// All memory of the tensor, halo included: `placement.count` floats.
  public var memory: UnsafeMutablePointer<Float> { base - placement.origin }

  /// The tensor as features: a row for every value of a sample, a position for every block of samples.
  public var operand: Operand {
    let shape = placement.shape
    precondition(
      shape.isFlat || placement.channelStride == shape.height * shape.width * placement.placeStride,
      "\(shape) values are not evenly spaced")
    return Operand(
      base: base, positions: positions, positionCount: placement.blocks,
      rowStride: shape.isFlat ? placement.channelStride : placement.placeStride)
  }
}

/// The gradient of a node's input, as the node's backward pass has to write it.
public struct InputGradient {
  public let base: UnsafeMutablePointer<Float>
  /// Whether another consumer of the input has written before: then the node adds its part.
  public let accumulates: Bool
  /// Where given, only elements of the sum whose gate is positive are kept: the input is a rectifier's output, and the node
  /// the last to add to its gradient.
  public var gate: UnsafePointer<Float>?
  /// Whether the memory is that of the output's gradient, which the input's equals.
  public let isShared: Bool
  /// At last the gradient is multiplied by each channel's factor: then it is that of the product before a batch norm.
  public var scale: NormLines?
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

  /// Memory that nothing else has used or will use.
  mutating func allocateFresh(_ size: Int) -> Int {
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
