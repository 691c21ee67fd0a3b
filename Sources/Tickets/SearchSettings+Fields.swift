public import Basics
import Datasets
import Foundation
import Lanes
public import Networks
import Pruning
import Training

extension SearchSettings: Configurable {
  public static let fields: [SettingField<SearchSettings>] = table.map { field in
    field.with {
      $0.part = part(of: field.key)
      $0.isMain = mainKeys.contains(field.key)
    }
  }

  private static let table: [SettingField<SearchSettings>] = [
    SettingField("data", \.data, "data set (see `tombola list`)"),
    SettingField(
      "image-size", \.loading.imageSize, "height and width to which data=images:DIR resizes",
      valid: ("from 1 to 1024", { (1...1024).contains($0) })),
    SettingField("model", \.model, "network"),
    SettingField("algorithm", \.algorithm, "way of finding a ticket"),
    SettingField("criterion", \.criterion, "which weights matter"),
    SettingField("allocation", \.allocation, "how many weights each layer loses"),
    SettingField("factors", \.factors, "multiples of the fraction by layer, for allocation=layerwise"),
    SettingField("structure", \.structure, "what goes at once: weights, units, blocks:4x4, 2:4"),
    SettingField("move-every", \.moveEvery, "steps between moves of the mask, for rigl and set", valid: training),
    SettingField(
      "move-fraction", \.moveFraction, "share of a layer's weights that the first moves exchange",
      valid: ("above 0 and below 1", { 0 < $0 && $0 < 1 })),
    SettingField(
      "move-until", \.moveUntil, "share of training after which the mask stays",
      valid: ("from 0 to 1", { (0...1).contains($0) })),
    SettingField("score-split", \.scoring.source, "part of the data that criteria take gradients of"),
    SettingField(
      "score-batches", \.scoring.batches, "batches that criteria take gradients of",
      valid: ("from 1 to 100000", { (1...100_000).contains($0) })),
    SettingField(
      "score-batch", \.scoring.batch, "samples of such a batch, all classes alike",
      valid: ("from 1 to 65536", { (1...65536).contains($0) })),
    SettingField("score-norm", \.scoring.norm, "statistics of batch norm in such gradients: batch or running"),
    SettingField(
      "score-passes", \.scoringPasses, "how often a round scores; 0 leaves it to the criterion",
      valid: ("from 0 to 10000", { (0...10_000).contains($0) })),
    SettingField("exclude", \.exclude, "layers that are not pruned; output names the last"),
    SettingField("rounds", \.rounds, "rounds of pruning", valid: ("from 1 to 200", { (1...200).contains($0) })),
    SettingField(
      "fraction", \.fraction, "share of the survivors that a round removes",
      valid: ("above 0 and below 1", { 0 < $0 && $0 < 1 })),
    SettingField("rewind", \.rewind, "step whose weights the survivors go back to", valid: longest),
    SettingField("retraining", \.retraining, "what happens after pruning"),
    SettingField("initializer", \.initializer, "how weights start"),
    SettingField("controls", \.controls, "networks trained beside each ticket"),
    SettingField(
      "validation", \.validation, "training samples kept for validation", valid: ("at least 1", { $0 >= 1 })),
    SettingField(
      "training-samples", \.trainingSamples, "training samples used, drawn by split-seed; 0 for all",
      valid: ("at least 0", { $0 >= 0 })),
    SettingField("split-seed", \.splitSeed, "seed of the validation split"),
    SettingField("steps", \.recipe.steps, "length of training", valid: training),
    SettingField("batch", \.recipe.batch, "samples a step", valid: ("from 1 to 65536", { (1...65536).contains($0) })),
    SettingField("drop-last", \.recipe.dropsLast, "whether an epoch leaves out the samples that fill no batch"),
    SettingField("optimizer", \.recipe.optimizer, "sgd or adam"),
    SettingField("lr", \.recipe.learningRate, "learning rate", valid: ("above 0", { $0 > 0 })),
    SettingField(
      "momentum", \.recipe.momentum, "momentum of sgd", valid: ("from 0 to below 1", { 0 <= $0 && $0 < 1 })),
    SettingField("nesterov", \.recipe.nesterov, "Nesterov's momentum"),
    SettingField(
      "weight-decay", \.recipe.weightDecay, "L2 penalty added to the gradient", valid: ("at least 0", { $0 >= 0 })),
    SettingField(
      "schedule", \.recipe.schedule.shapeSetting,
      "learning rate over time: constant, cosine, epoch-cosine, step:80ep,120ep",
      valid: ("made of milestones \(longest.rule)", { $0.milestones.allSatisfy(longest.holds) })),
    SettingField("warmup", \.recipe.schedule.warmup, "steps in which the rate rises", valid: longest),
    SettingField(
      "warmup-start", \.recipe.schedule.warmupStart, "share of the rate that a warm-up begins with",
      valid: ("from 0 to 1", { (0...1).contains($0) })),
    SettingField("loss", \.recipe.loss, "softmax, bce, mse or hinge"),
    SettingField("objective", \.recipe.objective, "training on natural samples, or on fgsm, pgd:10, trades:6, free:4"),
    SettingField(
      "epsilon", \.recipe.epsilon, "radius of adversarial perturbations, pixels being 0 to 1: 8/255, 0.1",
      valid: ("at most 1", { $0.value <= 1 })),
    SettingField(
      "attack-step", \.recipe.attackStep, "length of a training attack's step; 0 for the usual one",
      valid: ("at most 1", { $0.value <= 1 })),
    SettingField("random-start", \.recipe.randomStart, "whether training attacks start at random"),
    SettingField(
      "robust-samples", \.recipe.robustSamples, "validation samples attacked at evaluations of adversarial training",
      valid: ("from 0 to 1000000", { (0...1_000_000).contains($0) })),
    SettingField("augmentation", \.recipe.augmentation, "random change of training images: none, crop-flip"),
    SettingField("evaluate", \.recipe.evaluateEvery, "steps between evaluations", valid: training),
    SettingField(
      "evaluate-samples", \.recipe.evaluationSamples,
      "samples of validation and test set that evaluations take before the last; 0 for all",
      valid: ("at least 0", { $0 >= 0 })),
    SettingField(
      "tolerance", \.tolerance, "validation accuracy that a matching ticket may lose",
      valid: ("from 0 to 1", { (0...1).contains($0) })),
  ]

  /// The settings of some parts as those of an experiment that holds them.
  public static func fields<Root>(
    of parts: Set<SettingPart>, except keys: Set<String> = [],
    in path: any WritableKeyPath<Root, SearchSettings> & Sendable
  ) -> [SettingField<Root>] {
    fields.filter { parts.contains($0.part) && !keys.contains($0.key) }.map { SettingField($0, in: path) }
  }

  /// All keys but some: what an experiment that has those refuses.
  public static func keys(besides own: [String]) -> Set<String> { Set(fields.map(\.key)).subtracting(own) }

  /// Listed by the help of commands.
  private static let mainKeys: Set<String> = [
    "data", "model", "algorithm", "criterion", "allocation", "rounds", "fraction", "rewind", "steps", "batch",
    "optimizer", "lr", "controls", "exclude",
  ]

  private static func part(of key: String) -> SettingPart { parts.first { $0.value.contains(key) }?.key ?? .training }

  private static let parts: [SettingPart: Set<String>] = [
    .data: ["data", "image-size", "validation", "training-samples", "split-seed"],
    .network: ["model", "initializer"],
    .robustness: ["objective", "epsilon", "attack-step", "random-start", "robust-samples"],
    .pruning: ["criterion", "allocation", "factors", "structure", "exclude", "rewind"],
    .scoring: ["score-split", "score-batches", "score-batch", "score-norm", "score-passes"],
    .moving: ["move-every", "move-fraction", "move-until"],
    .search: ["algorithm", "rounds", "fraction", "retraining", "controls", "tolerance"],
  ]

  /// Steps whose count fits any arithmetic done on it.
  private static let longest = (
    rule: "at most 1000000ep or 1000000000it",
    holds: { @Sendable (step: Step) in
      step.epochs <= 1_000_000 && step.iterations <= 1_000_000_000
    }
  )
  private static let training = (
    rule: "at least 1it and at most 1000000ep or 1000000000it",
    holds: { @Sendable (step: Step) in
      step != .zero && longest.holds(step)
    }
  )

  /// A graph file says what the network is.
  public var identityFiles: [(key: String, path: String)] {
    let parts = model.split(separator: ":", maxSplits: 1)
    guard parts.count == 2, parts[0] == GraphFile().name else { return [] }
    return [("model", String(parts[1]))]
  }

  /// The layers that `exclude` names, checked against the network; an asterisk stands for any stretch of a name.
  public func excludedLayers(_ layout: ParameterLayout) throws -> Set<String> {
    if exclude == "none" { return [] }
    return Set(try exclude.split(separator: ",").flatMap { try layers(String($0), layout) })
  }

  /// The factors with `output` replaced by the last layer's name.
  func layerFactors(_ layout: ParameterLayout) throws -> [String: Double] {
    Dictionary(try factors.factors.map { (try layer($0.key, layout), $0.value) }, uniquingKeysWith: { $1 })
  }

  private func layers(_ pattern: String, _ layout: ParameterLayout) throws -> [String] {
    guard pattern.contains("*") else { return [try layer(pattern, layout)] }
    let found = layout.prunable.map(\.layer).filter { fnmatch(pattern, $0, 0) == 0 }
    guard found.isEmpty else { return found }
    throw Problem.usage("No layer is named like '\(pattern)'.", remedy: "See the names with tombola graph \(model).")
  }

  private func layer(_ name: String, _ layout: ParameterLayout) throws -> String {
    let layers = layout.prunable.map(\.layer)
    if name == "output", let last = layers.last { return last }
    if layers.contains(name) { return name }
    throw Problem.usage(
      "There is no layer '\(name)'.", remedy: Suggestion.sentence(for: name, among: layers + ["output"]))
  }
}

extension Schedule {
  /// The shape alone, as a setting; the warm-up has a setting of its own.
  var shapeSetting: Schedule {
    get { Schedule(shape) }
    set { shape = newValue.shape }
  }

  var milestones: [Step] { if case .steps(let milestones) = shape { milestones } else { [] } }
}
