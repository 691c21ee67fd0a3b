import CLanes

/// A tensor as kernels see it: element (row, position) starts at `base + row * rowStride + positions[position]` and holds
/// sixteen samples.
public struct Operand {
  public var base: UnsafeMutablePointer<Float>
  /// Offsets in floats, one a position.
  public var positions: UnsafePointer<Int32>
  public var positionCount: Int
  public var rowStride: Int
  /// Every thread has a copy of its own where this is more than 1; they stand `copyStride` floats apart.
  public var copies: Int
  public var copyStride: Int

  public init(
    base: UnsafeMutablePointer<Float>, positions: UnsafePointer<Int32>, positionCount: Int, rowStride: Int,
    copies: Int = 1, copyStride: Int = 0
  ) {
    self.base = base
    self.positions = positions
    self.positionCount = positionCount
    self.rowStride = rowStride
    self.copies = copies
    self.copyStride = copyStride
  }

  /// What kernels add to the base, times the number of the thread.
  var partStride: Int64 { copies > 1 ? Int64(copyStride) : 0 }
}

/// The non-zeros of a sparse operator, sorted by block of inputs, then row, then input.
public struct SparseTerms {
  public var blocks: Int
  public var rows: Int
  /// First term of each (block, row), and the end.
  public var start: UnsafePointer<Int32>
  /// Offset of each term's input in floats.
  public var offset: UnsafePointer<Int32>
  /// Where all weights have one size: the end of each (block, row)'s positive terms, which come first.
  public var split: UnsafePointer<Int32>?
  /// Offsets that of several positions in order the last is the first to read.
  public var ahead: UnsafeBufferPointer<Int32>

  public var count: Int { Int(start[blocks * rows]) }

  public init(
    blocks: Int, rows: Int, start: UnsafePointer<Int32>, offset: UnsafePointer<Int32>,
    split: UnsafePointer<Int32>? = nil, ahead: UnsafeBufferPointer<Int32> = UnsafeBufferPointer(start: nil, count: 0)
  ) {
    self.blocks = blocks
    self.rows = rows
    self.start = start
    self.offset = offset
    self.split = split
    self.ahead = ahead
  }
}

/// The terms of a dense operator: the same for all rows.
public struct DenseTerms {
  public var rows: Int
  public var count: Int
  public var offset: UnsafePointer<Int32>
  /// Where a term's weight stands within its row; `nil` where that is the term's number.
  public var weightIndex: UnsafePointer<Int32>?
  /// Distance in floats between the weights of one row and the next.
  public var weightRowStride: Int

  /// Weights from the first to the last that is read.
  var weightCount: Int {
    (weightIndex?.bounds(count).greatest ?? count - 1) + (rows - 1) * weightRowStride + 1
  }

  public init(
    rows: Int, count: Int, offset: UnsafePointer<Int32>, weightIndex: UnsafePointer<Int32>? = nil, weightRowStride: Int
  ) {
    self.rows = rows
    self.count = count
    self.offset = offset
    self.weightIndex = weightIndex
    self.weightRowStride = weightRowStride
  }
}

/// The windows of a pooling layer, which do not overlap.
public struct PoolWindows {
  public var isMaximum: Bool
  public var rows: Int
  /// Offsets of a window's elements from its place, in floats.
  public var taps: UnsafePointer<Int32>
  public var tapCount: Int
  /// Places of x that no window reads.
  public var unread: UnsafePointer<Int32>
  public var unreadCount: Int

  public init(
    isMaximum: Bool, rows: Int, taps: UnsafePointer<Int32>, tapCount: Int, unread: UnsafePointer<Int32>,
    unreadCount: Int
  ) {
    self.isMaximum = isMaximum
    self.rows = rows
    self.taps = taps
    self.tapCount = tapCount
    self.unread = unread
    self.unreadCount = unreadCount
  }

  /// The memory of all windows of x, or of a tensor laid out alike, and of the places between them.
  func stretch(_ x: Operand, _ base: UnsafePointer<Float>? = nil) -> Stretch {
    let read = x.stretch(base, rows: rows, offsets: taps, count: tapCount)
    let places = Operand(base: x.base, positions: unread, positionCount: unreadCount, rowStride: x.rowStride)
    return read.joined(with: unreadCount > 0 ? places.stretch(base, rows: rows) : read)
  }

  func arguments(_ x: Operand, _ y: Operand) -> clanes_window {
    precondition(x.positionCount == y.positionCount, "\(x.positionCount) windows give \(y.positionCount)")
    return clanes_window(
      x: x.base, y: y.base, dy: nil, dx: nil, gate: nil, scale: nil, xPosition: x.positions, yPosition: y.positions,
      positions: Int32(y.positionCount), tap: taps, taps: Int32(tapCount), unread: unread,
      unreadCount: Int32(unreadCount), rows: Int32(rows), xStride: Int64(x.rowStride), yStride: Int64(y.rowStride),
      maximum: isMaximum, accumulate: false, streams: false)
  }
}

/// Where the sum of an output element starts, and what is done to it once it is complete.
public struct Epilogue {
  /// One value a row, where the sums start; zero if `nil`.
  public var bias: UnsafePointer<Float>?
  /// Laid out as the output, which it may be: added to the bias.
  public var addend: UnsafePointer<Float>?
  public var rectified: Bool
  /// Laid out as the output: an element is kept only where this is positive.
  public var gate: UnsafePointer<Float>?
  /// Batch norm in evaluation, which each complete sum goes through first; the addend then comes behind it.
  public var norm: NormLines?
  /// At last the element is multiplied by its row's factor: the gradient of such a batch norm.
  public var scale: NormLines?

  public init(
    bias: UnsafePointer<Float>? = nil, addend: UnsafePointer<Float>? = nil, rectified: Bool = false,
    gate: UnsafePointer<Float>? = nil, norm: NormLines? = nil, scale: NormLines? = nil
  ) {
    self.bias = bias
    self.addend = addend
    self.rectified = rectified
    self.gate = gate
    self.norm = norm
    self.scale = scale
  }

  /// The same for a stretch of the output's rows.
  ///
  /// - Parameters:
  ///   - floats: From the output to the stretch.
  ///   - rows: Rows before it.
  public func offset(by floats: Int, rows: Int = 0) -> Epilogue {
    Epilogue(
      bias: bias.map { $0 + rows }, addend: addend.map { $0 + floats }, rectified: rectified,
      gate: gate.map { $0 + floats }, norm: norm?.dropping(rows), scale: scale?.dropping(rows))
  }
}

/// The loss that training lowers: a mean over the batch's samples.
public enum Loss: String, CaseIterable, Sendable, Codable {
  /// -log softmax(z)[label].
  case softmaxCrossEntropy = "softmax"
  /// log(1 + e^z) - t z, mean over output units; the target t is 1 for the label's unit (or, with one unit, for label 1).
  case binaryCrossEntropy = "bce"
  /// (z - t)^2, mean over output units, targets as above.
  case meanSquaredError = "mse"
  /// Multi-class hinge sum over c of max(0, 1 - z[label] + z[c]) / classes; with one unit max(0, 1 - t z), t = -1 or 1.
  case hinge

  public var summary: String {
    switch self {
    case .softmaxCrossEntropy: "softmax cross-entropy"
    case .binaryCrossEntropy: "binary cross-entropy with logits, one output unit a class (or one in all)"
    case .meanSquaredError: "mean squared error against one-hot targets"
    case .hinge: "multi-class hinge loss with margin 1"
    }
  }
}
