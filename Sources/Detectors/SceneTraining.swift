import Basics
public import Datasets
public import Detection
public import Networks
public import Scenes
public import Training

/// A scene set as what a detector is trained for.
public struct SceneTraining: OutputTask {
  public let scenes: SceneSet
  public let detector: Detector
  public let decoder: DetectionDecoder
  private let train, test: Annotations

  public init(_ scenes: SceneSet, _ detector: Detector) {
    (self.scenes, self.detector, decoder) = (scenes, detector, DetectionDecoder(detector))
    train = scenes.annotations(detector.task.recognition, of: scenes.train)
    test = scenes.annotations(detector.task.recognition, of: scenes.test)
  }

  public var loss: OutputLoss { detector.loss }

  private func part(_ part: DataPart) -> ScenePart { part == .train ? scenes.train : scenes.test }

  public func targets(_ part: DataPart, at places: [Int32]) -> [Float] {
    let encoder = TargetEncoder(detector), scenes = self.part(part).scenes, size = loss.count
    return [Float](unsafeUninitializedCapacity: places.count * size) { values, filled in
      for (i, place) in places.enumerated() {
        encoder.encode(
          scenes[Int(place)], into: UnsafeMutableBufferPointer(rebasing: values[i * size..<(i + 1) * size]))
      }
      filled = places.count * size
    }
  }

  /// Average precision at an overlap of 0.5.
  public func accuracy(_ outputs: [[Float]], _ part: DataPart, at places: [Int32]) -> Double {
    evaluation(outputs, part, at: places).precision(threshold: 0) ?? 0
  }

  /// What a network has found in some images, best first in each.
  public func detections(_ outputs: [[Float]], _ part: DataPart, at places: [Int32]) -> [[DetectedObject]] {
    let images = (part == .train ? train : test).images, ids = scenes.categories.map(\.id)
    return zip(outputs, places).map { decoder.detections($0, image: images[Int($1)].id, categories: ids) }
  }

  public func evaluation(_ outputs: [[Float]], _ part: DataPart, at places: [Int32]) -> DetectionEvaluation {
    let found = detections(outputs, part, at: places).flatMap(\.self), known = annotations(part, at: places)
    do {
      return try DetectionEvaluation(
        Detections(objects: found), against: known, sizeLimits: scenes.sizeLimits, trainingCounts: scenes.trainingCounts
      )
    } catch {
      // Polygons were checked when they were read.
      preconditionFailure("\(error)")
    }
  }

  private func annotations(_ part: DataPart, at places: [Int32]) -> Annotations {
    let all = part == .train ? train : test
    guard places.count < all.images.count else { return all }
    let images = places.map { all.images[Int($0)] }, ids = Set(images.map(\.id))
    return Annotations(
      task: all.task, images: images, categories: all.categories, objects: all.objects.filter { ids.contains($0.image) }
    )
  }
}

extension SceneSet {
  /// The images as samples of networks; the class of a sample is that of its first object.
  public func dataset() throws -> Dataset {
    func split(_ part: ScenePart) -> Split {
      Split(pixels: .bytes(part.images), labels: part.scenes.map { Int32($0.first?.category ?? 0) })
    }
    return try Dataset(
      name: name, source: source, notes: notes, inputShape: shape, classCount: max(2, categories.count),
      classNames: categories.map(\.name), pixelScale: 1 / 255, range: 0...255, train: split(train), test: split(test))
  }

  /// Every object by itself, cut out with a tenth of its size around it and made `size` pixels wide and high, with its class: what
  /// backbones are trained on before they detect.
  public func objects(size: Int) throws -> Dataset {
    func split(_ part: ScenePart) -> Split {
      var pixels: [UInt8] = [], labels: [Int32] = []
      for (image, objects) in part.scenes.enumerated() {
        for object in objects where !object.isCrowd && object.box.width >= 1 && object.box.height >= 1 {
          labels.append(Int32(object.category))
          pixels += part.crop(image, object.box.squared, shape: shape, size: size)
        }
      }
      return Split(pixels: .bytes(pixels), labels: labels)
    }
    return try Dataset(
      name: "\(name) objects", source: source,
      inputShape: FeatureShape(channels: shape.channels, height: size, width: size),
      classCount: max(2, categories.count),
      classNames: categories.map(\.name), pixelScale: 1 / 255, range: 0...255, train: split(train), test: split(test))
  }
}

extension ScenePart {
  /// A part of an image at another size, by bilinear interpolation; beyond the image its edge counts.
  fileprivate func crop(_ image: Int, _ box: Box, shape: FeatureShape, size: Int) -> [UInt8] {
    let plane = shape.height * shape.width
    var out = [UInt8](repeating: 0, count: shape.channels * size * size)
    for channel in 0..<shape.channels {
      let first = (image * shape.channels + channel) * plane
      func value(_ row: Int, _ column: Int) -> Double {
        Double(images[first + min(shape.height - 1, max(0, row)) * shape.width + min(shape.width - 1, max(0, column))])
      }
      for row in 0..<size {
        let y = box.y + (Double(row) + 0.5) * box.height / Double(size) - 0.5, top = Int(y.rounded(.down))
        for column in 0..<size {
          let x = box.x + (Double(column) + 0.5) * box.width / Double(size) - 0.5, left = Int(x.rounded(.down))
          let across = x - Double(left), down = y - Double(top)
          let upper = value(top, left) * (1 - across) + value(top, left + 1) * across
          let lower = value(top + 1, left) * (1 - across) + value(top + 1, left + 1) * across
          out[(channel * size + row) * size + column] = UInt8((upper * (1 - down) + lower * down).rounded())
        }
      }
    }
    return out
  }
}

extension Box {
  /// The square about the same centre, a tenth larger on every side than the longer of the box's.
  fileprivate var squared: Box {
    let side = max(width, height) * 1.2
    return Box(x: x + width / 2 - side / 2, y: y + height / 2 - side / 2, width: side, height: side)
  }
}
