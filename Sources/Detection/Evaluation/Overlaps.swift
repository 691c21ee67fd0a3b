/// How much each detection of a scene agrees with each object: intersection over union, or keypoint similarity.
struct Overlaps {
  let detections, objects: Int
  /// [detection][object], row-major.
  let values: [Double]

  init(detections: Int, objects: Int, _ value: (Int, Int) -> Double) {
    (self.detections, self.objects) = (detections, objects)
    values = (0..<detections * objects).map { value($0 / objects, $0 % objects) }
  }

  subscript(detection: Int, object: Int) -> Double { values[detection * objects + object] }

  /// Which object each detection takes, by COCO's rule: detections by falling score, each takes the free object that it agrees
  /// with most, if at least by `threshold`; an ignored one only if there is no other; crowds take any number.
  ///
  /// - Parameters:
  ///   - order: Objects, those that are not ignored first; of equals the last is taken.
  ///   - isIgnored: By object, as `isCrowd`.
  func assigned(order: [Int], isIgnored: [Bool], isCrowd: [Bool], threshold: Double) -> [Int?] {
    var isTaken = [Bool](repeating: false, count: objects)
    return (0..<detections).map { detection in
      var best = min(threshold, 1 - 1e-10), match: Int?
      for object in order where !isTaken[object] || isCrowd[object] {
        if let match, !isIgnored[match], isIgnored[object] { break }
        guard self[detection, object] >= best else { continue }
        (best, match) = (self[detection, object], object)
      }
      if let match { isTaken[match] = true }
      return match
    }
  }
}
