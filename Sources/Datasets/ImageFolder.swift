import Basics
import Foundation

/// A folder of JPEG and PNG files with a folder for each class, below `train` and `test` (or `val`) where it has these.
///
/// Without a test folder, a fifth of each class is taken for testing, see `TestFifth`. Every image is resized to a square
/// of `LoadOptions.imageSize`, whatever its shape, and kept as bytes in memory. Where all images are grey there is one
/// channel, else three. What a file may hold is said in `cimages.h`, how it is resized in `BilinearResize`.
public struct ImageFolder: DataForm {
  public init() {}

  public let prefix = "images"
  public let usage = "images:DIR"
  public let summary = "JPEG and PNG files in a folder for each class, resized (image-size); train/ and test/ if there"
  public let resizesImages = true

  public func load(_ path: String, _ options: LoadOptions) throws -> Dataset {
    let folder = URL(fileURLWithPath: path, isDirectory: true).standardizedFileURL.path
    let (train, test) = try Self.trees(folder)
    let names = try Self.classNames(train, test)
    let files = train.files + (test?.files ?? [])
    let loaded = try ImageLoader(files.map(\.path), size: options.imageSize)
      .load(folder: folder, known: train.faults + (test?.faults ?? []))
    let size = options.imageSize, shape = FeatureShape(channels: loaded.channels, height: size, width: size)
    func dataset(_ train: Split, _ test: Split, _ note: String) throws -> Dataset {
      try Dataset(
        name: "images:" + URL(fileURLWithPath: folder).lastPathComponent,
        source:
          "images in \(folder), resized to \(size)x\(size), classes \(names.prefix(20).joined(separator: ", "))\(note)",
        inputShape: shape, classCount: names.count, pixelScale: 1 / 255, train: train, test: test)
    }
    let all = Split(pixels: .bytes(loaded.pixels), labels: Self.labels(train, test, names))
    if test != nil {
      let count = Int32(train.files.count)
      return try dataset(all.subset(Array(0..<count)), all.subset(Array(count..<Int32(all.count))), "")
    }
    guard let (first, second) = TestFifth.carve(all) else {
      throw Problem.badData(
        "\(folder) has too few images to take a fifth of each class for testing.",
        remedy: "Give at least three of a class, or folders train and test.")
    }
    return try dataset(first, second, "; \(TestFifth.note)")
  }

  /// `train` and `test` count as parts only if they hold folders: there may be classes of these names.
  private static func trees(_ folder: String) throws -> (train: ImageTree, test: ImageTree?) {
    let names = try ImageTree.subfolders(folder)
    func part(_ name: String) throws -> ImageTree? {
      guard names.contains(name), try !ImageTree.subfolders("\(folder)/\(name)").isEmpty else { return nil }
      return try ImageTree("\(folder)/\(name)")
    }
    guard let train = try part("train") else { return (try ImageTree(folder), nil) }
    return (train, try part("test") ?? part("val"))
  }

  /// The classes of the training images, which those of the test images must be among.
  private static func classNames(_ train: ImageTree, _ test: ImageTree?) throws -> [String] {
    let remedy = "Put the images of each class into a folder of its own, with the class's name."
    guard !train.classes.isEmpty else {
      throw Problem.badData("\(train.folder) holds no class folders.", remedy: remedy)
    }
    let filled = Set(train.files.map(\.label)), broken = train.faults.map(\.path)
    let empty = train.classes.enumerated().filter { label, name in
      !filled.contains(Int32(label)) && !broken.contains { $0.hasPrefix("\(train.folder)/\(name)") }
    }
    guard empty.isEmpty else {
      throw Problem.badData(
        "\(train.folder) has class folders without files: \(list(empty.map(\.element))).",
        remedy: "Fill or remove them.")
    }
    if let test {
      let strange = test.classes.filter { !train.classes.contains($0) }
      guard strange.isEmpty else {
        throw Problem.badData(
          "\(test.folder) has classes that \(train.folder) lacks: \(list(strange)).",
          remedy: "Give both parts the same class folders.")
      }
    }
    return train.classes
  }

  private static func labels(_ train: ImageTree, _ test: ImageTree?, _ names: [String]) -> [Int32] {
    guard let test else { return train.files.map(\.label) }
    let indices = Dictionary(uniqueKeysWithValues: names.enumerated().map { ($1, Int32($0)) })
    return train.files.map(\.label) + test.files.map { indices[test.classes[Int($0.label)]]! }
  }

  private static func list(_ names: [String]) -> String {
    names.prefix(5).joined(separator: ", ") + (names.count > 5 ? " and \(grouped(names.count - 5)) more" : "")
  }
}
