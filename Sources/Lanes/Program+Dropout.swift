import CLanes

/// Values that are worked on one by one, in the input and in the output alike: feature f of a block of samples starts at
/// `features[f] + positions[block]`.
public struct ValuePlaces {
  public var features: [Int32]
  public var positions: [Int32]

  public init(features: [Int32], positions: [Int32]) {
    self.features = features
    self.positions = positions
  }
}

extension Program {
  /// y = x / (1 - probability) where the stream's word is at least 2^32 probability, else 0.
  ///
  /// The word depends on the step's iteration, the sample's place in the batch and the feature, see `clanes.h`.
  ///
  /// - Parameters:
  ///   - batch: Places in a whole batch.
  ///   - accumulates: Whether the result is added to what y holds.
  ///   - gate: Laid out as y: the sum is kept where this is positive.
  public func dropout(
    _ x: UnsafePointer<Float>, _ places: ValuePlaces, batch: Int, probability: Double, stream: RandomStream,
    into y: UnsafeMutablePointer<Float>, accumulates: Bool = false, gate: UnsafePointer<Float>? = nil
  ) {
    precondition(0 <= probability && probability < 1, "dropout with probability \(probability)")
    let arguments = clanes_dropout(
      step: step.pointer, x: x, y: y, gate: gate, accumulate: accumulates, feature: tables.table(places.features),
      position: tables.table(places.positions), features: Int32(places.features.count),
      blocks: Int32(places.positions.count), batch: Int32(batch), key: (stream.key[0], stream.key[1]),
      stream: (stream.stream[0], stream.stream[1]), threshold: UInt32(probability * 0x1p32),
      scale: Float(1 / (1 - probability)))
    add(kernels.table.pointee.dropout, arguments)
  }
}
