import Basics

/// What one number says about where units look.
public enum LocalityMeasure: String, CaseIterable, Codable, Sendable, CodingKeyRepresentable {
  /// Share of the pairs of inputs of one unit and channel that lie at most 1, 2 or 3 rows and columns apart.
  case within1 = "within-1"
  case within2 = "within-2"
  case within3 = "within-3"
  /// Share of the pairs of different channels that are colours of one pixel.
  case colourCoherence = "colour-coherence"
  /// Root mean square distance of a unit's inputs from their centre, in pixels; the mean over units of two inputs or more.
  case gyration

  public var summary: String {
    switch self {
    case .within1: "pairs at most 1 pixel apart"
    case .within2: "pairs at most 2 pixels apart"
    case .within3: "pairs at most 3 pixels apart"
    case .colourCoherence: "pairs of colours at one pixel"
    case .gyration: "radius of gyration"
    }
  }
}

/// All measures of some fields, cheap enough to take of hundreds of random masks.
///
/// Units without inputs count nowhere.
public struct LocalityStatistics: Equatable, Sendable, Codable {
  public private(set) var values: [LocalityMeasure: Double] = [:]

  /// `nil` where there is no pair to measure.
  public subscript(measure: LocalityMeasure) -> Double? { values[measure] }

  public init(_ fields: ReceptiveFields) {
    var sums = Sums()
    for unit in 0..<fields.units { sums.add(fields, unit) }
    if sums.samePairs > 0 {
      var within = 0
      for (i, measure) in [LocalityMeasure.within1, .within2, .within3].enumerated() {
        within += 2 * sums.shells[i]
        values[measure] = Double(within) / Double(sums.samePairs)
      }
    }
    if sums.differentPairs > 0 {
      values[.colourCoherence] = Double(2 * sums.samePixel) / Double(sums.differentPairs)
    }
    if sums.measuredUnits > 0 { values[.gyration] = sums.gyration / Double(sums.measuredUnits) }
  }

  private struct Sums {
    /// Unordered pairs of one channel whose larger displacement is 1, 2, 3.
    var shells = [0, 0, 0]
    /// Ordered pairs.
    var samePairs = 0, differentPairs = 0
    /// Unordered pairs of colours of one pixel.
    var samePixel = 0
    var gyration = 0.0
    var measuredUnits = 0

    mutating func add(_ fields: ReceptiveFields, _ unit: Int) {
      let channels = fields.shape.channels, height = fields.shape.height
      fields.rows.withUnsafeBufferPointer { rows in
        let base = rows.baseAddress! + unit * channels * height
        var total = 0, x = 0, y = 0, squares = 0
        for channel in 0..<channels {
          let plane = base + channel * height
          var count = 0
          for row in 0..<height where plane[row] != 0 {
            let word = plane[row], inRow = word.nonzeroBitCount
            count += inRow
            y += inRow * row
            squares += inRow * row * row
            addColumns(word, &x, &squares)
            addShells(plane, row, height)
            for other in channel + 1..<max(channels, channel + 1) {
              samePixel += (word & base[other * height + row]).nonzeroBitCount
            }
          }
          samePairs += count * (count - 1)
          differentPairs -= count * count
          total += count
        }
        differentPairs += total * total
        guard total >= 2 else { return }
        let n = Double(total), mean = (Double(x) * Double(x) + Double(y) * Double(y)) / (n * n)
        gyration += max(0, Double(squares) / n - mean).squareRoot()
        measuredUnits += 1
      }
    }

    private func addColumns(_ word: UInt64, _ x: inout Int, _ squares: inout Int) {
      var rest = word
      while rest != 0 {
        let column = rest.trailingZeroBitCount
        x += column
        squares += column * column
        rest &= rest - 1
      }
    }

    /// Pairs of a bit of a row with bits up to three rows below or, in the same row, up to three columns to the right.
    private mutating func addShells(_ plane: UnsafePointer<UInt64>, _ row: Int, _ height: Int) {
      let word = plane[row]
      for dx in 1...3 { shells[dx - 1] += (word &>> UInt64(dx) & word).nonzeroBitCount }
      for dy in 1..<max(min(4, height - row), 1) {
        let below = plane[row + dy]
        guard below != 0 else { continue }
        shells[dy - 1] += (below & word).nonzeroBitCount
        for dx in 1...3 {
          let sides = (below &>> UInt64(dx) & word).nonzeroBitCount + (below &<< UInt64(dx) & word).nonzeroBitCount
          shells[max(dy, dx) - 1] += sides
        }
      }
    }
  }
}
