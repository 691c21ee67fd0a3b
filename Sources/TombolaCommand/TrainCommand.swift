import ArgumentParser
import Basics
import Datasets
import Foundation
import Networks
import Pages
import Tickets
import Training

struct TrainCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "train",
    abstract: "Train a ticket beside its controls, or a dense network.",
    discussion: """
      Without a ticket the dense network of --model is trained. A ticket brings the settings of its search; options \
      override them.
      """)

  @Argument(help: "A ticket file.") var ticket: String?
  @OptionGroup var options: SearchOptions
  @Option(help: "Seed of data order, dense network and controls (default: the ticket's, or 0).") var seed: UInt64?
  @Option(help: "Write the trained network here, as a ticket file.") var save: String?
  @OptionGroup var places: PlaceOptions
  @OptionGroup var threading: ThreadOption
  @Flag(help: "Print one JSON object instead of the table.") var json = false

  func run() throws {
    let (ticket, settings) = try ticketAndSettings()
    let (data, _) = try Search(settings: settings, seeds: [], threads: 1, output: URL(fileURLWithPath: "."))
      .prepare(places.locator, architecture: ticket.architecture)
    try ticket.checkFits(input: data.dataset.inputShape, classes: data.dataset.classCount, data: settings.data)
    let controls = self.ticket == nil ? [] : settings.controls.controls
    let trial = Trial(ticket: ticket, settings: settings, controls: controls, seed: seed ?? ticket.seed)
    Terminal.note(
      "Training \(ticket.architecture.name) on \(settings.data): \(settings.recipe.steps), batch \(settings.recipe.batch)."
    )
    var arms = try trial.run(on: data, threads: threading.threads)
    if self.ticket == nil { arms = Array(arms.prefix(1)) }
    if let save { try keep(arms.last { $0.name == "ticket" } ?? arms[0], of: ticket, at: save) }
    if json { try Terminal.json(TrialResult(arms, settings)) } else { Terminal.print(TrialResult(arms, settings).text) }
  }

  /// The ticket with the settings of its search and the options over them; or a full mask where no ticket is named.
  private func ticketAndSettings() throws -> (Ticket, SearchSettings) {
    guard let ticket else {
      let settings = try options.settings(),
        search = Search(
          settings: settings, seeds: [], threads: 1, output: URL(fileURLWithPath: "."))
      let architecture = try search.prepare(places.locator).1, layout = architecture.layout
      let start = settings.initializer.parameters(for: layout, seed: seed ?? 0)
      let full = Ticket(
        architecture: architecture, mask: Mask(fullFor: layout), start: start, startStep: 0, trained: nil,
        seed: seed ?? 0, round: 0,
        settings: Dictionary(uniqueKeysWithValues: settings.assignments.map { ($0.key, $0.value) }))
      return (full, settings)
    }
    let value = try Ticket(contentsOf: URL(fileURLWithPath: ticket))
    return (value, try options.settings(over: try value.searchSettings()))
  }

  private func keep(_ arm: Trial.Arm, of ticket: Ticket, at path: String) throws {
    var trained = ticket
    trained.trained = arm.outcome.parameters.masked(by: ticket.mask)
    trained.metrics["testAccuracy"] = arm.outcome.last.testAccuracy
    trained.metrics["validationAccuracy"] = arm.outcome.last.validationAccuracy
    try trained.file().write(to: URL(fileURLWithPath: path))
    Terminal.note("saved: \(path)")
  }
}

/// What `train` prints.
struct TrialResult: Encodable {
  struct Arm: Encodable {
    var name: String
    var density, testAccuracy, validationAccuracy, earlyStopTestAccuracy, seconds: Double
    var earlyStopStep: Int
    var parametersDigest: String
    var curve: [CurvePoint]
  }
  var command = "train"
  var settings: [String: String]
  var arms: [Arm]

  init(_ arms: [Trial.Arm], _ settings: SearchSettings) {
    self.settings = Dictionary(uniqueKeysWithValues: settings.assignments.map { ($0.key, $0.value) })
    self.arms = arms.map {
      Arm(
        name: $0.name, density: $0.density, testAccuracy: $0.outcome.last.testAccuracy,
        validationAccuracy: $0.outcome.last.validationAccuracy,
        earlyStopTestAccuracy: $0.outcome.earlyStop.testAccuracy, seconds: $0.outcome.trainingSeconds,
        earlyStopStep: $0.outcome.earlyStop.step, parametersDigest: Digest.sha256($0.outcome.parameters.values),
        curve: $0.outcome.curve)
    }
  }

  var text: String {
    var table = TextTable(header: [
      "network", "density", "test %", "validation %", "early stop", "test % there", "seconds",
    ])
    for arm in arms {
      table.rows.append([
        arm.name, String(format: "%.2f %%", 100 * arm.density), String(format: "%.2f", 100 * arm.testAccuracy),
        String(format: "%.2f", 100 * arm.validationAccuracy), "\(arm.earlyStopStep)",
        String(format: "%.2f", 100 * arm.earlyStopTestAccuracy), String(format: "%.2f", arm.seconds),
      ])
    }
    return table.text + (arms.count > 1 ? "\none seed; for intervals use 'tombola find --seeds 3'" : "")
  }
}
