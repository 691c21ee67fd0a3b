/// What an experiment or a study has to say, before it is a page, a terminal's text, Markdown or CSV.
public struct Document: Equatable, Sendable {
  public var title: String
  public var subtitle: HTMLText
  /// The answer, sentence by sentence: first on every page and in every text.
  public var verdict: [String]
  /// What went wrong though the numbers are there, sentence by sentence.
  public var warnings: [String]
  /// What the reader should know about all numbers.
  public var notes: [HTMLText]
  /// Between verdict and sections, for pages alone: key figures.
  public var lead: HTMLText
  public var sections: [Section]

  public init(
    title: String, subtitle: HTMLText = .empty, verdict: [String] = [], warnings: [String] = [], notes: [HTMLText] = [],
    lead: HTMLText = .empty, sections: [Section]
  ) {
    self.title = title
    self.subtitle = subtitle
    self.verdict = verdict
    self.warnings = warnings
    self.notes = notes
    self.lead = lead
    self.sections = sections
  }

  /// A file that holds everything it shows.
  ///
  /// - Parameter chartScript: The source of Chart.js (`ChartLibrary.locate()`); without it the page has tables only.
  public func html(chartScript: String?) -> String { page(chartScript: chartScript).html.markup }

  public func page(chartScript: String?) -> Page {
    let sentences: HTMLText? =
      verdict.isEmpty
      ? nil : "<div class=\"verdict\">\(verdict.map { sentence -> HTMLText in "<p>\(sentence)</p>\n" })</div>\n"
    let alerts = warnings.map { warning -> HTMLText in "<p class=\"notice\">\(warning)</p>\n" }
    return Page(
      title: title, subtitle: subtitle,
      lead: "\(sentences)\(alerts)\(lead)\(notes.map { note -> HTMLText in "<p class=\"note\">\(note)</p>\n" })",
      sections: sections, chartScript: chartScript)
  }

  /// What ends a command: the tables of essential sections, then warnings and verdict.
  public var text: String {
    let tables = sections.filter(\.isEssential).flatMap(\.tables).map(\.text)
    return
      (["\(title): \(subtitle.plainText)"] + tables
      + [warnings.joined(separator: "\n"), verdict.joined(separator: "\n")])
      .filter { !$0.isEmpty }.joined(separator: "\n\n")
  }

  /// Every table with its numbers as they are, one after the other: a line with the caption, the columns, the rows. An
  /// interval takes three columns.
  public var csv: String { sections.flatMap(\.tables).map(\.csv).joined(separator: "\n") }
}
