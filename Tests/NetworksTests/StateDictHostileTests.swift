import Basics
import Foundation
import Lanes
import Networks
import TestSupport
import Testing

/// A million damaged state_dicts and masks: a clear error or a whole network, and nothing allocated on their word.
@Suite struct StateDictHostileTests {
  /// Damages whole files in memory; `TOMBOLA_FUZZ_STATE_DICT` says how often.
  @Test func survivesDamage() throws {
    let count = ProcessInfo.processInfo.environment["TOMBOLA_FUZZ_STATE_DICT"].flatMap { Int($0) } ?? 20_000
    let network = try StateDictTests.network("bn-mlp:3", channels: 4)
    let seeds = try Self.seeds(network)
    var random = RandomStream(seed: 19, "state-dict-fuzz"), read = 0
    for i in 0..<count {
      let bytes = seeds[i % seeds.count]
      let damaged = i / seeds.count % 2 == 0 ? Damage.once(bytes, &random) : Self.otherHeader(bytes, &random)
      do {
        let file = try StateDictFile(
          try SafetensorsFile(Data(damaged), file: "net.safetensors").tensors, file: "net.safetensors")
        if i % seeds.count == 2 || file.hasMasks { _ = try file.mask(of: network) }
        if i % seeds.count != 2 { #expect(try file.start(of: network).parameters.values.allSatisfy(\.isFinite)) }
        read += 1
      } catch let problem as Problem {
        #expect(problem.kind == .badData && problem.problem.utf8.count < 20_000, "\(problem)")
      }
    }
    #expect(count < 1000 || (count / 1000..<count).contains(read), "\(read) of \(count) could be read")
    print("state_dict: \(count) damaged files, \(read) of which could still be read")
  }

  /// Weights in several types, weights with masks, and masks alone.
  private static func seeds(_ network: Architecture) throws -> [[UInt8]] {
    func file(_ content: (ParameterLayout.Entry, inout SafetensorsFile) -> Void) throws -> [UInt8] {
      var file = SafetensorsFile(metadata: ["format": "pt"])
      for entry in network.layout.entries { content(entry, &file) }
      // Foreign files carry no digest, which would refuse all damage before it is read.
      return Array(try file.encoded()).replacing(
        Array(#""sha256":""#.utf8), with: Array(#""digest":""#.utf8), maxReplacements: 1)
    }
    func ones(_ entry: ParameterLayout.Entry) -> [Float] { entry.range.map { Float($0 % 2) } }
    func weights(_ entry: ParameterLayout.Entry) -> [Float] { entry.range.map { Float($0) / 64 } }
    return try [
      file { $1.add($0.stateDictName, weights($0), shape: $0.shape.dimensions) },
      file {
        $1.add($0.isPrunable ? "\($0.stateDictName)_orig" : $0.stateDictName, weights($0), shape: $0.shape.dimensions)
        if $0.isPrunable { $1.add("\($0.stateDictName)_mask", ones($0), shape: $0.shape.dimensions) }
      },
      file { if $0.isPrunable { $1.add($0.stateDictName, ones($0), shape: $0.shape.dimensions) } },
    ]
  }

  /// The header with one of its numbers, types or names another, its length made right.
  private static func otherHeader(_ bytes: [UInt8], _ random: inout RandomStream) -> [UInt8] {
    let length = Int(bytes[0]) | Int(bytes[1]) << 8
    var words = String(decoding: bytes[8..<8 + length], as: UTF8.self).split(
      omittingEmptySubsequences: false, whereSeparator: { ",:[]{}".contains($0) })
    let marks = bytes[8..<8 + length].filter { ",:[]{}".utf8.contains($0) }
    for _ in 0...random.nextIndex(below: 3) {
      let place = random.nextIndex(below: words.count)
      words[place] =
        [
          "0", "4", "12", "-1", "1e300", "4611686018427387904", "9223372036854775807", "18446744073709551616", "2.5",
          "null",
          #""F64""#, #""BF16""#, #""BOOL""#, #""I64""#, #""F8_E5M2""#, #""fc1.weight""#, #""""#,
          words[random.nextIndex(below: words.count)],
        ][random.nextIndex(below: 18)]
    }
    var text: [UInt8] = []
    for (i, word) in words.enumerated() { text += Array(word.utf8) + (i < marks.count ? [marks[i]] : []) }
    return [UInt8(text.count & 255), UInt8(text.count >> 8), 0, 0, 0, 0, 0, 0] + text + bytes[(8 + length)...]
  }
}
