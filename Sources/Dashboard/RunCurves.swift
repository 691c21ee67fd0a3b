import Basics
import Foundation

/// Learning curves of one seed: of finished trainings from their records, of those under way from the journal.
struct RunCurves {
  struct Curve {
    var stage: String
    var points: [CurvePoint]
  }

  /// More than this would not be told apart.
  private static let mostCurves = 30

  let seeds: [UInt64]
  let seed: UInt64?
  private(set) var series: [Curve] = []
  private(set) var isRunning = false
  /// How far the training under way is, in words.
  private(set) var progress = ""

  init(folder: URL, seed: UInt64?) {
    let parts = Self.parts(folder)
    seeds = Set(parts.map(\.seed)).sorted()
    self.seed = seeds.first { $0 == seed } ?? seeds.first
    isRunning = parts.contains { FolderLock.isHeld(folder.appendingPathComponent($0.path)) }
    for part in parts where part.seed == self.seed {
      let url = folder.appendingPathComponent(part.path), done = Self.records(url)
      let arm = part.path.hasPrefix("seed-") ? "" : part.path.prefix { $0 != "/" } + "/"
      series += (done + live(url, besides: Set(done.map(\.stage)))).map {
        Curve(stage: arm + $0.stage, points: $0.points)
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

  private static func records(_ folder: URL) -> [Curve] {
    struct Record: Decodable { var curve: [CurvePoint] }
    let names = ((try? FileManager.default.contentsOfDirectory(atPath: folder.path)) ?? [])
      .filter { $0.hasSuffix(".json") && !$0.hasPrefix(".") }.map { String($0.dropLast(5)) }
    // The dense network, tickets, then controls.
    let stages = names.sorted { ($0.contains(".") ? 1 : 0, $0) < ($1.contains(".") ? 1 : 0, $1) }.prefix(mostCurves)
    return stages.compactMap { stage in
      StoredJSON.read(folder.appendingPathComponent("\(stage).json"), as: Record.self).map {
        Curve(stage: stage, points: $0.curve)
      }
    }
  }

  /// Trainings of which the journal has progress and no end.
  private mutating func live(_ folder: URL, besides done: Set<String>) -> [Curve] {
    let events = (try? Journal(folder.appendingPathComponent("journal.jsonl")).events().events) ?? []
    var curves: [String: [CurvePoint]] = [:]
    for event in events where event.kind == "progress" {
      let stage = event.stage.split(separator: "/").last.map(String.init) ?? event.stage
      guard !done.contains(stage), let step = event.values["step"].flatMap({ Int(exactly: $0) }) else { continue }
      func value(_ name: String) -> Double { event.values[name] ?? .nan }
      curves[stage, default: []].append(
        CurvePoint(
          step: step, validationLoss: value("validationLoss"), validationAccuracy: value("validationAccuracy"),
          testAccuracy: value("testAccuracy")))
      progress =
        "\(stage): step \(step) of \(event.values["steps"].flatMap { Int(exactly: $0) }.map(String.init) ?? "?")."
    }
    return curves.sorted { $0.key < $1.key }.map { Curve(stage: $0.key, points: $0.value.sorted { $0.step < $1.step }) }
  }
}
