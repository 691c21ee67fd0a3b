import ArgumentParser
import Basics
import Foundation
import Pages
import Report
import Tickets
import Training

struct CertifyCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "certify",
    abstract: "Say, with statistics, whether a sub-network is a winning ticket.",
    discussion: """
      Finds the tickets of the settings, or of a ticket file, for several seeds, and trains them over learning rates \
      beside dense, re-initialised and small dense networks: the five conditions of Ma et al. 2021. Writes a \
      certificate and a page; --verify checks a certificate by making it again. Settings as for 'tombola find': \
      --data, --model, --rounds, --steps, --set ...
      """)

  @Argument(help: "A ticket file, whose settings are taken.") var ticket: String?
  @Option(help: "Check this certificate instead.") var verify: String?
  @Flag(help: "With --verify: digest and statistics alone, no training.") var quick = false
  @Option(help: "Learning rates, with commas (default: 0.3, 1 and 3 times --lr).") var lrSweep: String?
  @Option(help: "Rounds to be judged, with commas (default: the ticket's, or the last).") var at: String?
  @Option(help: "Checks beside the conditions: all, none, or some with commas.") var checks = "all"
  @Option(help: "Layers' ratios of the check random-ratio: smart-ratio, erk, ... (tombola list allocations).")
  var ratios = CertificateTerms(learningRates: [], rounds: []).ratioAllocation
  @Option(help: "Accuracy within which networks count as alike.") var within = 0.005
  @Option(help: "Accuracy by which one must lead to be clearly better.") var gap = 0.005
  @Option(help: "Least share of weights removed that counts.") var minSparsity = 0.6
  @Option(help: "Level of the tests, over all conditions together.") var alpha = 0.05
  @OptionGroup(visibility: .hidden) var options: SearchOptions
  @Option(help: "How many seeds: 0, 1, 2, ...") var seeds = 5
  @OptionGroup var places: PlaceOptions
  @OptionGroup var threading: ThreadOption
  @Option(help: "Folder for run folders.") var out = "runs"
  @Flag(help: "Print one JSON object instead of the tables.") var json = false

  func validate() throws {
    guard (1...10_000).contains(seeds) else { throw ValidationError("--seeds must be from 1 to 10000.") }
    guard verify != nil || !quick else { throw ValidationError("--quick goes with --verify.") }
  }

  func run() throws {
    if let verify { return try check(URL(fileURLWithPath: verify)) }
    let (settings, found) = try settingsAndTicket()
    let terms = try terms(settings, found)
    var study = CertificateStudy(
      settings: settings, terms: terms, seeds: (0..<UInt64(seeds)).map { $0 }, threads: threading.threads,
      output: URL(fileURLWithPath: out))
    study.ticket = found
    study.reproduce = reproduce(settings, terms)
    var line: ProgressLine?
    defer { line?.stop() }
    let certificate = try study.run(locator: places.locator) { line = ProgressLine($0) }
    line?.stop()
    line = nil
    let page = study.folder.appendingPathComponent("certificate.html")
    try AtomicFile.write(CertificateReport(certificate, chartScript: ChartLibrary.locate()).html(), to: page)
    let table = CertificateTable(certificate, folder: study.folder.path)
    if json { try Terminal.json(certificate) } else { Terminal.print(table.text) }
  }

  // MARK: verification

  private func check(_ file: URL) throws {
    let certificate = try Certificate(contentsOf: file), check = CertificateCheck(certificate)
    try check.checkStatistics()
    Terminal.note("Digest and statistics are right.")
    if !quick {
      var line: ProgressLine?
      defer { line?.stop() }
      try check.rederive(in: URL(fileURLWithPath: out), threads: threading.threads, locator: places.locator) {
        line = ProgressLine($0)
      }
    }
    let verdicts = certificate.densities.map {
      String(format: "%.2f %%: ", 100 * $0.density) + $0.verdict.rawValue
    }
    let depth =
      quick
      ? "its statistics follow from its accuracies, which were not made again"
      : "every training was made again, with the same bits"
    if json { return try Terminal.json(["verified": quick ? "statistics" : "all", "digest": certificate.digest]) }
    Terminal.print("The certificate is right: \(depth).\n\(verdicts.joined(separator: "\n"))")
  }

  // MARK: what is certified

  private func settingsAndTicket() throws -> (SearchSettings, Ticket?) {
    guard let ticket else { return (try options.settings(), nil) }
    let value = try Ticket(contentsOf: URL(fileURLWithPath: ticket))
    var settings = try options.settings(over: try value.searchSettings())
    // Controls and tolerance of the search have no part in finding its masks, nor have later rounds.
    (settings.controls, settings.tolerance) = (SearchSettings().controls, SearchSettings().tolerance)
    settings.rounds = max(value.round, try rounds()?.max() ?? 0)
    return (settings, value)
  }

  private func rounds() throws -> [Int]? {
    try at.map { text in
      try text.split(separator: ",").map { word in
        guard let round = Int(word) else {
          throw Problem.usage("'\(word)' is no round.", remedy: "Write --at 5,9.")
        }
        return round
      }
    }
  }

  private func terms(_ settings: SearchSettings, _ ticket: Ticket?) throws -> CertificateTerms {
    var terms = CertificateTerms(
      learningRates: try learningRates(settings), rounds: try rounds() ?? [ticket?.round ?? settings.rounds],
      checks: try parsedChecks())
    (terms.tolerance, terms.gap, terms.minimumSparsity, terms.alpha) = (within, gap, minSparsity, alpha)
    terms.ratioAllocation = try SearchSettings.spelledOut(ratios)
    return terms
  }

  private func learningRates(_ settings: SearchSettings) throws -> [Double] {
    guard let lrSweep else {
      return [0.3, 1, 3].map { Double(String(format: "%.3g", $0 * settings.recipe.learningRate)) ?? 0 }
    }
    return try lrSweep.split(separator: ",").map { word in
      guard let rate = Double(word) else {
        throw Problem.usage("'\(word)' is no learning rate.", remedy: "Write --lr-sweep 0.03,0.1,0.3.")
      }
      return rate
    }.sorted()
  }

  private func parsedChecks() throws -> [CertifiedArm.Kind] {
    if checks == "all" { return CertifiedArm.Kind.checks }
    if checks == "none" { return [] }
    let names = CertifiedArm.Kind.checks.map(\.rawValue)
    let wanted = try checks.split(separator: ",").map { word in
      guard let kind = CertifiedArm.Kind(rawValue: String(word)), CertifiedArm.Kind.checks.contains(kind) else {
        throw Problem.usage(
          "There is no check '\(word)'.",
          remedy: Suggestion.sentence(for: String(word), among: names + ["all", "none"]))
      }
      return kind
    }
    return CertifiedArm.Kind.checks.filter { wanted.contains($0) }
  }

  private func reproduce(_ settings: SearchSettings, _ terms: CertificateTerms) -> String {
    let changes = settings.changesAsOptions
    let rates = terms.learningRates.map { "\($0)" }.joined(separator: ",")
    let rounds = terms.rounds.map { "\($0)" }.joined(separator: ",")
    let checks =
      terms.checks == CertifiedArm.Kind.checks
      ? "" : " --checks \(terms.checks.isEmpty ? "none" : terms.checks.map(\.rawValue).joined(separator: ","))"
    let plain = CertificateTerms(learningRates: [], rounds: [])
    let bounds: [(String, Double, Double)] = [
      ("within", terms.tolerance, plain.tolerance), ("gap", terms.gap, plain.gap),
      ("min-sparsity", terms.minimumSparsity, plain.minimumSparsity), ("alpha", terms.alpha, plain.alpha),
    ]
    let ratios = terms.ratioAllocation == plain.ratioAllocation ? "" : " --ratios '\(terms.ratioAllocation)'"
    let others = bounds.filter { $0.1 != $0.2 }.map { " --\($0.0) \($0.1)" }.joined() + ratios
    return "tombola certify --lr-sweep \(rates) --at \(rounds)\(checks)\(others)\(changes) --seeds \(seeds)"
  }
}

/// What ends a certification.
struct CertificateTable {
  let certificate: Certificate
  let folder: String

  init(_ certificate: Certificate, folder: String) {
    self.certificate = certificate
    self.folder = folder
  }

  var text: String {
    let caption =
      "\(certificate.settings["model"] ?? "") on \(certificate.dataset.name), \(certificate.seeds.count) seeds, learning rates \(certificate.terms.learningRates.map { "\($0)" }.joined(separator: ", "))"
    return ([caption] + certificate.densities.flatMap(section) + [closing]).joined(separator: "\n\n")
  }

  private func section(_ density: CertifiedDensity) -> [String] {
    let head = String(
      format: "%.2f %% of the weights (%d, round %d): ", 100 * density.density, density.remaining, density.round)
    return [
      head + density.verdict.rawValue, accuracies(density), conditions(density),
      density.sentences.joined(separator: "\n"),
    ]
  }

  private func accuracies(_ density: CertifiedDensity) -> String {
    var table = TextTable(header: ["test accuracy in %"] + certificate.terms.learningRates.map { "rate \($0)" })
    let arms = certificate.dense + density.arms
    for kind in CertifiedArm.Kind.allCases {
      let cells = certificate.terms.learningRates.map { rate in
        arms.first { $0.kind == kind && $0.learningRate == rate }.map(Self.cell)
      }
      if cells.contains(where: { $0 != nil }) { table.rows.append([kind.rawValue] + cells.map { $0 ?? "-" }) }
    }
    return table.text
  }

  private static func cell(_ arm: CertifiedArm) -> String {
    let n = Double(arm.testAccuracy.count), mean = arm.testAccuracy.reduce(0, +) / n
    let square = arm.testAccuracy.reduce(0) { $0 + ($1 - mean) * ($1 - mean) }
    guard n > 1 else { return String(format: "%.2f", 100 * mean) }
    return String(format: "%.2f (sd %.2f)", 100 * mean, 100 * (square / (n - 1)).squareRoot())
  }

  private func conditions(_ density: CertifiedDensity) -> String {
    var table = TextTable(header: ["condition", "points", "95 % interval", "needs", "state"])
    for condition in density.conditions {
      let value = condition.value, exact = value.values.count == 1 && condition.learningRates.isEmpty
      table.rows.append([
        "\(condition.number) \(condition.statement)", String(format: "%+.2f", 100 * value.mean),
        exact ? "exact" : String(format: "%+.2f to %+.2f", 100 * value.low, 100 * value.high),
        String(format: "%+.2f", 100 * condition.threshold), condition.state.rawValue,
      ])
    }
    return table.text
  }

  private var closing: String {
    func time(_ phase: String) -> String { Terminal.duration(certificate.seconds[phase] ?? 0) }
    return """
      time: \(time("total")) in all; core time: search \(time("search")), dense \(time("dense")), tickets \
      \(time("tickets")), controls \(time("controls")), evaluation \(time("evaluation"))
      certificate: \(folder)/certificate.json (digest \(certificate.digest.prefix(16)))
      page: \(folder)/certificate.html
      check it: tombola certify --verify \(folder)/certificate.json
      """
  }
}
