public import Basics
import Datasets
import Foundation
import Lanes
public import Networks
import Pruning
import Training

extension SearchSettings: Configurable {
  private typealias Field = SettingField<SearchSettings>

  public static let fields: [SettingField<SearchSettings>] = [
    Field("data", \.data, "data set (see `tombola list`)", of: .data).main,
    Field(
      "image-size", \.loading.imageSize, "height and width to which data=images:DIR resizes", of: .data,
      valid: ("from 1 to 1024", { (1...1024).contains($0) })),
    Field(
      "label", \.loading.label, "column of a table's labels: auto, first, last, a number from 1 or a name", of: .data,
      valid: ("a word", { !$0.isEmpty })),
    Field("header", \.loading.header, "whether a table's first line names its columns", of: .data),
    Field("decimal", \.loading.decimal, "what stands before decimals in a table", of: .data),
    Field(
      "test-share", \.loading.testShare, "share of each class kept for testing where files have no test split",
      of: .data, valid: ("above 0 and below 1", { 0 < $0 && $0 < 1 })),
    Field("normalisation", \.normalisation, "what is subtracted from, and divides, the values of a channel", of: .data),
    Field("model", \.model, "network", of: .network).main,
    Field(
      "weights", \.weights,
      "what dense networks start from: model (what an onnx: file holds, else drawn), drawn from the seed, or a file",
      of: .network),
    Field(
      "mask", \.mask, "a file with a mask found elsewhere, which is then the only ticket; none to find masks",
      of: .given, valid: ("a word", { !$0.isEmpty })),
    Field("algorithm", \.algorithm, "way of finding a ticket", of: .search).main,
    Field("criterion", \.criterion, "which weights matter", of: .pruning).main,
    Field("allocation", \.allocation, "how many weights each layer loses", of: .pruning).main,
    Field("factors", \.factors, "multiples of the fraction by layer, for allocation=layerwise", of: .pruning),
    Field("structure", \.structure, "what goes at once: weights, units, blocks:4x4, 2:4", of: .pruning),
    Field("move-every", \.moveEvery, "steps between moves of the mask, for rigl and set", of: .moving, valid: training),
    Field(
      "move-fraction", \.moveFraction, "share of a layer's weights that the first moves exchange", of: .moving,
      valid: ("above 0 and below 1", { 0 < $0 && $0 < 1 })),
    Field(
      "move-until", \.moveUntil, "share of training after which the mask stays", of: .moving,
      valid: ("from 0 to 1", { (0...1).contains($0) })),
    Field("score-split", \.scoring.source, "part of the data that criteria take gradients of", of: .scoring),
    Field(
      "score-batches", \.scoring.batches, "batches that criteria take gradients of", of: .scoring,
      valid: ("from 1 to 100000", { (1...100_000).contains($0) })),
    Field(
      "score-batch", \.scoring.batch, "samples of such a batch, all classes alike", of: .scoring,
      valid: ("from 1 to 65536", { (1...65536).contains($0) })),
    Field("score-norm", \.scoring.norm, "statistics of batch norm in such gradients: batch or running", of: .scoring),
    Field(
      "score-passes", \.scoringPasses, "how often a round scores; 0 leaves it to the criterion", of: .scoring,
      valid: ("from 0 to 10000", { (0...10_000).contains($0) })),
    Field("exclude", \.exclude, "layers that are not pruned; output names the last", of: .pruning).main,
    Field("rounds", \.rounds, "rounds of pruning", of: .search, valid: ("from 1 to 200", { (1...200).contains($0) }))
      .main,
    Field(
      "fraction", \.fraction, "share of the survivors that a round removes", of: .search,
      valid: ("above 0 and below 1", { 0 < $0 && $0 < 1 })
    ).main,
    Field("rewind", \.rewind, "step whose weights the survivors go back to", of: .pruning, valid: longest).main,
    Field("retraining", \.retraining, "what happens after pruning", of: .search),
    Field("initializer", \.initializer, "how weights start", of: .network),
    Field("controls", \.controls, "networks trained beside each ticket", of: .search).main,
    Field(
      "validation", \.validation, "training samples kept for validation; at most a tenth of them are", of: .data,
      valid: ("at least 1", { $0 >= 1 })),
    Field(
      "training-samples", \.trainingSamples, "training samples used, drawn by split-seed; 0 for all", of: .data,
      valid: ("at least 0", { $0 >= 0 })),
    Field("split-seed", \.splitSeed, "seed of the validation split", of: .data),
    Field("steps", \.recipe.steps, "length of training", of: .training, valid: training).main,
    Field(
      "batch", \.recipe.batch, "samples a step", of: .training, valid: ("from 1 to 65536", { (1...65536).contains($0) })
    ).main,
    Field("drop-last", \.recipe.dropsLast, "whether an epoch leaves out the samples that fill no batch", of: .training),
    Field("optimizer", \.recipe.optimizer, "sgd or adam", of: .training).main,
    Field("lr", \.recipe.learningRate, "learning rate", of: .training, valid: ("above 0", { $0 > 0 })).main,
    Field(
      "momentum", \.recipe.momentum, "momentum of sgd", of: .training,
      valid: ("from 0 to below 1", { 0 <= $0 && $0 < 1 })),
    Field("nesterov", \.recipe.nesterov, "Nesterov's momentum", of: .training),
    Field(
      "weight-decay", \.recipe.weightDecay, "L2 penalty added to the gradient", of: .training,
      valid: ("at least 0", { $0 >= 0 })),
    Field(
      "schedule", \.recipe.schedule.shapeSetting,
      "learning rate over time: constant, cosine, epoch-cosine, step:80ep,120ep", of: .training,
      valid: ("made of milestones \(longest.rule)", { $0.milestones.allSatisfy(longest.holds) })),
    Field("warmup", \.recipe.schedule.warmup, "steps in which the rate rises", of: .training, valid: longest),
    Field(
      "warmup-start", \.recipe.schedule.warmupStart, "share of the rate that a warm-up begins with", of: .training,
      valid: ("from 0 to 1", { (0...1).contains($0) })),
    Field("loss", \.recipe.loss, "softmax, bce, mse or hinge", of: .training),
    Field(
      "class-weights", \.recipe.classWeights,
      "what a training sample's loss counts: none, balanced, or a number a class",
      of: .training),
    Field("sampling", \.recipe.sampling, "samples of an epoch: natural, or each class equally often", of: .training),
    Field(
      "objective", \.recipe.objective,
      "training on natural samples, or on fgsm, pgd:10, fgsm-pgd:10@0.5, trades:6, free:4",
      of: .robustness),
    Field(
      "epsilon", \.recipe.epsilon,
      "radius of adversarial perturbations: 8/255, 0.1 or 8 of pixels, else in the data's values", of: .robustness),
    Field(
      "attack-step", \.recipe.attackStep, "length of a training attack's step; 0 for the usual one", of: .robustness),
    Field("random-start", \.recipe.randomStart, "whether training attacks start at random", of: .robustness),
    Field(
      "robust-samples", \.recipe.robustSamples, "validation samples attacked at evaluations of adversarial training",
      of: .robustness, valid: ("from 0 to 1000000", { (0...1_000_000).contains($0) })),
    Field("augmentation", \.recipe.augmentation, "random change of training images: none, crop-flip", of: .training),
    Field("evaluate", \.recipe.evaluateEvery, "steps between evaluations", of: .training, valid: training),
    Field(
      "evaluate-samples", \.recipe.evaluationSamples,
      "samples of validation and test set that evaluations take before the last; 0 for all", of: .training,
      valid: ("at least 0", { $0 >= 0 })),
    Field(
      "patience", \.recipe.patience, "steps without a better validation accuracy that end a training; 0 for none",
      of: .stopping, valid: longest),
    Field(
      "min-delta", \.recipe.minDelta, "share by which validation accuracy must be better to count", of: .stopping,
      valid: ("at least 0 and below 1", { 0 <= $0 && $0 < 1 })),
    Field(
      "tolerance", \.tolerance, "mean validation accuracy that a ticket may lose where none is shown to match",
      of: .search, valid: ("from 0 to 1", { (0...1).contains($0) })),
    Field(
      "margin", \.margin, "points of accuracy by which a matching ticket may be worse", of: .search,
      valid: ("from 0 to 100", { (0...100).contains($0) })
    ).extent,
    Field(
      "keep-controls", \.keepsControls, "whether networks beside the tickets keep their masks and weights", of: .keeping
    ).extent,
    Field(
      "keep-scores", \.keepsScores, "whether prunings keep their scores and the samples behind them", of: .keeping
    ).extent,
  ]

  /// All settings that say what a search finds, as text by key; what is kept beside it is none of them.
  package var findingTexts: [String: String] {
    let keys = Set(Self.fields.filter { $0.role == .identity }.map(\.key))
    return texts.filter { keys.contains($0.key) }
  }

  /// The settings of some parts as those of an experiment that holds them.
  public static func fields<Root>(
    of parts: Set<SettingPart>, except keys: Set<String> = [],
    in path: any WritableKeyPath<Root, SearchSettings> & Sendable
  ) -> [SettingField<Root>] {
    fields.filter { parts.contains($0.part) && !keys.contains($0.key) }.map { SettingField($0, in: path) }
  }

  /// All keys but some: what an experiment that has those refuses.
  public static func keys(besides own: [String]) -> Set<String> { Set(fields.map(\.key)).subtracting(own) }

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

  /// Files that say what the network is, and what it starts from.
  public var identityFiles: [(key: String, path: String)] {
    let files = ModelCatalog.files(of: model).map { (key: "model", path: $0) }
    return files + ([Self.modelWeights, Self.drawnWeights].contains(weights) ? [] : [("weights", weights)])
      + (takesMask ? [("mask", mask)] : [])
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
    throw Problem.usage(
      "No layer is named like '\(pattern)'.", remedy: "See the names with tombola graph \(Shell.quoted(model))")
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
