import ArgumentParser
import Basics
import Foundation
import Lanes
import Networks

struct BenchCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "bench", abstract: "Measure training steps, layers, kernels and loading on this machine.",
    subcommands: [
      BenchStep.self, BenchMoving.self, BenchScore.self, BenchLayer.self, BenchKernels.self, BenchData.self,
      BenchSpiral.self, BenchLocality.self,
    ])
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
