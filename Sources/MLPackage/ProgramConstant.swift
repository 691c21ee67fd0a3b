import Foundation
internal import SwiftProtobuf

/// A value that is known when a program is written; `shape` is empty for a single number or word.
public struct ProgramConstant: Sendable {
  public enum Values: Equatable, Sendable {
    case floats([Float])
    case integers([Int])
    case flag(Bool)
    case text(String)
  }

  public var values: Values
  public var shape: [Int]

  public init(_ floats: [Float], _ shape: [Int]) { (values, self.shape) = (.floats(floats), shape) }
  public init(_ integers: [Int]) { (values, shape) = (.integers(integers), [integers.count]) }
  public init(_ float: Float) { (values, shape) = (.floats([float]), []) }
  public init(_ integer: Int) { (values, shape) = (.integers([integer]), []) }
  public init(_ flag: Bool) { (values, shape) = (.flag(flag), []) }
  public init(_ text: String) { (values, shape) = (.text(text), []) }
}

/// Types of elements by their number in the format (`DataType` of MIL.proto).
enum ProgramType: Int32 {
  case bool = 1, string = 2, float32 = 11, int32 = 23, uint8 = 31, uint32 = 33

  func of(_ shape: [Int]) -> MLValueType {
    .with {
      $0.tensorType.dataType = rawValue
      $0.tensorType.rank = Int64(shape.count)
      $0.tensorType.dimensions = shape.map { size in .with { $0.constant.size = UInt64(size) } }
    }
  }

  func value(_ shape: [Int], _ fill: (inout MLTensorValue) -> Void) -> MLValue {
    .with {
      $0.type = of(shape)
      fill(&$0.immediateValue.tensor)
    }
  }
}

extension ProgramConstant {
  /// Within the program; large ones stand in the weight file instead.
  var immediate: MLValue {
    switch values {
    case .floats(let values): ProgramType.float32.value(shape) { $0.floats.values = values }
    case .integers(let values): ProgramType.int32.value(shape) { $0.ints.values = values.map(Int32.init) }
    case .flag(let value): ProgramType.bool.value([]) { $0.bools.values = [value] }
    case .text(let value): ProgramType.string.value([]) { $0.strings.values = [value] }
    }
  }
}
