public import Basics
import Foundation
import Onnx

/// A network with its weights from an ONNX file, as PyTorch, TensorFlow and others write it: `onnx:FILE`.
public struct OnnxFile: Model {
  public let name = "onnx"
  public let summary = "a network from elsewhere, with its weights: onnx:FILE.onnx (docs/onnx.md says which operators)"
  public let bringsWeights = true

  public init() {}

  public func architecture(arguments: String?, input: FeatureShape, classes: Int) throws -> Architecture {
    try Self.network(try path(arguments), input: input, classes: classes).architecture
  }

  public func weights(arguments: String?, input: FeatureShape, classes: Int) throws -> StartingWeights? {
    try Self.network(try path(arguments), input: input, classes: classes).start
  }

  public func files(arguments: String?) -> [String] {
    guard let arguments, let graph = try? OnnxGraph(contentsOf: URL(fileURLWithPath: arguments)) else {
      return arguments.map { [$0] } ?? []
    }
    return [arguments] + graph.externalFiles
  }

  public func ownShape(arguments: String?, input: FeatureShape?) throws -> (input: FeatureShape?, classes: Int?) {
    let url = URL(fileURLWithPath: try path(arguments)), graph = try OnnxGraph(contentsOf: url)
    guard let input = input ?? OnnxImport.ownInput(graph) else { return (nil, nil) }
    let network = try Self.network(graph, file: url.lastPathComponent, input: input, classes: nil)
    return (input, network.architecture.output.count)
  }

  private func path(_ arguments: String?) throws -> String {
    guard let arguments, !arguments.isEmpty else {
      throw Problem.usage("'\(name):' names no file.", remedy: "Write onnx:FILE.onnx.")
    }
    return arguments
  }

  /// The file's name without its ending.
  static func title(of file: String) -> String { URL(fileURLWithPath: file).deletingPathExtension().lastPathComponent }

  /// The network in a file, for samples of a shape.
  ///
  /// - Parameter classes: As many as the outputs must be; any number if `nil`.
  /// - Throws: `Problem.missingInput`, or `Problem.badData` naming all that cannot be expressed.
  public static func network(_ path: String, input: FeatureShape, classes: Int?) throws -> (
    architecture: Architecture, start: StartingWeights
  ) {
    let url = URL(fileURLWithPath: path)
    return try network(try OnnxGraph(contentsOf: url), file: url.lastPathComponent, input: input, classes: classes)
  }

  /// The same of bytes, which keep nothing in other files.
  public static func network(_ data: [UInt8], file: String, input: FeatureShape, classes: Int?) throws -> (
    architecture: Architecture, start: StartingWeights
  ) {
    try network(try OnnxGraph(Data(data), name: file, folder: nil), file: file, input: input, classes: classes)
  }

  private static func network(_ graph: OnnxGraph, file: String, input: FeatureShape, classes: Int?) throws -> (
    architecture: Architecture, start: StartingWeights
  ) {
    var reading = try OnnxImport(graph, file: file, input: input)
    return try reading.network(classes: classes)
  }
}
