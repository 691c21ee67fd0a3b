import Foundation

/// Protocol buffers by hand, for ONNX files that no exporter would write.
enum OnnxBytes {
  static func varint(_ value: Int64) -> [UInt8] {
    var rest = UInt64(bitPattern: value), bytes: [UInt8] = []
    repeat {
      bytes.append(UInt8(rest & 0x7F) | (rest > 0x7F ? 0x80 : 0))
      rest >>= 7
    } while rest > 0
    return bytes
  }
  static func number(_ field: Int, _ value: Int64) -> [UInt8] { varint(Int64(field << 3)) + varint(value) }
  static func bytes(_ field: Int, _ value: [UInt8]) -> [UInt8] {
    varint(Int64(field << 3 | 2)) + varint(Int64(value.count)) + value
  }
  static func text(_ field: Int, _ value: String) -> [UInt8] { bytes(field, Array(value.utf8)) }
  static func float(_ field: Int, _ value: Float) -> [UInt8] {
    varint(Int64(field << 3 | 5)) + withUnsafeBytes(of: value.bitPattern.littleEndian) { Array($0) }
  }

  // MARK: messages

  static func floats(_ values: [Float]) -> [UInt8] { values.flatMap { v in withUnsafeBytes(of: v) { Array($0) } } }

  static func tensor(_ name: String, _ dims: [Int64], _ values: [Float], type: Int64 = 1) -> [UInt8] {
    dims.flatMap { number(1, $0) } + number(2, type) + text(8, name) + bytes(9, floats(values))
  }

  static func integers(_ name: String, _ values: [Int64]) -> [UInt8] {
    number(1, Int64(values.count)) + number(2, 7) + bytes(7, values.flatMap(varint)) + text(8, name)
  }

  /// A tensor in another file.
  static func external(_ name: String, _ dims: [Int64], _ entries: [(String, String)]) -> [UInt8] {
    dims.flatMap { number(1, $0) } + number(2, 1) + text(8, name)
      + entries.flatMap { bytes(13, text(1, $0.0) + text(2, $0.1)) } + number(14, 1)
  }

  enum Attribute {
    case integer(Int64), integers([Int64]), float(Float), text(String), tensor([UInt8]), graph
  }

  static func node(
    _ kind: String, _ inputs: [String], _ output: String, name: String = "", _ attributes: [String: Attribute] = [:],
    domain: String = ""
  ) -> [UInt8] {
    let own = attributes.sorted { $0.key < $1.key }.flatMap { key, value -> [UInt8] in
      let body: [UInt8] =
        switch value {
        case .integer(let value): number(3, value) + number(20, 2)
        case .integers(let values): values.flatMap { number(8, $0) } + number(20, 7)
        case .float(let value): float(2, value) + number(20, 1)
        case .text(let value): text(4, value) + number(20, 3)
        case .tensor(let value): bytes(5, value) + number(20, 4)
        case .graph: bytes(6, []) + number(20, 5)
        }
      return bytes(5, text(1, key) + body)
    }
    return inputs.flatMap { text(1, $0) } + text(2, output) + text(3, name) + text(4, kind) + own
      + (domain.isEmpty ? [] : text(7, domain))
  }

  /// An input or output; a size of -1 is left open.
  static func value(_ name: String, _ dims: [Int64]) -> [UInt8] {
    let shape = dims.flatMap { bytes(1, $0 < 0 ? text(2, "N") : number(1, $0)) }
    return text(1, name) + bytes(2, bytes(1, number(1, 1) + bytes(2, shape)))
  }

  static func model(
    _ nodes: [[UInt8]], _ tensors: [[UInt8]], input: [Int64] = [-1, 4], outputs: [String] = ["y"], opset: Int64 = 13,
    more: [UInt8] = []
  ) -> [UInt8] {
    let graph =
      nodes.flatMap { bytes(1, $0) } + tensors.flatMap { bytes(5, $0) } + bytes(11, value("x", input))
      + outputs.flatMap { bytes(12, value($0, [-1, 3])) } + more
    return number(1, 8) + bytes(8, text(1, "") + number(2, opset)) + bytes(7, graph)
  }

  /// x W + b of four inputs and three outputs.
  static let weight = tensor("fc.weight", [4, 3], (0..<12).map { Float($0) / 8 - 0.7 })
  static let bias = tensor("fc.bias", [3], [0.5, -0.25, 1])
  static let matrix = node("MatMul", ["x", "fc.weight"], "p", name: "mm")
  static let plain = model([matrix, node("Add", ["p", "fc.bias"], "y")], [weight, bias])
}
