public import Basics
package import Pages

/// The page of a certificate: what was decided about each density, by which numbers, and how to check it.
public struct CertificateReport: Sendable {
  let certificate: Certificate
  let chartScript: String?

  /// - Parameter chartScript: the source of Chart.js (`ChartLibrary.locate()`); without it the page has tables only.
  public init(_ certificate: Certificate, chartScript: String?) {
    self.certificate = certificate
    self.chartScript = chartScript
  }

  /// The whole page, to be written to one file; it loads nothing else.
  public func html() -> String { page.html.markup }

  package var page: Page {
    Page(
      title: "Certificate: \(certificate.settings["model"] ?? "a network") on \(certificate.dataset.name)",
      subtitle: subtitle, lead: lead, sections: certificate.densities.map(section) + [method, provenance],
      chartScript: chartScript)
  }

  private var subtitle: HTMLText {
    """
    \(plural(certificate.densities.count, "ticket")), \(plural(certificate.seeds.count, "seed")), learning rates \
    \(certificate.terms.learningRates.map { "\($0)" }.joined(separator: ", "))
    """
  }

  private var lead: HTMLText {
    let verdicts = certificate.densities.map { density -> HTMLText in
      """
      <p><b>\(Format.density(density.density)) of the weights: \(density.verdict.rawValue).</b> \
      \(density.sentences.first ?? "")</p>

      """
    }
    return """
      <div class="verdict">\(verdicts)</div>
      <p class="note">SHA-256 of the certificate’s content: <code>\(certificate.digest)</code></p>

      """
  }

  // MARK: one density

  private func section(_ density: CertifiedDensity) -> Section {
    let chart = chart(density)
    let note: HTMLText = "Means over the seeds. The axis of learning rates is logarithmic."
    let figure = ChartFigure(chart, note: note, tableReference: "The table below holds all numbers.")
    return Section(
      "\(Format.density(density.density)): \(density.verdict.rawValue)", id: "round-\(density.round)",
      body: """
        \(density.sentences.map { sentence -> HTMLText in "<p>\(sentence)</p>\n" })\
        \(conditions(density).html)\(figure.html(drawn: chartScript != nil))\(accuracies(density).html)\(checks(density))
        """, charts: [chart])
  }

  private func conditions(_ density: CertifiedDensity) -> Table {
    Table(
      "The five conditions of Ma et al. 2021",
      columns: [
        .text("Condition"), .number("Points"), .number("95 % by t"), .number("95 % by resampling"), .number("Needs"),
        .number("Chance if false"), .text("State"),
      ],
      rows: density.conditions.map { condition in
        let exact = condition.learningRates.isEmpty
        let rates = condition.learningRates.map { "\($0)" }.joined(separator: " and ")
        let place: HTMLText? = exact ? nil : "<br><span class=\"note\">rate \(rates)</span>"
        return Table.Row(
          [
            "\(condition.number). \(condition.statement)\(place)", "\(Format.points(condition.value.mean))",
            "\(exact ? "exact" : ends(condition.value))", "\(exact ? "exact" : ends(condition.bootstrap))",
            "\(Format.points(condition.threshold))", "\(Format.significant(condition.chanceIfFalse))",
            "\(condition.state.rawValue)\(needed(condition))",
          ], isMarked: condition.state != .holds)
      })
  }

  private func ends(_ interval: Interval) -> String {
    "\(Format.points(interval.low)) to \(Format.points(interval.high))"
  }

  private func needed(_ condition: CertifiedCondition) -> HTMLText? {
    condition.seedsNeeded.map { "<br><span class=\"note\">about \(Format.count($0)) seeds would decide it</span>" }
  }

  private func accuracies(_ density: CertifiedDensity) -> Table {
    let arms = certificate.dense + density.arms
    let kinds = CertifiedArm.Kind.allCases.filter { kind in arms.contains { $0.kind == kind } }
    return Table(
      "Test accuracy, %, mean and values of all seeds",
      columns: [.text("Network"), .number("Weights")]
        + certificate.terms.learningRates.map { .number("rate \("\($0)")") },
      rows: kinds.map { kind in
        let own = arms.filter { $0.kind == kind }
        return Table.Row(
          [
            "\(kind.rawValue)<br><span class=\"note\">\(kind.summary)</span>",
            "\(Format.count(own.first?.weights ?? 0))",
          ]
            + certificate.terms.learningRates.map { rate in
              own.first { $0.learningRate == rate }.map(accuracy) ?? HTMLText(Format.missing)
            }, isMarked: kind == .ticket)
      })
  }

  private func accuracy(_ arm: CertifiedArm) -> HTMLText {
    let mean = arm.testAccuracy.reduce(0, +) / Double(max(1, arm.testAccuracy.count))
    let values = arm.testAccuracy.map { Format.decimal(100 * $0, 2) }.joined(separator: " ")
    return "\(Format.decimal(100 * mean, 2))<br><span class=\"note\">\(values)</span>"
  }

  private func checks(_ density: CertifiedDensity) -> HTMLText? {
    guard !density.checks.isEmpty else { return nil }
    return Table(
      "The ticket’s lead over other networks, points, each at its best rate by validation",
      columns: [
        .text("Network"), .number("Lead"), .number("95 % by t"), .number("95 % by resampling"), .number("Chance"),
      ],
      rows: density.checks.map { check in
        Table.Row([
          "\(check.kind.rawValue)<br><span class=\"note\">\(check.kind.summary)</span>",
          "\(Format.points(check.lead.mean))", "\(ends(check.lead))", "\(ends(check.bootstrap))",
          "\(Format.significant(check.chance))",
        ])
      }
    ).html
  }

  private func chart(_ density: CertifiedDensity) -> Chart {
    let arms = certificate.dense + density.arms
    let kinds = CertifiedArm.Kind.allCases.filter { kind in arms.contains { $0.kind == kind } }
    var x = Axis("Learning rate", scale: .logarithmic), y = Axis("Test accuracy, %", unit: "%", decimals: 2)
    let rates = certificate.terms.learningRates
    x.range = Axis.Range(low: (rates.min() ?? 0.1) * 0.9, high: (rates.max() ?? 0.1) * 1.1)
    x.ticks = rates.sorted()
    let series = kinds.enumerated().map { index, kind in
      Chart.Series(
        kind.rawValue, style: .numbered(index),
        points: arms.filter { $0.kind == kind }.map { arm in
          Chart.Point(
            arm.learningRate, 100 * arm.testAccuracy.reduce(0, +) / Double(max(1, arm.testAccuracy.count)))
        })
    }
    y.range = Axis.roundRange(series.flatMap { $0.points.compactMap(\.y) })
    return Chart(id: "rates-\(density.round)", title: "Test accuracy by learning rate", x: x, y: y, series: series)
  }

  // MARK: method and provenance

  private var method: Section {
    let terms = certificate.terms
    return Section(
      "How it was decided", id: "method",
      body: """
        <p>Learning rates are chosen by mean validation accuracy, differences are of test accuracies, paired by seed. A \
        condition holds, or fails, where a one-sided t-test says so at the level \("\(terms.alpha)") after Holm’s \
        correction over the conditions; else it is undecided. All five conditions make a jackpot, the first four a \
        secondary prize.</p>
        \(Provenance.facts(
          "Terms",
          [
            ("Networks are alike within", "\(Format.decimal(100 * terms.tolerance, 2)) points"),
            ("Clearly better from", "\(Format.decimal(100 * terms.gap, 2)) points"),
            ("Least sparsity", "\(Format.percent(terms.minimumSparsity))"),
            ("Training is long enough if its last quarter adds at most", "\(Format.decimal(100 * terms.tolerance, 2)) points"),
            ("Ratios of the random-ratio check", "<code>\(terms.ratioAllocation)</code>"),
          ]).html)
        """)
  }

  private var provenance: Section {
    let ticket = certificate.ticketDigest.map { digest -> HTMLText in
      "<p>The ticket that was asked about has the digest <code>\(digest)</code>; the search found it again.</p>\n"
    }
    return Provenance(
      command: "certify", reproduce: certificate.reproduce, settings: certificate.settings, seeds: certificate.seeds,
      dataset: certificate.dataset, seconds: certificate.seconds, residentBytes: certificate.residentBytes,
      more: ticket.map { [.markup($0)] } ?? []
    ).section
  }
}
