import Basics
import Foundation

/// Arrays of samples and labels in one `.npz` file, or in a folder of `.npy` files.
///
/// Their names tell which is which, see `ArrayNames`; what their numbers are worth `ArrayPixels`; which dimension is which
/// `SampleLayout`; what labels can be `ArrayLabels`. From a single set a share of each class is taken for testing, see
/// `TestShare`.
public struct NumpyArrays: DataForm {
  public init() {}

  public let prefix = "npz"
  public let usage = "npz:FILE or npz:DIR"
  public let summary =
    "numpy arrays x_train, y_train, x_test, y_test (or x, y) in an .npz file or as .npy files in a folder"

  private static let remedy = "Save it again with numpy.savez(file, x_train=..., y_train=..., x_test=..., y_test=...)."

  public func load(_ path: String, _ options: LoadOptions) throws -> Dataset {
    let url = URL(fileURLWithPath: path)
    var isFolder: ObjCBool = false
    guard FileManager.default.fileExists(atPath: path, isDirectory: &isFolder) else {
      throw Problem.missingInput("There is no file or folder \(path).", remedy: "Check the path.")
    }
    let (names, read) = try isFolder.boolValue ? Self.folder(url) : Self.archive(url)
    var arrays: [String: NumberArray] = [:]
    let (place, kind) = isFolder.boolValue ? (path, Problem.Kind.missingInput) : (url.lastPathComponent, .badData)
    let roles = try ArrayNames(names, in: place, kind) { name in
      let array = try read(name)
      arrays[name] = array
      return array.shape
    }
    func labelled(_ pair: ArrayNames.Pair) throws -> LabelledArrays {
      try LabelledArrays(
        images: arrays[pair.images] ?? read(pair.images), labels: arrays[pair.labels] ?? read(pair.labels))
    }
    return try ArrayParts(train: labelled(roles.train), test: roles.test.map(labelled)).dataset(
      name: "npz:" + url.lastPathComponent, source: "numpy arrays in \(path)", notes: roles.notes, options: options)
  }

  private typealias Contents = (names: [String], read: (String) throws -> NumberArray)

  /// The arrays may stand in a folder of the archive, as where a folder was zipped.
  private static func archive(_ url: URL) throws -> Contents {
    let archive = try ZipArchive(contentsOf: url, remedy: remedy)
    let paths = archive.entries.keys.filter { path in
      path.hasSuffix(".npy") && !path.split(separator: "/").contains { $0.hasPrefix(".") || $0 == "__MACOSX" }
    }
    let entries = Dictionary(grouping: paths) { String(($0 as NSString).lastPathComponent.dropLast(4)) }
    if let (name, places) = entries.sorted(by: { $0.key < $1.key }).first(where: { $0.value.count > 1 }) {
      throw Problem.badData(
        "\(archive.name) holds \(name) more than once: \(places.sortedNames().joined(separator: ", ")).", remedy: remedy
      )
    }
    return (entries.keys.sortedNames(), { try archive.read(entries[$0]![0], NPYFile.read) })
  }

  private static func folder(_ url: URL) throws -> Contents {
    let files = (try? FileManager.default.contentsOfDirectory(atPath: url.path)) ?? []
    let names = files.filter { $0.hasSuffix(".npy") && !$0.hasPrefix(".") }.map { String($0.dropLast(4)) }
    return (
      names.sortedNames(),
      { try NPYFile.read(url.appendingPathComponent($0 + ".npy"), remedy: "Save it again with numpy.save.") }
    )
  }
}
