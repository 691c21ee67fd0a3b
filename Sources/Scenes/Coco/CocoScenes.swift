import Basics
import Datasets
import Detection
import Foundation
import Lanes

/// Reads a folder in COCO's form (https://cocodataset.org/#format-data) into a set of scenes.
package struct CocoScenes {
  package static let usualSize = 128
  package static let sizes = 16...1024

  package let path: String
  package let size: Int
  package let settings: SceneSettings

  /// - Parameter text: `DIR` or `DIR:SIZE`.
  package init(_ text: String, _ settings: SceneSettings) throws {
    let colon = text.lastIndex(of: ":"), size = colon.flatMap { Int(text[text.index(after: $0)...]) }
    path = ((size == nil ? text : String(text[..<colon!])) as NSString).expandingTildeInPath
    (self.size, self.settings) = (size ?? Self.usualSize, settings)
    guard !path.isEmpty, Self.sizes.contains(self.size) else {
      throw Problem.usage(
        "'coco:\(text)' names no folder and size from \(Self.sizes.lowerBound) to \(Self.sizes.upperBound).",
        remedy: "Write coco:DIR, or coco:DIR:96 for images whose longer side is 96 pixels.")
    }
  }

  package func load(name: String) throws -> SceneSet {
    let folder = try CocoFolder(URL(fileURLWithPath: path)), (train, test) = try parts(folder)
    let categories = train.annotations.categories
    try checkMemory(train.annotations.images.count + test.annotations.images.count)
    var faults = [FaultList(file: train.file), FaultList(file: test.file)]
    let trainPixels = try train.pixels(size: size, &faults[0]), testPixels = try test.pixels(size: size, &faults[1])
    try Self.judge(faults, path)
    let isGrey = trainPixels.isGrey && testPixels.isGrey
    let (trainScenes, a) = try train.scenes(size: size, categories: categories)
    let (testScenes, b) = try test.scenes(size: size, categories: categories)
    var notes = ["images fill a square of \(size) pixels with their longer side; the rest is black"]
    if folder.test == nil {
      notes.append("a share of \(settings.sceneTestShare) of the images is held out for testing")
    }
    if a + b > 0 { notes.append("of \(a + b) masks no pixel is left at this size") }
    return SceneSet(
      name: name, source: (folder.train.files + (folder.test?.files ?? [])).map(\.path).joined(separator: ", "),
      notes: notes + ImageFile.notes(losses: trainPixels.losses + testPixels.losses),
      shape: FeatureShape(channels: isGrey ? 1 : 3, height: size, width: size), categories: categories,
      keypointNames: try keypointNames(train, test), sizeLimits: sizeLimits(train.annotations),
      train: ScenePart(images: images(trainPixels, isGrey: isGrey), scenes: trainScenes),
      test: ScenePart(images: images(testPixels, isGrey: isGrey), scenes: testScenes))
  }

  private func parts(_ folder: CocoFolder) throws -> (train: CocoPart, test: CocoPart) {
    var faults: [FaultList] = []
    let first = try CocoPart(folder.train, of: folder, faults: &faults)
    let second = try folder.test.map { try CocoPart($0, of: folder, faults: &faults) }
    try Self.judge(faults, path)
    if let second, second.annotations.categories != first.annotations.categories {
      throw Problem.badData(
        "\(first.file) and \(second.file) list different categories.", remedy: "Give both the same ids and names.")
    }
    let (train, test) = second.map { (first, $0) } ?? heldOut(first)
    guard !train.annotations.images.isEmpty, !test.annotations.images.isEmpty, !first.annotations.categories.isEmpty
    else {
      throw Problem.badData(
        "\(path) has \(train.annotations.images.count) images to train on, \(test.annotations.images.count) to test with "
          + "and \(first.annotations.categories.count) categories.",
        remedy: "Each part needs an image, and objects a category.")
    }
    return (train, test)
  }

  /// A share of the images, drawn from the stream `scenes/test-split`, at least one.
  private func heldOut(_ whole: CocoPart) -> (CocoPart, CocoPart) {
    var stream = RandomStream(seed: settings.sceneSeed, "scenes/test-split")
    let count = whole.annotations.images.count, order = stream.permutation(of: count)
    let test = Set(order.prefix(max(1, Int((Double(count) * settings.sceneTestShare).rounded()))).map { Int($0) })
    return (whole.subset { !test.contains($0) }, whole.subset { test.contains($0) })
  }

  private func checkMemory(_ images: Int) throws {
    let bytes = Double(images) * Double(3 * size * size), megabytes = Int((bytes / Double(1 << 20)).rounded(.up))
    guard megabytes <= settings.sceneMemory else {
      throw Problem.usage(
        "\(images) images of \(size) x \(size) pixels take \(megabytes) MB, more than scene-memory=\(settings.sceneMemory).",
        remedy: "Choose a smaller size (coco:DIR:SIZE), take fewer images, or set scene-memory=\(megabytes).")
    }
  }

  /// Limits that the file states, else COCO's, which are for images of 640 pixels or so; in pixels of the canvas, as they are
  /// for the middle one of the training images by size.
  private func sizeLimits(_ annotations: CompleteAnnotations) -> SizeLimits {
    let sides = annotations.images.map { max($0.width, $0.height) }.sorted()
    let scale = Double(size) / Double(sides[sides.count / 2]), limits = annotations.sizeLimits ?? .coco
    return SizeLimits(small: limits.small * scale * scale, large: min(limits.large * scale * scale, 1e9))
  }

  private func keypointNames(_ parts: CocoPart...) throws -> [String] {
    let counts = Set(parts.flatMap { $0.annotations.objects.compactMap { $0.keypoints?.count } })
    let names = Set(parts.flatMap { $0.annotations.keypointNames.values })
    guard counts.count <= 1, names.count <= 1 else {
      throw Problem.badData(
        "The categories of \(parts[0].file) have different keypoints.",
        remedy: "Detectors of keypoints take one list of them for all; leave out those of the other categories.")
    }
    let listed = names.first ?? [], count = counts.first ?? listed.count
    guard listed.isEmpty || listed.count == count else {
      throw Problem.badData(
        "\(parts[0].file) names \(listed.count) keypoints, and its objects have \(count).",
        remedy: "Give them the same.")
    }
    return listed.isEmpty ? (0..<count).map { "\($0 + 1)" } : listed
  }

  private func images(_ pixels: CocoPart.Pixels, isGrey: Bool) -> [UInt8] {
    guard isGrey else { return pixels.bytes }
    let plane = size * size
    return stride(from: 0, to: pixels.bytes.count, by: 3 * plane).flatMap { pixels.bytes[$0..<$0 + plane] }
  }

  /// Faults that are told; the others are counted.
  package static let mostLines = 20

  /// - Throws: `Problem.badData` that lists what is wrong, by file and id.
  private static func judge(_ lists: [FaultList], _ path: String) throws {
    let count = lists.reduce(0) { $0 + $1.count }
    guard count > 0 else { return }
    let lines = lists.flatMap(\.lines).prefix(mostLines).map { Problem.shortened($0) }
    let rest = count > lines.count ? ["and \(count - lines.count) more"] : []
    var problem = Problem.badData(
      "", remedy: "Mend or remove what is listed; docs/scenes.md says what is asked of files.")
    // Not shortened as a whole: every line is what someone has to mend.
    problem.problem =
      "\(count == 1 ? "There is a fault" : "There are \(count) faults") in \(path):\n"
      + (lines + rest).joined(separator: "\n")
    throw problem
  }
}
