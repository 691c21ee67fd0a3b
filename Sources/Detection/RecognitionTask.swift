/// What is compared: boxes, masks, or keypoints; each with the constants of COCO's evaluation.
///
/// Lin et al. 2014 (arXiv:1405.0312); constants: https://cocodataset.org/#detection-eval and #keypoints-eval.
public enum RecognitionTask: String, CaseIterable, Sendable {
  case boxes, masks, keypoints

  /// Ten thresholds of overlap from 0.50 to 0.95, to the bit those of `numpy.linspace`, which pycocotools compares with.
  public static let thresholds: [Double] = {
    let step = (0.95 - 0.5) / 9
    return (0..<9).map { Double($0) * step + 0.5 } + [0.95]
  }()

  /// The 101 recalls at which precision is read.
  public static let recalls: [Double] = {
    let step = 1.0 / 100
    return (0..<100).map { Double($0) * step } + [1]
  }()

  /// How many of an image's detections of a category count, best first; the last is used everywhere but for recall.
  public var detectionLimits: [Int] { self == .keypoints ? [20] : [1, 10, 100] }

  /// The ranges of area that are evaluated apart; small objects carry no keypoints in COCO.
  func sizes(_ limits: SizeLimits) -> [SizeRange] {
    self == .keypoints && limits == .coco ? [.all, .medium, .large] : SizeRange.allCases
  }

  /// The field of both files that is compared.
  public var field: String {
    switch self {
    case .boxes: "bbox"
    case .masks: "segmentation"
    case .keypoints: "keypoints"
    }
  }
}

/// Ranges of area in square pixels; both ends belong to a range, as in pycocotools.
public enum SizeRange: String, CaseIterable, Sendable {
  case all, small, medium, large

  func area(_ limits: SizeLimits) -> ClosedRange<Double> {
    switch self {
    case .all: 0...1e10
    case .small: 0...limits.small
    case .medium: limits.small...limits.large
    case .large: limits.large...1e10
    }
  }
}

/// Up to which area objects are small, and from which on they are large, in square pixels.
public struct SizeLimits: Equatable, Sendable {
  /// COCO's: 32 and 96 pixels squared.
  public static let coco = SizeLimits(small: 1024, large: 9216)

  public let small, large: Double

  /// - Precondition: 0 < small <= large.
  public init(small: Double, large: Double) {
    precondition(0 < small && small <= large && large < 1e10, "sizes of \(small) and \(large) square pixels")
    (self.small, self.large) = (small, large)
  }
}
