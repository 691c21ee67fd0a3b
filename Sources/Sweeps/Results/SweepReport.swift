import Basics
import Experiments
package import Pages
import Tickets

/// The page of a sweep: what its arms' tickets owe to what, then arms against each other.
package struct SweepReport {
  private let result: SweepResult
  private let metric: Metric

  package init(_ result: SweepResult) {
    self.result = result
    metric = MetricCatalog.metric(result.metric)
  }

  package var document: Document {
    Document(
      title: "Sweep \(result.name)", subtitle: subtitle, verdict: result.verdict,
      notes: result.purpose.isEmpty ? [] : [HTMLText(result.purpose)],
      sections: [controls, figures, networks, accuracy, comparisons, allComparisons, masks, arms, failures, provenance]
        .compactMap { $0 })
  }

  private var subtitle: HTMLText {
    let open = result.missing > 0 ? ", \(Format.plural(result.missing, "run")) not done" : ""
    let failed = result.failed > 0 ? ", \(Format.plural(result.failed, "run")) failed" : ""
    return """
      \(result.experiment): \(Format.plural(result.arms.count, "arm")), \(Format.plural(result.seeds.count, "seed")), \
      \(Format.plural(result.done, "run")) done\(failed)\(open), \(Format.duration(result.seconds)) of one core
      """
  }

  // MARK: tickets and networks

  /// Every arm beside its controls, in the round that stands for it.
  private var controls: Section? {
    guard result.hasTickets else { return nil }
    let controls = result.arms.flatMap(\.rounds).controls, others = ["dense"] + controls.map { $0.name }
    let rows = result.arms.map { arm -> Table.Row in
      let round = arm.chosen
      return Table.Row(
        [
          .text(arm.label), .count(arm.seeds.count), .percent(arm.dense),
          round.map { .density($0.density) } ?? .missing,
          round == nil ? .missing : .text(arm.matches), .percent(round?.ticket),
        ] + others.map { .points(round?.leads[$0]) })
    }
    let table = Table(
      "Tickets and controls: test accuracy, paired by seed",
      columns: [
        .text("Arm"), .number("Seeds"), .number("Dense, %"), .number("Weights"), .number("Matches dense"),
        .number("Ticket, %"), .number("− dense"),
      ] + controls.map { .number("− \($0.title.lowercased())") }, rows: rows)
    return Section(
      "Tickets and controls", id: "controls", isEssential: true,
      [
        .table(table),
        .note(
          """
          The round is the sparsest that matches the dense network by validation accuracy, or else the last; whether it \
          matches, test accuracy says: its interval lies above minus the margin. Differences are points of test accuracy \
          with half of the 95\(Format.space)% interval by Student’s t.
          """),
      ])
  }

  /// What every arm came to, where there are no tickets.
  private var figures: Section? {
    let keys = Set(result.figures.values.flatMap(\.keys)).sorted(), metrics = keys.map(MetricCatalog.metric)
    guard !result.hasTickets, !keys.isEmpty else { return nil }
    let rows = result.arms.map { arm in
      Table.Row(
        [.text(arm.label), .count(arm.seeds.count)] + metrics.map { $0.cell(result.figures[arm.run]?[$0.key]) })
    }
    let columns: [Table.Column] =
      [.text("Arm"), .number("Seeds")] + metrics.map { .number(HTMLText($0.heading)) }
    return Section(
      "Figures", id: "figures", isEssential: true,
      [.table(Table("Every arm, over its seeds", columns: columns, rows: rows))])
  }

  /// What every network of every arm measured, where there are no tickets.
  private var networks: Section? {
    let rows = result.arms.flatMap { arm in (result.stages[arm.run] ?? []).map { (arm.label, $0) } }
    guard !result.hasTickets, rows.contains(where: { !$0.1.metrics.isEmpty }) else { return nil }
    return Section(
      "Networks", id: "networks", isEssential: rows.count <= 100,
      [
        .table(StageTable.table(Array(rows.prefix(Self.mostRows)), caption: "Every network over its seeds")),
        .note("\(Format.intervalNote(seeds: result.seeds.count))"),
      ])
  }

  private static let mostRows = 2000

  // MARK: chart

  /// More lines than this cannot be told apart; the baseline and the arms after it are drawn.
  private static let mostSeries = 24

  private var accuracy: Section? {
    let shown = drawnArms
    guard shown.contains(where: { !$0.rounds.isEmpty }) else { return nil }
    let kinds = [("Tickets", "ticket")] + shown.flatMap(\.rounds).controls.map { ($0.title, $0.name) }
    let variants = kinds.map { label, name in Chart.Variant(label, series: series(shown) { $0.arms[name] }) }
    let chart = Chart.accuracy(variants.filter { !$0.series.isEmpty }, group: "arms")
    let rest: HTMLText? =
      shown.count < result.arms.count
      ? "\(shown.count) of \(Format.plural(result.arms.count, "arm")) are drawn. " : nil
    let figure = ChartFigure(
      chart, note: "\(rest)Shaded: 95\(Format.space)% intervals. The first point of a line is the dense network.")
    return Section("Accuracy against density", id: "accuracy", [.charts([figure], group: "arms", label: "Networks")])
  }

  private var drawnArms: [SweepArm] {
    let first = result.arms.filter { $0.label == result.baseline }
    return Array((first + result.arms.filter { $0.label != result.baseline }).prefix(Self.mostSeries))
  }

  private func series(_ arms: [SweepArm], _ value: (TicketRound) -> Interval?) -> [Chart.Series] {
    arms.enumerated().compactMap { i, arm in
      Chart.Series(arm.label, style: .numbered(i), dense: arm.dense, rounds: arm.rounds, value)
    }
  }

  // MARK: comparisons

  /// At the sparsest number of weights, or the last network, that each arm shares with the baseline.
  private var comparisons: Section? {
    guard !result.comparisons.isEmpty else { return nil }
    let last = result.arms.compactMap { arm in result.comparisons.last { $0.arm == arm.label } }
    return Section(
      "Arms against \(result.baseline)", id: "comparisons", isEssential: true,
      [
        .paragraph(
          """
          \(metric.title) of the arm’s \(result.hasTickets ? "tickets" : "networks") less that of the baseline’s \
          \(result.hasTickets ? "at the same number of weights" : "of the same name"), paired by seed. p is the probability \
          of a mean difference this large if there were none (Student’s t, both directions); the last column is adjusted \
          for all \(Format.count(result.comparisons.count)) comparisons after Holm.
          """),
        .table(PairedComparison.table(last, metric: metric, caption: "Paired comparisons with \(result.baseline)")),
      ])
  }

  private var allComparisons: Section? {
    let rows = Array(result.comparisons.prefix(Self.mostRows))
    guard rows.count > 1 else { return nil }
    return Section(
      "All comparisons", id: "all-comparisons",
      [.table(PairedComparison.table(rows, metric: metric, caption: "Paired comparisons"))])
  }

  // MARK: every arm

  private var masks: Section? {
    let maps = result.arms.enumerated().compactMap { i, arm -> HeatMap? in
      guard let values = arm.inputConnections, let shape = arm.inputShape, let round = arm.chosen else { return nil }
      let title = "\(arm.label), \(Format.density(round.density))"
      return HeatMap(id: "arm-\(i)", title: title, shape: shape, values: values)
    }
    guard !maps.isEmpty else { return nil }
    return Section(
      "First layers’ masks", id: "masks",
      [
        .paragraph(
          """
          How many connections of each input the first layer keeps, in the mask of each arm’s first seed. Each picture has \
          a scale of its own.
          """), .maps(maps),
      ])
  }

  private var arms: Section? {
    guard result.hasTickets else { return nil }
    let tables = result.arms.prefix(200).map { arm in
      let table = TicketRound.table(
        arm.rounds, dense: arm.dense, marked: arm.matching, caption: "Test accuracy, %: \(arm.label)")
      return Block.folded(arm.label, table, printed: true)
    }
    let note = Block.note("Marked: the sparsest round that matches the dense network.")
    return Section("Every arm", id: "arms", tables + (result.arms.contains { $0.matching != nil } ? [note] : []))
  }

  private var failures: Section? {
    let rows = result.arms.flatMap { arm in
      arm.failures.map { Table.Row([.text(arm.label), .text(String($0.seed)), .text($0.problem), .code($0.log)]) }
    }
    guard !rows.isEmpty else { return nil }
    let columns: [Table.Column] = [.text("Arm"), .text("Seed"), .text("What happened"), .text("Log")]
    return Section(
      "Failed runs", id: "failures", [.table(Table("Failed runs", columns: columns, rows: Array(rows.prefix(1000))))])
  }

  private var provenance: Section {
    let shared = result.shared.sorted { $0.key < $1.key }.map { ($0.key, Cell.code($0.value)) }
    let runs = result.arms.map { Table.Row([.text($0.label), .code($0.run), .code($0.digest), .code($0.reproduce)]) }
    let columns: [Table.Column] = [.text("Arm"), .text("Run folder"), .text("Digest"), .text("The arm alone")]
    return Section(
      "How to reproduce it", id: "provenance",
      [
        .paragraph("This file and this command make the same bits again, on any number of processes, cores and nodes."),
        .lines(result.reproduce, id: "reproduce", button: "Copy the command"),
        .lines(result.source, id: "source", button: "Copy the file"),
        .table(Table("Digests: SHA-256 over the trained weights of all seeds", columns: columns, rows: runs)),
      ]
        + (shared.isEmpty
          ? [] : [.table(Provenance.facts("Settings of all arms that differ from the defaults", shared))]))
  }
}
