public import Basics
package import Pages

/// Results as Markdown, for papers and READMEs: verdict and controls first, then tables, command and digests.
public enum Markdown {
  public static func text(_ result: SearchResult) -> String {
    let model = result.settings["model"] ?? "a network"
    let rows = result.rounds.map { round in
      [
        Format.density(round.density), Format.count(round.remaining), cell(round.ticket.testAccuracy),
        cell(round.reinit?.testAccuracy), cell(round.shuffled?.testAccuracy), cell(round.random?.testAccuracy),
      ]
    }
    let dense = [[Format.density(1), "all", cell(result.dense.testAccuracy), "", "", ""]]
    let ticket = result.ticket.map { ["Ticket: `\($0.digest)`."] } ?? []
    return document(
      ["# \(escape(model)) on \(escape(result.dataset.name))"] + result.verdict.map(escape)
        + [
          table(["Density", "Weights", "Ticket, %", "Re-initialised", "Shuffled mask", "Random mask"], dense + rows),
          note(result.seeds.count), code(result.reproduce),
        ] + ticket + (result.dataset.digest.map { ["Data: `\($0)`."] } ?? []))
  }

  public static func text(_ study: StudyResult) -> String {
    let arms = study.arms.map { arm -> [String] in
      let round = arm.chosen
      return [
        arm.label, "\(arm.seeds.count)", cell(arm.dense), round.map { Format.density($0.density) } ?? Format.missing,
        cell(round?.ticket), points(round?.leads["dense"]), points(round?.leads["reinit"]),
        points(round?.leads["random"]),
      ]
    }
    let comparisons = study.comparisons.map { row in
      [
        row.arm, Format.density(row.density), "\(row.difference.values.count)", points(row.difference),
        Format.significant(row.chance), Format.significant(row.adjusted),
      ]
    }
    let against =
      comparisons.isEmpty
      ? []
      : [
        "## Against \(escape(study.baseline))",
        table(["Arm", "Density", "Seeds", "Difference, points", "p", "p, Holm"], comparisons),
      ]
    return document(
      ["# \(escape(study.name))", escape(study.purpose)] + study.verdict.map(escape)
        + [
          table(
            [
              "Arm", "Seeds", "Dense, %", "Density", "Ticket, %", "less dense", "less re-initialised",
              "less random mask",
            ], arms), note(study.seeds.count),
        ] + against + ["## How to reproduce it", code(study.reproduce), code(study.source, language: "yaml")]
        + [table(["Arm", "Run", "Digest"], study.arms.map { [$0.label, "`\($0.run)`", "`\($0.digest)`"] })])
  }

  // MARK: pieces

  private static func document(_ parts: [String]) -> String {
    parts.filter { !$0.isEmpty }.joined(separator: "\n\n") + "\n"
  }

  private static func note(_ seeds: Int) -> String {
    seeds > 1
      ? "Test accuracy: mean over \(seeds) seeds ± half of the 95 % interval by Student's t; differences are paired by seed."
      : "Test accuracy of one seed, so without intervals."
  }

  private static func cell(_ interval: Interval?) -> String {
    interval.map(Format.percentInterval) ?? Format.missing
  }

  private static func points(_ interval: Interval?) -> String {
    interval.map { Format.interval($0, scale: 100, decimals: 2) } ?? Format.missing
  }

  private static func code(_ text: String, language: String = "") -> String {
    // A fence is longer than any run of backticks inside.
    var longest = 0, run = 0
    for character in text {
      run = character == "`" ? run + 1 : 0
      longest = max(longest, run)
    }
    let fence = String(repeating: "`", count: max(3, longest + 1))
    return "\(fence)\(language)\n\(text.hasSuffix("\n") ? String(text.dropLast()) : text)\n\(fence)"
  }

  static func table(_ header: [String], _ rows: [[String]]) -> String {
    func line(_ cells: [String]) -> String { "| " + cells.map(inTable).joined(separator: " | ") + " |" }
    return ([line(header), "|" + header.map { _ in "---|" }.joined()] + rows.map(line)).joined(separator: "\n")
  }

  private static func inTable(_ text: String) -> String {
    text.hasPrefix("`") ? text : escape(text)
  }

  /// What Markdown would take for markup, an HTML tag, or the end of a cell.
  static func escape(_ text: String) -> String {
    var escaped = ""
    for character in text {
      if "\\`*_{}[]<>|#~".contains(character) { escaped.append("\\") }
      escaped.append(character.isNewline ? " " : character)
    }
    return escaped
  }
}
