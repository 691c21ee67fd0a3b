import ArgumentParser
import Basics
import Datasets
import Experiments
import Foundation
import Methods
import Networks
import Pages
import Tickets
import Training

struct TrainCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "train",
    abstract: "Train a ticket beside its controls, or a network.",
    discussion: """
      Without a ticket the dense network of --model is trained. A ticket brings the settings of its search; options \
      override them.
      """)

  @OptionGroup var given: GivenSettings<TrialSettings>
  @Option(help: "Write the trained network here, as a ticket file.") var save: String?
  @OptionGroup var places: PlaceOptions
  @OptionGroup var threading: ThreadOption
  @Flag(help: "Print one JSON object instead of the table.") var json = false

  func run() throws {
    let asked = try given.settings(of: "train"), seed = asked.seed
    var settings = asked.search
    let ticket = asked.ticket.isEmpty ? nil : try Ticket(contentsOf: URL(fileURLWithPath: asked.ticket))
    try ticket?.checkModel(settings.model)
    let (data, architecture) = try settings.prepare(places.locator, architecture: ticket?.architecture)
    try settings.checkTraining(data, architecture)
    for note in settings.notes(data, architecture) { Terminal.note(note) }
    try ticket?.checkFits(input: data.dataset.inputShape, classes: data.dataset.classCount, data: settings.data)
    try checkStart(ticket, data, settings)
    let network = try ticket ?? whole(architecture, settings, seed)
    leaveOutSearches(&settings)
    data.announcement(nil, settings.recipe).forEach(Terminal.note)
    Terminal.note(
      "Training \(architecture.name) on \(settings.data): \(settings.recipe.steps), batch \(settings.recipe.batch).")
    let (arms, failures) = try Trial(ticket: network, settings: settings, seed: seed, hasTicket: ticket != nil).run(
      on: data, threads: threading.threads)
    guard !arms.isEmpty else { throw failures.problem! }
    if let save, arms.contains(where: { $0.name == (ticket == nil ? "dense" : "ticket") }) {
      try Self.saved(arms, of: network, asked).file().write(to: URL(fileURLWithPath: save))
      Terminal.note("saved: \(save)")
    }
    var record = Record(
      command: "train", settings: asked.texts, seeds: [seed], dataset: data.summary(data.dataset.digest),
      finding: TrialFinding(arms), reproduce: CommandLine.arguments.map(Shell.quoted).joined(separator: " "))
    record.guess = GuessingShare(labels: data.dataset.test.labels)
    record.failures = failures
    record.verdict = TrialFinding.verdict(record)
    if json { try Terminal.json(record) } else { Terminal.print(TrialFinding.document(record).text) }
    if let problem = failures.problem { throw problem }
  }

  private func leaveOutSearches(_ settings: inout SearchSettings) {
    let left = settings.controls.types.filter { $0.needsSearch }.map { $0.name }
    if left.isEmpty { return }
    Terminal.note("Left out, because only a search can train them: \(left.joined(separator: ", ")).")
    settings.controls = ControlSet(settings.controls.names.filter { !left.contains($0) })
  }

  private func checkStart(_ ticket: Ticket?, _ data: TrainingData, _ settings: SearchSettings) throws {
    let perEpoch = settings.recipe.stepsPerEpoch(samples: data.train.count)
    let total = settings.recipe.steps.iterations(perEpoch: perEpoch)
    guard let ticket, ticket.startStep >= total else { return }
    throw Problem.badData(
      "The ticket starts from step \(ticket.startStep), and the training ends at step \(total).",
      remedy: "Train longer (--steps), or take a ticket of an earlier step.")
  }

  /// The dense network as a ticket of all weights.
  private func whole(_ architecture: Architecture, _ settings: SearchSettings, _ seed: UInt64) throws -> Ticket {
    Ticket(
      architecture: architecture, mask: Mask(fullFor: architecture.layout),
      start: try settings.initialParameters(of: architecture, seed: seed), startStep: 0, trained: nil,
      seed: seed, round: 0, settings: settings.texts)
  }

  /// The network with the weights, settings, seed and figures of this training, beside the figures of the other arms.
  private static func saved(_ arms: [Trial.Arm], of ticket: Ticket, _ asked: TrialSettings) -> Ticket {
    let own = arms.first { $0.name == "ticket" } ?? arms[0]
    var trained = ticket
    trained.trained = own.outcome.parameters.masked(by: ticket.mask)
    (trained.settings, trained.seed) = (asked.search.texts, asked.seed)
    (trained.metrics, trained.classAccuracies) = (own.outcome.metrics, [:])
    for arm in arms where arm.name != own.name {
      trained.metrics["\(arm.name).testAccuracy"] = arm.outcome.last.testAccuracy
      trained.metrics["\(arm.name).balancedAccuracy"] = arm.outcome.confusion?.balancedAccuracy
      trained.classAccuracies[arm.name] = arm.outcome.confusion?.accuracies
    }
    return trained
  }
}
