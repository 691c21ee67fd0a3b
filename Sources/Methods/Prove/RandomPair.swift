import Lanes

/// Two random layers that take the place of one layer of a target: all weights U[-1, 1], drawn from two streams of the seed.
///
/// The inner layer reads the target layer's inputs and a constant, and is rectified; the outer one reads the inner units and
/// has no biases. An inner unit serves one slot: an input and a half of it, x > 0 or x < 0, or the constant. Of its weights
/// only the one on that input is kept, which must have the half's sign. Units are taken in the order in which they are drawn:
/// each goes to the first slot with a place left whose sign its weight has. What the outer weights are plays no part in that.
package struct RandomPair: Sendable {
  /// What inner units serve: input `input` (the constant is the last) where it is positive or where it is negative.
  package struct Slot: Equatable, Sendable {
    package var input: Int
    package var isNegative: Bool
  }

  package let inputs: Int
  package let outputs: Int
  package let slots: [Slot]
  /// Units for each slot.
  package let candidates: Int
  /// Units of the inner layer, those that no slot needed among them.
  package let width: Int
  /// [slot][candidate]: the unit, and the weight on its input.
  package let units: [Int32]
  package let inner: [Float]
  private let outer: RandomStream

  /// - Parameters:
  ///   - servesBothHalves: Whether inputs can be negative.
  ///   - name: The target layer's.
  package init(
    inputs: Int, outputs: Int, servesBothHalves: Bool, candidates: Int, seed: UInt64, name: String
  ) {
    (self.inputs, self.outputs, self.candidates) = (inputs, outputs, candidates)
    let halves = servesBothHalves ? [false, true] : [false]
    slots =
      (0..<inputs).flatMap { input in halves.map { Slot(input: input, isNegative: $0) } }
      + [Slot(input: inputs, isNegative: false)]
    let stream = RandomStream(seed: seed, "random-network/\(name)/inner")
    outer = RandomStream(seed: seed, "random-network/\(name)/outer")
    var units = [Int32](repeating: 0, count: slots.count * candidates),
      inner = [Float](repeating: 0, count: units.count)
    var filled = [Int](repeating: 0, count: slots.count), open = 0, unit = 0
    while open < slots.count {
      var slot = open
      while slot < slots.count {
        let weight = Self.weight(stream.word(at: UInt64(unit * (inputs + 1) + slots[slot].input)))
        if filled[slot] < candidates, slots[slot].isNegative ? weight < 0 : weight > 0 {
          units[slot * candidates + filled[slot]] = Int32(unit)
          inner[slot * candidates + filled[slot]] = weight
          filled[slot] += 1
          break
        }
        slot += 1
      }
      while open < slots.count && filled[open] == candidates { open += 1 }
      unit += 1
    }
    (self.units, self.inner, width) = (units, inner, unit)
  }

  /// Uniform in [-1, 1), a multiple of 2^-23.
  package static func weight(_ word: UInt32) -> Float { Float(Int32(word >> 8) - 1 << 23) * 0x1p-23 }

  /// The weight from an inner unit to an output.
  package func outerWeight(_ output: Int, _ unit: Int32) -> Float {
    Self.weight(outer.word(at: UInt64(output * width + Int(unit))))
  }

  /// Candidates |p| q of a slot for an output, in units of `SubsetSum.unit`.
  func fill(_ numbers: UnsafeMutableBufferPointer<Int64>, output: Int, slot: Int) {
    for t in 0..<candidates {
      let place = slot * candidates + t
      numbers[t] = Int64(abs(inner[place]) * 0x1p23) * Int64(outerWeight(output, units[place]) * 0x1p23)
    }
  }

  /// Weights that could be kept: one to each inner unit with a slot, and all from these to the outputs.
  package var drawn: Int { units.count * (1 + outputs) }
  /// Weights of the two layers before anything is pruned.
  package var weights: Int { width * (inputs + 1 + outputs) }
}
