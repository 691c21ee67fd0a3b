import Basics
import Foundation

/// A folder of images with a folder for each class, below folders for training and testing where it has these.
///
/// Which folders are parts and which classes is said in `ImageParts`. Without a test folder a share of each class is taken
/// for testing, see `TestShare`. Every image is resized to a square of `LoadOptions.imageSize`, whatever its shape, and kept
/// as bytes in memory. Where all images are grey there is one channel, else three. What a file may hold is said in
/// `cimages.h`, how it is resized in `BilinearResize`.
public struct ImageFolder: DataForm {
  public init() {}

  public let prefix = "images"
  public let usage = "images:DIR"
  public let summary =
    "JPEG, PNG, WebP and TIFF files in a folder for each class, resized (image-size); train/ and test/ if there"
  public let resizesImages = true

  public func load(_ path: String, _ options: LoadOptions) throws -> Dataset {
    let folder = URL(fileURLWithPath: path, isDirectory: true).standardizedFileURL.path
    let parts = try ImageParts(folder), train = parts.train, test = parts.test, names = parts.classes
    if test != nil { try TestShare.checkUnused(options, name: "images:\(path)") }
    let files = train.files + (test?.files ?? [])
    let loaded = try ImageLoader(files.map(\.path), size: options.imageSize)
      .load(folder: folder, known: train.faults + (test?.faults ?? []))
    let size = options.imageSize, shape = FeatureShape(channels: loaded.channels, height: size, width: size)
    func dataset(_ train: Split, _ test: Split, _ notes: [String] = []) throws -> Dataset {
      try Dataset(
        name: "images:" + URL(fileURLWithPath: folder).lastPathComponent,
        source: """
          images in \(parts.folder), resized to \(size)x\(size), classes \(names.prefix(20).joined(separator: ", "))
          """, notes: parts.notes + loaded.notes + notes, inputShape: shape, classCount: names.count, classNames: names,
        pixelScale: 1 / 255, range: 0...255, train: train, test: test)
    }
    let all = Split(pixels: .bytes(loaded.pixels), labels: Self.labels(train, test, names))
    if test != nil {
      let count = Int32(train.files.count)
      return try dataset(all.subset(Array(0..<count)), all.subset(Array(count..<Int32(all.count))))
    }
    let (first, second) = try TestShare.carve(
      all, options, name: folder, remedy: "Give at least three of a class, or folders train and test.")
    return try dataset(first, second, [TestShare.note(options)])
  }

  /// Names of test classes may differ from those of training in Unicode form, as copies between systems do.
  private static func labels(_ train: ImageTree, _ test: ImageTree?, _ names: [String]) -> [Int32] {
    let indices = (test?.classes ?? []).map { Int32(names.firstIndex(of: $0)!) }
    return train.files.map(\.label) + (test?.files ?? []).map { indices[Int($0.label)] }
  }
}
