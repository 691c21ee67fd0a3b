public import Basics
public import Detection

/// Images with what is in them.
public struct SceneSet: Sendable {
  public let name: String
  public let source: String
  public let notes: [String]
  /// Of every image, channels first.
  public let shape: FeatureShape
  public let categories: [Category]
  /// Empty where there are none.
  public let keypointNames: [String]
  /// What counts as small and as large.
  public let sizeLimits: SizeLimits
  public let train, test: ScenePart

  public init(
    name: String, source: String, notes: [String] = [], shape: FeatureShape, categories: [Category],
    keypointNames: [String], sizeLimits: SizeLimits, train: ScenePart, test: ScenePart
  ) {
    (self.name, self.source, self.notes, self.shape) = (name, source, notes, shape)
    (self.categories, self.keypointNames, self.sizeLimits) = (categories, keypointNames, sizeLimits)
    (self.train, self.test) = (train, test)
  }

  /// What detections of a part are measured against; images are numbered from 1.
  public func annotations(_ task: RecognitionTask, of part: ScenePart) -> Annotations {
    let images = (0..<part.count).map { AnnotatedImage(id: $0 + 1, width: shape.width, height: shape.height) }
    var objects: [AnnotatedObject] = []
    for (image, scene) in part.scenes.enumerated() {
      for object in scene {
        guard let (shape, isIgnored) = object.shape(task) else { continue }
        objects.append(
          AnnotatedObject(
            id: objects.count + 1, image: image + 1, category: categories[object.category].id, shape: shape,
            area: object.area, isCrowd: object.isCrowd, isIgnored: isIgnored))
      }
    }
    return Annotations(task: task, images: images, categories: categories, objects: objects)
  }
}

/// Images of one split.
public struct ScenePart: Sendable {
  /// [image][channel][row][column]
  public let images: [UInt8]
  /// What is in each image.
  public let scenes: [[SceneObject]]
  public var count: Int { scenes.count }

  public init(images: [UInt8], scenes: [[SceneObject]]) { (self.images, self.scenes) = (images, scenes) }
}

/// An object in an image.
public struct SceneObject: Equatable, Sendable {
  /// Place in `SceneSet.categories`.
  public var category: Int
  /// Pixels of the image as it is stored; of what is visible.
  public var box: Box
  /// Of what is visible.
  public var mask: RunLengthMask?
  public var keypoints: Keypoints?
  public var isCrowd: Bool
  /// Square pixels: as annotated, else of the box.
  public var area: Double

  public init(
    category: Int, box: Box, mask: RunLengthMask? = nil, keypoints: Keypoints? = nil, isCrowd: Bool = false,
    area: Double? = nil
  ) {
    (self.category, self.box, self.mask, self.keypoints) = (category, box, mask, keypoints)
    (self.isCrowd, self.area) = (isCrowd, area ?? box.area)
  }

  /// As what a task compares; `nil` where it has none.
  func shape(_ task: RecognitionTask) -> (shape: Shape, isIgnored: Bool)? {
    switch task {
    case .boxes: (.box(box), false)
    case .masks: mask.map { (.segmentation(.mask($0)), false) }
    case .keypoints: keypoints.map { (.keypoints($0, box: box), $0.labelled == 0) }
    }
  }
}
