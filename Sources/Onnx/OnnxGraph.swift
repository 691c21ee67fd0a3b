import Basics
public import Foundation
internal import SwiftProtobuf

/// An ONNX file as it was read: every length, offset and shape in it was checked against the bytes that are there.
///
/// Format: https://github.com/onnx/onnx/blob/main/docs/IR.md. Operators are not looked at here.
public struct OnnxGraph: Sendable {
  /// An input or output with its dimensions: a number, or `nil` where the file leaves it open.
  public struct Value: Sendable {
    public var name: String
    /// `nil` if the file does not say even how many there are.
    public var dimensions: [Int?]?
  }

  public enum Attribute: Sendable {
    case integer(Int64), float(Float), text(String), integers([Int64]), floats([Float]), tensor(OnnxTensor)
    /// Of a type that is not read, by its name.
    case other(String)
  }

  public struct Node: Sendable {
    public var name: String
    /// The operator: `Conv`.
    public var kind: String
    /// Whose operator it is; empty for ONNX itself.
    public var domain: String
    public var inputs: [String]
    public var outputs: [String]
    public var attributes: [String: Attribute]
  }

  /// The oldest and the newest set of ONNX's own operators that is read: that of the package onnx 1.23.
  public static let opsets: ClosedRange<Int> = 9...28

  /// What made the file, as it says itself; may be empty.
  public let producer: String
  public let opset: Int
  /// Without those that have an initialiser.
  public let inputs: [Value]
  public let outputs: [Value]
  public let constants: [String: OnnxTensor]
  public let nodes: [Node]
  /// Of files with tensors beside them, the files' paths.
  public let externalFiles: [String]

  /// - Throws: `Problem.missingInput` if there is no such file, `Problem.badData` naming what is wrong with it.
  public init(contentsOf url: URL) throws {
    let size = (try? FileManager.default.attributesOfItem(atPath: url.path))?[.size] as? Int ?? 0
    guard size <= OnnxReader.mostBytes else {
      throw Problem.badData(
        "\(url.lastPathComponent) has \(size) bytes; an ONNX file has at most 2 GiB.",
        remedy: "Keep its tensors in files beside it (external data).")
    }
    try self.init(
      try Problem.content(of: url), name: url.lastPathComponent, folder: url.deletingLastPathComponent())
  }

  /// - Parameters:
  ///   - name: For messages.
  ///   - folder: Where files with external tensors may be; `nil` if there are none.
  public init(_ data: Data, name: String, folder: URL?) throws {
    var options = BinaryDecodingOptions()
    options.messageDepthLimit = 16
    options.discardUnknownFields = true
    let model: OnnxModelProto
    do { model = try OnnxModelProto(serializedBytes: data, options: options) } catch {
      throw Problem.badData("\(name) is no ONNX file, or a part of one.", remedy: OnnxReader.remedy)
    }
    var reader = OnnxReader(name: name, folder: folder)
    guard model.hasGraph else { throw reader.damaged("holds no graph") }
    let graph = model.graph
    opset = try reader.opset(model)
    producer = "\(model.producerName) \(model.producerVersion)".trimmingCharacters(in: .whitespaces)
    constants = try reader.constants(graph)
    inputs = try graph.input.filter { [constants] in constants[$0.name] == nil }.map { try reader.value($0) }
    outputs = try graph.output.map { try reader.value($0) }
    nodes = try graph.node.map { try reader.node($0) }
    externalFiles = reader.externalFiles
  }
}
