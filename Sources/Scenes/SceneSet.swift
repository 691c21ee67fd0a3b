public import Basics
public import Detection

/// Images with what is in them, to train detectors on and to test them with.
public struct SceneSet: Sendable {
  /// As it was asked for: `sprites:fashion-mnist`.
  public let name: String
  /// Where images and annotations came from, in words.
  public let source: String
  /// How they were made or read, where that could be done in another way.
  public let notes: [String]
  /// Of every image, channels first.
  public let shape: FeatureShape
  /// Their ids are those of the file; sprites have 1, 2, ...
  public let categories: [Category]
  /// In the order of `SceneObject.keypoints`; empty where there are none.
  public let keypointNames: [String]
  /// Where small objects end and large ones begin, in square pixels of the stored images.
  public let sizeLimits: SizeLimits
  public let train, test: ScenePart

  /// - Precondition: Images have the shape, and objects are of the categories.
  public init(
    name: String, source: String, notes: [String] = [], shape: FeatureShape, categories: [Category],
    keypointNames: [String] = [], sizeLimits: SizeLimits, train: ScenePart, test: ScenePart
  ) {
    for part in [train, test] {
      precondition(part.images.count == part.count * shape.count, "\(part.count) scenes of \(shape)")
      precondition(part.scenes.allSatisfy { $0.allSatisfy { categories.indices.contains($0.category) } })
    }
    (self.name, self.source, self.notes, self.shape) = (name, source, notes, shape)
    (self.categories, self.keypointNames, self.sizeLimits) = (categories, keypointNames, sizeLimits)
    (self.train, self.test) = (train, test)
  }
}

/// Images and, for each, its objects.
public struct ScenePart: Equatable, Sendable {
  /// [image][channel][row][column].
  public let images: [UInt8]
  /// The objects of each image.
  public let scenes: [[SceneObject]]

  public init(images: [UInt8], scenes: [[SceneObject]]) { (self.images, self.scenes) = (images, scenes) }

  public var count: Int { scenes.count }

  /// The bytes of one image: [channel][row][column].
  public func image(_ index: Int) -> ArraySlice<UInt8> {
    let size = images.count / count
    return images[index * size..<(index + 1) * size]
  }

  /// How many objects there are of each category; crowds are none.
  public func objectCounts(categories: Int) -> [Int] {
    scenes.joined().reduce(into: [Int](repeating: 0, count: categories)) { if !$1.isCrowd { $0[$1.category] += 1 } }
  }
}

/// Something to be found in an image. Places are in pixels of the stored image; pixel (0, 0) reaches from 0 to 1.
public struct SceneObject: Equatable, Sendable {
  /// An index into the set's categories.
  public var category: Int
  /// Around what is visible of it.
  public var box: Box
  /// What is visible of it.
  public var mask: RunLengthMask?
  /// With visibility 0 (not labelled), 1 (hidden) or 2.
  public var keypoints: Keypoints?
  /// A region of many objects: what is found in it is neither right nor wrong.
  public var isCrowd: Bool
  /// Square pixels, by which its size is told and keypoint similarity is measured: what the file says; else of the mask, or of
  /// the box. Of a sprite: of the whole box it was drawn in, whatever hides it.
  public var area: Double

  public init(
    category: Int, box: Box, mask: RunLengthMask? = nil, keypoints: Keypoints? = nil, isCrowd: Bool = false,
    area: Double? = nil
  ) {
    (self.category, self.box, self.mask, self.keypoints) = (category, box, mask, keypoints)
    (self.isCrowd, self.area) = (isCrowd, area ?? mask.map { Double($0.area) } ?? box.area)
  }
}

extension SceneSet {
  /// What a part's detections of a task are compared with. Images and objects are numbered from 1, in their order; objects
  /// without mask or keypoints are left out where those are compared.
  public func annotations(_ task: RecognitionTask, of part: ScenePart) -> Annotations {
    var objects: [AnnotatedObject] = []
    for (index, scene) in part.scenes.enumerated() {
      for object in scene {
        guard let shape = object.shape(task) else { continue }
        let isBlank = task == .keypoints && object.keypoints?.labelled == 0
        objects.append(
          AnnotatedObject(
            id: objects.count + 1, image: index + 1, category: categories[object.category].id, shape: shape,
            area: object.area, isCrowd: object.isCrowd, isIgnored: isBlank))
      }
    }
    let images = (0..<part.count).map { AnnotatedImage(id: $0 + 1, width: shape.width, height: shape.height) }
    return Annotations(task: task, images: images, categories: categories, objects: objects)
  }
}

extension SceneObject {
  /// What is compared of it; `nil` where it has no such thing.
  public func shape(_ task: RecognitionTask) -> Shape? {
    switch task {
    case .boxes: .box(box)
    case .masks: mask.map { .segmentation(.mask($0)) }
    case .keypoints: keypoints.map { .keypoints($0, box: box) }
    }
  }
}

extension SceneSet {
  /// Objects to train on, by a category's id: what makes categories rare or frequent.
  public var trainingCounts: [Int: Int] {
    Dictionary(uniqueKeysWithValues: zip(categories.map(\.id), train.objectCounts(categories: categories.count)))
  }
}
