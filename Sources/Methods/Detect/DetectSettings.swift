public import Basics
public import Detectors
import Foundation
import Networks
public import Scenes
public import Tickets
import Training

extension SceneTask: SettingValue {}

/// A way to a sparse detector (Girish et al. 2020, arXiv:2012.04643).
public enum DetectStrategy: String, CaseIterable, Codable, Sendable, SettingValue {
  /// The detector itself is pruned after training, rewound and trained again.
  case direct
  /// A ticket of the backbone, found and trained on classification, with its zeros frozen.
  case transfer
  /// The largest weights of each layer of the dense backbone that was trained on classification, not trained there again.
  case maskTransfer = "mask-transfer"
  /// Mask and weights of a direct ticket for another task, for all layers that both have.
  case taskTransfer = "task-transfer"

  var title: String {
    switch self {
    case .direct: "Direct"
    case .transfer: "Ticket transfer"
    case .maskTransfer: "Mask transfer"
    case .taskTransfer: "Task transfer"
    }
  }
}

/// Everything that decides the result of a detection study, apart from the seeds.
public struct DetectSettings: Configurable {
  public var data = "sprites"
  public var scenes = SceneSettings()
  /// Network, recipe and allocation. Settings of other ways of pruning have no effect.
  public var search: SearchSettings = {
    var search = SearchSettings()
    search.model = "bn-conv-6:0.25"
    search.validation = 400
    search.recipe.steps = .epochs(15)
    search.recipe.batch = 32
    search.recipe.learningRate = 0.05
    search.recipe.momentum = 0.9
    search.recipe.weightDecay = 1e-4
    search.recipe.schedule.warmup = .iterations(200)
    search.recipe.schedule.shape = .cosine
    search.recipe.evaluateEvery = .epochs(5)
    search.margin = 1
    return search
  }()
  public var tasks = SettingList<SceneTask>([.detect])
  public var strategies = SettingList<DetectStrategy>(DetectStrategy.allCases)
  public var sparsities = NumberList([0.5, 0.8, 0.9])
  /// `all`, `backbone`, `heads`, or names of layers.
  public var scope = "all"
  public var rounds = 1
  public var reset = Step.zero
  /// Length of the backbone's training on classification; none if zero.
  public var pretrainSteps = Step.epochs(5)
  /// Where tickets of the backbone are rewound to on classification.
  public var pretrainRewind = Step.iterations(100)
  /// Files with a trained backbone, in place of training it here.
  public var ticket = PathList()

  public init() {}

  private static let main: Set<String> = [
    "data", "model", "task", "strategy", "sparsity", "scope", "rounds", "reset", "steps", "lr", "pretrain-steps",
    "ticket",
  ]

  /// A detector is trained by its own loss, on scenes as they are.
  private static let fixed: Set<String> = [
    "loss", "class-weights", "sampling", "augmentation", "weights", "evaluate-samples",
  ]

  public static let fields: [SettingField<DetectSettings>] =
    ([
      SettingField("data", \.data, "scenes: sprites, sprites:NAME of an image data set, coco:DIR", of: .data)
    ] + SceneSettings.fields.map { SettingField($0, in: \.scenes) }
    + SearchSettings.fields(of: [.data], in: \.search).filter { ["validation", "split-seed"].contains($0.key) }
    + SearchSettings.fields(of: [.network, .training], except: fixed, in: \.search)
    + SearchSettings.fields(of: [.pruning, .search], in: \.search).filter {
      ["allocation", "controls", "margin"].contains($0.key)
    } + own).map { field in field.with { $0.isMain = main.contains(field.key) } }

  public static var inapplicable: Set<String> { SearchSettings.keys(besides: fields.map(\.key)) }

  private static let own: [SettingField<DetectSettings>] = [
    SettingField(
      "task", \.tasks, "what is found: detect (boxes), segment, keypoints",
      valid: ("at least one, each once", { !$0.values.isEmpty && Set($0.values).count == $0.values.count })),
    SettingField(
      "strategy", \.strategies, "ways to a sparse network: direct, transfer, mask-transfer, task-transfer",
      valid: ("each once", { Set($0.values).count == $0.values.count })),
    SettingField(
      "sparsity", \.sparsities, "shares of the weights in scope that go; of transfers, of the backbone's",
      valid: (
        "above 0 and below 1, each once",
        { $0.values.allSatisfy { 0 < $0 && $0 < 1 } && Set($0.values).count == $0.values.count }
      )),
    SettingField("scope", \.scope, "what direct pruning takes weights of: all, backbone, heads, or layers with commas"),
    SettingField(
      "rounds", \.rounds, "rounds in which direct pruning reaches a sparsity", valid: ("from 1 to 20", { 1...20 ~= $0 })
    ),
    SettingField("reset", \.reset, "step whose weights direct tickets go back to"),
    SettingField("pretrain-steps", \.pretrainSteps, "training of the backbone on the objects' classes; 0 for none"),
    SettingField("pretrain-rewind", \.pretrainRewind, "step that the backbone's tickets go back to there"),
    SettingField(
      "ticket", \.ticket, "a ticket with a trained backbone of the same model, in place of that training",
      valid: ("a single file", { $0.paths.count <= 1 })),
  ]

  public var identityFiles: [(key: String, path: String)] { search.identityFiles + ticket.paths.map { ("ticket", $0) } }

  /// Whether the backbone is trained on classification in the run itself.
  var trainsBackbone: Bool { isPretrained && ticket.paths.isEmpty }

  /// Whether the backbone learns to classify at all.
  var isPretrained: Bool { pretrainSteps.iterations(perEpoch: 1) > 0 }

  /// The task whose tickets `taskTransfer` takes: masks and keypoints stand on boxes, boxes take those of masks, or of keypoints
  /// where only these are asked for.
  func source(of task: SceneTask) -> SceneTask {
    if task != .detect { return .detect }
    return !tasks.values.contains(.segment) && tasks.values.contains(.keypoints) ? .keypoints : .segment
  }

  /// Tasks that are trained: those asked for, then those whose tickets move.
  var trainedTasks: [SceneTask] {
    guard strategies.values.contains(.taskTransfer) else { return tasks.values }
    return tasks.values.map(source).reduce(into: tasks.values) { if !$0.contains($1) { $0.append($1) } }
  }

  /// Ascending.
  var sparsityValues: [Double] { sparsities.values.sorted() }

  /// What a detector's ticket says of where it comes from.
  var ticketTexts: [String: String] {
    var search = search
    search.data = data
    return search.findingTexts
  }

  /// The training of the backbone on classification.
  var pretraining: SearchSettings {
    var search = search
    search.data = data
    search.recipe.steps = isPretrained ? pretrainSteps : .iterations(1)
    search.recipe.batch = 64
    search.recipe.evaluateEvery = search.recipe.steps
    search.rewind = pretrainRewind
    search.allocation = "global"
    search.controls = ControlSet([])
    return search
  }
}
