public import Basics
package import Pages

/// The page of a pattern study: which networks learn from fresh samples.
public struct PatternReport: Sendable {
  public struct Network: Sendable {
    public var name: String
    public var summary: String
    public var parameters: Int
    public var accuracy: Interval
    /// Samples seen and accuracy on fresh ones.
    public var curve: [(samples: Int, accuracy: Double)]

    public init(
      name: String, summary: String, parameters: Int, accuracy: Interval, curve: [(samples: Int, accuracy: Double)]
    ) {
      self.name = name
      self.summary = summary
      self.parameters = parameters
      self.accuracy = accuracy
      self.curve = curve
    }
  }

  let data: String
  let networks: [Network]
  let provenance: [String]
  let chartScript: String?

  /// - Parameter chartScript: the source of Chart.js (`ChartLibrary.locate()`); without it the page has tables only.
  public init(data: String, networks: [Network], provenance: [String], chartScript: String?) {
    self.data = data
    self.networks = networks
    self.provenance = provenance
    self.chartScript = chartScript
  }

  /// The whole page, to be written to one file; it loads nothing else.
  public func html() -> String { page.html.markup }

  package var page: Page {
    let chart = Chart(
      id: "curve", title: "Accuracy on fresh samples", x: Axis("Samples seen", decimals: 0),
      y: Axis("Accuracy, %", unit: "%", decimals: 2),
      series: networks.enumerated().map { i, network in
        Chart.Series(
          network.name, style: .numbered(i),
          points: network.curve.map { .init(Double($0.samples), 100 * $0.accuracy) })
      })
    let table = Table(
      "After the last step",
      columns: [.text("Network"), .text("What it is"), .number("Parameters"), .number("Accuracy, %")],
      rows: networks.map {
        Table.Row([
          HTMLText($0.name), HTMLText($0.summary), HTMLText(Format.count($0.parameters)),
          HTMLText(Format.percentInterval($0.accuracy)),
        ])
      })
    return Page(
      title: "Learning \(data)", subtitle: "Every training sample is seen once", lead: table.html,
      sections: [
        Section(
          "Learning curves", id: "curves", body: ChartFigure(chart).html(drawn: chartScript != nil), charts: [chart]),
        Section(
          "How it was made", id: "provenance",
          body: "<pre tabindex=\"0\">\(provenance.joined(separator: "\n"))</pre>\n"),
      ], chartScript: chartScript)
  }
}
