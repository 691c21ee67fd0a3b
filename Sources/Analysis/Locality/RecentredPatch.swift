public import Basics

/// Whether units see one pattern at many places: their fields moved so that all centres of mass coincide.
public struct RecentredPatch: Equatable, Sendable, Codable {
  /// The patch reaches so many pixels from the centre.
  public let radius: Int
  public let channels: Int
  /// Units of three inputs or more.
  public let units: Int
  /// Share of those units that read each place: [channel][row][column], rows and columns 2 radius + 1 long.
  public let average: [Double]
  /// Mean Pearson correlation of two units' patches; `nil` with fewer than two units.
  public let similarity: Double?

  public init(_ fields: ReceptiveFields, radius: Int = 7) {
    let side = 2 * radius + 1, channels = fields.shape.channels, size = channels * side * side
    var sum = [Double](repeating: 0, count: size), unitSum = sum, units = 0, normalised = 0
    for unit in 0..<fields.units {
      let places = Self.places(fields, unit, radius)
      guard places.degree >= 3 else { continue }
      units += 1
      for place in places.inside { sum[place] += 1 }
      let n = Double(places.inside.count), mean = n / Double(size)
      let length = (n * (1 - mean)).squareRoot()
      guard length > 0 else { continue }
      normalised += 1
      for place in 0..<size { unitSum[place] -= mean / length }
      for place in places.inside { unitSum[place] += 1 / length }
    }
    self.radius = radius
    self.channels = channels
    self.units = units
    average = sum.map { $0 / Double(max(1, units)) }
    let n = Double(normalised)
    // Of unit vectors, the squared length of the sum is n plus all products of different ones.
    similarity = normalised > 1 ? (unitSum.reduce(0) { $0 + $1 * $1 } - n) / (n * (n - 1)) : nil
  }

  /// Where a unit's inputs lie in the patch around their centre of mass.
  private static func places(_ fields: ReceptiveFields, _ unit: Int, _ radius: Int) -> (degree: Int, inside: [Int]) {
    let height = fields.shape.height, side = 2 * radius + 1, first = unit * fields.rowsPerUnit
    var count = 0, sumX = 0, sumY = 0
    for row in 0..<fields.rowsPerUnit where fields.rows[first + row] != 0 {
      forEachBit(fields.rows[first + row]) { x in
        count += 1
        sumX += x
        sumY += row % height
      }
    }
    guard count > 0 else { return (0, []) }
    let left = Int((Double(sumX) / Double(count)).rounded()) - radius
    let top = Int((Double(sumY) / Double(count)).rounded()) - radius
    var inside: [Int] = []
    for channel in 0..<fields.shape.channels {
      for y in max(0, top)..<min(height, top + side) {
        forEachBit(fields.rows[first + channel * height + y]) { x in
          if 0..<side ~= x - left { inside.append((channel * side + y - top) * side + x - left) }
        }
      }
    }
    return (count, inside)
  }

  private static func forEachBit(_ word: UInt64, _ body: (Int) -> Void) {
    var rest = word
    while rest != 0 {
      body(rest.trailingZeroBitCount)
      rest &= rest - 1
    }
  }
}

extension RecentredPatch: Sound {
  public var isSound: Bool {
    guard (0...1000).contains(radius), (1...1000).contains(channels) else { return false }
    return average.count == channels * (2 * radius + 1) * (2 * radius + 1)
  }
}
