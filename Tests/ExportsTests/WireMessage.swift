import Foundation
import Testing

/// A message of protobuf's wire format as its fields by number, read without any schema (https://protobuf.dev/programming-guides/encoding).
struct WireMessage {
  private enum Value {
    case number(UInt64)
    case bytes(Data)
  }

  private var fields: [(number: Int, value: Value)] = []

  init(_ data: Data) throws {
    var rest = data[...]
    while !rest.isEmpty {
      let tag = try Self.varint(&rest)
      switch tag & 7 {
      case 0: fields.append((Int(tag >> 3), .number(try Self.varint(&rest))))
      case 2:
        let count = Int(try Self.varint(&rest))
        try #require(count <= rest.count, "a field is longer than its message")
        fields.append((Int(tag >> 3), .bytes(Data(rest.prefix(count)))))
        rest = rest.dropFirst(count)
      default:
        Issue.record("wire type \(tag & 7)")
        return
      }
    }
  }

  private static func varint(_ rest: inout Data.SubSequence) throws -> UInt64 {
    var value: UInt64 = 0
    for shift in stride(from: 0, to: 64, by: 7) {
      let next = rest.popFirst()
      let byte = try #require(next)
      value |= UInt64(byte & 0x7F) << UInt64(shift)
      if byte & 0x80 == 0 { return value }
    }
    Issue.record("a number of more than ten bytes")
    return 0
  }

  func data(_ number: Int) -> [Data] {
    fields.compactMap { if $0.number == number, case .bytes(let data) = $0.value { data } else { nil } }
  }

  func texts(_ number: Int) -> [String] { data(number).map { String(decoding: $0, as: UTF8.self) } }
  func messages(_ number: Int) throws -> [WireMessage] { try data(number).map(WireMessage.init) }
  func message(_ number: Int) throws -> WireMessage { try #require(try messages(number).first) }

  /// 0 where the field is left out, as in proto3.
  func integer(_ number: Int) -> Int {
    fields.reduce(0) { last, field in
      if field.number == number, case .number(let value) = field.value { Int(truncatingIfNeeded: value) } else { last }
    }
  }

  /// A map's values by key.
  func map(_ number: Int) throws -> [String: WireMessage] {
    Dictionary(
      uniqueKeysWithValues: try messages(number).map { ($0.texts(1).first ?? "", try $0.message(2)) })
  }

  func textMap(_ number: Int) throws -> [String: String] {
    Dictionary(
      uniqueKeysWithValues: try messages(number).map { ($0.texts(1).first ?? "", $0.texts(2).first ?? "") })
  }
}
