package import Basics
package import Foundation

/// A sweep's own folder, `OUT/study-NAME`: its file, estimates, failures and logs. What is done stands in the run folders.
package struct SweepFolder: Sendable {
  /// The folder of run folders.
  package let store: URL
  package let url: URL

  package init(name: String, store: URL) {
    self.store = store
    url = store.appendingPathComponent("study-\(name)")
  }

  /// The sweep of a name, or the one that a path names: `lr`, `study-lr`, `runs/study-lr`.
  /// - Throws: `Problem.missingInput` naming the sweeps there are.
  package init(existing name: String, store: URL) throws {
    let last = name.split(separator: "/").last.map(String.init) ?? name
    self.init(name: last.hasPrefix("study-") ? String(last.dropFirst(6)) : last, store: store)
    guard FileManager.default.fileExists(atPath: file.path) else {
      let names = Self.names(in: store)
      throw Problem.missingInput(
        "There is no sweep '\(name)' in \(store.path).",
        remedy: names.isEmpty ? "Start one with tombola sweep FILE." : Suggestion.sentence(for: last, among: names))
    }
  }

  package static func names(in store: URL) -> [String] {
    FolderListing.folders(in: store) { $0.hasPrefix("study-") }.map { String($0.name.dropFirst(6)) }.sorted()
  }

  /// The file as it was when the sweep was last started.
  package var file: URL { url.appendingPathComponent("study.yaml") }

  package func plan() throws -> SweepPlan {
    var file = try SweepFile(contentsOf: file)
    file.name = String(url.lastPathComponent.dropFirst(6))
    return try SweepPlan(file)
  }

  /// Keeps the file, and marks the sweep as worked on for as long as the lock lives.
  ///
  /// - Throws: `Problem.cannotWrite` if another process works on the sweep with another file.
  package func open(_ source: Data) throws -> FolderLock {
    for folder in [url, failures, logs] { try AtomicFile.createFolder(folder) }
    // Another process may be about to write the same file; one that works with another does not go away so soon.
    let watch = Stopwatch()
    while true {
      if let alone = try FolderLock.ifFree(url) {
        AtomicFile.removeLeftovers(in: [url, failures])
        if (try? Data(contentsOf: file)) != source { try AtomicFile.write(source, to: file) }
        withExtendedLifetime(alone) {}
      }
      if (try? Data(contentsOf: file)) == source, let lock = try FolderLock.ifFree(url, .together) { return lock }
      if watch.seconds > 3 {
        throw Problem.cannotWrite(
          "Another process is at work on this sweep with another file.",
          remedy: "Wait for it, stop it with 'tombola sweep cancel', or give the sweep another name.")
      }
    }
  }

  package func keep(_ result: SweepResult) throws {
    try StoredJSON.write(result, to: url.appendingPathComponent("result.json"), pretty: true)
  }

  // MARK: units

  /// Job arrays.
  package var slurm: URL { url.appendingPathComponent("slurm") }
  private var failures: URL { url.appendingPathComponent("failures") }
  private var logs: URL { url.appendingPathComponent("logs") }

  /// What a unit's processes printed, appended.
  package func log(_ unit: SweepPlan.Unit) -> URL { logs.appendingPathComponent("\(unit.name).log") }

  /// Why a unit stopped for good.
  package struct Failure: Codable, Equatable, Sendable {
    package var problem: String
    /// The exit code, or 128 and the signal's number.
    package var code: Int32
    package var attempts: Int
    /// Seconds since 1970.
    package var time: Double
  }

  private func failureFile(_ unit: SweepPlan.Unit) -> URL { failures.appendingPathComponent("\(unit.name).json") }

  package func failure(_ unit: SweepPlan.Unit) -> Failure? {
    guard let data = PlainFile.data(failureFile(unit)) else { return nil }
    return (try? StoredJSON.decode(data))
      ?? Failure(problem: "its failure record is damaged", code: 65, attempts: 1, time: 0)
  }

  func keep(_ failure: Failure, of unit: SweepPlan.Unit) throws {
    try StoredJSON.write(failure, to: failureFile(unit))
  }

  package func forgetFailure(of unit: SweepPlan.Unit) { try? FileManager.default.removeItem(at: failureFile(unit)) }

  /// The names of units that have failed: one look at the folder.
  package func failedUnits() -> Set<String> {
    let names = (try? FileManager.default.contentsOfDirectory(atPath: failures.path)) ?? []
    return Set(names.filter { $0.hasSuffix(".json") && !$0.hasPrefix(".") }.map { String($0.dropLast(5)) })
  }

  package enum State: String, Codable, CaseIterable, Sendable { case done, running, failed, waiting }

  package func runFolder(_ plan: SweepPlan, _ unit: SweepPlan.Unit) -> URL {
    store.appendingPathComponent(plan.arms[unit.arm].run)
  }

  /// What a unit gave; `nil` unless it is done, with all that the plan asks.
  package func summary(_ unit: SweepPlan.Unit, of plan: SweepPlan) -> SeedSummary? {
    let summary = SeedSummary(of: unit.seed, in: runFolder(plan, unit))
    return summary.flatMap { $0.answers(plan.arms[unit.arm].extent) ? $0 : nil }
  }

  package func state(_ unit: SweepPlan.Unit, of plan: SweepPlan, failed: Set<String>) -> State {
    if summary(unit, of: plan) != nil { return .done }
    if FolderLock.isHeld(runFolder(plan, unit).appendingPathComponent("seed-\(unit.seed)")) { return .running }
    return failed.contains(unit.name) ? .failed : .waiting
  }

  /// Whether `result.json` of an arm holds all of the sweep's seeds, and what the plan asks of them.
  package func isConcluded(_ arm: Int, of plan: SweepPlan) -> Bool {
    struct Result: Decodable {
      var seeds: [UInt64]
      var settings: [String: String]?
    }
    let arm = plan.arms[arm], url = store.appendingPathComponent(arm.run).appendingPathComponent("result.json")
    guard let result: Result = StoredJSON.read(url) else { return false }
    let isWhole = arm.extent.allSatisfy { result.settings?[$0.key] == $0.value }
    return isWhole && Set(result.seeds).isSuperset(of: plan.seeds)
  }

  // MARK: stopping

  var cancelMark: URL { url.appendingPathComponent("cancelled") }

  /// Whether `tombola sweep cancel` asked all engines to stop.
  package var isCancelled: Bool { FileManager.default.fileExists(atPath: cancelMark.path) }
  package func cancel() throws { try AtomicFile.write("", to: cancelMark) }
  package func uncancel() { try? FileManager.default.removeItem(at: cancelMark) }
}
