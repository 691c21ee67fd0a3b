public import Basics
public import Networks

/// Which pixels each unit of a layer reads, as bits: a word for every row of every channel, bit x for column x.
///
/// Images may be up to 64 pixels wide. Inputs are numbered as everywhere: channel, row, column.
public struct ReceptiveFields: Equatable, Sendable {
  /// The widest image whose rows fit a word.
  public static let widest = 64

  /// Of the image that the units look at.
  public let shape: FeatureShape
  public let units: Int
  /// [unit][channel][row].
  var rows: [UInt64]

  /// Rows of all channels of one unit.
  var rowsPerUnit: Int { shape.channels * shape.height }

  /// - Precondition: `shape` is at most 64 wide.
  public init(shape: FeatureShape, units: Int) {
    precondition(1...Self.widest ~= shape.width, "an image \(shape.width) wide")
    self.shape = shape
    self.units = units
    rows = [UInt64](repeating: 0, count: units * shape.channels * shape.height)
  }

  /// - Parameter reads: Whether a unit reads an input.
  public init(shape: FeatureShape, units: Int, reads: (_ unit: Int, _ input: Int) -> Bool) {
    self.init(shape: shape, units: units)
    for unit in 0..<units { for input in 0..<shape.count where reads(unit, input) { insert(input, into: unit) } }
  }

  /// The surviving weights of a fully connected layer that reads the image.
  ///
  /// - Precondition: The layer's weights are [units, `shape.count`].
  public init(_ mask: Mask, _ entry: ParameterLayout.Entry, shape: FeatureShape) {
    let sizes = entry.shape.dimensions
    precondition(sizes.count == 2 && sizes[1] == shape.count, "weights \(sizes) over an image of \(shape)")
    self.init(shape: shape, units: sizes[0])
    mask.keeps.withUnsafeBufferPointer { keeps in
      for (place, i) in entry.range.enumerated() where keeps[i] { insert(place % sizes[1], into: place / sizes[1]) }
    }
  }

  private func place(_ input: Int, of unit: Int) -> (row: Int, bit: UInt64) {
    (unit * rowsPerUnit + input / shape.width, 1 << UInt64(input % shape.width))
  }

  public mutating func insert(_ input: Int, into unit: Int) {
    let place = place(input, of: unit)
    rows[place.row] |= place.bit
  }

  public func contains(_ input: Int, in unit: Int) -> Bool {
    let place = place(input, of: unit)
    return rows[place.row] & place.bit != 0
  }

  /// The inputs that a unit reads, ascending.
  public func inputs(of unit: Int) -> [Int] {
    var result: [Int] = []
    for row in 0..<rowsPerUnit {
      var word = rows[unit * rowsPerUnit + row]
      while word != 0 {
        result.append(row * shape.width + word.trailingZeroBitCount)
        word &= word - 1
      }
    }
    return result
  }

  /// How many inputs a unit reads.
  public func degree(of unit: Int) -> Int {
    rows[unit * rowsPerUnit..<(unit + 1) * rowsPerUnit].reduce(0) { $0 + $1.nonzeroBitCount }
  }

  /// How many inputs each unit reads.
  public var unitDegrees: [Int] { (0..<units).map(degree) }

  /// How many units read each input.
  public var inputDegrees: [Int] {
    var result = [Int](repeating: 0, count: shape.count)
    for unit in 0..<units { for input in inputs(of: unit) { result[input] += 1 } }
    return result
  }

  /// Connections of all units.
  public var connections: Int { rows.reduce(0) { $0 + $1.nonzeroBitCount } }

  /// The fields of some units, in that order.
  public func subset(_ chosen: [Int]) -> ReceptiveFields {
    var result = ReceptiveFields(shape: shape, units: chosen.count)
    for (place, unit) in chosen.enumerated() {
      result.rows.replaceSubrange(
        place * rowsPerUnit..<(place + 1) * rowsPerUnit, with: rows[unit * rowsPerUnit..<(unit + 1) * rowsPerUnit])
    }
    return result
  }

  /// The units that read most, the first of equals first.
  public func mostConnected(_ count: Int) -> [Int] {
    let degrees = unitDegrees
    return Array((0..<units).sorted { (degrees[$1], $0) < (degrees[$0], $1) }.prefix(count))
  }
}
