import Basics
import Detection
import Detectors
import Networks
import Scenes
import Training

/// What one network was measured to do on the test scenes.
struct DetectMeasurement: Codable, Sendable {
  /// By name, as `DetectionEvaluation.measures` has them, from 0 to 1; without those that have nothing to find.
  var measures: [String: Double]
  /// Shares of weights that stay.
  var networkDensity: Double
  var backboneDensity: Double
  /// By module.
  var moduleDensities: [String: Double]
  /// What it found in the first scenes.
  var examples: [[FoundObject]]

  static func stage(_ name: String) -> String { "\(name).measures" }
  /// How many scenes are shown.
  static let shown = 6

  init(_ part: DetectMaterial.Part, outputs: [[Float]], mask: Mask) {
    let places = outputs.indices.map { Int32($0) }
    let evaluation = part.scenes.evaluation(outputs, .test, at: places)
    measures = evaluation.measures.reduce(into: [:]) { $0[$1.name] = $1.value }
    for size in [SizeRange.small, .medium, .large] {
      measures["AP50-\(size.rawValue)"] = evaluation.precision(size, threshold: 0)
    }
    networkDensity = mask.density
    func density(_ layers: Set<String>) -> Double {
      let entries = mask.layout.prunable.filter { layers.contains($0.layer) }
      return Double(entries.reduce(0) { $0 + mask.remaining(in: $1) })
        / Double(max(1, entries.reduce(0) { $0 + $1.count }))
    }
    backboneDensity = density(part.detector.backbone.layers)
    moduleDensities = part.detector.modules.reduce(into: [:]) { $0[$1.name] = density($1.layers) }
    let first = Array(outputs.prefix(Self.shown)), ids = part.scenes.scenes.categories.map(\.id)
    examples = part.scenes.detections(first, .test, at: Array(places.prefix(first.count))).map { found in
      found.filter { $0.score >= 0.3 }.map { FoundObject($0, ids: ids) }
    }
  }
}

/// An object of a scene, or one that was found, as it is drawn.
public struct FoundObject: Codable, Equatable, Sendable {
  var category: Int
  var score: Double?
  /// x, y, width, height.
  var box: [Double]
  /// Run lengths, column by column.
  var mask: [UInt32]?
  /// x, y and visibility of each.
  var keypoints: [Double]?
}

extension FoundObject {
  init(_ object: DetectedObject, ids: [Int]) {
    category = ids.firstIndex(of: object.category) ?? 0
    score = object.score
    switch object.shape {
    case .box(let box): self.box = box.numbers
    case .segmentation(.mask(let found)):
      box = found.boundingBox.numbers
      mask = found.counts
    case .segmentation(.polygons): box = Box(x: 0, y: 0, width: 0, height: 0).numbers
    case .keypoints(let found, let box):
      self.box = box.numbers
      keypoints = found.flat
    }
  }

  init(_ object: SceneObject) {
    self.init(
      category: object.category, score: nil, box: object.box.numbers, mask: object.mask?.counts,
      keypoints: object.keypoints?.flat)
  }
}

extension FoundObject {
  /// Whether its numbers are those of an object in an image of this shape.
  func isSound(in shape: FeatureShape) -> Bool {
    category >= 0 && box.count == 4 && (keypoints ?? []).count % 3 == 0
      && mask.map { $0.reduce(0) { $0 + Int($1) } == shape.height * shape.width } ?? true
  }

  /// As it is drawn into an image of this shape.
  func sceneObject(in shape: FeatureShape) -> SceneObject {
    SceneObject(
      category: category, box: Box(x: box[0], y: box[1], width: box[2], height: box[3]),
      mask: mask.map { RunLengthMask(height: shape.height, width: shape.width, counts: $0) },
      keypoints: keypoints.map { Keypoints(flat: $0) })
  }
}
