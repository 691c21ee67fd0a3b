import Basics
import Foundation
import Pages
import Report
import TestSupport
import Testing

/// Names and settings come from files of other people: whatever they hold, it stays text.
@Suite struct SafetyTests {
  static let hostile = Hostile.names
  static func result(named name: String) -> SearchResult {
    var result = Fixture.search(rounds: 2)
    result.command = name
    result.settings[name] = name
    result.dataset.name = name
    result.dataset.source = name
    result.dataset.normalisation = name
    result.verdict = [name]
    result.reproduce = name
    result.seconds[name] = 3
    result.ticket?.path = name
    result.ticket?.digest = name
    for index in result.rounds.indices { result.rounds[index].layers[0].name = name }
    return result
  }

  @Test(arguments: hostile, [true, false])
  func hostileNamesAreInert(name: String, drawn: Bool) throws {
    let text = SearchReport(Self.result(named: name), chartScript: drawn ? "let x;" : nil).html()
    let plain = SearchReport(Self.result(named: "plain"), chartScript: drawn ? "let x;" : nil).html()
    try Markup.check(text)
    func shape(_ page: String) -> [String] { Markup.tags(of: page).map { String($0.prefix { $0 != " " }) }.sorted() }
    #expect(shape(text) == shape(plain))
    #expect(!Markup.tags(of: text).contains { $0.contains(" onmouseover=\"") || $0.contains(" onerror=\"") })
    #expect(text.contains(HTMLText.escape(name)))
  }

  @Test(arguments: hostile)
  func dataReadsBackAsItWas(name: String) throws {
    let report = SearchReport(Self.result(named: name), chartScript: "let x;")
    let data = try Markup.data(of: report.html())
    #expect(data == report.page.data)
    #expect(data.charts.first { $0.id == "layers" }?.variants[0].series[0].name == name)
  }

  @Test func nothingIsLoaded() {
    let text = SearchReport(Fixture.search(), chartScript: ChartLibrary.locate()).html()
    #expect(Markup.values(of: "src", in: text).isEmpty)
    #expect(Markup.values(of: "href", in: text).allSatisfy { $0.hasPrefix("#") || $0 == "data:," })
    let own = text.replacingOccurrences(of: ChartLibrary.locate().map(InlineScript.embeddable) ?? "-", with: "")
    let found = ["http://", "https://", "@import", "url(", "fetch(", "XMLHttpRequest"].filter(own.contains)
    #expect(found.isEmpty)
    let forbidsLoading = text.contains("default-src &#39;none&#39;")
    #expect(forbidsLoading)
  }

  @Test func onlyAWebAddressBecomesALink() {
    var result = Fixture.search(rounds: 1)
    result.dataset.source = "https://example.org/a?b=1&c=\"2\""
    let link = "<a href=\"https://example.org/a?b=1&amp;c=&quot;2&quot;\" rel=\"noreferrer\">"
    #expect(SearchReport(result, chartScript: nil).html().contains(link))
    result.dataset.source = "javascript:alert(1)"
    #expect(!SearchReport(result, chartScript: nil).html().contains("href=\"javascript"))
  }

  @Test func scriptsCannotEndTheirElement() {
    let script = InlineScript("a = '</script>'; b = '</SCRIPT >'; c = '<!-- <script>'; d = 1 < 2;\r\ne\r")
    #expect(script.text == "a = '<\\/script>'; b = '<\\/SCRIPT >'; c = '<\\!-- <script>'; d = 1 < 2;\ne\n")
    #expect(script.policySource.hasPrefix("'sha256-") && script.policySource.hasSuffix("='"))
  }

  @Test func policyNamesTheDigestOfAScript() {
    // The base 64 of SHA-256("alert(1);"), by openssl.
    #expect(InlineScript("alert(1);").policySource == "'sha256-5jFwrAK0UV47oFbVg/iCCBbxD8X1w+QvoOUepu4C2YA='")
  }
}
