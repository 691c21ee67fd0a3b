public import Basics
import Foundation

/// How often two inputs of one unit lie a displacement apart.
///
/// S(d) = #{ordered pairs (a, b), a != b, read by one unit: position a - position b = d}, added over the units, for pairs of
/// one channel and of different channels (Pellegrini & Biroli 2022, arXiv:2104.13343). The centre of the first is 0; that
/// of the second counts different colours of one pixel. Both are symmetric.
public struct DisplacementMap: Equatable, Sendable, Codable {
  /// Rows and columns of displacements, from 1 - size to size - 1 of the image.
  public let height: Int
  public let width: Int
  /// Row by row; the middle is no displacement.
  public let sameChannel: [Int]
  public let differentChannel: [Int]

  public init(_ fields: ReceptiveFields) {
    let shape = fields.shape, height = 2 * shape.height - 1, width = 2 * shape.width - 1
    (self.height, self.width) = (height, width)
    let parts = concurrently(fields.units) { units in
      var counter = PairCounter(fields)
      for unit in units { counter.add(unit) }
      return counter
    }
    func total(_ path: KeyPath<PairCounter, [Int]>) -> [Int] {
      var sum = [Int](repeating: 0, count: height * width)
      for part in parts { for (i, count) in part[keyPath: path].enumerated() { sum[i] += count } }
      // Every pair was counted in one of its two orders.
      return sum.indices.map { sum[$0] + sum[sum.count - 1 - $0] }
    }
    sameChannel = total(\.same)
    differentChannel = total(\.different)
  }

  public func count(same: Bool, dy: Int, dx: Int) -> Int {
    (same ? sameChannel : differentChannel)[(dy + height / 2) * width + dx + width / 2]
  }

  /// Mean Euclidean distance, in pixels, of two inputs of one channel; `nil` without such pairs.
  public var meanDistance: Double? {
    var sum = 0.0, pairs = 0
    for (i, count) in sameChannel.enumerated() where count > 0 {
      let dy = Double(i / width - height / 2), dx = Double(i % width - width / 2)
      sum += Double(count) * (dy * dy + dx * dx).squareRoot()
      pairs += count
    }
    return pairs > 0 ? sum / Double(pairs) : nil
  }
}

extension DisplacementMap: Sound {
  public var isSound: Bool {
    height > 0 && width > 0 && [sameChannel, differentChannel].allSatisfy { $0.count == height * width }
  }
}

/// Counts each pair of inputs of a unit once: by walking over the pairs of small fields, by shifting and counting bits of
/// large ones. With places numbered along rows of 2 width - 1, the difference of two numbers is the displacement's place.
private struct PairCounter: Sendable {
  var same: [Int]
  var different: [Int]
  private let fields: ReceptiveFields
  private let pitch: Int
  private let centre: Int

  init(_ fields: ReceptiveFields) {
    let shape = fields.shape
    self.fields = fields
    pitch = 2 * shape.width - 1
    centre = (shape.height - 1) * pitch + shape.width - 1
    same = [Int](repeating: 0, count: (2 * shape.height - 1) * pitch)
    different = same
  }

  mutating func add(_ unit: Int) {
    let shape = fields.shape, degree = fields.degree(of: unit)
    // A pair takes about as long as one word shifted and counted: 288 thousand of them for 3x32x32.
    let shifts = shape.channels * shape.channels * 2 * shape.height * shape.height * shape.width
    if degree * degree / 2 < shifts { addPairs(unit) } else { addShifts(unit) }
  }

  private mutating func addPairs(_ unit: Int) {
    let shape = fields.shape, plane = shape.height * shape.width
    let inputs = fields.inputs(of: unit)
    let places = inputs.map { $0 % plane / shape.width * pitch + $0 % shape.width }
    var ends: [Int] = []
    for channel in 1...shape.channels { ends.append(inputs.firstIndex { $0 >= channel * plane } ?? inputs.count) }
    same.withUnsafeMutableBufferPointer { same in
      different.withUnsafeMutableBufferPointer { different in
        places.withUnsafeBufferPointer { places in
          for a in places.indices {
            let first = places[a] + centre, end = ends[inputs[a] / plane]
            for b in a + 1..<max(end, a + 1) { same[first &- places[b]] &+= 1 }
            for b in end..<places.count { different[first &- places[b]] &+= 1 }
          }
        }
      }
    }
  }

  private mutating func addShifts(_ unit: Int) {
    let channels = fields.shape.channels
    for a in 0..<channels {
      for b in a..<channels { addShifts(unit * channels + a, unit * channels + b, areSame: a == b) }
    }
  }

  /// Pairs of an input of one plane and an input of another; within one plane those of positive displacement.
  private mutating func addShifts(_ a: Int, _ b: Int, areSame: Bool) {
    let height = fields.shape.height, width = fields.shape.width
    fields.rows.withUnsafeBufferPointer { rows in
      let a = rows.baseAddress! + a * height, b = rows.baseAddress! + b * height
      for dy in (areSame ? 0 : 1 - height)..<height {
        for dx in (areSame && dy == 0 ? 1 : 1 - width)..<width {
          let right = UInt64(max(0, dx)), left = UInt64(max(0, -dx))
          var count = 0
          for y in max(0, -dy)..<min(height, height - dy) {
            count &+= (((a[y + dy] &>> right) &<< left) & b[y]).nonzeroBitCount
          }
          let place = centre + dy * pitch + dx
          if areSame { same[place] += count } else { different[place] += count }
        }
      }
    }
  }
}

/// The results of a few stretches of 0..<`count`, computed side by side, in order.
func concurrently<Part: Sendable>(_ count: Int, parts: Int = 8, _ body: @Sendable (Range<Int>) -> Part) -> [Part] {
  let results = ConcurrentResults<Part>()
  DispatchQueue.concurrentPerform(iterations: parts) { part in
    results.set(part, body(part * count / parts..<(part + 1) * count / parts))
  }
  return results.inOrder
}

/// It is `@unchecked Sendable` because a lock guards all that changes.
private final class ConcurrentResults<Part: Sendable>: @unchecked Sendable {
  private let lock = NSLock()
  private var results: [Int: Part] = [:]

  func set(_ place: Int, _ part: Part) { lock.withLock { results[place] = part } }
  var inOrder: [Part] { lock.withLock { results.sorted { $0.key < $1.key }.map(\.value) } }
}
