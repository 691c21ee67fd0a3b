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
  public var sizes: [SizeRange] { self == .keypoints ? [.all, .medium, .large] : SizeRange.allCases }

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
}

/// Where small objects end and large ones begin, in square pixels.
public struct SizeLimits: Equatable, Sendable {
  public let small, large: Double

  /// Those of COCO: 32 x 32 and 96 x 96 pixels.
  public static let coco = SizeLimits(small: 32 * 32, large: 96 * 96)

  /// - Precondition: 0 < small <= large, both finite.
  public init(small: Double, large: Double) {
    precondition(small > 0 && small <= large && large < Self.largest, "size limits \(small) and \(large)")
    (self.small, self.large) = (small, large)
  }

  /// Two limits from a file; `nil` where they are none.
  init?(checking values: [Double]) {
    guard values.count == 2, values[0] > 0, values[0] <= values[1], values[1] < Self.largest else { return nil }
    self.init(small: values[0], large: values[1])
  }

  /// The largest area that pycocotools knows.
  static let largest = 1e10

  public func area(of size: SizeRange) -> ClosedRange<Double> {
    switch size {
    case .all: 0...Self.largest
    case .small: 0...small
    case .medium: small...large
    case .large: large...Self.largest
    }
  }
}
