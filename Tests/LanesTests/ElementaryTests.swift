import Foundation
import Lanes
import TestSupport
import Testing

@Suite struct ElementaryTests {
  static let levels = CPULevel.available(for: "exp and log")

  /// Evenly spaced and random arguments of exp, with the ends of its range.
  static let exponents: [Float] = {
    var random = RandomStream(seed: 1, "exp"), values: [Float] = [-87, 88, 0, -0.0, 1, -1, 0.5, -0.5]
    for i in 0..<175_000 { values.append(Float(-87 + Double(i) * 0.001)) }
    while values.count % 16 != 0 || values.count < 300_000 { values.append(Float(175 * random.nextUniform() - 87)) }
    return values
  }()

  /// Normal numbers of every exponent, dense around 1.
  static let positives: [Float] = {
    var random = RandomStream(seed: 2, "log"),
      values: [Float] = [1, 2, 0.5, .leastNormalMagnitude, .greatestFiniteMagnitude]
    for exponent in UInt32(1)...254 {
      for _ in 0..<800 { values.append(Float(bitPattern: exponent << 23 | random.nextWord() >> 9)) }
    }
    while values.count % 16 != 0 || values.count < 300_000 { values.append(Float(0.5 + 1.5 * random.nextUniform())) }
    return values
  }()

  @Test(arguments: levels)
  func exponentialsAreAccurate(_ level: CPULevel) {
    let worst = zip(Self.exponents, level.kernels.exponentials(of: Self.exponents))
      .map { abs(Double($1) / exp(Double($0)) - 1) }.max()!
    print("exp at \(level.rawValue): largest relative error \(worst)")
    #expect(worst < 2e-7)
  }

  @Test(arguments: levels)
  func logarithmsAreAccurate(_ level: CPULevel) {
    let worst = zip(Self.positives, level.kernels.logarithms(of: Self.positives))
      .map { abs(Double($1) - log(Double($0))) / max(1, abs(log(Double($0)))) }.max()!
    print("log at \(level.rawValue): largest error \(worst)")
    #expect(worst < 2e-7)
  }

  @Test func exponentialsAreClamped() {
    for level in Self.levels {
      let y = level.kernels.exponentials(of: [-1000, -.infinity, 1000, .infinity] + [Float](repeating: 0, count: 12))
      #expect(y[0] == y[1] && y[0] > 0 && y[0] < 2e-38)
      #expect(y[2] == y[3] && y[2].isFinite && y[2] > 1e38)
      #expect(y[4] == 1)
    }
  }

  /// A number that is none must not come out as an innocent one: losses show divergence by it.
  @Test func notANumberStaysNotANumber() {
    for level in Self.levels {
      let x = [Float](repeating: .nan, count: 16)
      #expect(level.kernels.exponentials(of: x).allSatisfy { $0.isNaN })
      #expect(level.kernels.logarithms(of: x).allSatisfy { $0.isNaN })
    }
  }

  @Test func levelsGiveTheSameBits() {
    let reference = CPULevel.portable.kernels
    let exponentials = reference.exponentials(of: Self.exponents), logarithms = reference.logarithms(of: Self.positives)
    for level in Self.levels {
      let e = BitComparison(level.kernels.exponentials(of: Self.exponents), exponentials)
      let l = BitComparison(level.kernels.logarithms(of: Self.positives), logarithms)
      #expect(e.isEqual, "exp at \(level.rawValue): \(e)")
      #expect(l.isEqual, "log at \(level.rawValue): \(l)")
    }
  }
}
