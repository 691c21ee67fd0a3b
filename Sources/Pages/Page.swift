/// What the page's script reads.
public struct PageData: Codable, Equatable, Sendable {
  public var charts: [Chart]
  public var maps: [HeatMap]

  public init(charts: [Chart], maps: [HeatMap]) {
    self.charts = charts
    self.maps = maps
  }
}

/// A page that holds everything it shows: style, scripts and data stand in it, and its policy forbids any request, unless it
/// is `live`.
public struct Page: Sendable {
  public var title: String
  public var subtitle: HTMLText
  /// Between the title and the contents: what a reader in a hurry must see.
  public var lead: HTMLText
  public var sections: [Section]
  /// The source of Chart.js, or `nil` for a page of tables.
  public var chartScript: String?
  /// For a page that the server it came from keeps up to date.
  public var live: Live?

  public struct Live: Sendable {
    /// Runs after the page's own scripts; it may ask the page's server.
    public var script: String
    /// Links to other pages.
    public var home: HTMLText

    public init(script: String, home: HTMLText) {
      self.script = script
      self.home = home
    }
  }

  public init(title: String, subtitle: HTMLText, lead: HTMLText, sections: [Section], chartScript: String?) {
    self.title = title
    self.subtitle = subtitle
    self.lead = lead
    self.sections = sections
    self.chartScript = chartScript
  }

  public var data: PageData { PageData(charts: sections.flatMap(\.charts), maps: sections.flatMap(\.maps)) }

  public var html: HTMLText {
    let last = chartScript.map { [InlineScript($0)] } ?? []
    let first = InlineScript(PageScript.errors)
    let own = [InlineScript(PageScript.drawing), InlineScript(PageScript.controls)]
    let body = last + own + (live.map { [InlineScript($0.script)] } ?? [])
    return """
      <!DOCTYPE html>
      <html lang="en">
      \(head(scripts: [first] + body))
      <body>
      <a class="skip" href="#\(sections.first?.id ?? "top")">Skip to the details</a>
      <main id="top">
      \(header)\(sections.map { $0.html(drawn: chartScript != nil) })</main>
      <footer><p>Written by Tombola. \(closing)</p></footer>
      <p id="status" role="status" class="skip"></p>
      \(DataBlock.element(id: "page-data", data))\(first.element)\(body.map(\.element))</body>
      </html>

      """
  }

  private var closing: HTMLText {
    live == nil
      ? "This page holds everything it shows and loads nothing." : "It asks nothing but the server it came from."
  }

  private func head(scripts: [InlineScript]) -> HTMLText {
    let policy = """
      default-src 'none'; style-src 'unsafe-inline'; img-src data:; base-uri 'none'; \
      \(live == nil ? "form-action 'none'" : "form-action 'self'; connect-src 'self'"); \
      script-src \(scripts.map(\.policySource).joined(separator: " "))
      """
    return """
      <head>
      <meta charset="utf-8">
      <meta http-equiv="Content-Security-Policy" content="\(policy)">
      <meta name="viewport" content="width=device-width, initial-scale=1">
      <meta name="color-scheme" content="light dark">
      <meta name="referrer" content="no-referrer">
      <meta name="generator" content="Tombola">
      <link rel="icon" href="data:,">
      <title>\(title)</title>
      <style>
      \(HTMLText(verbatim: PageStyle.sheet))</style>
      </head>
      """
  }

  private var header: HTMLText {
    let links = sections.map { section -> HTMLText in "<li><a href=\"#\(section.id)\">\(section.heading)</a></li>" }
    // One section needs no list of sections.
    let contents: HTMLText? = links.count > 1 ? "<nav aria-label=\"Contents\"><ul>\(links)</ul></nav>\n" : nil
    let lacksCharts = chartScript == nil && (live == nil || !data.charts.isEmpty)
    let notice: HTMLText? = lacksCharts ? "<p class=\"notice\">\(ChartLibrary.remedy)</p>\n" : nil
    return """
      <header>
      \(live?.home)<h1>\(title)</h1>
      <p class="subtitle">\(subtitle)</p>
      \(lead)</header>
      \(notice)<noscript><p class="notice">The charts are drawn by a script in this page, and scripts are switched off. \
      The tables hold the same numbers.</p></noscript>
      \(contents)
      """
  }
}
