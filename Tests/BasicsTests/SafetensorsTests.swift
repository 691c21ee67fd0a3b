import Basics
import Foundation
import TestSupport
import Testing

@Suite struct SafetensorsTests {
  static func small() -> SafetensorsFile {
    var file = SafetensorsFile(metadata: ["format": "test", "note": "ünïcode \"quoted\" / \\ \n"])
    file.add("weights", [1, -0.0, .pi, .leastNonzeroMagnitude, -.infinity, 6], shape: [2, 3])
    file.add("mask", bytes: [0, 255, 7])
    file.add("empty", [Float]())
    return file
  }

  /// A file with any header and `body` bytes behind it.
  static func forged(_ header: String, length: UInt64? = nil, body: Int = 8) -> Data {
    let text = Data(header.utf8)
    return withUnsafeBytes(of: (length ?? UInt64(text.count)).littleEndian) { Data($0) } + text
      + Data(repeating: 0, count: body)
  }

  @Test func roundTrips() throws {
    let file = Self.small(), data = try file.encoded()
    let again = try SafetensorsFile(data, file: "x")
    #expect(again == file)
    #expect(try again.encoded() == data)
    let values: [Float] = [1, -0.0, .pi, .leastNonzeroMagnitude, -.infinity, 6]
    #expect(try again.floats("weights", count: 6, file: "x").map(\.bitPattern) == values.map(\.bitPattern))
    #expect(try again.bytes("mask", count: 3, file: "x") == [0, 255, 7])
    #expect(try again.floats("empty", file: "x").isEmpty)
    let scratch = try Scratch()
    try file.write(to: scratch.file("a.safetensors"))
    #expect(try SafetensorsFile(contentsOf: scratch.file("a.safetensors")) == file)
  }

  @Test func headerIsAlignedAndLittleEndian() throws {
    let data = try Self.small().encoded()
    let length = data.prefix(8).enumerated().reduce(0) { $0 | Int($1.element) << (8 * $1.offset) }
    #expect(length % 8 == 0)
    #expect(data[8] == UInt8(ascii: "{"))
    #expect(data.count == 8 + length + 24 + 3)
  }

  @Test func namesAMissingFile() throws {
    let scratch = try Scratch()
    let problem = #expect(throws: Problem.self) { try SafetensorsFile(contentsOf: scratch.file("none.safetensors")) }
    #expect(problem?.kind == .missingInput)
    #expect(problem?.problem.contains("none.safetensors") == true)
  }

  @Test func namesWrongArrays() throws {
    let file = try SafetensorsFile(Self.small().encoded(), file: "x")
    expectBadData("no array 'bias'") { try file.floats("bias", file: "x") }
    expectBadData("'weights'") { try file.bytes("weights", file: "x") }
    expectBadData("'mask'") { try file.floats("mask", file: "x") }
    expectBadData("where 7 F32 belong") { try file.floats("weights", count: 7, file: "x") }
  }

  @Test func everyTruncationIsAProblem() throws {
    let data = try Self.small().encoded()
    for length in 0..<data.count {
      expectBadData("x") { try SafetensorsFile(data.prefix(length), file: "x") }
    }
  }

  /// Flipping bytes of the header gives a problem or another whole file, never a crash.
  @Test func everyCorruptedHeaderByteIsSurvived() throws {
    let data = try Self.small().encoded(), end = data.count - 27
    var survivors = 0
    for i in 0..<end {
      for byte in [UInt8(0), 1, 0x20, 0x22, 0x2C, 0x2D, 0x30, 0x39, 0x5B, 0x7B, 0x7D, 0x80, 0xFF] where byte != data[i]
      {
        var damaged = data
        damaged[i] = byte
        do {
          let file = try SafetensorsFile(damaged, file: "x")
          for (name, entry) in file.entries {
            #expect(entry.bytes.count == entry.shape.reduce(entry.type.byteCount, *), "\(name)")
          }
          survivors += 1
        } catch let problem as Problem {
          #expect(problem.kind == .badData)
        }
      }
    }
    print("\(survivors) of \(12 * end) damaged headers still read as whole files")
  }

  @Test(arguments: [
    "not json", "[]", "null", "1", "\"text\"", "{", "{}}", "{\"a\":1}", "{\"a\":null}", "{\"a\":[]}", "{\"a\":{}}",
    #"{"a":{"dtype":"F32","shape":[2]}}"#, #"{"a":{"dtype":1,"shape":[2],"data_offsets":[0,8]}}"#,
    #"{"a":{"dtype":"F8_E4M3","shape":[8],"data_offsets":[0,8]}}"#,
    #"{"a":{"dtype":"F64","shape":[2],"data_offsets":[0,8]}}"#,
    #"{"a":{"dtype":"F16","shape":[1],"data_offsets":[0,8]}}"#,
    #"{"a":{"dtype":"I64","shape":[2305843009213693952],"data_offsets":[0,0]}}"#,
    #"{"a":{"dtype":"f32","shape":[2],"data_offsets":[0,8]}}"#,
    #"{"a":{"dtype":"F32","shape":2,"data_offsets":[0,8]}}"#,
    #"{"a":{"dtype":"F32","shape":["2"],"data_offsets":[0,8]}}"#,
    #"{"a":{"dtype":"F32","shape":[2.5],"data_offsets":[0,8]}}"#,
    #"{"a":{"dtype":"F32","shape":[2],"data_offsets":[0]}}"#,
    #"{"a":{"dtype":"F32","shape":[2],"data_offsets":[0,8,9]}}"#,
    #"{"a":{"dtype":"F32","shape":[2],"data_offsets":[8,0]}}"#,
    #"{"a":{"dtype":"F32","shape":[2],"data_offsets":[-8,0]}}"#,
    #"{"a":{"dtype":"F32","shape":[3],"data_offsets":[0,12]}}"#,
    #"{"a":{"dtype":"F32","shape":[2],"data_offsets":[4,12]}}"#,
    #"{"a":{"dtype":"F32","shape":[3],"data_offsets":[0,8]}}"#,
    #"{"a":{"dtype":"F32","shape":[-1,-2],"data_offsets":[0,8]}}"#,
    #"{"a":{"dtype":"F32","shape":[4611686018427387904,4],"data_offsets":[0,0]}}"#,
    #"{"a":{"dtype":"F32","shape":[9223372036854775807,9223372036854775807],"data_offsets":[0,4]}}"#,
    #"{"a":{"dtype":"F32","shape":[1e30],"data_offsets":[0,8]}}"#,
    #"{"a":{"dtype":"F32","shape":[2],"data_offsets":[0,1e30]}}"#,
    #"{"a":{"dtype":"F32","shape":[2],"data_offsets":[-9223372036854775808,9223372036854775807]}}"#,
    #"{"a":{"dtype":"F32","shape":[2],"data_offsets":[0,18446744073709551615]}}"#,
  ])
  func refusesForgedHeaders(_ header: String) {
    expectBadData("x") { try SafetensorsFile(Self.forged(header), file: "x") }
  }

  /// Entries that share bytes would let a small file ask for any amount of memory.
  @Test func refusesOverlappingArrays() {
    let header =
      #"{"a":{"dtype":"F32","shape":[2],"data_offsets":[0,8]},"b":{"dtype":"F32","shape":[1],"data_offsets":[4,8]}}"#
    expectBadData("overlap") { try SafetensorsFile(Self.forged(header), file: "x") }
  }

  /// Also where as many bytes go unused, and where arrays are empty; bytes of no array are refused as well.
  @Test(arguments: [
    ("overlap", [0, 8], [0, 8]), ("overlap", [0, 8], [4, 12]), ("overlap", [4, 12], [0, 8]),
    ("overlap", [0, 16], [8, 8]),
    ("no array", [0, 8], [16, 24]), ("no array", [8, 16], [16, 24]), ("no array", [0, 8], [8, 16]),
    ("no array", [0, 0], [0, 0]),
  ])
  func arraysCoverTheFileOnce(_ word: String, _ a: [Int], _ b: [Int]) {
    func entry(_ place: [Int]) -> String {
      #"{"dtype":"F32","shape":[\#((place[1] - place[0]) / 4)],"data_offsets":[\#(place[0]),\#(place[1])]}"#
    }
    let header = #"{"a":\#(entry(a)),"b":\#(entry(b))}"#
    expectBadData(word) { try SafetensorsFile(Self.forged(header, body: 24), file: "x") }
  }

  /// Numbers of files from elsewhere as floats, and which of them had to be rounded.
  @Test(arguments: [
    ("F32", [0, 0, 0xC0, 0x3F], [1.5], false), ("F16", [0, 0x3E, 1, 0], [1.5, 0x1p-24], false),
    ("BF16", [0xC0, 0x3F, 0, 0x80], [1.5, -0.0], false), ("BOOL", [0, 1], [0, 1], false), ("U8", [255], [255], false),
    ("I8", [255], [-1], false), ("I16", [0xFE, 0xFF], [-2], false), ("U16", [0xFE, 0xFF], [65534], false),
    ("I32", [3, 0, 0, 0], [3], false), ("U32", [255, 255, 255, 255], [4_294_967_296], true),
    ("I64", [255, 255, 255, 255, 255, 255, 255, 255], [-1], false),
    ("I64", [1, 0, 0, 1, 0, 0, 0, 0], [16_777_216], true), ("U64", [7, 0, 0, 0, 0, 0, 0, 0], [7], false),
    ("F64", [0, 0, 0, 0, 0, 0, 0xF8, 0x3F], [1.5], false),
    ("F64", [0x9A, 0x99, 0x99, 0x99, 0x99, 0x99, 0xB9, 0x3F], [0.1], true),
  ])
  func readsNumbersOfAllTypes(_ type: String, _ bytes: [UInt8], _ values: [Float], _ isRounded: Bool) throws {
    let header = #"{"a":{"dtype":"\#(type)","shape":[\#(values.count)],"data_offsets":[0,\#(bytes.count)]}}"#
    let data = Self.forged(header, body: 0) + Data(bytes), tensors = try SafetensorsFile(data, file: "x").tensors
    #expect(tensors == [NamedTensor("a", shape: [values.count], values, isRounded: isRounded)])
    #expect(tensors[0].values.map(\.bitPattern) == values.map(\.bitPattern))
  }

  @Test(arguments: [0, 1, 3, 1 << 20, 1 << 63 - 1, 1 << 63 - 8, 1 << 63, .max, .max - 7] as [UInt64])
  func refusesForgedLengths(_ length: UInt64) {
    expectBadData("x") { try SafetensorsFile(Self.forged("{}", length: length, body: 0), file: "x") }
  }

  @Test func survivesDeepNesting() {
    let deep = String(repeating: "[", count: 100_000) + String(repeating: "]", count: 100_000)
    expectBadData("x") { try SafetensorsFile(Self.forged("{\"a\":\(deep)}"), file: "x") }
  }

  @Test func readsASliceOfData() throws {
    let data = Data([9, 9, 9]) + (try Self.small().encoded())
    #expect(try SafetensorsFile(data.dropFirst(3), file: "x") == Self.small())
  }

  private func expectBadData<Value>(
    _ word: String, location: SourceLocation = #_sourceLocation, _ body: () throws -> Value
  ) {
    let problem = #expect(throws: Problem.self, sourceLocation: location) { _ = try body() }
    #expect(problem?.kind == .badData, sourceLocation: location)
    #expect(problem?.description.contains(word) == true, "\(String(describing: problem))", sourceLocation: location)
  }
}
