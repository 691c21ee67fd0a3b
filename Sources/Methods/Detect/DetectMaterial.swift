import Analysis
public import Basics
import Datasets
import Detectors
public import Experiments
import Foundation
import Networks
import Scenes
import Tickets
import Training

/// Scenes, a detector a task, and the objects that the backbone is trained on first.
public struct DetectMaterial: ExperimentMaterial {
  public struct Part: Sendable {
    let detector: Detector
    let scenes: SceneTraining
    let data: TrainingData
  }

  let scenes: SceneSet
  let parts: [SceneTask: Part]
  /// The backbone with a head for classes and the objects by themselves, where it is trained in the run.
  let classification: (classifier: Architecture, objects: TrainingData)?
  /// A trained backbone from a file.
  let ticket: Ticket?
  public let dataset: DatasetSummary?
  public var guess: GuessingShare? { nil }
  public let notes: [String]

  init(_ settings: DetectSettings, _ locator: DataLocator) throws {
    scenes = try SceneCatalog.load(settings.data, settings: settings.scenes, from: locator)
    try Self.checkObjects(scenes)
    let samples = try scenes.dataset(), search = settings.search
    var parts: [SceneTask: Part] = [:]
    for task in settings.trainedTasks {
      try Self.check(task, scenes, isAsked: settings.tasks.values.contains(task))
      let detector = try Detector(
        task, model: search.model, input: scenes.shape, classes: scenes.categories.count,
        keypoints: scenes.keypointNames.count)
      let training = SceneTraining(scenes, detector)
      let data = try TrainingData(samples, validationCount: search.validation, seed: search.splitSeed, task: training)
      parts[task] = Part(detector: detector, scenes: training, data: data)
    }
    self.parts = parts
    classification = settings.trainsBackbone ? try Self.classification(scenes, search) : nil
    ticket = try settings.ticket.paths.first.map { try Ticket(contentsOf: URL(fileURLWithPath: $0)) }
    dataset = parts.values.first?.data.summary(samples.digest)
    notes = scenes.notes
    try checkTicket(settings.search.model)
    try checkTicketMask(settings)
    try checkScope(settings)
  }

  private static func classification(
    _ scenes: SceneSet, _ search: SearchSettings
  ) throws -> (classifier: Architecture, objects: TrainingData) {
    let crops = try scenes.objects(size: max(16, min(scenes.shape.height, scenes.shape.width) / 2))
    return (
      try Backbone(search.model, input: crops.inputShape).classifier(classes: crops.classCount),
      try TrainingData(crops, validationCount: max(1, crops.train.count / 10), seed: search.splitSeed)
    )
  }

  private static func checkObjects(_ scenes: SceneSet) throws {
    for (part, name) in [(scenes.train, "training"), (scenes.test, "test")] {
      let objects = part.scenes.joined()
      guard objects.allSatisfy(\.isCrowd) else { continue }
      throw Problem.badData(
        "The \(name) scenes of \(scenes.name) have no objects\(objects.isEmpty ? "" : " but crowds, which are never to be found").",
        remedy: "Annotate some objects one by one.")
    }
  }

  private static func check(_ task: SceneTask, _ scenes: SceneSet, isAsked: Bool) throws {
    let objects = (scenes.train.scenes + scenes.test.scenes).lazy.flatMap(\.self)
    let isThere =
      switch task {
      case .detect: true
      case .segment: objects.contains { $0.mask != nil }
      case .keypoints: !scenes.keypointNames.isEmpty && objects.contains { $0.keypoints != nil }
      }
    guard !isThere else { return }
    throw Problem.usage(
      "\(scenes.name) has no \(task == .segment ? "masks" : "keypoints"), which \(isAsked ? "" : "tickets for ")task=\(task.rawValue) needs.",
      remedy: isAsked
        ? "Choose among --task detect and what the annotations have." : "Leave task-transfer out of --strategy.")
  }

  private func checkTicket(_ model: String) throws {
    guard let ticket, let backbone = parts.values.first?.detector.backbone else { return }
    let own = backbone.architecture.layout.prunable, theirs = ticket.architecture.layout.prunable
    let isAlike = own.allSatisfy { entry in
      theirs.contains { $0.name == entry.name && $0.shape.dimensions == entry.shape.dimensions }
    }
    guard isAlike, ticket.trained != nil else {
      throw Problem.usage(
        ticket.trained == nil
          ? "The ticket holds no trained weights."
          : ticket.architecture.input.channels != scenes.shape.channels
            ? "The ticket reads images of \(ticket.architecture.input), and \(scenes.name) has \(scenes.shape): the number of channels differs."
            : "The ticket is of \(ticket.architecture.name), whose layers are not those of \(model).",
        remedy: "Name a ticket that tombola find or train kept of the same --model, for as many channels of input."
      )
    }
  }

  /// A ticket from a file has one mask, which is that of one sparsity.
  private func checkTicketMask(_ settings: DetectSettings) throws {
    guard let ticket, let backbone = parts.values.first?.detector.backbone else { return }
    guard settings.strategies.values.contains(.transfer) else { return }
    let entries = ticket.mask.layout.prunable.filter { backbone.layers.contains($0.layer) }
    let own =
      1 - Double(entries.reduce(0) { $0 + ticket.mask.remaining(in: $1) })
      / Double(max(1, entries.reduce(0) { $0 + $1.count }))
    let asked = settings.sparsityValues
    if asked.count == 1, abs(asked[0] - own) <= 0.005 { return }
    let text = String(format: "%.3g", own), percent = String(format: "%.3g", 100 * own)
    throw Problem.usage(
      "strategy=transfer takes the ticket's own mask, which leaves out \(percent) % of the backbone's weights; sparsity is \(settings.sparsities.settingText).",
      remedy: own < 0.005
        ? "The ticket is dense: leave transfer out of --strategy, or name a sparse one."
        : "Give --sparsity \(text), or leave transfer out of --strategy.")
  }

  /// Layers that direct pruning takes weights of.
  func scope(_ settings: DetectSettings, _ detector: Detector) throws -> [ParameterLayout.Entry] {
    let entries = detector.architecture.layout.prunable, backbone = detector.backbone.layers
    switch settings.scope {
    case "all": return entries
    case "backbone": return entries.filter { backbone.contains($0.layer) }
    case "heads": return entries.filter { !backbone.contains($0.layer) }
    default:
      let names = Set(settings.scope.split(separator: ",").map(String.init))
      let modules = detector.modules.filter { names.contains($0.name) }.flatMap(\.layers)
      return entries.filter { names.contains($0.layer) || modules.contains($0.layer) }
    }
  }

  private func checkScope(_ settings: DetectSettings) throws {
    if ["all", "backbone", "heads"].contains(settings.scope) { return }
    let detectors = parts.values.map(\.detector)
    let known = Set(detectors.flatMap { $0.architecture.layout.prunable.map(\.layer) + $0.modules.map(\.name) })
    for name in settings.scope.split(separator: ",").map(String.init) where !known.contains(name) {
      throw Problem.usage(
        "scope=\(settings.scope): there is no layer or module '\(name)'.",
        remedy: Suggestion.sentence(for: name, among: known.sorted()))
    }
    for detector in detectors where try scope(settings, detector).isEmpty {
      throw Problem.usage(
        "scope=\(settings.scope) names nothing in the network for \(detector.task.rawValue).",
        remedy: "Name layers or modules that every task has, or run one task.")
    }
  }

  public var announcement: [String] {
    let counts = [scenes.train, scenes.test].map { part in part.scenes.reduce(0) { $0 + $1.count } }
    return [
      """
      data: \(scenes.name): \(scenes.train.count) training scenes with \(counts[0]) objects, \(scenes.test.count) with \
      \(counts[1]) as test samples of \(scenes.shape), \(scenes.categories.count) classes
      """
    ]
      + parts.values.sorted { $0.detector.task.rawValue < $1.detector.task.rawValue }.map { part in
        let shares = part.detector.moduleShares.map { "\($0.name) \(Int((100 * $0.share).rounded())) %" }
        return
          "\(part.detector.task.rawValue): \(part.detector.architecture.layout.prunableCount) weights (\(shares.joined(separator: ", "))), \(part.detector.grid.height) x \(part.detector.grid.width) places"
      }
  }
}

extension Detector {
  /// The share of all weights that may go, by module.
  var moduleShares: [(name: String, weights: Int, share: Double)] {
    let layout = architecture.layout
    return modules.map { module in
      let weights = layout.prunable.filter { module.layers.contains($0.layer) }.reduce(0) { $0 + $1.count }
      return (module.name, weights, Double(weights) / Double(layout.prunableCount))
    }
  }
}
