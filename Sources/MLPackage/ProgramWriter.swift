import Basics
import Foundation
internal import SwiftProtobuf

/// Builds a Core ML model that is an ML Program: one function of operations in order, their constants, one input and one output.
///
/// Operations are those of the Model Intermediate Language, MIL (https://apple.github.io/coremltools, `mlmodel/format/MIL.proto`), in the
/// set of iOS 16 and macOS 13, the first with constants that are stored sparsely.
public struct ProgramWriter {
  /// Of iOS 16, macOS 13, watchOS 9 and tvOS 16.
  public static let specificationVersion = 7
  private static let opset = "CoreML6"
  /// Constants of fewer numbers stand in the program itself, as coremltools keeps it.
  private static let fewest = 10
  private var model = MLModel()
  private var function = MLFunction()
  private var block = MLBlock()
  private var weights = WeightFile()
  private var names = ProgramNames()

  /// - Parameters:
  ///   - description: A line that Xcode shows.
  ///   - notes: Words of any kind, by key.
  public init(description: String, notes: [String: String]) {
    model.specificationVersion = Int32(Self.specificationVersion)
    model.description_p.metadata = .with {
      ($0.shortDescription, $0.author, $0.userDefined) = (description, "tombola", notes)
    }
  }

  /// - Parameters:
  ///   - shape: Of one call: 1 x features, or 1 x channels x height x width.
  ///   - isImage: Whether callers pass a picture, of one channel (grey) or three (red, green, blue), whose values from 0 to 255 the
  ///     program takes.
  public mutating func addInput(_ name: String, _ shape: [Int], meaning: String, isImage: Bool) {
    precondition(!isImage || (shape.count == 4 && [1, 3].contains(shape[1])), "no picture is \(shape)")
    let name = names.identifier(name)
    function.inputs.append(Self.named(name, .float32, shape))
    model.description_p.input.append(
      .with { feature in
        (feature.name, feature.shortDescription) = (name, meaning)
        if isImage {
          feature.type.imageType = .with {
            ($0.width, $0.height, $0.colorSpace) = (Int64(shape[3]), Int64(shape[2]), shape[1] == 1 ? 10 : 20)
          }
        } else {
          feature.type.multiArrayType = Self.array(shape)
        }
      })
  }

  /// - Parameter shape: Of one call.
  public mutating func addOutput(_ name: String, _ shape: [Int], meaning: String) {
    let name = names.identifier(name)
    block.outputs.append(name)
    model.description_p.output.append(
      .with { feature in
        (feature.name, feature.shortDescription) = (name, meaning)
        feature.type.multiArrayType = Self.array(shape)
      })
  }

  /// - Parameters:
  ///   - shape: Of the output.
  ///   - inputs: Arguments that are values of the program, by the operation's name of them.
  ///   - constants: Arguments that are constants of this operation alone.
  public mutating func add(
    _ kind: String, _ output: String, _ shape: [Int], inputs: [String: String],
    constants: [String: ProgramConstant] = [:]
  ) { add(kind, output, shape, .float32, inputs: inputs, constants: constants) }

  /// An operation that compares, and gives truths.
  public mutating func addComparison(
    _ kind: String, _ output: String, _ shape: [Int], inputs: [String: String], constants: [String: ProgramConstant]
  ) { add(kind, output, shape, .bool, inputs: inputs, constants: constants) }

  private mutating func add(
    _ kind: String, _ output: String, _ shape: [Int], _ type: ProgramType, inputs: [String: String],
    constants: [String: ProgramConstant]
  ) {
    var inputs = inputs
    for (key, constant) in constants.sorted(by: { $0.key < $1.key }) {
      inputs[key] = "\(output):\(key)"
      addConstant("\(output):\(key)", constant)
    }
    append(kind, output, type, shape) { operation, names in
      for (key, value) in inputs {
        operation.inputs[key] = .with { $0.arguments = [.with { $0.name = names.identifier(value) }] }
      }
    }
  }

  public mutating func addConstant(_ name: String, _ constant: ProgramConstant) {
    let value: MLValue
    let type: ProgramType
    switch constant.values {
    case .floats(let values):
      precondition(
        constant.shape.reduce(1, *) == values.count, "\(constant.shape) does not hold \(values.count) values")
      (value, type) = (stored(values, constant), .float32)
    case .integers: (value, type) = (constant.immediate, .int32)
    case .flag: (value, type) = (constant.immediate, .bool)
    case .text: (value, type) = (constant.immediate, .string)
    }
    append("const", name, type, constant.shape) { operation, _ in operation.attributes["val"] = value }
  }

  /// A tensor's numbers other than zero with a bit for every place, where these take less than all numbers do.
  ///
  /// - Returns: Whether they did.
  public mutating func addSparseConstant(_ name: String, _ values: [Float], _ shape: [Int]) -> Bool {
    // A survivor may be -0, which is other bits than nothing.
    let places = values.indices.filter { values[$0].bitPattern != 0 }
    var mask = Data(count: (values.count + 7) / 8)
    guard 4 * places.count + mask.count + WeightFile.alignment < 4 * values.count, places.count >= Self.fewest else {
      addConstant(name, ProgramConstant(values, shape))
      return false
    }
    for place in places { mask[place / 8] |= 1 << UInt8(place % 8) }
    let survivors = stored(places.map { values[$0] }, ProgramConstant([], [places.count]))
    let bits = Self.stored(
      at: weights.add(mask, .uint8), type: ProgramType.uint8.of([mask.count]))
    let sizes = ProgramType.uint32.value([shape.count]) { $0.bytes.values = WeightFile.bytes(shape.map(UInt32.init)) }
    append("constexpr_sparse_to_dense", name, .float32, shape) { operation, _ in
      (operation.attributes["nonzero_data"], operation.attributes["mask"]) = (survivors, bits)
      operation.attributes["shape"] = sizes
    }
    return true
  }

  /// The package: equal calls give equal bytes.
  public consuming func package() throws -> ModelPackage {
    function.opset = Self.opset
    function.blockSpecializations = [Self.opset: block]
    model.mlProgram = .with { ($0.version, $0.functions) = (1, ["main": function]) }
    var options = BinaryEncodingOptions()
    options.useDeterministicOrdering = true
    return ModelPackage(model: try model.serializedBytes(options: options), weights: weights.data)
  }

  private mutating func append(
    _ kind: String, _ output: String, _ type: ProgramType, _ shape: [Int],
    _ fill: (inout MLOperation, inout ProgramNames) -> Void
  ) {
    let name = names.identifier(output)
    var operation = MLOperation()
    operation.type = kind
    operation.outputs = [Self.named(name, type, shape)]
    operation.attributes["name"] = ProgramConstant(name).immediate
    fill(&operation, &names)
    block.operations.append(operation)
  }

  private mutating func stored(_ values: [Float], _ constant: ProgramConstant) -> MLValue {
    guard values.count >= Self.fewest else { return ProgramConstant(values, constant.shape).immediate }
    let offset = weights.add(WeightFile.bytes(values.map(\.bitPattern)), .float32)
    return Self.stored(at: offset, type: ProgramType.float32.of(constant.shape))
  }

  private static func stored(at offset: UInt64, type: MLValueType) -> MLValue {
    .with {
      $0.type = type
      ($0.blobFileValue.fileName, $0.blobFileValue.offset) = ("@model_path/\(ModelPackage.weightsPath)", offset)
    }
  }

  private static func named(_ name: String, _ type: ProgramType, _ shape: [Int]) -> MLNamedValueType {
    .with { ($0.name, $0.type) = (name, type.of(shape)) }
  }

  /// Of 32-bit floats (0x10000 + 32).
  private static func array(_ shape: [Int]) -> MLArrayFeatureType {
    .with { ($0.shape, $0.dataType) = (shape.map(Int64.init), 65568) }
  }
}
