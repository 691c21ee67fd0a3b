import Basics

/// Random fields to compare with.
public enum NullModel: String, CaseIterable, Codable, Sendable, CodingKeyRepresentable {
  /// Every unit reads as many inputs as it does, any of them.
  case uniform
  /// Every unit reads as many inputs, and every input is read by as many units (configuration model). Units that all look at
  /// the middle of the image look local beside `uniform`, but not beside this.
  case degreePreserving = "degree-preserving"

  public var summary: String {
    switch self {
    case .uniform: "units keep how much they read"
    case .degreePreserving: "units and pixels keep how often they are connected"
    }
  }
}

/// Fields in which every unit reads as many inputs as in the model, drawn at random from those available.
struct UniformDraws {
  private let degrees: [Int]
  /// Row within a unit and bit of every available input.
  private let places: [(row: Int, bit: UInt64)]
  private let empty: ReceptiveFields
  private var words: RandomWords

  /// - Parameter available: Inputs that could be read; all fields lie within them.
  init(like fields: ReceptiveFields, available: [Int], seed: UInt64, stream: String) {
    let width = fields.shape.width
    degrees = fields.unitDegrees
    places = available.map { ($0 / width, 1 << UInt64($0 % width)) }
    empty = ReceptiveFields(shape: fields.shape, units: fields.units)
    words = RandomWords(seed: seed, stream)
  }

  mutating func next() -> ReceptiveFields {
    var fields = empty
    let size = fields.rowsPerUnit
    fields.rows.withUnsafeMutableBufferPointer { rows in
      for (unit, degree) in degrees.enumerated() where degree > 0 {
        fill(rows.baseAddress! + unit * size, degree)
      }
    }
    return fields
  }

  /// Draws by rejection; where more than half are read, the ones that are not.
  private mutating func fill(_ rows: UnsafeMutablePointer<UInt64>, _ degree: Int) {
    precondition(degree <= places.count, "\(degree) of \(places.count) inputs")
    let inverts = 2 * degree > places.count
    var missing = inverts ? places.count - degree : degree
    while missing > 0 {
      let (row, bit) = places[words.index(below: places.count)]
      if rows[row] & bit == 0 { missing -= 1 }
      rows[row] |= bit
    }
    if inverts { for (row, bit) in places { rows[row] ^= bit } }
  }
}
