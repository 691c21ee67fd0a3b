import Analysis
import Basics
import Lanes
import Testing

@Suite struct NullModelTests {
  static let shape = FeatureShape(channels: 1, height: 1, width: 5)

  /// Every mask over five pixels in which four units have given degrees, and pixels too.
  static func masks(units: [Int], inputs: [Int]) -> [[Int]] {
    func rows(_ degree: Int) -> [Int] { (0..<32).filter { $0.nonzeroBitCount == degree } }
    var all: [[Int]] = [[]]
    for degree in units { all = all.flatMap { mask in rows(degree).map { mask + [$0] } } }
    return all.filter { mask in inputs.indices.allSatisfy { i in mask.count { $0 >> i & 1 == 1 } == inputs[i] } }
  }

  static func rows(_ fields: ReceptiveFields) -> [Int] {
    (0..<fields.units).map { fields.inputs(of: $0).reduce(0) { $0 | 1 << $1 } }
  }

  /// Every mask that the degrees allow must come up equally often: chi-square of as many draws as make a hundred of each.
  @Test(arguments: [[3, 2, 2, 1], [4, 1, 3, 2]]) func tradesReachAllMasksEvenly(units: [Int]) throws {
    let inputs = units == [3, 2, 2, 1] ? [2, 2, 2, 1, 1] : [3, 2, 2, 2, 1]
    let masks = Self.masks(units: units, inputs: inputs), first = try #require(masks.first)
    #expect(masks.count > 30, "too few masks to tell")
    let fields = ReceptiveFields(shape: Self.shape, units: 4) { first[$0] >> $1 & 1 == 1 }
    var chain = DegreePreservingChain(fields, seed: 4, stream: "test"), counts: [[Int]: Int] = [:]
    for _ in 0..<100 * masks.count {
      chain.advance(rounds: 12)
      counts[Self.rows(chain.fields), default: 0] += 1
    }
    #expect(Set(counts.keys) == Set(masks))
    let square = masks.reduce(0.0) { $0 + pow(Double(counts[$1] ?? 0) - 100) / 100 }
    // Mean n - 1, variance 2 (n - 1): four deviations.
    let n = Double(masks.count - 1)
    #expect(square < n + 4 * (2 * n).squareRoot(), "chi-square \(square) of \(masks.count) masks")
  }

  private func pow(_ x: Double) -> Double { x * x }

  @Test func tradesKeepDegrees() {
    let shape = FeatureShape(channels: 3, height: 8, width: 8)
    let fields = KnownFields.central(shape, units: 41, seed: 2)
    var chain = DegreePreservingChain(fields, seed: 1, stream: "test")
    chain.advance(rounds: 5)
    #expect(chain.fields != fields)
    #expect(chain.fields.unitDegrees == fields.unitDegrees && chain.fields.inputDegrees == fields.inputDegrees)
    var again = DegreePreservingChain(fields, seed: 1, stream: "test")
    again.advance(rounds: 5)
    #expect(again.fields == chain.fields)
  }
}
