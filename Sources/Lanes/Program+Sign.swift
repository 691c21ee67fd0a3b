import CLanes

extension Program {
  /// y = 1 where x >= 0, else -1.
  public func sign(_ x: UnsafePointer<Float>, _ places: ValuePlaces, into y: UnsafeMutablePointer<Float>) {
    addSign(x, nil, places, into: y, accumulates: false)
  }

  /// y = 2 (1 - min(|x|, 1)) dy, added to what y holds if `accumulates`.
  public func signGradient(
    _ x: UnsafePointer<Float>, _ dy: UnsafePointer<Float>, _ places: ValuePlaces,
    into y: UnsafeMutablePointer<Float>, accumulates: Bool
  ) { addSign(x, dy, places, into: y, accumulates: accumulates) }

  private func addSign(
    _ x: UnsafePointer<Float>, _ dy: UnsafePointer<Float>?, _ places: ValuePlaces, into y: UnsafeMutablePointer<Float>,
    accumulates: Bool
  ) {
    add(
      kernels.table.pointee.sign,
      clanes_sign(
        x: x, dy: dy, y: y, accumulate: accumulates, feature: tables.table(places.features),
        position: tables.table(places.positions), features: Int32(places.features.count),
        blocks: Int32(places.positions.count)), name: dy == nil ? "sign" : "signGradient")
  }
}
