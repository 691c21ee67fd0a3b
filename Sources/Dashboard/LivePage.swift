import Foundation
import Pages

/// A page that listens for news and asks this server for data.
struct LivePage {
  var title: String
  var subtitle: HTMLText
  var lead: HTMLText
  var sections: [Section]
  var chartScript: String?
  /// Runs after the page's own scripts.
  var script = ""

  var response: HTTPResponse {
    var page = Page(title: title, subtitle: subtitle, lead: lead, sections: sections, chartScript: chartScript)
    page.live = Page.Live(
      script: LiveScript.shared + script, home: "<p><a href=\"/\">All runs</a> · <a href=\"/sweeps\">Sweeps</a></p>")
    // The page's own policy allows its scripts alone; forms and requests go to this server.
    let policy =
      "default-src 'none'; script-src 'unsafe-inline'; style-src 'unsafe-inline'; img-src data:; connect-src 'self'; form-action 'self'; base-uri 'none'"
    return .page(page.html.markup, policy: policy)
  }
}
