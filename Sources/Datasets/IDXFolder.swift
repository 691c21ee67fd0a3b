import Basics
import Foundation

/// A folder with four IDX files named as MNIST names them.
///
/// `train-images`, `train-labels`, `t10k-images` and `t10k-labels`, followed by `-idx` or `.idx` and anything, plain or
/// gzip; elements of any IDX type. Samples of 1 to 4 dimensions, see `SampleLayout`.
public struct IDXFolder: DataForm {
  public init() {}

  public let prefix = "idx"
  public let usage = "idx:DIR"
  public let summary = "a folder with four IDX files named like MNIST's, plain or gzip"

  private static let remedy = "Replace the file by a whole one."

  public func load(_ path: String, _ options: LoadOptions) throws -> Dataset {
    let folder = URL(fileURLWithPath: path, isDirectory: true)
    let names = try Self.contents(of: folder)
    func read(_ role: String) throws -> NumberArray {
      try IDXFile.read(folder.appendingPathComponent(Self.pick(role, names, folder)), remedy: Self.remedy)
    }
    return try ArrayParts(
      train: LabelledArrays(images: read("train-images"), labels: read("train-labels")),
      test: LabelledArrays(images: read("t10k-images"), labels: read("t10k-labels"))
    ).dataset(name: "idx:" + folder.lastPathComponent, source: "IDX files in \(folder.path)", options: options)
  }

  private static func contents(of folder: URL) throws -> [String] {
    guard let names = try? FileManager.default.contentsOfDirectory(atPath: folder.path) else {
      throw Problem.missingInput("There is no readable folder \(folder.path).", remedy: "Check the path.")
    }
    return names
  }

  /// The file that plays a role; the plain one if there is a `.gz` beside it.
  private static func pick(_ role: String, _ names: [String], _ folder: URL) throws -> String {
    let fitting = names.filter { $0.hasPrefix(role + "-idx") || $0.hasPrefix(role + ".idx") }
    guard let name = fitting.min(by: { ($0.count, $0) < ($1.count, $1) }) else {
      throw Problem.missingInput(
        "\(folder.path) has no \(role)-idx* file.",
        remedy: "Put train-images-idx3-ubyte, train-labels-idx1-ubyte, t10k-images-idx3-ubyte and "
          + "t10k-labels-idx1-ubyte there, plain or with .gz.")
    }
    return name
  }
}

extension DataLocator {
  /// Loads a catalogued data set whose four IDX files stand in its `files` in the order training, test; images, labels.
  func idxDataset(_ source: any DataSource, classCount: Int) throws -> Dataset {
    let urls = try locate(source)
    let arrays = try urls.map { url in
      try IDXFile.read(url, remedy: "Delete it and run 'tombola data fetch \(source.name)'.")
    }
    let folder = urls[0].deletingLastPathComponent().path
    return try ArrayParts(
      train: LabelledArrays(images: arrays[0], labels: arrays[1]),
      test: LabelledArrays(images: arrays[2], labels: arrays[3])
    ).dataset(name: source.name, source: "\(source.origin); read from \(folder)", classCount: classCount)
  }
}
