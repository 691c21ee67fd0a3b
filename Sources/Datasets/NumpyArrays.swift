import Basics
import Foundation

/// The arrays `x_train`, `y_train`, `x_test` and `y_test` in one `.npz` file, or in a folder of `.npy` files.
///
/// Bytes (`uint8`) are taken for images with values p/255; every other number for the value itself. Samples of 1 to 4
/// dimensions, see `SampleLayout`; C order.
public struct NumpyArrays: DataForm {
  public init() {}

  public let prefix = "npz"
  public let usage = "npz:FILE or npz:DIR"
  public let summary = "numpy arrays x_train, y_train, x_test, y_test in an .npz file or as .npy files in a folder"

  private static let remedy = "Save it again with numpy.savez(file, x_train=..., y_train=..., x_test=..., y_test=...)."

  public func load(_ path: String, _ options: LoadOptions) throws -> Dataset {
    let url = URL(fileURLWithPath: path)
    var isFolder: ObjCBool = false
    guard FileManager.default.fileExists(atPath: path, isDirectory: &isFolder) else {
      throw Problem.missingInput("There is no file or folder \(path).", remedy: "Check the path.")
    }
    let quartet = try isFolder.boolValue ? folder(url) : archive(url)
    return try quartet.dataset(name: "npz:" + url.lastPathComponent, source: "numpy arrays in \(path)")
  }

  private func archive(_ url: URL) throws -> ArrayQuartet {
    let archive = try ZipArchive(contentsOf: url, remedy: Self.remedy)
    return try quartet { name in try archive.read(name + ".npy", NPYFile.read) }
  }

  private func folder(_ url: URL) throws -> ArrayQuartet {
    try quartet { name in
      let file = url.appendingPathComponent(name + ".npy")
      guard FileManager.default.fileExists(atPath: file.path) else {
        throw Problem.missingInput(
          "\(url.path) has no \(name).npy.", remedy: "Put x_train.npy, y_train.npy, x_test.npy and y_test.npy there.")
      }
      return try NPYFile.read(file, remedy: "Save it again with numpy.save.")
    }
  }

  private func quartet(_ read: (String) throws -> NumberArray) throws -> ArrayQuartet {
    try ArrayQuartet(
      trainImages: read("x_train"), trainLabels: read("y_train"), testImages: read("x_test"), testLabels: read("y_test")
    )
  }
}
