public import Basics
public import Networks

/// How a unit of a deeper layer depends on the pixels: M_l = m_l ... m_2 m_1, a row for every unit.
///
/// With masks the entries count paths of surviving weights; with masked weights they are the network's linear map, without
/// its rectifiers (Pellegrini & Biroli 2022). Biases and batch norm play no part.
public struct PathCounts: Equatable, Sendable {
  public let shape: FeatureShape
  public let units: Int
  /// [unit][input].
  public let values: [Float]

  /// One for every layer, the first being the mask, or the masked weights, themselves.
  ///
  /// - Parameters:
  ///   - layers: Fully connected layers in order; the first reads the image.
  ///   - weights: `nil` counts paths.
  public static func chain(
    _ layers: [ParameterLayout.Entry], _ mask: Mask, shape: FeatureShape, weights: Parameters? = nil
  ) -> [PathCounts] {
    var result: [PathCounts] = []
    for entry in layers { result.append(PathCounts(entry, mask, weights, shape, behind: result.last)) }
    return result
  }

  private init(
    _ entry: ParameterLayout.Entry, _ mask: Mask, _ weights: Parameters?, _ shape: FeatureShape,
    behind before: PathCounts?
  ) {
    let outputs = entry.shape.dimensions[0], inputs = entry.shape.dimensions[1], size = shape.count
    precondition(inputs == before?.units ?? size, "\(inputs) inputs behind \(before?.units ?? size)")
    let rows = concurrently(outputs) { units in
      var rows = [Float](repeating: 0, count: units.count * size)
      for (place, unit) in units.enumerated() {
        for input in 0..<inputs {
          let i = entry.offset + unit * inputs + input
          guard mask.keeps[i] else { continue }
          let weight = weights?.values[i] ?? 1
          guard let before else {
            rows[place * size + input] = weight
            continue
          }
          rows.withUnsafeMutableBufferPointer { rows in
            before.values.withUnsafeBufferPointer { values in
              for pixel in 0..<size { rows[place * size + pixel] += weight * values[input * size + pixel] }
            }
          }
        }
      }
      return rows
    }
    self.shape = shape
    units = outputs
    values = rows.flatMap { $0 }
  }

  /// The pixels from which any path leads to each unit.
  public var fields: ReceptiveFields {
    ReceptiveFields(shape: shape, units: units) { values[$0 * shape.count + $1] != 0 }
  }

  /// The share of pairs of one unit and channel at most `radius` rows and columns apart, where every pair counts as the
  /// product of the absolute values of its entries; `nil` without pairs.
  public func weightedShare(within radius: Int) -> Double? {
    let parts = concurrently(units) { units in
      units.reduce(into: (near: 0.0, all: 0.0)) { sums, unit in
        for channel in 0..<shape.channels {
          let plane = shape.height * shape.width, first = unit * shape.count + channel * plane
          let pairs = Self.pairs(values[first..<first + plane].map { Double($0.magnitude) }, shape, radius)
          sums.near += pairs.near
          sums.all += pairs.all
        }
      }
    }
    let near = parts.reduce(0) { $0 + $1.near }, all = parts.reduce(0) { $0 + $1.all }
    return all > 0 ? near / all : nil
  }

  /// Unordered pairs of a plane, weighted: near ones and all.
  private static func pairs(_ plane: [Double], _ shape: FeatureShape, _ radius: Int) -> (near: Double, all: Double) {
    var near = 0.0, sum = 0.0, squares = 0.0
    plane.withUnsafeBufferPointer { plane in
      for y in 0..<shape.height {
        for x in 0..<shape.width {
          let value = plane[y * shape.width + x]
          guard value != 0 else { continue }
          sum += value
          squares += value * value
          var neighbours = 0.0
          for row in y...min(y + radius, shape.height - 1) {
            let first = row == y ? x + 1 : max(0, x - radius), end = min(x + radius + 1, shape.width)
            for column in first..<max(first, end) { neighbours += plane[row * shape.width + column] }
          }
          near += value * neighbours
        }
      }
    }
    return (near, (sum * sum - squares) / 2)
  }
}
