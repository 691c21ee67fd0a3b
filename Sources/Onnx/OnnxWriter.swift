import Basics
public import Foundation
internal import SwiftProtobuf

/// Builds an ONNX file: nodes in order, initialisers, one input and one output with an open number of samples.
public struct OnnxWriter {
  /// Operators' version: the newest whose every operator older run-times know too.
  public static let opset = 13
  private static let irVersion: Int64 = 8
  private static let openDimension = "samples"
  private var model = OnnxModelProto()

  public init(name: String) {
    model.irVersion = Self.irVersion
    model.producerName = "tombola"
    model.opsetImport = [OnnxOperatorSetIdProto.with { ($0.domain, $0.version) = ("", Int64(Self.opset)) }]
    model.graph.name = name
  }

  /// Words that other programs show beside the network.
  public mutating func describe(_ key: String, _ value: String) {
    model.metadataProps.append(OnnxStringStringEntryProto.with { ($0.key, $0.value) = (key, value) })
  }

  /// - Parameter dimensions: Of one sample.
  public mutating func addInput(_ name: String, _ dimensions: [Int]) {
    model.graph.input.append(Self.value(name, dimensions))
  }

  /// - Parameter dimensions: Of one sample.
  public mutating func addOutput(_ name: String, _ dimensions: [Int]) {
    model.graph.output.append(Self.value(name, dimensions))
  }

  public mutating func addNode(
    _ kind: String, _ name: String, inputs: [String], output: String, integers: [String: [Int]] = [:],
    numbers: [String: Int] = [:], floats: [String: Float] = [:]
  ) {
    model.graph.node.append(
      OnnxNodeProto.with { node in
        (node.opType, node.name, node.input, node.output) = (kind, name, inputs, [output])
        for (key, values) in integers.sorted(by: { $0.key < $1.key }) {
          node.attribute.append(.with { ($0.name, $0.type, $0.ints) = (key, 7, values.map(Int64.init)) })
        }
        for (key, value) in numbers.sorted(by: { $0.key < $1.key }) {
          node.attribute.append(.with { ($0.name, $0.type, $0.i) = (key, 2, Int64(value)) })
        }
        for (key, value) in floats.sorted(by: { $0.key < $1.key }) {
          node.attribute.append(.with { ($0.name, $0.type, $0.f) = (key, 1, value) })
        }
      })
  }

  public mutating func addTensor(_ name: String, _ dimensions: [Int], _ values: [Float]) {
    model.graph.initializer.append(Self.tensor(name, dimensions, values))
  }

  public mutating func addIntegers(_ name: String, _ values: [Int]) {
    model.graph.initializer.append(
      OnnxTensorProto.with {
        ($0.name, $0.dims, $0.dataType) = (name, [Int64(values.count)], 7)
        $0.rawData = values.map { Int64($0).littleEndian }.withUnsafeBytes { Data($0) }
      })
  }

  /// The numbers other than zero with their positions, where these take less than all numbers do.
  ///
  /// - Returns: Whether they did.
  public mutating func addSparseTensor(_ name: String, _ dimensions: [Int], _ values: [Float]) -> Bool {
    let places = values.indices.filter { values[$0] != 0 }
    guard 12 * places.count < 4 * values.count, !places.isEmpty else {
      addTensor(name, dimensions, values)
      return false
    }
    model.graph.sparseInitializer.append(
      OnnxSparseTensorProto.with { sparse in
        sparse.values = Self.tensor(name, [places.count], places.map { values[$0] })
        sparse.indices = OnnxTensorProto.with {
          ($0.name, $0.dims, $0.dataType) = ("\(name).indices", [Int64(places.count)], 7)
          $0.rawData = places.map { Int64($0).littleEndian }.withUnsafeBytes { Data($0) }
        }
        sparse.dims = dimensions.map(Int64.init)
      })
    return true
  }

  /// The file's bytes: equal calls give equal bytes.
  ///
  /// - Throws: `Problem.badData` if it would be larger than the format allows.
  public func encoded() throws -> Data {
    var options = BinaryEncodingOptions()
    options.useDeterministicOrdering = true
    guard let data: Data = try? model.serializedBytes(options: options), data.count < OnnxReader.mostBytes else {
      throw Problem.badData(
        "The network is too large for one ONNX file (2 GiB).", remedy: "Export it as safetensors instead.")
    }
    return data
  }

  private static func tensor(_ name: String, _ dimensions: [Int], _ values: [Float]) -> OnnxTensorProto {
    precondition(dimensions.reduce(1, *) == values.count, "shape does not hold \(values.count) values")
    return OnnxTensorProto.with {
      ($0.name, $0.dims, $0.dataType) = (name, dimensions.map(Int64.init), 1)
      $0.rawData = values.map { $0.bitPattern.littleEndian }.withUnsafeBytes { Data($0) }
    }
  }

  private static func value(_ name: String, _ dimensions: [Int]) -> OnnxValueInfoProto {
    OnnxValueInfoProto.with { value in
      value.name = name
      value.type.tensorType.elemType = 1
      value.type.tensorType.shape.dim =
        [.with { $0.dimParam = openDimension }] + dimensions.map { size in .with { $0.dimValue = Int64(size) } }
    }
  }
}
