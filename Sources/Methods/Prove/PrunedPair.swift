import Basics
import Foundation

/// How a target weight is made of random ones.
package enum ProofMethod: String, CaseIterable, SettingValue, Codable, Sendable {
  /// By the candidates whose sum is nearest (Pensia et al. 2020).
  case subsetSum = "subset-sum"
  /// By the one candidate that is nearest (Malach et al. 2020).
  case singlePick = "single-pick"
}

/// Two random layers pruned to a layer of the target.
package struct PrunedPair: Sendable {
  package let target: TargetNetwork.Layer
  package let random: RandomPair
  package let method: ProofMethod
  /// What the constant input is: a power of two of at least 1 that no bias exceeds.
  package let constant: Double
  /// [output][slot]: for `subset-sum` bit t for candidate t, for `single-pick` the candidate counted from 1; 0 where nothing
  /// is kept.
  package let choices: [UInt32]
  /// [output][slot]: what the kept weights add up to.
  package let sums: [Double]

  /// - Parameters:
  ///   - error: Weights of at most this size become zero.
  ///   - isStopped: Asked now and then; what is not made then is zero.
  package init(
    _ target: TargetNetwork.Layer, servesBothHalves: Bool, error: Double, candidates: Int, method: ProofMethod,
    seed: UInt64, threads: Int, isStopped: @Sendable () -> Bool = { false }
  ) {
    let random = RandomPair(
      inputs: target.inputs, outputs: target.outputs, servesBothHalves: servesBothHalves, candidates: candidates,
      seed: seed, name: target.name)
    var constant = 1.0
    while let largest = target.biases.map(abs).max(), largest > constant { constant *= 2 }
    let count = target.outputs * random.slots.count
    var choices = [UInt32](repeating: 0, count: count), sums = [Double](repeating: 0, count: count)
    choices.withUnsafeMutableBufferPointer { choices in
      sums.withUnsafeMutableBufferPointer { sums in
        nonisolated(unsafe) let (choices, sums) = (choices, sums)
        DispatchQueue.concurrentPerform(iterations: threads) { [constant] thread in
          let numbers = UnsafeMutableBufferPointer<Int64>.allocate(capacity: candidates), solver = SubsetSum()
          defer { numbers.deallocate() }
          // Rows and slots in turn, so that a layer of few outputs keeps all threads busy.
          for place in stride(from: thread, to: count, by: threads) where !isStopped() {
            let (output, slot) = place.quotientAndRemainder(dividingBy: random.slots.count)
            let weight = Self.number(target, output, random.slots[slot], constant)
            guard abs(weight * (slot == random.slots.count - 1 ? constant : 1)) > error else { continue }
            random.fill(numbers, output: output, slot: slot)
            let (choice, sum) = Self.choice(weight, UnsafeBufferPointer(numbers), method, solver)
            choices[place] = choice
            sums[place] = Double(sum) * SubsetSum.unit
          }
        }
      }
    }
    (self.target, self.random, self.method, self.constant) = (target, random, method, constant)
    (self.choices, self.sums) = (choices, sums)
  }

  /// What the kept weights of a slot should add up to: the negative half of an input carries -w.
  private static func number(
    _ target: TargetNetwork.Layer, _ output: Int, _ slot: RandomPair.Slot, _ constant: Double
  ) -> Double {
    if slot.input == target.inputs { return target.biases[output] / constant }
    let weight = target.weights[output * target.inputs + slot.input]
    return slot.isNegative ? -weight : weight
  }

  private static func choice(
    _ weight: Double, _ numbers: UnsafeBufferPointer<Int64>, _ method: ProofMethod, _ solver: borrowing SubsetSum
  ) -> (UInt32, Int64) {
    let target = Int64((max(-64, min(64, weight)) / SubsetSum.unit).rounded())
    if method == .subsetSum { return solver.nearest(to: target, of: numbers) }
    var nearest = 0
    for t in numbers.indices where abs(numbers[t] - target) < abs(numbers[nearest] - target) { nearest = t }
    return (UInt32(nearest + 1), numbers[nearest])
  }

  /// The candidates that a choice keeps.
  package func kept(_ output: Int, _ slot: Int) -> [Int] {
    let choice = choices[output * random.slots.count + slot]
    guard method == .subsetSum else { return choice == 0 ? [] : [Int(choice) - 1] }
    return (0..<random.candidates).filter { choice >> UInt32($0) & 1 == 1 }
  }

  /// Sum of kept weights less the target: [output][slot], the constant's slot in units of the bias.
  package var errors: [Double] {
    let slots = random.slots
    return sums.indices.map { place in
      let (output, slot) = place.quotientAndRemainder(dividingBy: slots.count)
      let error = sums[place] - Self.number(target, output, slots[slot], constant)
      return slots[slot].input == target.inputs ? error * constant : error
    }
  }

  /// The two layers as they are computed, of kept weights alone, and the unit that each inner one is in the random network.
  package func layers() -> (inner: LayeredNetwork.Layer, outer: LayeredNetwork.Layer, units: [Int32]) {
    let slots = random.slots, candidates = random.candidates
    var isUsed = [Bool](repeating: false, count: random.units.count)
    let kept = (0..<target.outputs).map { output in
      slots.indices.flatMap { slot in self.kept(output, slot).map { slot * candidates + $0 } }
    }
    for place in kept.joined() { isUsed[place] = true }
    let places = isUsed.indices.filter { isUsed[$0] }
    var number = [Int](repeating: 0, count: isUsed.count)
    for (i, place) in places.enumerated() { number[place] = i }
    let inner = LayeredNetwork.Layer(
      inputs: target.inputs,
      rows: places.map { place in
        let input = slots[place / candidates].input
        return input == target.inputs ? [] : [(input, Double(random.inner[place]))]
      },
      biases: places.map { place in
        slots[place / candidates].input == target.inputs ? constant * Double(random.inner[place]) : 0
      }, isRectified: true)
    let outer = LayeredNetwork.Layer(
      inputs: places.count,
      rows: kept.enumerated().map { output, row in
        row.map { (number[$0], Double(random.outerWeight(output, random.units[$0]))) }
      }, biases: [Double](repeating: 0, count: target.outputs), isRectified: target.isRectified)
    return (inner, outer, places.map { random.units[$0] })
  }
}
