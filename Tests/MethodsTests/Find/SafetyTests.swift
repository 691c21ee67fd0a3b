import Basics
import Experiments
import Foundation
import Methods
import Pages
import TestSupport
import Testing

/// Names and settings come from files of other people: whatever they hold, it stays text.
@Suite struct SafetyTests {
  static let hostile = Hostile.names

  static func result(named name: String) -> Record<FindFinding> {
    var result = FindFixture.search(rounds: 2)
    result.command = name
    result.settings[name] = name
    result.dataset!.name = name
    result.dataset!.source = name
    result.dataset!.normalisation = name
    result.verdict = [name]
    result.reproduce = name
    result.seconds[name] = 3
    result.finding.ticket?.path = name
    result.finding.ticket?.digest = name
    for index in result.finding.rounds.indices { result.finding.rounds[index].layers[0].name = name }
    return result
  }

  @Test(arguments: hostile, [true, false])
  func hostileNamesAreInert(name: String, drawn: Bool) throws {
    let text = Find.report(Self.result(named: name)).html(chartScript: drawn ? "let x;" : nil)
    let plain = Find.report(Self.result(named: "plain")).html(chartScript: drawn ? "let x;" : nil)
    try Markup.check(text)
    func shape(_ page: String) -> [String] { Markup.tags(of: page).map { String($0.prefix { $0 != " " }) }.sorted() }
    #expect(shape(text) == shape(plain))
    #expect(!Markup.tags(of: text).contains { $0.contains(" onmouseover=\"") || $0.contains(" onerror=\"") })
    #expect(text.contains(HTMLText.escape(name)))
  }

  @Test(arguments: hostile)
  func dataReadsBackAsItWas(name: String) throws {
    let report = Find.report(Self.result(named: name))
    let data = try Markup.data(of: report.html(chartScript: "let x;"))
    #expect(data == report.page(chartScript: "let x;").data)
    #expect(data.charts.first { $0.id == "layers" }?.variants[0].series[0].name == name)
  }

  @Test func nothingIsLoaded() {
    let text = Find.report(FindFixture.search()).html(chartScript: ChartLibrary.locate())
    #expect(Markup.values(of: "src", in: text).isEmpty)
    #expect(Markup.values(of: "href", in: text).allSatisfy { $0.hasPrefix("#") || $0 == "data:," })
    let own = text.replacingOccurrences(of: ChartLibrary.locate().map(InlineScript.embeddable) ?? "-", with: "")
    let found = ["http://", "https://", "@import", "url(", "fetch(", "XMLHttpRequest"].filter(own.contains)
    #expect(found.isEmpty)
    let forbidsLoading = text.contains("default-src &#39;none&#39;")
    #expect(forbidsLoading)
  }

  @Test func onlyAWebAddressBecomesALink() {
    var result = FindFixture.search(rounds: 1)
    result.dataset!.source = "https://example.org/a?b=1&c=\"2\""
    let link = "<a href=\"https://example.org/a?b=1&amp;c=&quot;2&quot;\" rel=\"noreferrer\">"
    #expect(Find.report(result).html(chartScript: nil).contains(link))
    result.dataset!.source = "javascript:alert(1)"
    #expect(!Find.report(result).html(chartScript: nil).contains("href=\"javascript"))
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
