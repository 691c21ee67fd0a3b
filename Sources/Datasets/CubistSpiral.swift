import Basics
import Lanes

/// Two square-cornered spirals in the plane, one a class, without noise: a problem whose sparsest network is known.
///
/// Zhang & Papyan 2024, *Sparsest Models Elude Pruning* (arXiv:2407.04075). The vertices are 17 points at angles that are
/// pi/4 apart, on a line that widens as it turns; class 0 runs 15 outside it, class 1 15 inside. Each of the 16 segments of
/// a class gets int(length / all lengths * n) points, evenly spaced, both ends among them. Both axes are standardised by
/// mean and deviation (division by count - 1) of all points. Training and test samples are the same points: the set asks
/// what a network can represent and learn, not how it generalises.
///
/// `cubist-spiral` has n = 25 000, which gives 24 991 points a class; `cubist-spiral:5000` asks for 5 000 points in all.
public struct CubistSpiral: DataSource, DataForm {
  public init() {}

  public let name = "cubist-spiral"
  public let prefix = "cubist-spiral"
  public let usage = "cubist-spiral:POINTS"
  public let summary = "two spirals with corners in the plane, 49 982 points without noise, or about as many as named"
  public let origin = "generated after Q. Zhang & V. Papyan 2024, arXiv:2407.04075"

  static let turns = 17

  public func load(from locator: DataLocator) throws -> Dataset { try load(pointsOfClass: 25_000, name) }

  /// - Parameter path: How many points in all; two classes of half as many are asked for.
  public func load(_ path: String, _ options: LoadOptions) throws -> Dataset {
    try TestShare.checkUnused(options, name: "\(prefix):\(path)")
    guard let points = Int(path), (200...20_000_000).contains(points) else {
      throw Problem.usage(
        "'\(prefix):\(path)' names no number of points.", remedy: "Give 200 to 20000000 points, like \(prefix):5000.")
    }
    return try load(pointsOfClass: points / 2, "\(prefix):\(points)")
  }

  private func load(pointsOfClass: Int, _ name: String) throws -> Dataset {
    let classes = Self.paths().map { Self.points(along: $0, count: pointsOfClass) }
    let points = Self.standardised(classes.flatMap { $0 })
    let labels = classes.enumerated().flatMap { [Int32](repeating: Int32($0), count: $1.count) }
    let split = Split(pixels: .floats(points.flatMap { [Float($0.x), Float($0.y)] }), labels: labels)
    return try Dataset(
      name: name, source: origin, inputShape: FeatureShape(channels: 2), classCount: 2,
      pixelScale: 1, train: split, test: split)
  }

  package typealias Point = SIMD2<Double>

  /// The vertices of both classes, shifted so that their least coordinates are 0.
  package static func paths() -> [[Point]] {
    let directions = (0..<turns).map { direction($0) }
    let centres = directions.enumerated().map { i, d in (10 * angle(i) + pi) * d }
    let paths = [15.0, -15.0].map { offset in zip(centres, directions).map { $0 + offset * $1 } }
    let least = paths.flatMap { $0 }.reduce(Point(repeating: .infinity)) { pointwiseMin($0, $1) }
    return paths.map { $0.map { $0 - least } }
  }

  private static let pi = 3.141592653589793

  /// pi to 5 pi in steps of pi/4, and 0.4 pi on.
  private static func angle(_ i: Int) -> Double { pi + Double(i) * pi / 4 + 0.4 * pi }

  /// Cosine and sine by our own series, which wants angles in -pi ... pi.
  private static func direction(_ i: Int) -> Point {
    let halfTurns = 1.4 + Double(i % 8) / 4
    return Point(Deterministic.cosine(wrapped(halfTurns) * pi), Deterministic.cosine(wrapped(halfTurns - 0.5) * pi))
  }

  /// Whole turns taken off: into -1 ... 1 half turns.
  private static func wrapped(_ halfTurns: Double) -> Double { halfTurns - 2 * (halfTurns / 2).rounded() }

  /// How many points each segment of a path gets.
  package static func counts(along path: [Point], count: Int) -> [Int] {
    let lengths = zip(path, path.dropFirst()).map { length($1 - $0) }, total = lengths.reduce(0, +)
    return lengths.map { Int($0 / total * Double(count)) }
  }

  private static func length(_ v: Point) -> Double { (v * v).sum().squareRoot() }

  /// Segment by segment, each from its end to its start, as the reference walks.
  private static func points(along path: [Point], count: Int) -> [Point] {
    counts(along: path, count: count).enumerated().flatMap { i, count in
      (0..<count).map { k in
        let t = count > 1 ? Double(k) / Double(count - 1) : 0
        return t * path[i] + (1 - t) * path[i + 1]
      }
    }
  }

  private static func standardised(_ points: [Point]) -> [Point] {
    let (mean, deviation) = moments(points)
    return points.map { ($0 - mean) / deviation }
  }

  /// Mean and sample deviation of each axis.
  package static func moments(_ points: [Point]) -> (mean: Point, deviation: Point) {
    let mean = points.reduce(.zero, +) / Double(points.count)
    let squares = points.reduce(Point.zero) { $0 + ($1 - mean) * ($1 - mean) }
    return (mean, (squares / Double(points.count - 1)).squareRoot())
  }

  /// All points before they are standardised, class 0 first.
  package static func points(ofClass count: Int) -> [Point] { paths().flatMap { points(along: $0, count: count) } }
}
