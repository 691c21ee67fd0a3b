/// An image of a file of annotations.
public struct AnnotatedImage: Equatable, Sendable {
  public var id, width, height: Int
  /// Under the folder of the images; empty where none is given.
  public var file: String

  public init(id: Int, width: Int, height: Int, file: String = "") {
    (self.id, self.width, self.height, self.file) = (id, width, height, file)
  }
}

public struct Category: Equatable, Sendable {
  public var id: Int
  public var name: String

  public init(id: Int, name: String) { (self.id, self.name) = (id, name) }
}

/// What is compared of an object or a detection.
public enum Shape: Equatable, Sendable {
  case box(Box)
  case segmentation(Segmentation)
  /// With the box that distances of unlabelled keypoints and PCK are measured by.
  case keypoints(Keypoints, box: Box)
}

/// An object that an annotator has marked.
public struct AnnotatedObject: Equatable, Sendable {
  public var id, image, category: Int
  public var shape: Shape
  /// Square pixels; where the file has none, those of the shape.
  public var area: Double?
  /// A region of many objects: detections in it are neither right nor wrong.
  public var isCrowd: Bool
  /// Nothing of it is to be found: a crowd, or an object without labelled keypoints.
  public var isIgnored: Bool

  public init(
    id: Int, image: Int, category: Int, shape: Shape, area: Double? = nil, isCrowd: Bool = false,
    isIgnored: Bool = false
  ) {
    (self.id, self.image, self.category, self.shape) = (id, image, category, shape)
    (self.area, self.isCrowd, self.isIgnored) = (area, isCrowd, isCrowd || isIgnored)
  }
}

/// A file of annotations, for one task.
public struct Annotations: Equatable, Sendable {
  public var task: RecognitionTask
  public var images: [AnnotatedImage]
  public var categories: [Category]
  /// In the order of the file, which decides between equals.
  public var objects: [AnnotatedObject]

  public init(
    task: RecognitionTask, images: [AnnotatedImage], categories: [Category], objects: [AnnotatedObject]
  ) {
    (self.task, self.images, self.categories, self.objects) = (task, images, categories, objects)
  }
}

/// An object that a network claims to see.
public struct DetectedObject: Equatable, Sendable {
  public var image, category: Int
  public var score: Double
  public var shape: Shape
  /// Square pixels of its box, where the file has boxes; `nil` for those of the shape.
  public var area: Double?

  public init(image: Int, category: Int, score: Double, shape: Shape, area: Double? = nil) {
    (self.image, self.category, self.score, self.shape, self.area) = (image, category, score, shape, area)
  }
}
