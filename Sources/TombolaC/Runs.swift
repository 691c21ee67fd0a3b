import Basics
public import CTombola
import Datasets
import Experiments
import Foundation
import Methods
import Tickets
import Training

/// What `tombola_run` is asked.
private struct Request: Decodable {
  var settings: [String: String]?
  var seeds: Int?
  var threads: Int?
  var output: String?
  var dataFolder: String?
  var every: Double?
  var reproduce: String?
}

/// One run at a time: the request to stop is the process's.
private let turn = NSLock()

@_cdecl("tombola_run")
public func run(
  _ experiment: UnsafePointer<CChar>?, _ request: UnsafePointer<CChar>?, _ data: OpaquePointer?,
  _ watch: tombola_watch?, _ context: UnsafeMutableRawPointer?,
  _ record: UnsafeMutablePointer<UnsafeMutablePointer<CChar>?>?,
  _ error: UnsafeMutablePointer<UnsafeMutablePointer<CChar>?>?
) -> Int32 {
  answering(error) {
    let place = try given(record, "record")
    place.pointee = nil
    ExperimentCatalog.install(MethodCatalog.all)
    let type = try ExperimentCatalog.experiment(named: text(experiment, "experiment"))
    let request = try options(Request.self, request, "request")
    let dataset = try data.map { try object($0, HeldData.self, "data").dataset }
    guard turn.try() else {
      throw Problem.usage("Another run is under way in this process.", remedy: "Wait until it has ended.")
    }
    defer { turn.unlock() }
    place.pointee = owned(try type.record(request, dataset, watch, context))
  }
}

extension Experiment {
  /// The record of a run as JSON.
  fileprivate static func record(
    _ request: Request, _ dataset: Dataset?, _ watch: tombola_watch?, _ context: UnsafeMutableRawPointer?
  ) throws -> String {
    var locator = DataLocator(dataFolder: request.dataFolder).remembering
    if let dataset { locator = locator.holding(dataset) }
    let settings = try settings(request, dataset, locator), seeds = request.seeds ?? usualSeeds
    guard (1...10_000).contains(seeds) else {
      throw Problem.usage("seeds=\(seeds) is out of range.", remedy: "It must be from 1 to 10000.")
    }
    var runner = Runner(
      Self(settings, seeds: (0..<UInt64(seeds)).map { $0 }), threads: try checked(threads: request.threads),
      output: URL(fileURLWithPath: request.output ?? "runs"))
    runner.reproduce = try request.reproduce ?? Reproduction(Self.self, settings, seeds: seeds).text
    let job = try Job { [runner, locator] report in
      let record = try runner.run(locator: locator, watch: report)
      return try json(Answer(record: record, folder: runner.folder.path))
    }
    return try job.wait(every: request.every ?? 0.1, watch, context)
  }

  private static func settings(_ request: Request, _ dataset: Dataset?, _ locator: DataLocator) throws -> Settings {
    let given = request.settings ?? [:]
    guard dataset == nil || given["data"] == nil else {
      throw Problem.usage("The data are given twice, as arrays and by name.", remedy: "Leave one of them out.")
    }
    let words = given.sorted { $0.key < $1.key }.map { (key: $0.key, text: $0.value) }
    var settings = try ExperimentCatalog.settings(
      Settings.self, words + (dataset.map { [("data", $0.name)] } ?? []), of: name)
    if dataset != nil { try fixNormalisation(&settings, locator) }
    return settings
  }

  /// Numbers in place of `measured`: tickets of samples in memory then say by themselves what their inputs are.
  private static func fixNormalisation(_ settings: inout Settings, _ locator: DataLocator) throws {
    let texts = settings.texts
    guard texts["normalisation"] == DataNormalisation.measured.settingText else { return }
    var search = SearchSettings()
    for field in SearchSettings.fields where field.part == .data {
      if let text = texts[field.key] { try search.set(field.key, to: text) }
    }
    let normalisation = try search.loadedSamples(locator).normalisation
    try settings.set("normalisation", to: DataNormalisation.given(normalisation).settingText)
  }
}

/// What the command prints with `--json`, and where the run lies.
private struct Answer<Finding: Codable & Sendable>: Encodable {
  var record: Record<Finding>
  var folder: String

  private enum Key: String, CodingKey { case folder }

  func encode(to encoder: any Encoder) throws {
    try record.encode(to: encoder)
    var values = encoder.container(keyedBy: Key.self)
    try values.encode(folder, forKey: .folder)
  }
}

/// Work on a thread of its own, which the caller's thread watches.
///
/// It is `@unchecked Sendable` because its state is behind one lock.
private final class Job: @unchecked Sendable {
  typealias Work = @Sendable (@escaping (WorkProgress) -> Void) throws -> String

  private let lock = NSLock()
  private let ended = DispatchSemaphore(value: 0)
  private var progress: WorkProgress?
  private var result: Result<String, any Error>?

  init(_ work: @escaping Work) throws {
    Interruption.clear()
    // The stack is that of a program's first thread, where the command works.
    try SystemThread.start(stackSize: 8 << 20) {
      let result = Result { try work { progress in self.lock.withLock { self.progress = progress } } }
      self.lock.withLock { self.result = result }
      self.ended.signal()
    }
  }

  /// The result of the work, which ends early once `watch` asks for it.
  func wait(every pause: Double, _ watch: tombola_watch?, _ context: UnsafeMutableRawPointer?) throws -> String {
    defer { Interruption.clear() }
    let pause = pause.isFinite ? min(max(pause, 0.01), 60) : 0.1
    while true {
      _ = ended.wait(timeout: .now() + pause)
      let (progress, result) = lock.withLock { (self.progress, self.result) }
      if let result { return try result.get() }
      if let watch, !Interruption.isRequested, Self.tell(watch, progress, context) != 0 { Interruption.request() }
    }
  }

  private static func tell(
    _ watch: tombola_watch, _ progress: WorkProgress?, _ context: UnsafeMutableRawPointer?
  ) -> Int32 {
    let now = progress?.snapshot
    return (now?.stage ?? "").withCString { stage in
      (progress?.announcement ?? []).joined(separator: "\n").withCString { announcement in
        var told = tombola_progress(
          fraction: now?.fraction ?? 0, elapsed: now?.elapsed ?? 0, left: now?.left ?? -1, stage: stage,
          announcement: announcement)
        return watch(&told, context)
      }
    }
  }
}
