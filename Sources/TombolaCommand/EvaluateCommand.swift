import Analysis
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

struct EvaluateCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "evaluate",
    abstract: "Measure a trained ticket, beside its controls.",
    discussion: """
      The controls' figures stand in the file, of the search or the training that made it; 'train' measures them anew.
      """
  )

  @Argument(help: "A ticket file with trained weights.") var ticket: String
  @Option(help: "Data set (default: that of the training that made the file).") var data: String?
  @Option(help: "Write the outputs for every test sample here, as safetensors.") var outputs: String?
  @Flag(help: "Measure the weights that training starts from, which compact tickets have too.") var start = false
  @OptionGroup var places: PlaceOptions
  @OptionGroup var threading: ThreadOption
  @Flag(help: "Print one JSON object instead of the table.") var json = false

  func run() throws {
    let value = try Ticket(contentsOf: URL(fileURLWithPath: ticket))
    guard let weights = start ? value.start : value.trained else {
      throw Problem.badData(
        "\(ticket) holds no trained weights.",
        remedy:
          "Train it first: tombola train \(Shell.quoted(ticket)) --save trained.safetensors. Or measure its start: --start."
      )
    }
    var settings = try value.searchSettings()
    if let data { settings.data = data }
    let (samples, _) = try settings.prepare(places.locator, architecture: value.architecture)
    try value.checkFits(input: samples.dataset.inputShape, classes: samples.dataset.classCount, data: settings.data)
    samples.announcement().forEach(Terminal.note)
    let run = Run(
      value.architecture, start: weights, mask: value.mask, recipe: settings.recipe, data: samples,
      pool: ThreadPool(threads: threading.threads))
    let began = DispatchTime.now().uptimeNanoseconds
    let score = run.evaluate(.test)
    let seconds = Double(DispatchTime.now().uptimeNanoseconds - began) / 1e9
    let confusion = run.evaluateByClass(.test).confusion, names = samples.dataset.classNames
    let report = Evaluation(
      ticket: ticket, digest: value.digest, density: value.mask.density, testAccuracy: score.accuracy,
      balancedAccuracy: confusion.balancedAccuracy, testLoss: score.loss, samples: samples.test.count,
      secondsPerThousand: 1000 * seconds / Double(samples.test.count),
      controls: value.metrics.filter { $0.key.hasSuffix(".testAccuracy") || $0.key.hasSuffix(".balancedAccuracy") },
      classes: names.isEmpty ? nil : names, classAccuracies: confusion.accuracies,
      controlClassAccuracies: value.classAccuracies.filter { $0.value.count == confusion.classes },
      confusion: Evaluation.Matrix(counts: confusion))
    if let outputs { try write(run.outputs(.test).outputs, of: value, samples, to: outputs) }
    if json { try Terminal.json(report) } else { Terminal.print(report.text) }
  }

  private func write(_ outputs: [[Float]], of ticket: Ticket, _ samples: TrainingData, to path: String) throws {
    var file = SafetensorsFile(metadata: [
      "format": "tombola-outputs-1", "ticket": ticket.digest, "weights": start ? "start" : "trained",
      "data": samples.dataset.digest,
    ])
    file.add("outputs", outputs.flatMap { $0 }, shape: [outputs.count, outputs[0].count])
    file.add("labels", samples.dataset.test.labels)
    try file.write(to: URL(fileURLWithPath: path))
    Terminal.note("outputs: \(path)")
  }
}

/// What `evaluate` prints.
struct Evaluation: Encodable {
  var command = "evaluate"
  var ticket, digest: String
  var density, testAccuracy, balancedAccuracy, testLoss: Double
  var samples: Int
  var secondsPerThousand: Double
  /// Test accuracies of dense network and controls, of the same seed, from the search or training that made the file.
  var controls: [String: Double]
  /// Names of the classes; `nil` for numbers from 0.
  var classes: [String]?
  /// The share of every class's test samples that are right, `nil` for a class without samples; the same of dense network and
  /// controls.
  var classAccuracies: [Double?]
  var controlClassAccuracies: [String: [Double?]]
  var confusion: Matrix

  /// [class][class found]
  struct Matrix: Encodable {
    var counts: Confusion
    func encode(to encoder: any Encoder) throws { try counts.matrix.encode(to: encoder) }
  }

  var text: String {
    let suffix = ".testAccuracy"
    let others = controls.keys.filter { $0.hasSuffix(suffix) }.map { String($0.dropLast(suffix.count)) }.sorted()
    var table = TextTable(header: ["network", "test %", "balanced %"])
    func row(_ name: String, _ accuracy: Double?, _ balanced: Double?) {
      table.rows.append([name] + [accuracy, balanced].map { $0.map { String(format: "%.2f", 100 * $0) } ?? "-" })
    }
    row(String(format: "ticket at %.2f %%", 100 * density), testAccuracy, balancedAccuracy)
    for name in others { row(name, controls["\(name).testAccuracy"], controls["\(name).balancedAccuracy"]) }
    let note =
      controls.isEmpty
      ? "This file carries no controls; this trains them beside it: tombola train \(Shell.quoted(ticket))"
      : "Dense network and controls: same seed, from the search or training that made the file."
    return """
      \(table.text)
      \(note)
      loss \(String(format: "%.4f", testLoss)), \(samples) samples, \(String(format: "%.2f", 1000 * secondsPerThousand)) ms a thousand, digest \(digest.prefix(16))

      \([classTables.accuracies, classTables.confusion].compactMap { $0?.text }.joined(separator: "\n\n"))
      """
  }

  private var classTables: ClassTables {
    func network(_ name: String, _ accuracies: [Double?], _ confusion: Confusion? = nil) -> ClassTables.Network {
      ClassTables.Network(name, accuracies: accuracies.map { $0.map { Interval(of: [$0]) } }, confusion: confusion)
    }
    let others = controlClassAccuracies.sorted { $0.key < $1.key }.map { network($0.key, $0.value) }
    return ClassTables(
      names: classes, counts: confusion.counts.samples,
      networks: [network("ticket", classAccuracies, confusion.counts)] + others)
  }
}
