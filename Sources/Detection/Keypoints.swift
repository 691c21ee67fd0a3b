import Foundation

/// Keypoints of an object or a detection, in the order of its category.
public struct Keypoints: Equatable, Sendable {
  public var x, y: [Double]
  /// Of annotations: 0 not labelled, 1 labelled but hidden, 2 visible.
  public var visibility: [Double]

  /// - Parameter flat: x, y and visibility of every keypoint, as COCO stores them.
  public init(flat: [Double]) {
    precondition(flat.count % 3 == 0, "\(flat.count) numbers of keypoints")
    x = stride(from: 0, to: flat.count, by: 3).map { flat[$0] }
    y = stride(from: 1, to: flat.count, by: 3).map { flat[$0] }
    visibility = stride(from: 2, to: flat.count, by: 3).map { flat[$0] }
  }

  /// As COCO stores them.
  public var flat: [Double] { (0..<count).flatMap { [x[$0], y[$0], visibility[$0]] } }

  public var count: Int { x.count }
  public var labelled: Int { visibility.count { $0 > 0 } }

  /// The smallest box around all of them: what COCO takes for the size of a detection without a box.
  public var extent: Box {
    guard let left = x.min(), let right = x.max(), let top = y.min(), let bottom = y.max() else {
      return Box(x: 0, y: 0, width: 0, height: 0)
    }
    return Box(x: left, y: top, width: right - left, height: bottom - top)
  }

  /// Object keypoint similarity of these, detected, with those of an object: the mean of exp(-d^2 / (2 s^2 (2 sigma)^2)) over
  /// its labelled keypoints, s^2 the object's area (https://cocodataset.org/#keypoints-eval).
  ///
  /// Where nothing is labelled, distances are to the object's box, doubled about its centre in both directions.
  public func similarity(to object: Keypoints, area: Double, box: Box, sigmas: KeypointSigmas) -> Double {
    let isLabelled = object.labelled > 0
    var sum = 0.0, terms = 0.0
    for i in 0..<count where !isLabelled || object.visibility[i] > 0 {
      let dx: Double, dy: Double
      if isLabelled {
        (dx, dy) = (x[i] - object.x[i], y[i] - object.y[i])
      } else {
        dx = Self.excess(x[i], from: box.x - box.width, to: box.x + box.width * 2)
        dy = Self.excess(y[i], from: box.y - box.height, to: box.y + box.height * 2)
      }
      let doubled = sigmas[i, of: count] * 2, squares = dx * dx + dy * dy
      sum += exp(-(squares / (doubled * doubled) / (area + Double.ulpOfOne) / 2))
      terms += 1
    }
    return terms > 0 ? sum / terms : 0
  }

  /// How far a coordinate lies outside of a range.
  private static func excess(_ value: Double, from low: Double, to high: Double) -> Double {
    max(0, low - value) + max(0, value - high)
  }

  /// How many of an object's labelled keypoints these, detected, hit: PCK counts those nearer than `alpha` times the longer
  /// side of the object's box (Yang & Ramanan 2013, section 5).
  func hits(on object: Keypoints, alpha: Double, box: Box) -> Int {
    let reach = alpha * max(box.width, box.height)
    return (0..<count).count { i in
      let dx = x[i] - object.x[i], dy = y[i] - object.y[i]
      return object.visibility[i] > 0 && (dx * dx + dy * dy).squareRoot() <= reach
    }
  }
}

/// How far annotators differ on each keypoint, in units of the root of an object's area.
public struct KeypointSigmas: Equatable, Sendable {
  /// Of COCO's 17 keypoints of persons.
  public static let coco: [Double] = [
    0.26, 0.25, 0.25, 0.35, 0.35, 0.79, 0.79, 0.72, 0.72, 0.62, 0.62, 1.07, 1.07, 0.87, 0.87, 0.89, 0.89,
  ].map { $0 / 10 }
  /// For other numbers of keypoints, of which nobody has measured it: between COCO's eyes (0.025) and hips (0.107).
  public static let usual = 0.05

  /// One value for all keypoints, or one each; `nil` for COCO's where there are 17, and `usual` elsewhere.
  public var values: [Double]?

  public init(_ values: [Double]? = nil) { self.values = values }

  subscript(index: Int, of count: Int) -> Double {
    guard let values else { return count == Self.coco.count ? Self.coco[index] : Self.usual }
    return values.count == 1 ? values[0] : values[index]
  }
}
