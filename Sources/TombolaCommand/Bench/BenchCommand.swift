import ArgumentParser
import Basics
import Foundation
import Lanes
import Networks

struct BenchCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "bench", abstract: "Measure this machine: steps, kernels, loading.",
    subcommands: [
      BenchStep.self, BenchMoving.self, BenchScore.self, BenchLayer.self, BenchKernels.self, BenchData.self,
      BenchSpiral.self, BenchLocality.self, BenchBinary.self, BenchInference.self,
      BenchCritics.self,
    ])
}

/// A verb that measures and keeps nothing: signals end it at once.
protocol Measurement: ParsableCommand {}

/// Ranges of numbers on the command line: one outside is refused before memory is taken.
enum Limit {
  /// As of settings.
  static let batch = whole("--batch", 1...65_536)
  static let threads = whole("--threads", 1...1024)
  static let classes = whole("--classes", 1...65_536)

  static func whole(_ option: String, _ range: ClosedRange<Int>) -> @Sendable (String) throws -> Int {
    { text in
      guard let value = Int(text), range.contains(value) else {
        throw ValidationError("\(option) must be a whole number from \(range.lowerBound) to \(range.upperBound).")
      }
      return value
    }
  }

  /// Densities with commas between them.
  ///
  /// - Throws: `Problem.usage` if one is none.
  static func densities(_ option: String, _ text: String) throws -> [Double] {
    try text.split(separator: ",").map { word in
      guard let density = Double(word), 0 < density, density <= 1 else {
        throw Problem.usage(
          "\(option) \(word) is no density.", remedy: "Give numbers above 0 and up to 1, with commas.")
      }
      return density
    }
  }

  static let seconds: @Sendable (String) throws -> Double = { text in
    guard let value = Double(text), (0...3600).contains(value) else {
      throw ValidationError("--seconds must be a number from 0 to 3600.")
    }
    return value
  }
}

/// Times of repeated calls, in seconds.
struct Timing {
  let median: Double
  let minimum: Double
  let count: Int

  /// Calls `body` a few times to warm up, then for at least `seconds` and five calls.
  static func measure(seconds: Double, _ body: () -> Void) -> Timing {
    for _ in 0..<3 { body() }
    var times: [Double] = [], total = 0.0
    while total < seconds || times.count < 5 {
      let start = DispatchTime.now().uptimeNanoseconds
      body()
      let time = Double(DispatchTime.now().uptimeNanoseconds - start) / 1e9
      times.append(time)
      total += time
    }
    times.sort()
    return Timing(median: times[times.count / 2], minimum: times[0], count: times.count)
  }
}

extension Mask {
  /// A random mask that keeps exactly round(density * n) weights of every prunable tensor, at least one.
  static func random(_ layout: ParameterLayout, density: Double, seed: UInt64 = 0) -> Mask {
    var mask = Mask(fullFor: layout)
    for entry in layout.prunable {
      let keep = max(1, Int((density * Double(entry.count)).rounded()))
      var bits = [Bool](repeating: true, count: keep) + [Bool](repeating: false, count: entry.count - keep)
      var random = RandomStream(seed: seed, "bench-mask/\(entry.name)")
      random.shuffle(&bits)
      mask.keeps.replaceSubrange(entry.range, with: bits)
    }
    return mask
  }
}

/// `--density`, checked.
func checkDensity(_ density: Double) throws {
  guard 0 < density && density <= 1 else { throw ValidationError("--density must be above 0 and at most 1.") }
}
