public import Basics
public import Foundation
import Tickets

/// A study's own folder, `OUT/study-NAME`: its file, estimates, failures and logs. What is done stands in the run folders.
public struct StudyFolder: Sendable {
  /// The folder of run folders.
  public let store: URL
  public let url: URL

  public init(name: String, store: URL) {
    self.store = store
    url = store.appendingPathComponent("study-\(name)")
  }

  /// The study of a name, or the one that a path names: `lr`, `study-lr`, `runs/study-lr`.
  /// - Throws: `Problem.missingInput` naming the studies there are.
  public init(existing name: String, store: URL) throws {
    let last = name.split(separator: "/").last.map(String.init) ?? name
    self.init(name: last.hasPrefix("study-") ? String(last.dropFirst(6)) : last, store: store)
    guard FileManager.default.fileExists(atPath: file.path) else {
      let names = Self.names(in: store)
      throw Problem.missingInput(
        "There is no study '\(name)' in \(store.path).",
        remedy: names.isEmpty ? "Start one with tombola sweep FILE." : Suggestion.sentence(for: last, among: names))
    }
  }

  public static func names(in store: URL) -> [String] {
    FolderListing.folders(in: store) { $0.hasPrefix("study-") }.map { String($0.name.dropFirst(6)) }.sorted()
  }

  /// The study file as it was when the study was last started.
  public var file: URL { url.appendingPathComponent("study.yaml") }

  public func plan() throws -> StudyPlan {
    var file = try StudyFile(contentsOf: file)
    file.name = String(url.lastPathComponent.dropFirst(6))
    return try StudyPlan(file)
  }

  /// Keeps the study file, and marks the study as worked on for as long as the lock lives.
  ///
  /// - Throws: `Problem.cannotWrite` if another process works on the study with another file.
  public func open(_ source: Data) throws -> FolderLock {
    for folder in [url, failures, logs] { try AtomicFile.createFolder(folder) }
    // Another process may be about to write the same file; one that works with another does not go away so soon.
    let deadline = Date().addingTimeInterval(3)
    while true {
      if let alone = try FolderLock.ifFree(url) {
        AtomicFile.removeLeftovers(in: [url, failures])
        if (try? Data(contentsOf: file)) != source { try AtomicFile.write(source, to: file) }
        withExtendedLifetime(alone) {}
      }
      if (try? Data(contentsOf: file)) == source, let lock = try FolderLock.ifFree(url, .together) { return lock }
      if Date() > deadline {
        throw Problem.cannotWrite(
          "Another process is at work on this study with another file.",
          remedy: "Wait for it, stop it with 'tombola sweep cancel', or give the study another name.")
      }
    }
  }

  public func keep(_ result: StudyResult) throws {
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.sortedKeys, .prettyPrinted, .withoutEscapingSlashes]
    try AtomicFile.write(try encoder.encode(result), to: url.appendingPathComponent("result.json"))
  }

  // MARK: units

  /// Job arrays.
  public var slurm: URL { url.appendingPathComponent("slurm") }
  private var failures: URL { url.appendingPathComponent("failures") }
  private var logs: URL { url.appendingPathComponent("logs") }

  /// What a unit's processes printed, appended.
  public func log(_ unit: StudyPlan.Unit) -> URL { logs.appendingPathComponent("\(unit.name).log") }

  /// Why a unit stopped for good.
  public struct Failure: Codable, Equatable, Sendable {
    public var problem: String
    /// The exit code, or 128 and the signal's number.
    public var code: Int32
    public var attempts: Int
    /// Seconds since 1970.
    public var time: Double
  }

  private func failureFile(_ unit: StudyPlan.Unit) -> URL { failures.appendingPathComponent("\(unit.name).json") }

  public func failure(_ unit: StudyPlan.Unit) -> Failure? {
    guard let data = try? Data(contentsOf: failureFile(unit)) else { return nil }
    return (try? JSONDecoder().decode(Failure.self, from: data))
      ?? Failure(problem: "its failure record is damaged", code: 65, attempts: 1, time: 0)
  }

  func keep(_ failure: Failure, of unit: StudyPlan.Unit) throws {
    try AtomicFile.write(try JSONEncoder().encode(failure), to: failureFile(unit))
  }

  public func forgetFailure(of unit: StudyPlan.Unit) { try? FileManager.default.removeItem(at: failureFile(unit)) }

  /// The names of units that have failed: one look at the folder.
  public func failedUnits() -> Set<String> {
    let names = (try? FileManager.default.contentsOfDirectory(atPath: failures.path)) ?? []
    return Set(names.filter { $0.hasSuffix(".json") && !$0.hasPrefix(".") }.map { String($0.dropLast(5)) })
  }

  public enum State: String, Codable, CaseIterable, Sendable { case done, running, failed, waiting }

  public func runFolder(_ plan: StudyPlan, _ unit: StudyPlan.Unit) -> URL {
    store.appendingPathComponent(plan.arms[unit.arm].run)
  }

  public func state(_ unit: StudyPlan.Unit, of plan: StudyPlan, failed: Set<String>) -> State {
    let folder = runFolder(plan, unit)
    if Search.summary(unit.seed, in: folder) != nil { return .done }
    if FolderLock.isHeld(folder.appendingPathComponent("seed-\(unit.seed)")) { return .running }
    return failed.contains(unit.name) ? .failed : .waiting
  }

  /// Whether `result.json` of an arm holds all of the study's seeds.
  public func isConcluded(_ arm: Int, of plan: StudyPlan) -> Bool {
    struct Seeds: Decodable { var seeds: [UInt64] }
    let url = store.appendingPathComponent(plan.arms[arm].run).appendingPathComponent("result.json")
    guard let data = try? Data(contentsOf: url), let result = try? JSONDecoder().decode(Seeds.self, from: data) else {
      return false
    }
    return Set(result.seeds).isSuperset(of: plan.seeds)
  }

  // MARK: stopping

  var cancelMark: URL { url.appendingPathComponent("cancelled") }

  /// Whether `tombola sweep cancel` asked all engines to stop.
  public var isCancelled: Bool { FileManager.default.fileExists(atPath: cancelMark.path) }
  public func cancel() throws { try AtomicFile.write("", to: cancelMark) }
  public func uncancel() { try? FileManager.default.removeItem(at: cancelMark) }
}
