/// A binary mask as the lengths of its runs, column by column: background first, then object, in turns (COCO's "RLE").
///
/// All operations take time in the number of runs, never in that of pixels. Masks are equal to pycocotools' bit for bit.
public struct RunLengthMask: Equatable, Sendable {
  public let height, width: Int
  /// Lengths, the first of background; they add up to `height * width`.
  public let counts: [UInt32]

  /// - Precondition: The counts add up to the pixels.
  public init(height: Int, width: Int, counts: [UInt32]) {
    precondition(
      counts.reduce(0) { $0 + Int($1) } == height * width, "runs of a mask of \(width) x \(height) do not fill it")
    (self.height, self.width, self.counts) = (height, width, counts)
  }

  /// Pixels of the object.
  public var area: Int { stride(from: 1, to: counts.count, by: 2).reduce(0) { $0 + Int(counts[$1]) } }

  /// The smallest box around the object; all zeros where there is none.
  public var boundingBox: Box {
    var left = width, right = -1, top = height, bottom = -1, position = 0
    for (i, count) in counts.enumerated() {
      let start = position, last = position + Int(count) - 1
      position = last + 1
      guard i % 2 == 1, count > 0 else { continue }
      left = min(left, start / height)
      right = max(right, last / height)
      let isOneColumn = start / height == last / height
      top = min(top, isOneColumn ? start % height : 0)
      bottom = max(bottom, isOneColumn ? last % height : height - 1)
    }
    guard right >= 0 else { return Box(x: 0, y: 0, width: 0, height: 0) }
    return Box(
      x: Double(left), y: Double(top), width: Double(right - left + 1), height: Double(bottom - top + 1))
  }

  /// The pixels in both masks, which have one size.
  public func intersectionArea(_ other: RunLengthMask) -> Int {
    var sum = 0
    walk(with: other) { length, isHere, isThere in if isHere && isThere { sum += length } }
    return sum
  }

  /// The pixels in any of the masks, which have one size; `nil` for no masks.
  public static func union(_ masks: [RunLengthMask]) -> RunLengthMask? {
    guard let first = masks.first else { return nil }
    return masks.dropFirst().reduce(first) { $0.merged(with: $1) { $0 || $1 } }
  }

  /// The pixels in all of the masks, which have one size; `nil` for no masks.
  public static func intersection(_ masks: [RunLengthMask]) -> RunLengthMask? {
    guard let first = masks.first else { return nil }
    return masks.dropFirst().reduce(first) { $0.merged(with: $1) { $0 && $1 } }
  }

  /// Intersection over union with an object; over this mask's own area where the object is a crowd.
  public func overlap(with object: RunLengthMask, isCrowd: Bool) -> Double {
    let both = intersectionArea(object)
    guard both > 0 else { return 0 }
    return Double(both) / Double(isCrowd ? area : area + object.area - both)
  }

  private func merged(with other: RunLengthMask, _ rule: (Bool, Bool) -> Bool) -> RunLengthMask {
    var counts: [UInt32] = [], length: UInt32 = 0, isObject = false
    walk(with: other) { run, isHere, isThere in
      if rule(isHere, isThere) != isObject {
        counts.append(length)
        (length, isObject) = (0, !isObject)
      }
      length += UInt32(run)
    }
    counts.append(length)
    return RunLengthMask(height: height, width: width, counts: counts)
  }

  /// Visits the pieces, none empty, in which neither mask changes.
  private func walk(with other: RunLengthMask, _ visit: (Int, Bool, Bool) -> Void) {
    precondition(
      height == other.height && width == other.width,
      "masks of \(width) x \(height) and \(other.width) x \(other.height)")
    var i = 0, j = 0, here = 0, there = 0
    while true {
      while here == 0, i < counts.count { (here, i) = (Int(counts[i]), i + 1) }
      while there == 0, j < other.counts.count { (there, j) = (Int(other.counts[j]), j + 1) }
      let length = min(here, there)
      guard length > 0 else { return }
      visit(length, i % 2 == 0, j % 2 == 0)
      here -= length
      there -= length
    }
  }
}
