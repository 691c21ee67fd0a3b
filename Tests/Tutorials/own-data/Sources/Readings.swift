import Lanes

/// What is wrong with a machine.
enum Fault: Int32, CaseIterable {
  case none, weak, rattling
}

/// A sensor's readings, made up: put in the place of this what reads yours.
struct Readings {
  static let length = 32
  /// One reading after the other, `length` numbers each.
  var values: [Float] = []
  /// A class a reading, from 0 on.
  var labels: [Int32] = []

  init(_ count: Int, seed: UInt64) {
    var random = RandomStream(seed: seed, "readings")
    for i in 0..<count {
      let fault = Fault.allCases[i % Fault.allCases.count], shift = random.nextIndex(below: 16)
      for place in 0..<Self.length {
        let wave = abs(Double((place + shift) % 16) - 8) / 8
        var value = (fault == .weak && place >= 16 ? 0.6 : 1) * wave + 0.4 * random.nextUniform()
        if fault == .rattling, (place + shift) % 4 == 0 { value += 0.3 }
        values.append(Float(value))
      }
      labels.append(fault.rawValue)
    }
  }
}
