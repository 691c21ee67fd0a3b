import ArgumentParser
import Basics
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
    abstract: "Make a ticket of a network trained elsewhere.",
    discussion: """
      The ticket can be evaluated, attacked, trained on, proven and exported like any other. To find tickets that start from \
      such a network, name it to 'find' or 'certify': --model onnx:FILE.

      Example: tombola import onnx:net.onnx --data images:photos --set normalisation=0.5/0.25 --output net.safetensors
      """)

  @Argument(help: "A model whose weights come with it (onnx:FILE), or one that --set weights=FILE has weights for.")
  var model: String
  @Option(help: "The data set that it is for (default: fashion-mnist).") var data: String?
  @Option(help: "Where to write the ticket.") var output: String
  @Option(
    name: .customLong("set"), parsing: .upToNextOption,
    help: "Settings: weights=FILE, normalisation=MEAN/DEVIATION, validation=5000 and others of data and training.")
  var assignments: [String] = []
  @Flag(help: "Take weights that are zero for pruned ones.") var pruneZeros = false
  @OptionGroup var places: PlaceOptions
  @OptionGroup var threading: ThreadOption
  @Flag(help: "Print one JSON object instead of the lines.") var json = false

  func run() throws {
    var settings = SearchSettings()
    settings.model = model
    if let data { settings.data = data }
    for assignment in assignments { try settings.apply(assignment) }
    guard !settings.drawsWeights else {
      throw Problem.usage(
        "\(model) brings no weights.", remedy: "Name a file of weights: --set weights=FILE; or a model that has some.")
    }
    let (samples, architecture) = try settings.prepare(places.locator)
    guard let start = try settings.startingWeights(of: architecture) else { return }
    samples.announcement().forEach(Terminal.note)
    start.notes.forEach(Terminal.note)
    let mask = mask(start.parameters)
    let run = Run(
      architecture, start: start.parameters, mask: mask, recipe: settings.recipe, data: samples,
      pool: ThreadPool(threads: threading.threads))
    let validation = run.evaluate(.validation), test = run.evaluate(.test)
    let ticket = Ticket(
      architecture: architecture, mask: mask, start: start.parameters, startStep: 0, trained: start.parameters, seed: 0,
      round: 0, settings: settings.texts,
      metrics: ["testAccuracy": test.accuracy, "validationAccuracy": validation.accuracy])
    try ticket.file().write(to: URL(fileURLWithPath: output))
    if json {
      return try Terminal.json(
        Import(
          output: output, source: start.source, digest: ticket.digest, density: mask.density,
          testAccuracy: test.accuracy, validationAccuracy: validation.accuracy, notes: start.notes))
    }
    Terminal.print(
      """
      \(output): \(architecture.name) with the weights of \(start.source)
      \(mask.remaining) of \(mask.layout.prunableCount) weights (\(String(format: "%.2f", 100 * mask.density)) %), \
      \(String(format: "%.2f", 100 * test.accuracy)) % of \(samples.test.count) test samples right \
      (\(String(format: "%.2f", 100 * validation.accuracy)) % of validation)
      """)
  }

  private func mask(_ parameters: Parameters) -> Mask {
    var mask = Mask(fullFor: parameters.layout)
    guard pruneZeros else { return mask }
    for entry in parameters.layout.prunable { for i in entry.range { mask.keeps[i] = parameters.values[i] != 0 } }
    return mask
  }
}

/// What `import` prints.
private struct Import: Encodable {
  var command = "import"
  var output, source, digest: String
  var density, testAccuracy, validationAccuracy: Double
  var notes: [String]
}
