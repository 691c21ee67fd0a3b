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
  public let sizeLimits: SizeLimits
  /// Objects to train on, by a category's id; `nil` where frequency is that of the objects to find.
  let trainingCounts: [Int: Int]?

  /// - Parameters:
  ///   - annotations: Of the detections' task, with their images and categories; no id stands there twice.
  ///   - sigmas: One value, or one for each keypoint of every category.
  ///   - sizeLimits: Where small objects end and large ones begin.
  ///   - trainingCounts: How many objects of each category, by id, were trained on, if that is what makes a category rare; one
  ///     that is missing had none. Else it is how many there are to find.
  /// - Throws: `RunLengthMask.PolygonFault` of values that no reader has checked.
  public init(
    _ detections: Detections, against annotations: Annotations, sigmas: KeypointSigmas = KeypointSigmas(),
    sizeLimits: SizeLimits = .coco, trainingCounts: [Int: Int]? = nil
  ) throws {
    (self.sizeLimits, self.trainingCounts) = (sizeLimits, trainingCounts)
    task = annotations.task
    let images = annotations.images.sorted { $0.id < $1.id }
    let imageNumbers = Dictionary(uniqueKeysWithValues: images.enumerated().map { ($1.id, $0) })
    let objects = Dictionary(grouping: annotations.objects) { Place($0.category, imageNumbers[$0.image]) }
    let found = Dictionary(grouping: detections.objects) { Place($0.category, imageNumbers[$0.image]) }
    let places = Dictionary(grouping: Set(objects.keys).union(found.keys), by: \.category)
    let limits = annotations.task.detectionLimits, sizes = annotations.task.sizes
    var results: [CategoryResult] = [], fits = FitResult()
    for category in annotations.categories.sorted(by: { $0.id < $1.id }) {
      var outcomes = [SizeRange: Outcomes](uniqueKeysWithValues: sizes.map { ($0, Outcomes()) })
      for place in (places[category.id] ?? []).sorted(by: { $0.image < $1.image }) where place.image >= 0 {
        let scene = try Scene(
          objects: objects[place] ?? [], detections: found[place] ?? [], image: images[place.image],
          limit: limits[limits.count - 1], sigmas: sigmas)
        for size in sizes { outcomes[size]!.add(scene, areas: sizeLimits.area(of: size)) }
        fits.add(scene)
      }
      results.append(CategoryResult(category, outcomes, limits: limits))
    }
    (categories, self.fits) = (results, fits)
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
