import Basics
import Datasets
import Testing

/// Against values computed from the paper's formulas in NumPy, and the counts of its published code.
@Suite struct CubistSpiralTests {
  static let segments = [
    [831, 928, 1025, 1123, 1220, 1318, 1415, 1513, 1610, 1708, 1806, 1903, 2001, 2099, 2197, 2294],
    [609, 734, 860, 987, 1114, 1241, 1369, 1497, 1624, 1752, 1880, 2008, 2137, 2265, 2393, 2521],
  ]

  @Test func hasTheGoldenCounts() throws {
    let paths = CubistSpiral.paths()
    for (path, counts) in zip(paths, Self.segments) {
      #expect(CubistSpiral.counts(along: path, count: 25_000) == counts)
      #expect(counts.reduce(0, +) == 24_991)
    }
    let dataset = try Catalog.dataset(named: "cubist-spiral")
    #expect(dataset.train.count == 49_982 && dataset.train == dataset.test)
    #expect(dataset.train.labels == [Int32](repeating: 0, count: 24_991) + [Int32](repeating: 1, count: 24_991))
  }

  @Test func hasTheGoldenVertices() {
    let paths = CubistSpiral.paths()
    expect(paths[0][0], 144.460, 119.513)
    expect(paths[0][16], 105.628, 0.000)
    expect(paths[1][0], 153.731, 148.045)
    expect(paths[1][16], 114.898, 28.532)
    let moments = CubistSpiral.moments(CubistSpiral.points(ofClass: 25_000))
    expect(moments.mean, 145.1405, 182.7220)
    expect(moments.deviation, 86.0245, 82.9950)
  }

  @Test func startsWithTheGoldenPoints() throws {
    let dataset = try Catalog.dataset(named: "cubist-spiral")
    guard case .floats(let values) = dataset.train.pixels else {
      Issue.record("the points are no floats")
      return
    }
    expect([Double(values[0]), Double(values[1])], 0.58456, -0.80097, within: 6e-6)
    expect([Double(values[2 * 24_991]), Double(values[2 * 24_991 + 1])], 0.42623, -0.47890, within: 6e-6)
  }

  @Test func comesInAnySize() throws {
    let dataset = try Catalog.dataset(named: "cubist-spiral:5000")
    #expect(dataset.name == "cubist-spiral:5000" && (4960...5000).contains(dataset.train.count))
    for points in ["x", "100", "-1", "99999999999"] {
      #expect(throws: Problem.self) { try Catalog.dataset(named: "cubist-spiral:\(points)") }
    }
  }

  private func expect(
    _ point: SIMD2<Double>, _ x: Double, _ y: Double, within tolerance: Double = 6e-4,
    at location: SourceLocation = #_sourceLocation
  ) {
    #expect(abs(point.x - x) < tolerance && abs(point.y - y) < tolerance, "\(point)", sourceLocation: location)
  }
}
