import Basics
import Experiments
import Pages

/// The ticket beside its controls, the complete tables, and every value of every seed as comma-separated text.
extension FindPage {
  /// The ticket against the dense network and the controls in the chosen round.
  var comparison: Section {
    guard let round = finding.chosen else {
      let notice: HTMLText =
        "<p class=\"notice\">No round of pruning was finished, so there is no ticket to compare.</p>\n"
      return Section("Ticket and controls", id: "comparison", [.markup(notice)])
    }
    let place = recommended == nil ? "the last round" : "the recommended density"
    let table = Table(
      "The ticket and its controls at \(place), \(Format.density(round.density)) of the weights",
      columns: [
        .text("Network"), .number("Test accuracy, %"), .number("Ticket’s lead, points"), .number("Ticket ahead in"),
        .number("Early-stop step"),
      ] + (hasPatience ? [.number("Ended at step")] : []), rows: lines.compactMap { comparisonRow($0, round) })
    return Section(
      "Ticket and controls", id: "comparison", [.beside([.table(table), .markup(meanings)]), .note(comparisonNote)])
  }

  private func comparisonRow(_ line: Line, _ round: FindFinding.Round) -> Table.Row? {
    guard let arm = arm(line, round) else { return nil }
    let leads = zip(round.ticket.testAccuracy.values, arm.testAccuracy.values).map { $0 - $1 }
    let lead =
      leads.isEmpty ? round.ticket.testAccuracy.mean - arm.testAccuracy.mean : leads.reduce(0, +) / Double(leads.count)
    let ahead = "\(leads.count { $0 > 0 }) of \(Format.plural(leads.count, "seed"))", isTicket = line == .ticket
    return Table.Row(
      [
        .text(line.title), .percent(arm.testAccuracy),
        isTicket ? .missing : Cell(HTMLText(Format.points(lead)), values: [100 * lead]),
        isTicket || leads.isEmpty ? .missing : .text(ahead), .interval(arm[.earlyStopStep], decimals: 0),
      ] + (hasPatience ? [.interval(arm[.trainedSteps], decimals: 0)] : []), isMarked: isTicket)
  }

  private var meanings: HTMLText {
    let lines = lines.map { line -> HTMLText in "<div><dt>\(line.title)</dt><dd>\(line.explanation)</dd></div>\n" }
    return "<dl class=\"meanings\">\n\(lines)</dl>"
  }

  private var comparisonNote: HTMLText {
    let absent = Line.all.filter { !lines.contains($0) }.map { $0.title.lowercased() }
    let missing: HTMLText? = absent.isEmpty ? nil : " Not run: \(absent.joined(separator: ", "))."
    return """
      \(intervalNote) The lead is the mean over seeds of the ticket’s accuracy minus the other’s; both of a pair come from \
      the same seed.\(missing)\(patienceNote)
      """
  }

  /// Whether validation could end trainings before their time.
  private var hasPatience: Bool { finding.dense[.trainedSteps] != nil }

  private var patienceNote: HTMLText? {
    guard hasPatience else { return nil }
    let delta = Double(record["min-delta"]) ?? 0,
      by = delta > 0 ? " by more than \(Format.significant(100 * delta)) points" : ""
    return """
       Every training, controls among them, ended once validation accuracy had not grown\(by) for \(record["patience"]), or \
      after \(record["steps"]); learning-rate schedules are those of the whole length. Learning curves are means as far as \
      all seeds go.
      """
  }

  /// What the numbers behind ± are.
  var intervalNote: HTMLText {
    record.seeds.count == 1
      ? "One seed was run, so no interval can be given: differences may be chance."
      : "Mean over \(Format.plural(record.seeds.count, "seed")) ± half of the 95\(Format.space)% interval by Student’s t."
  }

  // MARK: results

  var results: Section {
    Section(
      "Results", id: "results", isEssential: true,
      [
        .paragraph("\(intervalNote) Networks are chosen by validation accuracy; the test images decide nothing."),
        .table(table("Test accuracy after the last step, %", .testAccuracy)),
      ])
  }

  var details: Section {
    let stopped = table("Test accuracy at the early-stop step, %", .earlyStopTestAccuracy)
    let validation = table("Validation accuracy after the last step, %", .validationAccuracy)
    return Section(
      "More results", id: "details",
      [
        .table(table("Early-stop step: the step of least validation loss", .earlyStopStep))
      ] + (hasPatience ? [.table(table("Step at which training ended", .trainedSteps))] : []) + [
        .folded("Test accuracy at the early-stop step", stopped, printed: true),
        .folded("Validation accuracy", validation, printed: true), .heading("Every seed"),
        .paragraph("One line for each network, round and seed, at full precision, for your own statistics."),
        .lines(
          seedLines.joined(separator: "\n") + "\n", id: "seed-values", button: "Copy as CSV",
          summary: "Show the lines"),
      ])
  }

  private func table(_ caption: HTMLText, _ metric: Metric) -> Table {
    func cell(_ arm: FindFinding.Arm?) -> Cell {
      .interval(arm?[metric], scale: metric.scale, decimals: metric.decimals)
    }
    let rows = finding.rounds.map { round in
      let isMarked = round.round == recommended?.round
      let tag: HTMLText? = isMarked ? " <span class=\"tag\">recommended</span>" : nil
      return Table.Row(
        [
          Cell("\(round.round)\(tag)", values: [Double(round.round)]), .significant(100 * round.density),
          .count(round.remaining),
        ] + lines.map { cell(arm($0, round)) }, isMarked: isMarked)
    }
    let dense = Table.Row([.missing, "100", .missing] + lines.map { cell(finding.arms[$0.name]) })
    return Table(
      caption,
      columns: [.number("Round"), .number("Remaining, %"), .number("Weights")] + lines.map { .number("\($0.title)") },
      rows: rows.isEmpty ? [dense] : rows)
  }

  /// A heading and one line of comma-separated values for each arm, round and seed; the dense network is round 0.
  var seedLines: [String] {
    let heading = """
      arm,round,remaining_weights,density,seed,\
      test_accuracy,early_stop_step,early_stop_test_accuracy,validation_accuracy
      """
    let weights = finding.rounds.first?.layers.reduce(0) { $0 + $1.weights } ?? 0
    let dense = lines.flatMap { line in
      finding.arms[line.name].map { seedLines(of: $0, "\(line.name),0,\(weights > 0 ? String(weights) : ""),1") } ?? []
    }
    let rest = finding.rounds.flatMap { round in
      lines.flatMap { line in
        round.arms[line.name].map {
          seedLines(of: $0, "\(line.name),\(round.round),\(round.remaining),\(round.density)")
        } ?? []
      }
    }
    return [heading] + dense + rest
  }

  private func seedLines(of arm: FindFinding.Arm, _ start: String) -> [String] {
    let metrics: [Metric] = [.testAccuracy, .earlyStopStep, .earlyStopTestAccuracy, .validationAccuracy]
    let columns = metrics.map { arm[$0]?.values ?? [] }
    return record.seeds.indices.map { seed in
      let numbers = columns.map { $0.indices.contains(seed) ? String($0[seed]) : "" }
      return "\(start),\(record.seeds[seed]),\(numbers.joined(separator: ","))"
    }
  }

  var ticket: Section? {
    finding.ticket.map { ticket in
      Section(
        "Ticket", id: "ticket", isEssential: true,
        [
          .table(
            Provenance.facts(
              "The recommended ticket",
              [
                ("File", .code(ticket.path)), ("SHA-256 of masks and weights", .code(ticket.digest)),
                ("Size", "\(Format.count(ticket.bytes)) bytes"),
                ("Density", "\(Format.density(ticket.density)) after round \(ticket.round)"),
              ]))
        ])
    }
  }
}
