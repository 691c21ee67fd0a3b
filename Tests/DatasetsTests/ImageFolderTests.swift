import Basics
import Datasets
import Foundation
import Testing

#if canImport(Glibc)
  import Glibc
#elseif canImport(Darwin)
  import Darwin
#endif

/// Builds folders of images.
struct ImageScratch {
  let scratch: Scratch

  /// - Parameter files: Path below the folder, and the committed image that stands there.
  init(_ files: [String: String]) throws {
    scratch = try Scratch()
    for (path, name) in files { try scratch.write(path, try GoldenImages.bytes(name)) }
  }

  var name: String { "images:" + scratch.path }
  func load(_ size: Int = 17) throws -> Dataset {
    try Catalog.dataset(named: name, options: LoadOptions(imageSize: size))
  }

  /// Six files of each of two classes.
  static func whole(_ image: String = "rgb.png", below folder: String = "") throws -> ImageScratch {
    try ImageScratch(
      Dictionary(
        uniqueKeysWithValues: (0..<6).flatMap { i in
          ["cat", "dog"].map { ("\(folder)\($0)/\(i).png", image) }
        }))
  }
}

@Suite struct ImageFolderTests {
  private func pixels(_ name: String) throws -> [UInt8] { try GoldenImages.pixels(name) }

  @Test func readsTrainAndTest() throws {
    let folder = try ImageScratch([
      "train/b/2.jpg": "colour-420.jpg", "train/b/1.png": "rgb.png", "train/a/deep/er/x.png": "palette-4.png",
      "train/c/x": "rgba.png", "test/c/1.png": "rgb-interlaced.png", "test/a/1.png": "one.png",
      "train/a/.hidden": "rgb.png", "train/b/Thumbs.db": "rgb.png", "readme.txt": "rgb.png", "train/notes": "rgb.png",
    ])
    let dataset = try folder.load()
    #expect(dataset.inputShape == FeatureShape(channels: 3, height: 17, width: 17))
    #expect(dataset.classCount == 3 && dataset.pixelScale == 1 / 255)
    #expect(dataset.train.labels == [0, 1, 1, 2] && dataset.test.labels == [0, 2])
    let train = try ["palette-4.png", "rgb.png", "colour-420.jpg", "rgba.png"].flatMap { try pixels($0) }
    #expect((dataset.train.bytes == train) == true)
    #expect(try dataset.test.bytes == pixels("one.png") + pixels("rgb-interlaced.png"))
    #expect(dataset.source.contains("resized to 17x17, classes a, b, c"))
    #expect(dataset.name == "images:" + folder.scratch.url.lastPathComponent)
  }

  /// Grey images take one channel; beside a coloured one they take three.
  @Test func keepsGreyGrey() throws {
    let grey = try ImageScratch([
      "train/a/1.png": "grey-16.png", "train/b/1.jpg": "grey.jpg", "val/a/1.png": "grey-alpha.png",
    ]).load()
    #expect(grey.inputShape.channels == 1)
    #expect(try grey.train.bytes == pixels("grey-16.png") + pixels("grey.jpg"))
    #expect(try grey.test.bytes == pixels("grey-alpha.png"))
    let mixed = try ImageScratch([
      "train/a/1.png": "grey-16.png", "train/b/1.jpg": "rgb.jpg", "test/a/1.png": "grey-alpha.png",
    ]).load()
    #expect(mixed.inputShape.channels == 3)
    let plane = try pixels("grey-16.png")
    #expect(try mixed.train.bytes == plane + plane + plane + pixels("rgb.jpg"))
  }

  /// A fifth of each class is taken where there is no test folder, always the same.
  @Test(arguments: ["", "train/"])
  func splitsASingleFolder(_ below: String) throws {
    let folder = try ImageScratch.whole(below: below), dataset = try folder.load()
    #expect(dataset.train.labels == [0, 0, 0, 0, 0, 1, 1, 1, 1, 1] && dataset.test.labels == [0, 1])
    #expect(dataset.source.contains("a fifth of each class"))
    #expect(try folder.load().digest == dataset.digest)
    #expect(try folder.load(16).digest != dataset.digest)
  }

  /// Folders named train and test without folders in them are classes like others.
  @Test func takesTrainForAClassWhereItIsOne() throws {
    let files = (0..<3).flatMap { i in ["train/\(i).png", "bus/\(i).png"] }
    let dataset = try ImageScratch(Dictionary(uniqueKeysWithValues: files.map { ($0, "rgb.png") })).load()
    #expect(dataset.train.labels == [0, 0, 1, 1])
  }

  @Test func followsLinks() throws {
    let folder = try ImageScratch.whole(), other = try ImageScratch.whole("grey-8.png")
    try FileManager.default.createSymbolicLink(
      atPath: folder.scratch.path + "/cow", withDestinationPath: other.scratch.path + "/cat")
    #expect(try folder.load().classCount == 3)
  }

  @Test func namesEveryFault() throws {
    let folder = try ImageScratch.whole(), path = folder.scratch.path
    try folder.scratch.write("cat/empty.png", [])
    try folder.scratch.write("cat/text.txt", "not an image")
    try folder.scratch.write("cat/short.jpg", Array(GoldenImages.bytes("colour-420.jpg").prefix(900)))
    try FileManager.default.createSymbolicLink(atPath: path + "/dog/loop", withDestinationPath: path + "/dog")
    try FileManager.default.createSymbolicLink(atPath: path + "/dog/gone.png", withDestinationPath: path + "/nothing")
    expectProblem(
      .badData, "5 files in \(path) cannot be used", "cat/empty.png is empty",
      "cat/text.txt is neither JPEG, PNG, WebP nor TIFF",
      "cat/short.jpg is a damaged or unsupported JPEG", "dog/gone.png cannot be read (No such file or directory)",
      "dog/loop is a link to a folder that it stands in", "Repair, convert or remove them", loading: folder.name)
    #expect(mkfifo(path + "/dog/pipe.png", 0o600) == 0)
    for name in ["selfish", "circle"] {
      try FileManager.default.createSymbolicLink(
        atPath: "\(path)/dog/\(name)", withDestinationPath: "\(path)/dog/selfish")
    }
    expectProblem(.badData, "8 files in", "; and 3 more.", loading: folder.name)
  }

  @Test func namesASingleFault() throws {
    let folder = try ImageScratch.whole()
    #expect(mkfifo(folder.scratch.path + "/dog/pipe", 0o600) == 0)
    expectProblem(
      .badData, "A file in \(folder.scratch.path) cannot be used: dog/pipe is no regular file.", "remove it",
      loading: folder.name)
  }

  @Test func refusesFoldersWithoutClasses() throws {
    let scratch = try Scratch()
    expectProblem(.badData, "holds no class folders", "folder of its own", loading: "images:" + scratch.path)
    try scratch.write("loose.png", GoldenImages.bytes("rgb.png"))
    expectProblem(.badData, "holds no class folders", loading: "images:" + scratch.path)
    expectProblem(.missingInput, "no readable folder", loading: "images:\(scratch.path)/nowhere")
    expectProblem(.missingInput, "no readable folder", loading: "images:\(scratch.path)/loose.png")
    for i in 0..<5 { try scratch.write("one/\(i).png", GoldenImages.bytes("rgb.png")) }
    expectProblem(.badData, "a single class", loading: "images:" + scratch.path)
    try FileManager.default.createDirectory(atPath: scratch.path + "/two", withIntermediateDirectories: true)
    expectProblem(.badData, "class folders without files: two.", "Fill or remove", loading: "images:" + scratch.path)
    try scratch.write("two/.hidden", [1])
    expectProblem(.badData, "class folders without files: two.", loading: "images:" + scratch.path)
  }

  @Test func refusesSplitsThatDoNotFit() throws {
    let few = try ImageScratch(["a/1.png": "rgb.png", "b/1.png": "rgb.png"])
    expectProblem(.badData, "too few samples", "folders train and test", loading: few.name)
    let strange = try ImageScratch([
      "train/a/1.png": "rgb.png", "train/b/1.png": "rgb.png", "test/a/1.png": "rgb.png", "test/z/1.png": "rgb.png",
    ])
    expectProblem(.badData, "has classes that", "lacks: z.", loading: strange.name)
  }

  @Test func refusesWhatMemoryCannotHold() throws {
    let folder = try ImageScratch.whole()
    let problem = #expect(throws: Problem.self) { try folder.load(1 << 30) }
    #expect(problem?.kind == .usage && problem?.remedy.contains("smaller image-size") == true)
  }

  @Test(arguments: ["digits", "csv:x.csv"])
  func sizeIsForImageFoldersAlone(_ name: String) {
    let problem = #expect(throws: Problem.self) {
      try Catalog.dataset(named: name, options: LoadOptions(imageSize: 8))
    }
    #expect(problem?.kind == .usage && problem?.problem.contains("image-size has no effect") == true)
  }
}
