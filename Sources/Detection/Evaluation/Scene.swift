/// The objects of one category in one image, and the detections of it, best first.
struct Scene {
  /// With areas; masks stand where polygons were.
  struct Item {
    var shape: Pixels
    var area: Double
  }

  /// A shape in the form in which it is compared.
  enum Pixels {
    case box(Box)
    case mask(RunLengthMask)
    case keypoints(Keypoints, box: Box)
  }

  let objects: [Item]
  let isCrowd, isIgnored: [Bool]
  let detections: [Item]
  let scores: [Double]
  let overlaps: Overlaps

  init(
    objects: [AnnotatedObject], detections: [DetectedObject], image: AnnotatedImage, limit: Int,
    sigmas: KeypointSigmas
  ) throws(RunLengthMask.PolygonFault) {
    let best = Array(detections.sorted { $0.score > $1.score }.prefix(limit))
    var objectItems: [Item] = [], detectionItems: [Item] = []
    for object in objects { objectItems.append(try Item(object.shape, area: object.area, image)) }
    for detection in best { detectionItems.append(try Item(detection.shape, area: detection.area, image)) }
    self.objects = objectItems
    self.detections = detectionItems
    let isCrowd = objects.map(\.isCrowd)
    self.isCrowd = isCrowd
    isIgnored = objects.map(\.isIgnored)
    scores = best.map(\.score)
    overlaps = Overlaps(detections: detectionItems.count, objects: objectItems.count) { detection, object in
      detectionItems[detection].overlap(with: objectItems[object], isCrowd: isCrowd[object], sigmas: sigmas)
    }
  }

  /// Whether each object is ignored where only a range of areas counts.
  func isIgnored(in areas: ClosedRange<Double>) -> [Bool] {
    zip(isIgnored, objects).map { $0 || !areas.contains($1.area) }
  }

  /// Which object each detection takes.
  func assigned(isIgnored: [Bool], threshold: Double) -> [Int?] {
    let order = objects.indices.filter { !isIgnored[$0] } + objects.indices.filter { isIgnored[$0] }
    return overlaps.assigned(order: order, isIgnored: isIgnored, isCrowd: isCrowd, threshold: threshold)
  }
}

extension Scene.Item {
  /// - Parameter area: `nil` for that of the shape.
  init(_ shape: Shape, area: Double?, _ image: AnnotatedImage) throws(RunLengthMask.PolygonFault) {
    switch shape {
    case .box(let box): self.init(shape: .box(box), area: area ?? box.area)
    case .keypoints(let keypoints, let box):
      self.init(shape: .keypoints(keypoints, box: box), area: area ?? box.area)
    case .segmentation(let segmentation):
      let mask = try segmentation.mask(height: image.height, width: image.width)
      self.init(shape: .mask(mask), area: area ?? Double(mask.area))
    }
  }

  /// Of a detection with an object of the same kind.
  func overlap(with object: Scene.Item, isCrowd: Bool, sigmas: KeypointSigmas) -> Double {
    switch (shape, object.shape) {
    case (.box(let here), .box(let there)): here.overlap(with: there, isCrowd: isCrowd)
    case (.mask(let here), .mask(let there)): here.overlap(with: there, isCrowd: isCrowd)
    case (.keypoints(let here, _), .keypoints(let there, let box)):
      here.similarity(to: there, area: object.area, box: box, sigmas: sigmas)
    default: preconditionFailure("a detection and an object of two tasks")
    }
  }
}
