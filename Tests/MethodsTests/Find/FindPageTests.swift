import Basics
import Experiments
import Foundation
import Methods
import Pages
import TestSupport
import Testing

@Suite struct FindPageTests {
  private func page(_ result: Record<FindFinding>, chartScript: String? = "window.Chart = undefined;") -> String {
    Find.report(result).html(chartScript: chartScript)
  }

  @Test func holdsEveryNumber() {
    let result = FindFixture.search(), text = page(result)
    #expect(text.contains(Format.percent(result.finding.dense.testAccuracy.mean)))
    for round in result.finding.rounds {
      #expect(text.contains(Format.count(round.remaining)))
      for arm in round.arms.values {
        #expect(text.contains(Format.percentInterval(arm.testAccuracy)))
        #expect(text.contains(Format.percentInterval(arm[.earlyStopTestAccuracy]!)))
        #expect(text.contains(Format.percentInterval(arm.validationAccuracy)))
        #expect(text.contains(Format.interval(arm[.earlyStopStep]!, decimals: 0)))
        for value in arm.testAccuracy.values + arm.validationAccuracy.values { #expect(text.contains(String(value))) }
      }
      for layer in round.layers { #expect(text.contains(Format.count(layer.remaining))) }
    }
  }

  @Test func holdsEverySettingAndTheWayToReproduce() {
    let result = FindFixture.search(), text = page(result)
    for (key, value) in result.settings { #expect(text.contains(key) && text.contains(">\(value)<")) }
    for sentence in result.verdict { #expect(text.contains(HTMLText.escape(sentence))) }
    #expect(text.contains(HTMLText.escape(result.reproduce)))
    #expect(text.contains(result.finding.ticket!.digest) && text.contains(result.finding.ticket!.path))
    #expect(text.contains(result.dataset!.normalisation) && text.contains("186\u{202F}412 bytes"))
    #expect(text.contains("5\u{202F}min 21\u{202F}s") && text.contains("215\u{202F}MB"))
  }

  @Test func recommendedRoundIsMarkedInWords() {
    let text = page(FindFixture.search())
    #expect(text.contains("<span class=\"tag\">recommended</span>"))
    #expect(text.contains("Round 8, 16.9\u{202F}% of the weights, recommended"))
  }

  @Test(arguments: FindFixture.Unusual.allCases)
  func unusualResultsGiveWholePages(kind: FindFixture.Unusual) throws {
    let result = kind.record
    for script in ["window.Chart = undefined;", nil] {
      let text = page(result, chartScript: script)
      #expect(text.hasPrefix("<!DOCTYPE html>") && text.hasSuffix("</html>\n"))
      let isFinite = !text.contains("NaN") && !text.contains("nan,") && !text.contains("not finite")
      #expect(isFinite)
      try Markup.check(text)
    }
  }

  @Test func absentControlsAreNamedNotDrawn() {
    let text = page(FindFixture.search(controls: false))
    #expect(text.contains("Not run: re-initialised, shuffled mask, random mask, equal compute, tuned dense."))
    #expect(!text.contains("</canvas>Shuffled mask"))
  }

  @Test func oneSeedHasNoIntervals() {
    let text = page(FindFixture.search(seeds: 1))
    #expect(!text.contains(" ± ") && text.contains("One seed was run, so no interval can be given"))
  }

  @Test func nothingFoundIsSaid() {
    var result = FindFixture.search()
    (result.finding.ticket, result.verdict) = (nil, [])
    let text = page(result)
    #expect(text.contains("No verdict was recorded") && text.contains("Ticket search on Fashion-MNIST"))
    #expect(page(FindFixture.search(rounds: 0)).contains("No round of pruning was finished"))
  }

  @Test func inputsOfAnotherShapeLeaveThePictureOut() {
    var result = FindFixture.search()
    result.dataset!.shape = [3, 32, 32]
    #expect(!page(result).contains("class=\"map\""))
    result.dataset!.shape = [1, Int.max, Int.max]
    #expect(!page(result).contains("class=\"map\""))
  }

  @Test func divergedTrainingIsAGapInTheCharts() throws {
    var result = FindFixture.search(rounds: 2)
    result.finding.rounds[1].arms["ticket"]!.curve[5].validationLoss = .nan
    result.finding.rounds[1].arms["ticket"]!.curve[6].validationLoss = .infinity
    let data = try Markup.data(of: page(result))
    #expect(data.charts.first { $0.id == "loss" }?.variants[1].series[0].points[5].y == nil)
  }

  @Test func partialEvaluationsAreTold() {
    var result = FindFixture.search(rounds: 1)
    #expect(!page(result).contains("All evaluations but the last are of"))
    result.finding.arms["dense"]!.curve[0].samples = SampleCounts(validation: 123, test: 456)
    #expect(page(result).contains("All evaluations but the last are of 123 validation and 456 test samples"))
  }

  @Test func withoutChartJSTheTablesAreOpenAndTheRemedyIsNamed() {
    let text = page(FindFixture.search(), chartScript: nil)
    #expect(text.contains("libjs-chart.js") && text.contains("TOMBOLA_CHART_JS"))
    #expect(!text.contains("id=\"chart-accuracy\"") && text.contains("<details open>"))
  }

  @Test func longCurvesAreThinnedAndKeepTheirEnds() throws {
    let data = try Markup.data(of: page(FindFixture.search(rounds: 1, seeds: 2, points: 5000)))
    let points = try #require(data.charts.first { $0.id == "loss" }?.variants[0].series[0].points)
    #expect(points.count == 240 && points.first?.x == 0 && points.last?.x == 600 * 4999)
  }

  @Test func picturesAreFewAndIncludeTheRecommendedRound() throws {
    let data = try Markup.data(of: page(FindFixture.search(rounds: 60, seeds: 2, points: 3, fraction: 0.05)))
    #expect(data.maps.map(\.id).contains("round-8") && data.maps.count == 8)
    #expect(data.maps.first?.id == "round-1" && data.maps.last?.id == "round-60")
  }
}
