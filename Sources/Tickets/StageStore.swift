public import Basics
public import Foundation
public import Networks
public import Training

/// What is kept of one finished training.
public struct StageRecord: Codable, Equatable, Sendable {
  public var curve: [CurvePoint]
  public var trainingSeconds: Double
  public var evaluationSeconds: Double
  /// Of the training's seconds those of attacks; `nil` in records of versions without attacks.
  public var attackSeconds: Double?
  /// SHA-256 of the trained weights.
  public var parametersDigest: String
  /// Which classes of the test set are taken for which at the end; `nil` in records of older versions.
  public var confusion: Confusion?
  /// How many steps the training was to have, where patience could end it before.
  public var plannedSteps: Int?

  public init(
    curve: [CurvePoint], trainingSeconds: Double, evaluationSeconds: Double, attackSeconds: Double?,
    parametersDigest: String, confusion: Confusion? = nil, plannedSteps: Int? = nil
  ) {
    self.curve = curve
    self.trainingSeconds = trainingSeconds
    self.evaluationSeconds = evaluationSeconds
    self.attackSeconds = attackSeconds
    self.parametersDigest = parametersDigest
    self.confusion = confusion
    self.plannedSteps = plannedSteps
  }

  /// What it says in figures, by the keys of `MetricCatalog`.
  public var metrics: [String: Double] {
    var metrics = curve.metrics(confusion, plannedSteps: plannedSteps)
    metrics["validationFGSM"] = last.validationFGSM
    metrics["validationPGD"] = last.validationPGD
    return metrics
  }

  public var earlyStop: CurvePoint { curve.earlyStop }
  public var last: CurvePoint { curve.last! }
}

extension StageRecord: Sound {
  public var isSound: Bool { !curve.isEmpty && zip(curve, curve.dropFirst()).allSatisfy { $0.step < $1.step } }
}

/// The files of one seed of a search: a record for every finished training, the ticket of every round, a checkpoint of what
/// is under way. A training counts as done when its record is there; the record is written last.
public struct StageStore: Sendable {
  public let folder: URL
  public let journal: Journal
  /// What stands in the run folder before the seed's: `iterative/`; empty if nothing does.
  private let arm: String

  public init(folder: URL, journal: Journal, arm: String = "") {
    self.folder = folder
    self.journal = journal
    self.arm = arm
  }

  public func record(_ stage: String) -> StageRecord? { value(stage) }

  public func finish(_ stage: String, _ record: StageRecord) throws {
    try keep(record, stage)
    try journal.record(
      record.curve.map { Event(kind: "evaluated", stage: name(stage), values: Self.values($0)) }
        + [Event(kind: "trained", stage: name(stage), values: ["seconds": record.trainingSeconds])])
    removeCheckpoint(stage)
  }

  /// Lets those who watch see how far a training is. It need not outlast a loss of power, so nothing waits for the disk.
  public func noteProgress(_ stage: String, _ point: CurvePoint, of steps: Int) throws {
    var values = Self.values(point)
    values["steps"] = Double(steps)
    try journal.record([Event(kind: "progress", stage: name(stage), values: values)], flushed: false)
  }

  private static func values(_ point: CurvePoint) -> [String: Double] {
    var values = [
      "step": Double(point.step), "validationLoss": point.validationLoss,
      "validationAccuracy": point.validationAccuracy, "testAccuracy": point.testAccuracy,
    ]
    if let samples = point.samples {
      values["validationSamples"] = Double(samples.validation)
      values["testSamples"] = Double(samples.test)
    }
    return values
  }

  /// A finished training needs no checkpoint; one may be left by a process that was killed right after finishing.
  /// Deletes checkpoints of trainings whose record stands: a kill between the two left them.
  ///
  /// Call it under the folders' lock.
  static func removeFinishedCheckpoints(in folders: [URL]) {
    for folder in folders {
      for name in (try? FileManager.default.contentsOfDirectory(atPath: folder.path)) ?? [] {
        guard name.hasPrefix("checkpoint-"), name.hasSuffix(".safetensors") else { continue }
        let stage = name.dropFirst("checkpoint-".count).dropLast(".safetensors".count)
        let record: StageRecord? = StoredJSON.read(folder.appendingPathComponent("\(stage).json"))
        if record != nil { try? FileManager.default.removeItem(at: folder.appendingPathComponent(name)) }
      }
    }
  }

  public func removeCheckpoint(_ stage: String) {
    try? FileManager.default.removeItem(at: url("checkpoint-\(stage)", "safetensors"))
  }

  public func saveCheckpoint(_ stage: String, _ state: TrainingState, _ curve: [CurvePoint]) throws {
    try state.file(curve: curve).write(to: url("checkpoint-\(stage)", "safetensors"))
  }

  /// The checkpoint of a training that was cut off; a damaged one counts as none.
  ///
  /// - Parameter pixels: How many numbers of perturbed samples the training keeps.
  public func checkpoint(_ stage: String, _ layout: ParameterLayout, pixels: Int) -> (
    state: TrainingState, curve: [CurvePoint]
  )? {
    let file = url("checkpoint-\(stage)", "safetensors")
    guard let stored = try? SafetensorsFile(contentsOf: file), let curve = TrainingState.curve(in: stored),
      let state = try? TrainingState(stored, layout: layout, pixels: pixels, name: file.lastPathComponent),
      zip(curve, curve.dropFirst()).allSatisfy({ $0.step < $1.step }), curve.last?.step ?? 0 <= state.iteration
    else { return nil }
    return (state, curve)
  }

  /// Whether a training is finished here, or can go on from a checkpoint.
  package func isBegun(_ stage: String) -> Bool {
    record(stage) != nil
      || FileManager.default.fileExists(atPath: url("checkpoint-\(stage)", "safetensors").path)
  }

  public func ticketURL(_ stage: String) -> URL { url(stage, "safetensors") }

  /// The binary file beside a ticket.
  public func signsURL(_ stage: String) -> URL { url(stage, "binary.safetensors") }

  public func scoresURL(_ stage: String) -> URL { url(stage, "scores.safetensors") }

  /// The ticket of a finished round, if it can be read.
  public func ticket(_ stage: String) -> Ticket? { try? Ticket(contentsOf: ticketURL(stage), takesCoefficients: true) }

  /// A mask with the seconds that it took to make; a damaged one counts as none.
  public func mask(_ stage: String, _ layout: ParameterLayout) -> (mask: Mask, seconds: Double)? {
    guard let file = try? SafetensorsFile(contentsOf: url(stage, "mask")),
      file.metadata["format"] == "tombola-mask-1", let seconds = file.metadata["seconds"].flatMap({ Double($0) }),
      StoredRange.seconds.contains(seconds),
      let bytes = try? file.bytes("mask_gaps", file: stage), let keeps = GapCode.decode(bytes, count: layout.count)
    else { return nil }
    return (Mask(layout: layout, keeps: keeps), seconds)
  }

  public func save(_ mask: Mask, _ stage: String, seconds: Double) throws {
    var file = SafetensorsFile(metadata: ["format": "tombola-mask-1", "seconds": "\(seconds)"])
    file.add("mask_gaps", bytes: GapCode.encode(mask.keeps))
    try file.write(to: url(stage, "mask"))
  }

  /// Lets a training begin anew whose by-products are lost.
  public func removeRecord(_ stage: String) { try? FileManager.default.removeItem(at: url(stage, "json")) }

  public func removeMask(_ stage: String) { try? FileManager.default.removeItem(at: url(stage, "mask")) }

  /// What `STAGE.json` holds: the record of a training, or a value of another kind; a damaged one counts as none.
  public func value<Value: Decodable>(_ stage: String) -> Value? { StoredJSON.read(url(stage, "json")) }

  public func keep(_ value: some Encodable, _ stage: String) throws {
    try StoredJSON.write(value, to: url(stage, "json"))
  }

  /// The seed whose folder it is, and the name of a network among those of the seed: `half-data/round-01`.
  func place(of stage: String) -> (seed: UInt64, network: String)? {
    let parts = folder.pathComponents
    guard let place = parts.lastIndex(where: { $0.hasPrefix("seed-") }), let seed = UInt64(parts[place].dropFirst(5))
    else { return nil }
    return (seed, arm + parts[(place + 1)...].map { "\($0)/" }.joined() + stage)
  }

  /// What to say where a record or a mask should be.
  public func missing(_ stage: String) -> Problem {
    .badData(
      "The record \(folder.lastPathComponent)/\(stage) is missing or damaged.",
      remedy: "Start the same command again: it makes what is missing.")
  }

  private func url(_ stage: String, _ suffix: String) -> URL { folder.appendingPathComponent("\(stage).\(suffix)") }
  private func name(_ stage: String) -> String { "\(folder.lastPathComponent)/\(stage)" }
}
