/// How well objects are met, apart from scores: sums over all categories and images. Crowds count nowhere.
public struct FitResult: Equatable, Sendable {
  public private(set) var objects = 0
  /// Objects that a detection is matched to at an overlap of 0.5.
  public private(set) var matched = 0
  /// Intersection over union, or keypoint similarity, added over the matched.
  public private(set) var overlap = 0.0
  public private(set) var labelledKeypoints = 0
  /// Keypoints hit, for each of `alphas`.
  public private(set) var hits = [Int](repeating: 0, count: alphas.count)

  /// Of PCK: shares of the longer side of an object's box.
  public static let alphas = [0.1, 0.2]

  /// Mean overlap of the matched objects; `nil` without any.
  public var meanOverlap: Double? { matched > 0 ? overlap / Double(matched) : nil }
  /// Mean over all objects, missed ones with 0.
  public var meanOverlapOfAll: Double? { objects > 0 ? overlap / Double(objects) : nil }
  /// Share of labelled keypoints that are hit, for each of `alphas`; those of missed objects are not.
  public var correctKeypoints: [Double]? {
    labelledKeypoints > 0 ? hits.map { Double($0) / Double(labelledKeypoints) } : nil
  }

  mutating func add(_ scene: Scene) {
    objects += scene.isIgnored.count { !$0 }
    for (detection, object) in scene.assigned(isIgnored: scene.isIgnored, threshold: 0.5).enumerated() {
      guard let object, !scene.isIgnored[object] else { continue }
      matched += 1
      overlap += scene.overlaps[detection, object]
    }
    addKeypoints(scene)
  }

  /// Matched at any similarity above 0: that most keypoints are near is what is measured here, not a condition.
  private mutating func addKeypoints(_ scene: Scene) {
    for (item, isIgnored) in zip(scene.objects, scene.isIgnored) where !isIgnored {
      if case .keypoints(let keypoints, _) = item.shape { labelledKeypoints += keypoints.labelled }
    }
    guard labelledKeypoints > 0 else { return }
    let assigned = scene.assigned(isIgnored: scene.isIgnored, threshold: Double.leastNonzeroMagnitude)
    for (detection, object) in assigned.enumerated() {
      guard let object, !scene.isIgnored[object],
        case .keypoints(let found, _) = scene.detections[detection].shape,
        case .keypoints(let keypoints, let box) = scene.objects[object].shape
      else { continue }
      for (i, alpha) in Self.alphas.enumerated() { hits[i] += found.hits(on: keypoints, alpha: alpha, box: box) }
    }
  }
}
