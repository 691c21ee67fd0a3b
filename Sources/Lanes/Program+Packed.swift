import CLanes

/// Where the outputs of one product in a network of signs go: rows in whole groups, of eight or, for real inputs, of sixteen.
public struct PackedPlaces: Sendable {
  /// Where a position's inputs and outputs begin, in words or floats.
  public var x: [Int32]
  public var y: [Int32]

  public init(x: [Int32], y: [Int32]) { (self.x, self.y) = (x, y) }
}

/// What a product in a network of signs leaves: bits, set where a sum is at least its row's threshold, then turned over where
/// `flips` is set; or the numbers themselves.
public enum PackedTarget<Threshold: BitwiseCopyable> {
  case bits(UnsafeMutablePointer<UInt64>, thresholds: [Threshold], flips: [Bool])
  case numbers(UnsafeMutablePointer<Float>)
}

/// The weights of a product of bits.
public struct PackedWeights: Sendable {
  /// [group][word][sign, mask][8 rows]
  public var words: [UInt64]
  /// Offsets of a row's words of inputs.
  public var offsets: [Int32]
  /// [edge][rows]: the number of the row's weights, with the correction for what lies outside.
  public var starts: [Int32]
  /// Which edge each position has.
  public var edges: [UInt16]
  /// Numbers are this times the sum, plus bias.
  public var gain: Float

  public init(words: [UInt64], offsets: [Int32], starts: [Int32], edges: [UInt16], gain: Float) {
    (self.words, self.offsets, self.starts, self.edges, self.gain) = (words, offsets, starts, edges, gain)
  }
}

/// Kernel calls of networks of signs, whose activations are bits. Each waits for those before it.
extension Program {
  /// Products of bits; biases are of whole groups of eight rows.
  public func packedProduct(
    _ x: UnsafePointer<UInt64>, _ weights: PackedWeights, bias: [Float], _ places: PackedPlaces,
    into target: PackedTarget<Int32>
  ) {
    let (out, thresholds) = output(places, bias, rows: 8, target)
    add(
      kernels.table.pointee.packedProduct,
      clanes_packed_product(
        out: out, x: x, offset: tables.table(weights.offsets), words: Int32(weights.offsets.count),
        weight: tables.table(weights.words), edge: tables.table(weights.edges), start: tables.table(weights.starts),
        threshold: thresholds, gain: weights.gain))
  }

  /// Products of real inputs; weights are [group][term][16 rows], biases of whole groups.
  public func realProduct(
    _ x: UnsafePointer<Float>, offsets: [Int32], weights: [Float], bias: [Float], _ places: PackedPlaces,
    into target: PackedTarget<Float>
  ) {
    let (out, thresholds) = output(places, bias, rows: 16, target)
    add(
      kernels.table.pointee.realProduct,
      clanes_real_product(
        out: out, x: x, offset: tables.table(offsets), terms: Int32(offsets.count), weight: tables.table(weights),
        threshold: thresholds))
  }

  /// The bits of all taps joined by or, then turned over where `flips` is set: a maximum of signs.
  public func bitPool(
    _ x: UnsafePointer<UInt64>, taps: [Int32], words: Int, flips: [Bool], _ places: PackedPlaces,
    into y: UnsafeMutablePointer<UInt64>
  ) {
    var flip = [UInt64](repeating: 0, count: words)
    for (i, isFlipped) in flips.enumerated() where isFlipped { flip[i / 64] |= 1 << UInt64(i % 64) }
    add(
      kernels.table.pointee.bitPool,
      clanes_bit_pool(
        x: x, y: y, xPosition: tables.table(places.x), yPosition: tables.table(places.y),
        positions: Int32(places.x.count), tap: tables.table(taps), taps: Int32(taps.count), words: Int32(words),
        flip: tables.table(flip)))
  }

  private func output<Threshold>(
    _ places: PackedPlaces, _ bias: [Float], rows: Int, _ target: PackedTarget<Threshold>
  ) -> (clanes_packed_output, UnsafePointer<Threshold>?) {
    precondition(places.x.count == places.y.count, "\(places.x.count) positions give \(places.y.count)")
    precondition(bias.count % rows == 0, "\(bias.count) rows are no whole groups")
    var out = clanes_packed_output()
    (out.xPosition, out.yPosition) = (tables.table(places.x), tables.table(places.y))
    (out.positions, out.groups, out.bias) = (Int32(places.x.count), Int32(bias.count / rows), tables.table(bias))
    switch target {
    case .numbers(let floats):
      out.floats = floats
      return (out, nil)
    case .bits(let bits, let thresholds, let flips):
      precondition(thresholds.count == bias.count, "\(thresholds.count) thresholds for \(bias.count) rows")
      var bytes = [UInt8](repeating: 0, count: bias.count / 8)
      for (i, isFlipped) in flips.enumerated() where isFlipped { bytes[i / 8] |= 1 << UInt8(i % 8) }
      (out.bits, out.flip) = (bits, tables.table(bytes))
      return (out, tables.table(thresholds))
    }
  }
}
