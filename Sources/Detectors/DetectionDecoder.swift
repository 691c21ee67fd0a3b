import Basics
public import Detection
import Foundation
import Networks

/// Reads detections out of a detector's outputs.
public struct DetectionDecoder: Sendable {
  public let detector: Detector
  /// Detections of a lower score are none.
  public var leastScore = 0.02
  /// Boxes of one class that overlap more are of one object.
  public var overlap = 0.5
  public var limit = 20
  /// Height and width of images.
  private let height, width: Int

  public init(_ detector: Detector) {
    self.detector = detector
    (height, width) = (detector.architecture.input.height, detector.architecture.input.width)
  }

  /// The objects of one image, best first. A score is the probability of an object times that of its class.
  ///
  /// - Parameters:
  ///   - output: The network's, flat.
  ///   - categories: Ids, by class.
  public func detections(_ output: [Float], image: Int, categories: [Int]) -> [DetectedObject] {
    let found = candidates(output)
    let kept = NonMaximumSuppression.kept(
      found.map(\.box), scores: found.map(\.score), categories: found.map(\.category), overlap: overlap, limit: limit)
    return kept.map { found[$0] }.map { candidate in
      DetectedObject(
        image: image, category: categories[candidate.category], score: candidate.score,
        shape: shape(candidate, output), area: candidate.box.area)
    }
  }

  private struct Candidate {
    var category: Int
    var score: Double
    var box: Box
  }

  /// Of every place all classes that score enough.
  private func candidates(_ output: [Float]) -> [Candidate] {
    let grid = detector.grid, places = grid.height * grid.width
    let cell = (width: Double(width) / Double(grid.width), height: Double(height) / Double(grid.height))
    var found: [Candidate] = []
    for place in 0..<places {
      let presence = Self.sigmoid(output[detector.presence.first + place])
      guard presence >= leastScore else { continue }
      let logits = (0..<detector.classes).map { output[detector.classTerm.first + $0 * places + place] }
      let x = (Double(place % grid.width) + 0.5) * cell.width, y = (Double(place / grid.width) + 0.5) * cell.height
      let sides = (0..<4).map { Self.softplus(output[detector.boxes.first + $0 * places + place]) }
      let left = max(0, x - sides[0] * cell.width), top = max(0, y - sides[1] * cell.height)
      let right = min(Double(width), x + sides[2] * cell.width)
      let bottom = min(Double(height), y + sides[3] * cell.height)
      guard right > left, bottom > top else { continue }
      let box = Box(x: left, y: top, width: right - left, height: bottom - top)
      for (category, share) in Self.softmax(logits).enumerated() where presence * share >= leastScore {
        found.append(Candidate(category: category, score: presence * share, box: box))
      }
    }
    return found
  }

  private func shape(_ candidate: Candidate, _ output: [Float]) -> Shape {
    switch detector.task {
    case .detect: .box(candidate.box)
    case .segment: .segmentation(.mask(mask(candidate, output)))
    case .keypoints: .keypoints(keypoints(candidate.box, output), box: candidate.box)
    }
  }

  // MARK: masks

  /// The pixels of the box where the class is more likely than not, between places by bilinear interpolation of the logits.
  private func mask(_ candidate: Candidate, _ output: [Float]) -> RunLengthMask {
    let term = detector.fineTerm!, fine = detector.fine!, box = candidate.box
    let map = MapSampler(
      output, first: term.first + candidate.category * term.places, height: fine.height, width: fine.width)
    let columns = max(0, Int(box.x))..<min(width, Int((box.x + box.width).rounded(.up)))
    let rows = max(0, Int(box.y))..<min(height, Int((box.y + box.height).rounded(.up)))
    let scale = (x: Double(fine.width) / Double(width), y: Double(fine.height) / Double(height))
    var pixels = [Bool](repeating: false, count: height * width)
    for row in rows {
      for column in columns {
        pixels[row * width + column] =
          map[(Double(column) + 0.5) * scale.x - 0.5, (Double(row) + 0.5) * scale.y - 0.5] > 0
      }
    }
    return RunLengthMask(height: height, width: width, pixels: pixels)
  }

  // MARK: keypoints

  /// Of each heat-map the highest place in the box, which is widened by a tenth, moved to the centre of the heat around it.
  private func keypoints(_ box: Box, _ output: [Float]) -> Keypoints {
    let term = detector.fineTerm!, fine = detector.fine!
    let scale = (x: Double(fine.width) / Double(width), y: Double(fine.height) / Double(height))
    func range(_ low: Double, _ length: Double, _ scale: Double, _ count: Int) -> ClosedRange<Int> {
      let first = min(count - 1, max(0, Int((low - length / 10) * scale - 0.5)))
      return first...max(first, min(count - 1, Int(((low + length * 1.1) * scale - 0.5).rounded(.up))))
    }
    let rows = range(box.y, box.height, scale.y, fine.height), columns = range(box.x, box.width, scale.x, fine.width)
    var flat: [Double] = []
    for channel in 0..<fine.channels {
      let first = term.first + channel * term.places
      var best = (row: rows.lowerBound, column: columns.lowerBound), highest = -Float.infinity
      for row in rows {
        for column in columns where output[first + row * fine.width + column] > highest {
          (best, highest) = ((row, column), output[first + row * fine.width + column])
        }
      }
      var x = 0.0, y = 0.0, sum = 0.0
      for row in max(0, best.row - 1)...min(fine.height - 1, best.row + 1) {
        for column in max(0, best.column - 1)...min(fine.width - 1, best.column + 1) {
          let heat = Self.sigmoid(output[first + row * fine.width + column])
          x += heat * Double(column)
          y += heat * Double(row)
          sum += heat
        }
      }
      let place = sum > 0 ? (x / sum, y / sum) : (Double(best.column), Double(best.row))
      flat += [(place.0 + 0.5) / scale.x, (place.1 + 0.5) / scale.y, 2]
    }
    return Keypoints(flat: flat)
  }

  // MARK: arithmetic

  private static func sigmoid(_ z: Float) -> Double { 1 / (1 + exp(-Double(z))) }
  private static func softplus(_ z: Float) -> Double { max(Double(z), 0) + log1p(exp(-abs(Double(z)))) }
  private static func softmax(_ z: [Float]) -> [Double] {
    let highest = Double(z.max() ?? 0), powers = z.map { exp(Double($0) - highest) }, sum = powers.reduce(0, +)
    return powers.map { $0 / sum }
  }
}

/// A map of an output, read between its places by bilinear interpolation; beyond its edge the edge counts.
private struct MapSampler {
  private let values: [Float]
  private let first, height, width: Int

  init(_ values: [Float], first: Int, height: Int, width: Int) {
    (self.values, self.first, self.height, self.width) = (values, first, height, width)
  }

  subscript(x: Double, y: Double) -> Double {
    let x = min(Double(width - 1), max(0, x)), y = min(Double(height - 1), max(0, y))
    let left = Int(x), top = Int(y), right = min(width - 1, left + 1), bottom = min(height - 1, top + 1)
    let across = x - Double(left), down = y - Double(top)
    func value(_ row: Int, _ column: Int) -> Double { Double(values[first + row * width + column]) }
    let upper = value(top, left) * (1 - across) + value(top, right) * across
    let lower = value(bottom, left) * (1 - across) + value(bottom, right) * across
    return upper * (1 - down) + lower * down
  }
}
