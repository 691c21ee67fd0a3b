import Analysis
import Basics
import Lanes
import Testing

/// Masks whose locality is known.
enum KnownFields {
  static let colour = FeatureShape(channels: 3, height: 32, width: 32)

  /// All colours of a 3x3 window at a random place.
  static func windows(_ shape: FeatureShape, units: Int) -> ReceptiveFields {
    var random = RandomStream(seed: 1, "windows"), fields = ReceptiveFields(shape: shape, units: units)
    for unit in 0..<units {
      let y = random.nextIndex(below: shape.height - 2), x = random.nextIndex(below: shape.width - 2)
      for i in 0..<9 * shape.channels {
        fields.insert((i / 9 * shape.height + y + i % 9 / 3) * shape.width + x + i % 3, into: unit)
      }
    }
    return fields
  }

  /// Every connection by a coin of its own, with odds that the unit and the pixel multiply: given the degrees of units and
  /// pixels, all such masks are equally likely.
  static func independent(
    _ shape: FeatureShape, units: Int, seed: UInt64, odds: (_ unit: Int, _ y: Int, _ x: Int) -> Double
  ) -> ReceptiveFields {
    var random = RandomStream(seed: seed, "independent")
    let plane = shape.height * shape.width
    return ReceptiveFields(shape: shape, units: units) { unit, input in
      let odds = odds(unit, input % plane / shape.width, input % shape.width)
      return random.nextUniform() < odds / (1 + odds)
    }
  }

  static func central(_ shape: FeatureShape, units: Int, seed: UInt64) -> ReceptiveFields {
    independent(shape, units: units, seed: seed) { unit, y, x in
      let dy = Double(2 * y + 1 - shape.height) / Double(shape.height)
      let dx = Double(2 * x + 1 - shape.width) / Double(shape.width)
      let square = 3 * (dy * dy + dx * dx)
      return (unit % 3 == 0 ? 0.2 : 0.05) / (1 + square * square * square)
    }
  }
}

@Suite struct LocalityTests {
  @Test func windowsAreLocal() {
    let fields = KnownFields.windows(KnownFields.colour, units: 200)
    let analysis = LocalityAnalysis(fields)
    #expect(analysis.statistics[.within2] == 1 && analysis.statistics[.within3] == 1)
    // Of the 36 pairs of a 3x3 window 20 are neighbours.
    #expect(analysis.statistics[.within1] == 20.0 / 36)
    // Of 9 places in each of two channels one is the same.
    #expect(abs(analysis.statistics[.colourCoherence]! - 1.0 / 9) < 1e-12)
    #expect(abs(analysis.statistics[.gyration]! - (4.0 / 3).squareRoot()) < 1e-12)
    for model in NullModel.allCases { #expect(analysis.comparison(.within2, model)!.z! > 100) }
    #expect(analysis.patch.similarity! > 0.999)
    #expect(analysis.patchComparison!.z! > 50)
  }

  @Test(arguments: [UInt64(0), 1, 2]) func randomMasksAreNot(seed: UInt64) {
    let fields = KnownFields.independent(KnownFields.colour, units: 200, seed: seed) { _, _, _ in 0.02 }
    let analysis = LocalityAnalysis(fields, seed: seed)
    for model in NullModel.allCases {
      for measure in LocalityMeasure.allCases {
        let z = analysis.comparison(measure, model)!.z!
        #expect(abs(z) < 3, "\(measure) beside \(model): \(z)")
      }
    }
    #expect(abs(analysis.patchComparison!.z!) < 4)
  }

  /// A bias to the middle alone is locality beside the uniform model, and none beside the other.
  @Test(arguments: [UInt64(0), 1, 2]) func centralMasksAreNot(seed: UInt64) {
    let analysis = LocalityAnalysis(KnownFields.central(KnownFields.colour, units: 200, seed: seed), seed: seed)
    #expect(analysis.comparison(.within2, .uniform)!.z! > 20)
    #expect(analysis.comparison(.gyration, .uniform)!.z! < -20)
    for measure in LocalityMeasure.allCases {
      let z = analysis.comparison(measure, .degreePreserving)!.z!
      #expect(abs(z) < 3, "\(measure): \(z)")
    }
  }

  /// Constant pixels that were never connected must not make the others look close.
  @Test func unavailablePixelsAreNoLocality() {
    let shape = FeatureShape(channels: 1, height: 16, width: 16)
    let available = (0..<256).map { 4..<12 ~= $0 / 16 && 4..<12 ~= $0 % 16 }
    var random = RandomStream(seed: 3, "window")
    let fields = ReceptiveFields(shape: shape, units: 300) { _, input in
      available[input] && random.nextUniform() < 0.2
    }
    #expect(LocalityAnalysis(fields).comparison(.within2, .uniform)!.z! > 20)
    #expect(abs(LocalityAnalysis(fields, available: available).comparison(.within2, .uniform)!.z!) < 3)
  }

  @Test func emptyAndFullMasksHaveNoScores() {
    let shape = FeatureShape(channels: 1, height: 4, width: 4)
    let empty = LocalityAnalysis(ReceptiveFields(shape: shape, units: 5))
    #expect(empty.statistics.values.isEmpty && empty.meanDistance == nil && empty.patch.units == 0)
    let full = LocalityAnalysis(ReceptiveFields(shape: shape, units: 5) { _, _ in true })
    #expect(full.comparison(.within1, .uniform)!.z == nil)
    #expect(full.comparison(.within1, .degreePreserving)!.z == nil)
    #expect(full.statistics[.within3] == 1)
  }

  /// Against counting pairs one by one, for fields small and large, on an image whose sides differ.
  @Test func displacementsMatchBruteForce() {
    let shape = FeatureShape(channels: 2, height: 5, width: 7)
    let fields = KnownFields.independent(shape, units: 12, seed: 5) { unit, _, _ in unit < 6 ? 0.1 : 20 }
    let map = DisplacementMap(fields)
    var same = [Int](repeating: 0, count: 9 * 13), different = same, distance = 0.0
    for unit in 0..<12 {
      let inputs = fields.inputs(of: unit)
      for a in inputs {
        for b in inputs where a != b {
          let dy = a % 35 / 7 - b % 35 / 7, dx = a % 7 - b % 7, place = (dy + 4) * 13 + dx + 6
          if a / 35 == b / 35 {
            same[place] += 1
            distance += Double(dy * dy + dx * dx).squareRoot()
          } else {
            different[place] += 1
          }
        }
      }
    }
    #expect(map.height == 9 && map.width == 13)
    #expect(map.sameChannel == same && map.differentChannel == different)
    #expect(abs(map.meanDistance! - distance / Double(same.reduce(0, +))) < 1e-9)
    let statistics = LocalityStatistics(fields)
    for (radius, measure) in [(1, LocalityMeasure.within1), (2, .within2), (3, .within3)] {
      let near = same.indices.reduce(0) { sum, i in
        max(abs(i / 13 - 4), abs(i % 13 - 6)) <= radius ? sum + same[i] : sum
      }
      #expect(statistics[measure] == Double(near) / Double(same.reduce(0, +)))
    }
    #expect(
      statistics[.colourCoherence] == Double(map.count(same: false, dy: 0, dx: 0)) / Double(different.reduce(0, +)))
  }

  @Test func degreesCount() {
    let shape = FeatureShape(channels: 1, height: 2, width: 3)
    var fields = ReceptiveFields(shape: shape, units: 3)
    for (unit, input) in [(0, 0), (0, 5), (2, 5), (2, 1), (2, 2)] { fields.insert(input, into: unit) }
    #expect(fields.unitDegrees == [2, 0, 3] && fields.inputDegrees == [1, 1, 1, 0, 0, 2])
    #expect(fields.mostConnected(2) == [2, 0] && fields.connections == 5)
    #expect(fields.subset([2]).inputs(of: 0) == [1, 2, 5])
  }
}
