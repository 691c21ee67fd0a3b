/// Memory that a kernel call touches: a stretch of addresses.
struct Stretch {
  let start: UInt
  let end: UInt
  /// Each thread touches a part of its own, the same one in every call that says so.
  let isPerThread: Bool

  private init(start: UInt, end: UInt, isPerThread: Bool) {
    (self.start, self.end, self.isPerThread) = (start, end, isPerThread)
  }

  init<Value>(_ base: UnsafePointer<Value>, _ range: Range<Int>, isPerThread: Bool = false) {
    start = UInt(bitPattern: base + range.lowerBound)
    end = UInt(bitPattern: base + range.upperBound)
    self.isPerThread = isPerThread
  }

  init<Value>(_ base: UnsafePointer<Value>, count: Int) { self.init(base, 0..<count) }

  func joined(with other: Stretch) -> Stretch {
    Stretch(start: min(start, other.start), end: max(end, other.end), isPerThread: isPerThread)
  }

  func clashes(with other: Stretch) -> Bool {
    start < other.end && other.start < end && !(isPerThread && other.isPerThread)
  }
}

/// What a kernel call reads and writes, by which a program decides where threads have to wait for each other.
///
/// Constant tables, the step's values and scratch of the call's own are left out.
struct Accesses {
  var reads: [Stretch]
  var writes: [Stretch]
  /// Calls of one family are known to write different places, though their stretches overlap.
  var family: Int?

  /// Whether two calls must not run at the same time; `nil` is a call of which nothing is known.
  static func clash(_ a: Accesses?, _ b: Accesses?) -> Bool {
    guard let a, let b else { return true }
    if let family = a.family, family == b.family { return false }
    return a.writes.contains { mine in (b.reads + b.writes).contains { mine.clashes(with: $0) } }
      || a.reads.contains { mine in b.writes.contains { mine.clashes(with: $0) } }
  }
}

extension UnsafePointer where Pointee == Int32 {
  /// The least and the greatest of `count` offsets; 0 for none.
  func bounds(_ count: Int) -> (least: Int, greatest: Int) {
    let values = UnsafeBufferPointer(start: self, count: count)
    return (Int(values.min() ?? 0), Int(values.max() ?? 0))
  }
}

extension Operand {
  /// The memory of `rows` rows at all positions, and where given at `count` offsets from each, in all copies.
  ///
  /// - Parameter base: Of another tensor that is laid out alike.
  func stretch(
    _ base: UnsafePointer<Float>? = nil, rows: Int = 1, offsets: UnsafePointer<Int32>? = nil, count: Int = 0
  ) -> Stretch {
    let place = positions.bounds(positionCount), offset = offsets?.bounds(count) ?? (least: 0, greatest: 0)
    let end = place.greatest + offset.greatest + max(0, rows - 1) * rowStride + (copies - 1) * copyStride + 16
    return Stretch(base ?? UnsafePointer(self.base), place.least + offset.least..<end, isPerThread: copies > 1)
  }
}
