/// A number that sums an evaluation up.
public struct Measure: Equatable, Sendable {
  /// As in tables and JSON: `AP50`.
  public var name: String
  public var meaning: String
  /// From 0 to 1; `nil` where there is nothing to find, for which pycocotools prints -1.
  public var value: Double?
}

/// Categories by how many objects they have, to find or to train on, in thirds: a category stands in `rare` if it is among those with the fewest.
public enum Frequency: String, CaseIterable, Sendable {
  case rare, common, frequent
}

extension DetectionEvaluation {
  /// The numbers that COCO prints, twelve, or ten of keypoints, in its order; then by frequency, then how well objects are met.
  public var measures: [Measure] {
    let limit = task.detectionLimits[task.detectionLimits.count - 1], overlap = task == .keypoints ? "OKS" : "IoU"
    let sizes = task.sizes.dropFirst()
    var all = [
      Measure(name: "AP", meaning: "average precision, mean over \(overlap) 0.50 to 0.95", value: precision()),
      Measure(name: "AP50", meaning: "at \(overlap) 0.50", value: precision(threshold: 0)),
      Measure(name: "AP75", meaning: "at \(overlap) 0.75", value: precision(threshold: 5)),
    ]
    all += sizes.map {
      Measure(name: "AP-\($0.rawValue)", meaning: "of \($0.rawValue) objects", value: precision($0))
    }
    if task == .keypoints {
      all += [
        Measure(name: "AR", meaning: "largest recall, \(limit) detections an image", value: recall(limit: limit)),
        Measure(name: "AR50", meaning: "at \(overlap) 0.50", value: recall(limit: limit, threshold: 0)),
        Measure(name: "AR75", meaning: "at \(overlap) 0.75", value: recall(limit: limit, threshold: 5)),
      ]
    } else {
      all += task.detectionLimits.map {
        Measure(
          name: "AR\($0)", meaning: "largest recall, \($0) detection\($0 == 1 ? "" : "s") an image",
          value: recall(limit: $0))
      }
    }
    all += sizes.map {
      Measure(name: "AR-\($0.rawValue)", meaning: "of \($0.rawValue) objects", value: recall($0, limit: limit))
    }
    return all + frequencyMeasures + fitMeasures(overlap)
  }

  private var frequencyMeasures: [Measure] {
    Frequency.allCases.map { frequency in
      Measure(
        name: "AP-\(frequency.rawValue)", meaning: "AP of the third of categories with \(frequency.objects) objects",
        value: Self.mean(categories(frequency).map { $0.averagePrecision() }))
    }
  }

  private func fitMeasures(_ overlap: String) -> [Measure] {
    let pck = zip(FitResult.alphas, fits.correctKeypoints ?? []).map {
      Measure(name: "PCK@\($0)", meaning: "keypoints nearer than \($0) of the box's longer side", value: $1)
    }
    return [
      Measure(name: overlap, meaning: "mean of objects matched at 0.50", value: fits.meanOverlap),
      Measure(name: "\(overlap)-all", meaning: "the same, missed objects with 0", value: fits.meanOverlapOfAll),
    ] + pck
  }

  /// Mean over the categories that have something to find.
  public func precision(_ size: SizeRange = .all, threshold: Int? = nil) -> Double? {
    Self.mean(categories.map { $0.averagePrecision(size, threshold: threshold) })
  }

  public func recall(_ size: SizeRange = .all, limit: Int, threshold: Int? = nil) -> Double? {
    Self.mean(categories.map { $0.recall(size, limit: limit, threshold: threshold) })
  }

  /// A third of the categories that have objects, by number of objects, to train on if that was given, then by id; of what is left over, the rare and then the
  /// common get one more. Empty with fewer than three.
  public func categories(_ frequency: Frequency) -> [CategoryResult] {
    let ranked = categories.filter { $0.objects > 0 }.sorted { objectCount($0) < objectCount($1) }
    guard ranked.count >= 3 else { return [] }
    let ends = [0, (ranked.count + 2) / 3, ranked.count - ranked.count / 3, ranked.count]
    let place = Frequency.allCases.firstIndex(of: frequency)!
    return Array(ranked[ends[place]..<ends[place + 1]])
  }

  private func objectCount(_ result: CategoryResult) -> Int {
    trainingCounts.map { $0[result.category.id] ?? 0 } ?? result.objects
  }

  private static func mean(_ values: [Double?]) -> Double? {
    let present = values.compactMap { $0 }
    return present.isEmpty ? nil : present.reduce(0, +) / Double(present.count)
  }
}

extension Frequency {
  /// Which number of objects its categories have.
  var objects: String {
    switch self {
    case .rare: "the fewest"
    case .common: "a middling number of"
    case .frequent: "the most"
    }
  }
}
