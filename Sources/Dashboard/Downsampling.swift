/// Fewer points of a curve that look the same: largest triangle, three buckets (Steinarsson 2013).
enum Downsampling {
  /// The first and the last point, and of every bucket between them the one that spans the largest triangle with the point
  /// chosen before and the mean of the bucket after.
  static func points(_ points: [(x: Double, y: Double)], to count: Int) -> [(x: Double, y: Double)] {
    precondition(count >= 3, "\(count) points make no curve")
    guard points.count > count else { return points }
    let width = Double(points.count - 2) / Double(count - 2)
    func bucket(_ i: Int) -> Range<Int> {
      let start = 1 + Int(Double(i) * width), end = min(points.count - 1, 1 + Int(Double(i + 1) * width))
      return start..<max(start + 1, end)
    }
    var chosen = [points[0]]
    for i in 0..<count - 2 {
      let next = i + 1 < count - 2 ? points[bucket(i + 1)] : points[(points.count - 1)...]
      let n = Double(next.count)
      let mean = (x: next.reduce(0) { $0 + $1.x } / n, y: next.reduce(0) { $0 + $1.y } / n), last = chosen.last!
      func area(_ p: (x: Double, y: Double)) -> Double {
        ((last.x - mean.x) * (p.y - last.y) - (last.x - p.x) * (mean.y - last.y)).magnitude
      }
      chosen.append(points[bucket(i)].max { area($0) < area($1) }!)
    }
    return chosen + [points[points.count - 1]]
  }
}
