import Basics
import Foundation

/// Learning curves of one seed: of finished trainings from their records, of those under way from the journal.
struct RunCurves {
  /// More than this would not be told apart.
  private static let mostCurves = 30

  let seeds: [UInt64]
  let seed: UInt64?
  private(set) var series: [ThinnedCurve] = []
  private(set) var isRunning = false
  /// How far the training under way is, in words.
  private(set) var progress = ""
  /// Records of the seed that cannot be read, by their paths in the folder.
  private(set) var unreadable: [String] = []

  init(folder: URL, seed: UInt64?, cache: CurveCache) {
    let parts = Self.parts(folder)
    seeds = Set(parts.map(\.seed)).sorted()
    self.seed = seeds.first { $0 == seed } ?? seeds.first
    isRunning = parts.contains { FolderLock.isHeld(folder.appendingPathComponent($0.path)) }
    for part in parts where part.seed == self.seed {
      let url = folder.appendingPathComponent(part.path)
      let arm = part.path.hasPrefix("seed-") ? "" : part.path.prefix { $0 != "/" } + "/"
      let done = records(url, part.path, cache)
      series +=
        (done + live(cache.journal(url.appendingPathComponent("journal.jsonl")), besides: Set(done.map(\.stage)))).map {
          var curve = $0
          curve.stage = arm + curve.stage
          return curve
        }
    }
    series = Array(series.prefix(Self.mostCurves))
  }

  /// Folders of seeds: `seed-0`, or those of an experiment's arms, `iterative/seed-0`.
  private static func parts(_ folder: URL) -> [(path: String, seed: UInt64)] {
    func folders(_ path: String) -> [String] {
      let names = (try? FileManager.default.contentsOfDirectory(atPath: folder.appendingPathComponent(path).path)) ?? []
      return names.filter { !$0.hasPrefix(".") && !$0.contains(".json") }.sorted().map {
        path.isEmpty ? $0 : "\(path)/\($0)"
      }
    }
    return folders("").flatMap { path in path.hasPrefix("seed-") ? [path] : folders(path) }.compactMap { path in
      let name = path.split(separator: "/").last ?? ""
      return name.hasPrefix("seed-") ? UInt64(name.dropFirst(5)).map { (path, $0) } : nil
    }
  }

  private mutating func records(_ folder: URL, _ path: String, _ cache: CurveCache) -> [ThinnedCurve] {
    let names = ((try? FileManager.default.contentsOfDirectory(atPath: folder.path)) ?? [])
      .filter { $0.hasSuffix(".json") && !$0.hasPrefix(".") }.map { String($0.dropLast(5)) }
    // The dense network, tickets, then controls.
    let stages = names.sorted { ($0.contains(".") ? 1 : 0, $0) < ($1.contains(".") ? 1 : 0, $1) }.prefix(
      Self.mostCurves)
    return stages.compactMap { stage in
      switch cache.record(stage, in: folder) {
      case .curve(let curve): return curve
      case .other: return nil
      case .unreadable:
        unreadable.append("\(path)/\(stage).json")
        return nil
      }
    }
  }

  /// Trainings of which the journal has progress and no end.
  private mutating func live(_ journal: LiveJournal.State, besides done: Set<String>) -> [ThinnedCurve] {
    let trainings = journal.trainings.filter { !done.contains($0.curve.stage) }
    if let last = trainings.last {
      progress = "\(last.curve.stage): step \(last.curve.step) of \(last.steps.map(String.init) ?? "?")."
    }
    return trainings.map(\.curve).sorted { $0.stage < $1.stage }
  }
}
