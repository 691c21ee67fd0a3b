extension RunLengthMask {
  /// Why a polygon is none.
  public enum PolygonFault: Error, Equatable {
    /// Other than x and y of three corners or more.
    case corners(Int)
    case notFinite
    /// Further from the origin than `farthest` pixels.
    case tooFar(Double)
    /// Its outline takes more than `longestOutline` fifths of a pixel.
    case tooLong(Int)
  }

  /// Pixels from the origin that no corner may be beyond.
  public static let farthest = 1e8
  /// Fifths of a pixel: some tenths of a second of work.
  public static let longestOutline = 1 << 26

  /// Fifths of a pixel to a pixel: the grid that outlines are followed on.
  private static let scale = 5

  /// The corners of a polygon on the grid.
  ///
  /// - Parameter polygon: x and y of each corner, in pixels.
  static func corners(_ polygon: [Double]) throws(PolygonFault) -> [(x: Int, y: Int)] {
    guard polygon.count >= 6, polygon.count % 2 == 0 else { throw .corners(polygon.count) }
    guard polygon.allSatisfy(\.isFinite) else { throw .notFinite }
    if let far = polygon.first(where: { $0.magnitude > farthest }) { throw .tooFar(far) }
    // Towards zero, as a cast in C: left of and above the image it matters.
    let grid = polygon.map { Int(Double(scale) * $0 + 0.5) }
    let corners = stride(from: 0, to: grid.count, by: 2).map { (x: grid[$0], y: grid[$0 + 1]) }
    var length = 0
    for (a, b) in zip(corners, corners.dropFirst() + corners.prefix(1)) {
      length += max(abs(a.x - b.x), abs(a.y - b.y)) + 1
      if length > longestOutline { throw .tooLong(longestOutline) }
    }
    return corners
  }

  /// The pixels inside of a polygon, by COCO's rule: its outline is followed in steps of a fifth of a pixel, and where it
  /// passes the middle of a column, the column changes between background and object.
  ///
  /// - Parameter polygon: x and y of each corner, in pixels.
  public init(height: Int, width: Int, polygon: [Double]) throws(PolygonFault) {
    let corners = try Self.corners(polygon)
    var turns: [Int] = []
    var last: (x: Int, y: Int)?
    for (a, b) in zip(corners, corners.dropFirst() + corners.prefix(1)) {
      Self.follow(from: a, to: b) { x, y in
        if let last, x != last.x,
          let column = Self.column(x < last.x ? x : x - 1, width: width)
        {
          turns.append(column * height + Self.row(min(y, last.y), height: height))
        }
        last = (x, y)
      }
    }
    turns.sort()
    turns.append(height * width)
    self.init(height: height, width: width, counts: Self.counts(turns))
  }

  /// Visits the grid's points from one corner to the next, both included, a step of the longer side at a time.
  private static func follow(from a: (x: Int, y: Int), to b: (x: Int, y: Int), _ visit: (Int, Int) -> Void) {
    let dx = abs(b.x - a.x), dy = abs(b.y - a.y)
    guard dx > 0 || dy > 0 else { return visit(a.x, a.y) }
    let isWide = dx >= dy, steps = max(dx, dy)
    // Interpolated from the lesser end: both directions of an edge give the same points.
    let isTurned = isWide ? a.x > b.x : a.y > b.y
    let (start, end) = isTurned ? (b, a) : (a, b)
    let slope = isWide ? Double(end.y - start.y) / Double(dx) : Double(end.x - start.x) / Double(dy)
    for step in 0...steps {
      let t = isTurned ? steps - step : step
      if isWide {
        visit(start.x + t, Int(Double(start.y) + slope * Double(t) + 0.5))
      } else {
        visit(Int(Double(start.x) + slope * Double(t) + 0.5), start.y + t)
      }
    }
  }

  /// The column whose middle lies behind a point of the grid.
  private static func column(_ x: Int, width: Int) -> Int? {
    guard x >= 2, (x - 2) % scale == 0, (x - 2) / scale < width else { return nil }
    return (x - 2) / scale
  }

  /// The first row whose middle is not above a point of the grid; `height` below the image.
  private static func row(_ y: Int, height: Int) -> Int { y <= 2 ? 0 : min(height, (y - 2 + scale - 1) / scale) }

  /// Lengths between places, in order, at which background and object change; two changes at one place are none.
  private static func counts(_ turns: [Int]) -> [UInt32] {
    var counts: [UInt32] = [], previous = 0, isJoining = false
    for turn in turns {
      let length = UInt32(turn - previous)
      previous = turn
      if isJoining {
        counts[counts.count - 1] += length
        isJoining = false
      } else if length > 0 || counts.isEmpty {
        counts.append(length)
      } else {
        isJoining = true
      }
    }
    return counts
  }
}
