import Basics
import Detection
import Foundation
import Testing

/// Damaged files: they are refused or read, and what is read can be evaluated.
@Suite struct HostileTests {
  /// How many files; `TOMBOLA_FUZZ_DETECTION=300000` for a long look.
  private static let count = ProcessInfo.processInfo.environment["TOMBOLA_FUZZ_DETECTION"].flatMap { Int($0) } ?? 4000

  private static let tokens = [
    "null", "true", "-1", "0", "1e999", "NaN", "-Infinity", "9223372036854775807", "1e18", "0.5", "\"x\"", "[]", "{}",
    ",",
    "\"id\":", "\"counts\":", "[[", "]]", "1e-320", "99999999999999999999999", "\"\\ud800\"", "4294967296",
  ].map { Array($0.utf8) }

  @Test func damagedFilesCrashNothing() throws {
    let scenes = try Golden.file.get().scenes
    // The smallest of each task, and one with masks of all three forms.
    let texts = try [0, 9, 13, 15, 18, 20].map { (scenes[$0].task, try Golden.texts($0)) }
    let seed = UInt64.random(in: 0...UInt64.max)
    var random = Mutations(state: seed), evaluated = 0, refused = 0, faults = 0
    for number in 0..<Self.count {
      let (name, text) = texts[number % texts.count], task = try #require(RecognitionTask(rawValue: name))
      let isTruth = number % 3 != 0
      let truth = isTruth ? random.damaged(text.annotations, Self.tokens) : text.annotations
      let found = isTruth ? text.detections : random.damaged(text.detections, Self.tokens)
      do {
        let annotations = try Annotations.read(truth, name: "truth", task: task)
        let detections = try Detections.read(found, name: "found", for: annotations.value)
        faults += annotations.faults.count + detections.faults.count
        let evaluation = try DetectionEvaluation(detections.value, against: annotations.value)
        for measure in evaluation.measures {
          #expect(measure.value.map { (0...1.000001).contains($0) } ?? true, "\(measure), seed \(seed), file \(number)")
        }
        evaluated += 1
      } catch let problem as Problem {
        #expect(problem.kind == .badData)
        refused += 1
      }
    }
    print("damaged files: \(evaluated) evaluated, \(refused) refused, \(faults) faults")
    #expect(evaluated > 0 && refused > 0 && faults > 0, "seed \(seed)")
  }
}

/// Random damage to a text, by SplitMix64.
private struct Mutations {
  var state: UInt64

  mutating func next(_ count: Int) -> Int {
    state &+= 0x9E37_79B9_7F4A_7C15
    var z = state
    z = (z ^ z >> 30) &* 0xBF58_476D_1CE4_E5B9
    z = (z ^ z >> 27) &* 0x94D0_49BB_1331_11EB
    return Int((z ^ z >> 31) % UInt64(count))
  }

  mutating func damaged(_ data: Data, _ tokens: [[UInt8]]) -> Data {
    var bytes = Array(data)
    for _ in 0...next(3) {
      let place = next(bytes.count), other = next(bytes.count)
      switch next(14) {
      case 0: bytes[place] = UInt8(next(256))
      case 1: bytes[place] ^= 1 << UInt8(next(8))
      case 2: bytes.removeSubrange(place..<min(bytes.count, place + 1 + next(20)))
      case 3: bytes.insert(contentsOf: bytes[min(place, other)..<min(bytes.count, min(place, other) + 40)], at: place)
      default: replaceNumber(&bytes, from: place, tokens[next(tokens.count)])
      }
      if bytes.isEmpty { bytes = [0x20] }
    }
    return Data(bytes)
  }

  /// The next number after a place becomes something else: the text stays JSON more often than not.
  private func replaceNumber(_ bytes: inout [UInt8], from place: Int, _ token: [UInt8]) {
    func isDigit(_ byte: UInt8) -> Bool { (48...57).contains(byte) || byte == 46 || byte == 45 }
    guard let start = bytes[place...].firstIndex(where: isDigit) else { return }
    let end = bytes[start...].firstIndex { !isDigit($0) } ?? bytes.count
    bytes.replaceSubrange(start..<end, with: token)
  }
}
