import ArgumentParser
import Basics
import Datasets
import Experiments
import Foundation
import Lanes
import Networks
import Pages
import Tickets
import Training

struct ImportCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "import",
    abstract: "Make a ticket of a network or a mask from elsewhere.",
    discussion: """
      The ticket can be evaluated, attacked, trained on, certified and exported like any other. Masks are those of --mask, or \
      those that a state_dict pruned by torch.nn.utils.prune holds. docs/onnx.md and docs/pytorch.md say what is read.

      Examples:
        tombola import onnx:net.onnx --data images:photos --set normalisation=0.5/0.25 --output net.safetensors
        tombola import net.safetensors --model lenet-300-100 --data mnist --mask mask.npz --output ticket.safetensors
      """)

  @Argument(help: "A state_dict (.safetensors, .npz), a model with weights (onnx:FILE), or any model with --mask.")
  var source: String
  @Option(help: "The network that a state_dict is of: a name of the catalogue or graph:FILE.") var model: String?
  @Option(help: "A file of masks, whose layers are those of the weights.") var mask: String?
  @Option(help: "The data set that it is for (default: fashion-mnist).") var data: String?
  @Option(help: "Where to write the ticket.") var output: String
  @Option(help: "Of the ticket; draws the weights where none are given.") var seed: UInt64 = 0
  @Option(
    name: .customLong("set"), parsing: .upToNextOption,
    help: "Settings: weights=FILE, normalisation=MEAN/DEVIATION, validation=5000 and others of data and training.")
  var assignments: [String] = []
  @Flag(help: "Take weights that are zero for pruned ones.") var pruneZeros = false
  @OptionGroup var places: PlaceOptions
  @OptionGroup var threading: ThreadOption
  @Flag(help: "Print one JSON object instead of the lines.") var json = false

  func run() throws {
    let settings = try settings(), (samples, architecture) = try settings.prepare(places.locator)
    let weights = try settings.startingWeights(of: architecture), given = try settings.givenMask(of: architecture)
    samples.announcement().forEach(Terminal.note)
    ((weights?.map ?? []) + (weights?.notes ?? []) + (given?.map ?? []) + (given?.notes ?? [])).forEach(Terminal.note)
    let parameters = try settings.initialParameters(of: architecture, seed: seed)
    let mask = given?.mask ?? zeros(parameters)
    let source = weights.map { "the weights of \($0.source)" } ?? "weights drawn from seed \(seed)"
    let sources = source + (given.map { " and the mask of \($0.source)" } ?? "")
    // Drawn weights have learned nothing that could be measured.
    let figures = weights == nil ? nil : accuracies(parameters, mask, settings, samples, architecture)
    let ticket = Ticket(
      architecture: architecture, mask: mask, start: parameters, startStep: 0,
      trained: weights == nil ? nil : parameters, seed: seed, round: given == nil ? 0 : 1, settings: settings.texts,
      metrics: figures.map { ["testAccuracy": $0.test, "validationAccuracy": $0.validation] } ?? [:])
    try ticket.file().write(to: URL(fileURLWithPath: output))
    if json {
      return try Terminal.json(
        Import(
          output: output, source: sources, digest: ticket.digest, density: mask.density, testAccuracy: figures?.test,
          validationAccuracy: figures?.validation, map: (weights?.map ?? []) + (given?.map ?? []),
          notes: (weights?.notes ?? []) + (given?.notes ?? [])))
    }
    Terminal.print(
      """
      \(output): \(architecture.name) with \(sources)
      \(mask.remaining) of \(mask.layout.prunableCount) weights (\(Self.percent(mask.density)) %)\
      \(figures.map { Self.text($0, samples.test.count) } ?? "")
      """)
  }

  /// What the options say, as settings of a search.
  private func settings() throws -> SearchSettings {
    var settings = SearchSettings()
    if let data { settings.data = data }
    if WeightsCatalog.isFile(source) {
      guard let model else {
        throw Problem.usage(
          "\(source) holds tensors, not which network they are of.", remedy: "Name it: --model lenet-300-100.")
      }
      (settings.weights, settings.model) = (source, model)
    } else {
      guard model == nil else {
        throw Problem.usage(
          "\(source) is a model, and --model names another.", remedy: "Leave --model out, or name a file of weights.")
      }
      settings.model = source
    }
    for assignment in assignments { try settings.apply(assignment) }
    if let mask { settings.mask = mask }
    if !settings.takesMask, !settings.drawsWeights, WeightsCatalog.isFile(settings.weights),
      try WeightsCatalog.file(settings.weights, setting: "weights").hasMasks
    {
      settings.mask = settings.weights
    }
    guard !settings.drawsWeights || settings.takesMask else {
      throw Problem.usage(
        "\(source) brings no weights.", remedy: "Name a file of weights, a model that has some, or a --mask.")
    }
    guard !(settings.takesMask && pruneZeros) else {
      throw Problem.usage("A mask is given, and --prune-zeros would be another.", remedy: "Leave one of them out.")
    }
    try settings.spellOut()
    return settings
  }

  private func accuracies(
    _ parameters: Parameters, _ mask: Mask, _ settings: SearchSettings, _ samples: TrainingData,
    _ architecture: Architecture
  ) -> (test: Double, validation: Double) {
    let run = Run(
      architecture, start: parameters, mask: mask, recipe: settings.recipe, data: samples,
      pool: ThreadPool(threads: threading.threads))
    return (run.evaluate(.test).accuracy, run.evaluate(.validation).accuracy)
  }

  private func zeros(_ parameters: Parameters) -> Mask {
    var mask = Mask(fullFor: parameters.layout)
    guard pruneZeros else { return mask }
    for entry in parameters.layout.prunable { for i in entry.range { mask.keeps[i] = parameters.values[i] != 0 } }
    return mask
  }

  private static func percent(_ share: Double) -> String { String(format: "%.2f", 100 * share) }
  private static func text(_ figures: (test: Double, validation: Double), _ count: Int) -> String {
    """
    , \(percent(figures.test)) % of \(count) test samples right (\(percent(figures.validation)) % of validation)
    """
  }
}

/// What `import` prints.
private struct Import: Encodable {
  var command = "import"
  var output, source, digest: String
  var density: Double
  /// `nil` of weights that are drawn.
  var testAccuracy, validationAccuracy: Double?
  /// Which tensors of the file are which of the network's.
  var map: [String]
  var notes: [String]
}
