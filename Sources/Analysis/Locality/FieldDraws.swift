import Foundations

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
  private let available: [Int]
  private let empty: ReceptiveFields
  private var words: RandomWords

  /// - Parameter available: Inputs that could be read; all fields lie within them.
  init(like fields: ReceptiveFields, available: [Int], seed: UInt64, stream: String) {
    degrees = fields.unitDegrees
    self.available = available
    empty = ReceptiveFields(shape: fields.shape, units: fields.units)
    words = RandomWords(seed: seed, stream)
  }

  /// Draws by rejection; where more than half are read, the ones that are not.
  mutating func next() -> ReceptiveFields {
    var fields = empty
    for (unit, degree) in degrees.enumerated() where degree > 0 {
      precondition(degree <= available.count, "\(degree) of \(available.count) inputs")
      let inverts = 2 * degree > available.count
      var missing = inverts ? available.count - degree : degree
      while missing > 0 {
        let input = available[words.index(below: available.count)]
        if fields.contains(input, in: unit) { continue }
        fields.insert(input, into: unit)
        missing -= 1
      }
      if inverts { for input in available { fields.toggle(input, in: unit) } }
    }
    return fields
  }
}

extension ReceptiveFields {
  fileprivate mutating func toggle(_ input: Int, in unit: Int) {
    rows[unit * rowsPerUnit + input / shape.width] ^= 1 << UInt64(input % shape.width)
  }
}
