/// Detections against annotations, category by category, as COCO defines it; equal to pycocotools but for annotations with id 0,
/// which that takes for unmatched.
public struct DetectionEvaluation: Sendable {
  /// A category's precision and recall. Values are `nil` where there is nothing to find.
  public struct CategoryResult: Sendable {
    public let category: Category
    /// Objects to find; crowds and objects without labelled keypoints are none.
    public let objects: Int
    /// By size, at each of the ten thresholds, with the task's largest number of detections an image.
    public let averagePrecision: [SizeRange: [Double]]
    /// By size and number of detections an image, at each of the ten thresholds.
    public let recall: [SizeRange: [Int: [Double]]]

    /// Over all thresholds, or at one of them.
    public func averagePrecision(_ size: SizeRange = .all, threshold: Int? = nil) -> Double? {
      averagePrecision[size].map { Self.mean($0, threshold) }
    }

    public func recall(_ size: SizeRange = .all, limit: Int, threshold: Int? = nil) -> Double? {
      recall[size]?[limit].map { Self.mean($0, threshold) }
    }

    private static func mean(_ values: [Double], _ threshold: Int?) -> Double {
      threshold.map { values[$0] } ?? values.reduce(0, +) / Double(values.count)
    }
  }

  public let task: RecognitionTask
  /// In the order of their ids.
  public let categories: [CategoryResult]
  /// How well objects are outlined, or their keypoints hit.
  public let fits: FitResult
  let sizeLimits: SizeLimits

  /// - Parameters:
  ///   - annotations: Of the detections' task, with their images and categories; no id stands there twice.
  ///   - sizes: What counts as small and as large.
  ///   - sigmas: One value, or one for each keypoint of every category.
  /// - Throws: `RunLengthMask.PolygonFault` of values that no reader has checked.
  public init(
    _ detections: Detections, against annotations: Annotations, sizes sizeLimits: SizeLimits = .coco,
    sigmas: KeypointSigmas = KeypointSigmas()
  ) throws {
    task = annotations.task
    let images = annotations.images.sorted { $0.id < $1.id }
    let imageNumbers = Dictionary(uniqueKeysWithValues: images.enumerated().map { ($1.id, $0) })
    let objects = Dictionary(grouping: annotations.objects) { Place($0.category, imageNumbers[$0.image]) }
    let found = Dictionary(grouping: detections.objects) { Place($0.category, imageNumbers[$0.image]) }
    let places = Dictionary(grouping: Set(objects.keys).union(found.keys), by: \.category)
    let limits = annotations.task.detectionLimits, sizes = annotations.task.sizes(sizeLimits)
    var results: [CategoryResult] = [], fits = FitResult()
    for category in annotations.categories.sorted(by: { $0.id < $1.id }) {
      var outcomes = [SizeRange: Outcomes](uniqueKeysWithValues: sizes.map { ($0, Outcomes()) })
      for place in (places[category.id] ?? []).sorted(by: { $0.image < $1.image }) where place.image >= 0 {
        let scene = try Scene(
          objects: objects[place] ?? [], detections: found[place] ?? [], image: images[place.image],
          limit: limits[limits.count - 1], sigmas: sigmas)
        for size in sizes { outcomes[size]!.add(scene, area: size.area(sizeLimits)) }
        fits.add(scene)
      }
      results.append(CategoryResult(category, outcomes, limits: limits))
    }
    (categories, self.fits, self.sizeLimits) = (results, fits, sizeLimits)
  }

  private struct Place: Hashable {
    var category, image: Int
    init(_ category: Int, _ image: Int?) { (self.category, self.image) = (category, image ?? -1) }
  }
}

extension DetectionEvaluation.CategoryResult {
  init(_ category: Category, _ outcomes: [SizeRange: Outcomes], limits: [Int]) {
    var precisions: [SizeRange: [Double]] = [:], recalls: [SizeRange: [Int: [Double]]] = [:]
    for (size, outcomes) in outcomes {
      for limit in limits {
        guard let curves = outcomes.curves(limit: limit) else { continue }
        recalls[size, default: [:]][limit] = curves.map(\.recall)
        // Limits rise: the last one's stays.
        precisions[size] = curves.map(\.averagePrecision)
      }
    }
    self.category = category
    objects = outcomes[.all]?.positives ?? 0
    (averagePrecision, recall) = (precisions, recalls)
  }
}
