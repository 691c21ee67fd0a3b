import Foundations

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
    let inputs = fields.inputs(of: unit), width = fields.shape.width, plane = fields.shape.height * width
    guard !inputs.isEmpty else { return (0, []) }
    let n = Double(inputs.count), side = 2 * radius + 1
    let x = Int((Double(inputs.reduce(0) { $0 + $1 % width }) / n).rounded())
    let y = Int((Double(inputs.reduce(0) { $0 + $1 % plane / width }) / n).rounded())
    let inside = inputs.compactMap { input -> Int? in
      let row = input % plane / width - y + radius, column = input % width - x + radius
      guard 0..<side ~= row, 0..<side ~= column else { return nil }
      return (input / plane * side + row) * side + column
    }
    return (inputs.count, inside)
  }
}
