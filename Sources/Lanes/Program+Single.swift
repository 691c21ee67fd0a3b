import CLanes

/// An image of one sample in memory: channels `channelStride` floats apart, rows `pitch`, from the first place on.
public struct PlaceImage {
  public var base: UnsafeMutablePointer<Float>
  public var channels, rows, columns: Int
  public var channelStride, pitch: Int

  public init(
    base: UnsafeMutablePointer<Float>, channels: Int, rows: Int, columns: Int, channelStride: Int, pitch: Int
  ) {
    (self.base, self.channels, self.rows, self.columns) = (base, channels, rows, columns)
    (self.channelStride, self.pitch) = (channelStride, pitch)
  }
}

/// The survivors of a convolution whose rows may stand in any order: terms of a row ascend.
public struct PlaceTerms {
  /// [rows + 1], [terms], [terms]
  public var start: [Int32] = [0]
  public var offset: [Int32] = []
  public var weight: [Float] = []
  /// Where each row begins in the output, and its bias.
  public var rowAt: [Int32] = []
  public var bias: [Float] = []

  public init() {}
}

/// The survivors of a fully connected layer by steps, each of which multiplies at most one input of every output of a block
/// of 64 outputs, within a window of 32 floats.
public struct OutputTerms {
  public static let block = Int(clanesOutputGroups) * Int(clanesWidth)
  public static let window = Int(clanesOutputWindow)
  /// [blocks + 1]
  public private(set) var start: [Int32] = [0]
  public private(set) var window: [Int32] = []
  public private(set) var lane: [UInt8] = []
  public private(set) var weight: [Float] = []

  /// - Parameters:
  ///   - rows: For every output where its inputs stand, ascending, with their weights.
  public init(rows: [[(place: Int, weight: Float)]]) {
    for first in stride(from: 0, to: rows.count, by: Self.block) {
      append(Array(rows[first..<min(first + Self.block, rows.count)]))
      start.append(Int32(window.count))
    }
  }

  /// As long as inputs are left, a window begins at the first of them, and every output takes one that lies in it.
  private mutating func append(_ block: [[(place: Int, weight: Float)]]) {
    var next = block.map { _ in 0 }
    while let base = block.indices.compactMap({ next[$0] < block[$0].count ? block[$0][next[$0]].place : nil }).min() {
      window.append(Int32(base))
      for i in 0..<Self.block {
        guard i < block.count, next[i] < block[i].count, block[i][next[i]].place < base + Self.window else {
          lane.append(0)
          weight.append(0)
          continue
        }
        lane.append(UInt8(block[i][next[i]].place - base))
        weight.append(block[i][next[i]].weight)
        next[i] += 1
      }
    }
  }
}

/// Kernel calls on one sample. Each waits for those before it.
extension Program {
  /// Products at all positions of an image; `keep` is 1 at those that are places and 0 at the others, whole halves of vectors.
  public func placeProduct(
    _ x: UnsafePointer<Float>, _ terms: PlaceTerms, addend: UnsafePointer<Float>?, keep: [Float], rectified: Bool,
    into y: UnsafeMutablePointer<Float>
  ) {
    let halves = keep.count / 8
    precondition(keep.count == 8 * halves, "\(keep.count) positions")
    add(
      kernels.table.pointee.placeProduct,
      clanes_place_product(
        x: x, y: y, addend: addend, start: tables.table(terms.start), offset: tables.table(terms.offset),
        weight: tables.table(terms.weight), rowAt: tables.table(terms.rowAt), bias: tables.table(terms.bias),
        keep: tables.table(keep), rows: Int32(terms.bias.count), halves: Int32(halves), relu: rectified),
      work: max(1, halves / 2) * terms.offset.count)
  }

  /// Products of features; biases, outputs and addends are of whole blocks.
  public func outputProduct(
    _ x: UnsafePointer<Float>, _ terms: OutputTerms, bias: [Float], addend: UnsafePointer<Float>?, rectified: Bool,
    into y: UnsafeMutablePointer<Float>
  ) {
    let blocks = terms.start.count - 1
    precondition(bias.count == blocks * OutputTerms.block, "\(bias.count) biases for \(blocks) blocks")
    add(
      kernels.table.pointee.outputProduct,
      clanes_output_product(
        x: x, y: y, addend: addend, start: tables.table(terms.start), window: tables.table(terms.window),
        lane: tables.table(terms.lane), weight: tables.table(terms.weight), bias: tables.table(bias),
        blocks: Int32(blocks), relu: rectified),
      work: terms.window.count)
  }

  /// Windows that begin `stride` places apart.
  public func placePool(
    _ x: PlaceImage, isMaximum: Bool, height: Int, width: Int, stride: Int, into y: PlaceImage
  ) {
    add(
      kernels.table.pointee.placePool,
      clanes_place_pool(
        x: x.base, y: y.base, channels: Int32(y.channels), xChannel: Int32(x.channelStride), xPitch: Int32(x.pitch),
        yChannel: Int32(y.channelStride), yPitch: Int32(y.pitch), rows: Int32(y.rows), columns: Int32(y.columns),
        height: Int32(height), width: Int32(width), stride: Int32(stride), maximum: isMaximum),
      work: y.channels * y.rows * y.columns * height * width / 8)
  }

  /// The first of the step's samples, normalised.
  public func placeInput(_ source: SampleSource, into y: PlaceImage) {
    let (bytes, floats): (UnsafePointer<UInt8>?, UnsafePointer<Float>?) =
      switch source.pixels {
      case .bytes(let pointer): (pointer, nil)
      case .floats(let pointer): (nil, pointer)
      }
    add(
      kernels.table.pointee.placeInput,
      clanes_place_input(
        step: step.pointer, bytes: bytes, floats: floats, y: y.base, multiplier: tables.table(source.multipliers),
        shift: tables.table(source.shifts), channels: Int32(y.channels), rows: Int32(y.rows),
        columns: Int32(y.columns), yChannel: Int32(y.channelStride), yPitch: Int32(y.pitch)),
      work: y.channels * y.rows * y.columns / 8)
  }
}
