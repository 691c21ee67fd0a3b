import Analysis
import Basics
public import Experiments
import Pages

extension PredictSubnets {
  /// From which tau on networks are ranked well enough to choose by.
  static let useful = 0.5

  public static func verdict(_ record: Record<SubnetFinding>) -> [String] {
    let finding = record.finding
    if let sentence = record.learning(finding.dense)?.sentence() { return ["\(sentence) No predictor is judged."] }
    return [ranking(finding), comparison(finding)] + choices(finding) + [budget(finding), related]
  }

  private static let related = """
    A related tool, not a lottery-ticket result: no network here is claimed to be a winning ticket, and choices are beside \
    random ones of the same budget.
    """

  private static func tau(_ value: Interval) -> String { Format.interval(value, scale: 1, decimals: 2) }

  private static func ranking(_ finding: SubnetFinding) -> String {
    let words = finding.predictors.map { "\($0.title.lowercased()) \(tau($0.tau))" }.joined(separator: ", ")
    let best = finding.predictors.map(\.tau.mean).max() ?? 0
    return """
      On \(finding.heldOutCount) held-out networks Kendall's tau is, after \(finding.sampleCount) samples: \(words); \
      \(best >= useful ? "at least" : "none reaches") \(useful) \(best >= useful ? "is reached" : "").
      """.replacing(" .", with: ".")
  }

  /// Whether the graph is worth anything beside regression on the same features.
  private static func comparison(_ finding: SubnetFinding) -> String {
    guard let graph = finding[predictor: "gcn"], let ridge = finding[predictor: "ridge"] else { return "" }
    let test = PairedTest(finding.difference.values), seeds = finding.difference.values.count
    let text = "\(Format.interval(finding.difference, scale: 1, decimals: 3)) in tau, paired by seed"
    if seeds > 1, test.chance(above: 0) <= 0.025 {
      return "The graph network ranks better than ridge regression, \(text)."
    }
    if seeds > 1, test.chance(below: 0) <= 0.025 {
      return "The graph network does not beat ridge regression on the same features: it ranks worse, \(text)."
    }
    return """
      The graph network is not shown to beat ridge regression on the same features (\(tau(graph.tau)) against \
      \(tau(ridge.tau)), \(text))\(seeds == 1 ? "; one seed shows nothing" : "").
      """
  }

  private static func choices(_ finding: SubnetFinding) -> [String] {
    guard let random = finding[choice: "random"] else { return [] }
    let band = finding.noise.mean
    return finding.choices.filter { $0.name != "random" }.map { choice in
      let best = Standing.lead(choice.bestAccuracy, over: random.bestAccuracy)
      let mean = Standing.lead(choice.meanAccuracy, over: random.meanAccuracy)
      let word =
        best.isShown
        ? "ahead of" : best.difference.mean >= -band ? "at least as good, within the noise, as" : "behind"
      return """
        The best network chosen by \(choice.title.lowercased()) (\(Format.percentInterval(choice.bestAccuracy)) %) is \(word) \
        the best of as many random ones (\(Format.percentInterval(random.bestAccuracy)) %), \(best.text); their means differ \
        by \(mean.text). The order of the data alone gives \(Format.points(band)) points of standard deviation.
        """
    }
  }

  private static func budget(_ finding: SubnetFinding) -> String {
    let most = finding.choices.map(\.mostWeights).max() ?? 0
    return """
      The budget of \(Format.count(finding.budget)) of \(Format.count(finding.weights)) weights is kept by all chosen \
      networks (at most \(Format.count(most))); the dense network reaches \(Format.percentInterval(finding.dense)) %.
      """
  }
}
