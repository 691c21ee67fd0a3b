import Basics
import Datasets
package import Detection
package import Foundation

/// Annotations of a part, with the folder of its images.
package struct CocoPart {
  package var annotations: CompleteAnnotations
  package let folder: URL
  /// The file that images are listed in, for messages.
  package let file: String

  /// - Throws: `Problem` where a file cannot be read; what is wrong with entries comes in `faults`.
  package init(_ part: CocoFolder.Part, of folder: CocoFolder, faults: inout [FaultList]) throws {
    let readings = try part.files.map { try CompleteAnnotations.read(Problem.content(of: $0), name: $0.path) }
    faults += readings.map(\.faults)
    annotations = readings[0].value
    file = part.files[0].path
    if readings.count > 1 {
      var strange = FaultList(file: part.files[1].path)
      annotations.add(keypoints: readings[1].value, &strange)
      faults.append(strange)
    }
    self.folder = try folder.images(of: part, named: annotations.images.map(\.file))
    var missing = FaultList(file: file)
    for image in annotations.images { check(image, &missing) }
    faults.append(missing)
  }

  /// Whether an image's file is there, and within the folder.
  private func check(_ image: AnnotatedImage, _ faults: inout FaultList) {
    let entry = "Image \(image.id)", path = folder.appendingPathComponent(image.file).path
    if image.file.isEmpty {
      faults.add(entry, "has no file_name.")
    } else if image.file.hasPrefix("/") || image.file.split(separator: "/").contains("..")
      || image.file.utf8.contains(0)
    {
      faults.add(entry, "has a file_name that leads out of the folder: \(Problem.shortened(image.file, from: 200)).")
    } else if !FileManager.default.fileExists(atPath: path) {
      faults.add(entry, "is missing: there is no \(Problem.shortened(path, from: 400)).")
    }
  }

  private init(_ annotations: CompleteAnnotations, _ folder: URL, _ file: String) {
    (self.annotations, self.folder, self.file) = (annotations, folder, file)
  }

  /// The same with some of the images.
  package func subset(_ isChosen: (Int) -> Bool) -> CocoPart {
    var part = annotations
    part.images = annotations.images.enumerated().filter { isChosen($0.offset) }.map(\.element)
    let ids = Set(part.images.map(\.id))
    part.objects = annotations.objects.filter { ids.contains($0.image) }
    return CocoPart(part, folder, file)
  }

  /// Pixels of all images and what they had that pixels do not show.
  package struct Pixels {
    /// [image][3][size][size].
    package var bytes: [UInt8] = []
    package var isGrey = true
    package var losses: [UInt32] = []
  }

  /// Decodes the images, one after another.
  package func pixels(size: Int, _ faults: inout FaultList) throws -> Pixels {
    var pixels = Pixels(bytes: Array(repeating: 0, count: annotations.images.count * 3 * size * size))
    for (index, image) in annotations.images.enumerated() {
      if Interruption.isRequested { throw Interruption.problem }
      guard let decoded = decoded(image, &faults) else { continue }
      pixels.isGrey = pixels.isGrey && decoded.channels == 1
      pixels.losses.append(decoded.losses)
      let box = Letterbox(width: image.width, height: image.height, size: size)
      pixels.bytes.withUnsafeMutableBufferPointer {
        let first = index * 3 * size * size
        box.draw(decoded, into: UnsafeMutableBufferPointer(rebasing: $0[first..<first + 3 * size * size]))
      }
    }
    return pixels
  }

  private func decoded(_ image: AnnotatedImage, _ faults: inout FaultList) -> ImageFile.Decoded? {
    let entry = "Image \(image.id)", name = Problem.shortened(image.file, from: 200)
    do {
      let decoded = try ImageFile.decoded(folder.appendingPathComponent(image.file).path)
      guard decoded.width == image.width, decoded.height == image.height else {
        faults.add(
          entry,
          "is \(decoded.width) x \(decoded.height) pixels in \(name), and \(image.width) x \(image.height) by its entry."
        )
        return nil
      }
      return decoded
    } catch {
      faults.add(entry, "cannot be used: \(name) \((error as? ImageFile.Fault)?.reason ?? "cannot be read").")
      return nil
    }
  }

  /// The objects of each image on its canvas, and how many masks have no pixel left there.
  package func scenes(size: Int, categories: [Category]) throws -> (scenes: [[SceneObject]], vanished: Int) {
    let images = Dictionary(uniqueKeysWithValues: annotations.images.enumerated().map { ($1.id, $0) })
    let numbers = Dictionary(uniqueKeysWithValues: categories.enumerated().map { ($1.id, $0) })
    var scenes = [[SceneObject]](repeating: [], count: annotations.images.count), vanished = 0
    for object in annotations.objects {
      guard let index = images[object.image], let category = numbers[object.category] else { continue }
      let image = annotations.images[index], place = Letterbox(width: image.width, height: image.height, size: size)
      var mask = try object.segmentation.map { try place.mask($0) }
      if mask?.area == 0 { (mask, vanished) = (nil, vanished + 1) }
      scenes[index].append(
        SceneObject(
          category: category, box: place.box(object.box), mask: mask,
          keypoints: object.keypoints.map { place.keypoints($0) }, isCrowd: object.isCrowd,
          area: object.area.map { place.area($0) }))
    }
    return (scenes, vanished)
  }
}

extension CompleteAnnotations {
  /// Gives keypoints to the objects that have the same ids in another file.
  fileprivate mutating func add(keypoints other: CompleteAnnotations, _ faults: inout FaultList) {
    let places = Dictionary(uniqueKeysWithValues: objects.enumerated().map { ($1.id, $0) })
    keypointNames.merge(other.keypointNames) { _, new in new }
    for object in other.objects {
      guard let place = places[object.id], objects[place].image == object.image else {
        faults.add("Annotation \(object.id)", "has no counterpart of the same id and image among the instances.")
        continue
      }
      objects[place].keypoints = object.keypoints
    }
  }
}
