public import Basics
public import Foundation

/// A model as Core ML's `.mlpackage`: a folder with the model, its weights and a list of both (coremltools,
/// `modelpackage/src/ModelPackage.cpp`).
public struct ModelPackage: Sendable {
  public static let pathExtension = "mlpackage"
  static let weightsPath = "weights/weight.bin"
  private static let author = "com.apple.CoreML"
  private static let manifestName = "Manifest.json"
  public let model: Data
  public let weights: Data

  /// - Throws: `Problem.usage` if something else than a package has that name; `Problem.cannotWrite`.
  public func write(to url: URL) throws {
    guard url.pathExtension == Self.pathExtension else {
      throw Problem.usage(
        "\(url.lastPathComponent) is no name of a Core ML package.", remedy: "End it with .\(Self.pathExtension).")
    }
    let isThere = FileManager.default.fileExists(atPath: url.path)
    let isPackage = FileManager.default.fileExists(atPath: url.appendingPathComponent(Self.manifestName).path)
    guard !isThere || isPackage else {
      throw Problem.usage(
        "\(url.path) is there already and is no Core ML package.", remedy: "Delete it, or choose another name.")
    }
    let folder = "Data/\(Self.author)"
    try AtomicFile.write(
      folder: [
        "\(folder)/model.mlmodel": model, "\(folder)/\(Self.weightsPath)": weights, Self.manifestName: try manifest(),
      ], to: url)
  }

  private struct Manifest: Encodable {
    struct Item: Encodable {
      var author, description, name, path: String
    }
    var fileFormatVersion = "1.0.0"
    var itemInfoEntries: [String: Item]
    var rootModelIdentifier: String
  }

  private func manifest() throws -> Data {
    func item(_ name: String, _ description: String) -> Manifest.Item {
      Manifest.Item(author: Self.author, description: description, name: name, path: "\(Self.author)/\(name)")
    }
    let root = Self.identifier(model), encoder = JSONEncoder()
    encoder.outputFormatting = [.sortedKeys, .prettyPrinted, .withoutEscapingSlashes]
    return try encoder.encode(
      Manifest(
        itemInfoEntries: [
          root: item("model.mlmodel", "CoreML Model Specification"),
          Self.identifier(weights): item("weights", "CoreML Model Weights"),
        ], rootModelIdentifier: root))
  }

  /// A UUID of version 8 (RFC 9562, section 5.8) that is made of the content, so that equal packages have equal bytes.
  private static func identifier(_ content: Data) -> String {
    var digits = Array(Digest.sha256(content).prefix(32))
    (digits[12], digits[16]) = ("8", "8")
    return [0..<8, 8..<12, 12..<16, 16..<20, 20..<32].map { String(digits[$0]) }.joined(separator: "-")
  }
}
