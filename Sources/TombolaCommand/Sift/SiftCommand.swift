import ArgumentParser
import Basics
import Datasets
import Foundation
import Pages
import Report
import Tickets

struct SiftCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "sift",
    abstract: "Prune a fully connected network on images and see whether local receptive fields remain.",
    discussion: """
      Pellegrini & Biroli 2022, arXiv:2104.13343; with --data k-pattern, which networks learn a pattern of neighbouring \
      signs (Malach & Shalev-Shwartz 2021, arXiv:2010.01369). The same command again goes on with what is not done. \
      Settings as for 'tombola find': --data, --model, --steps, --rounds, --set ...
      """)

  @Option(help: "small, full or paper.") var preset = SiftPreset.small.rawValue
  @OptionGroup(visibility: .hidden) var options: SearchOptions
  @Option(help: "Some of tombola list arms, or all.") var arms = SiftArm.iterative.rawValue
  @Option(
    name: .customLong("terms"), parsing: .upToNextOption,
    help: "\(SiftTerms.fields.map(\.key).joined(separator: ", ")) as key=value.")
  var assignments: [String] = []
  @Option(help: "How many seeds: 0, 1, 2, ...") var seeds = 1
  @Option(help: "Random masks a null model.") var draws = 64
  @Option(help: "For k-pattern: units at every place.") var filters = 256
  @OptionGroup var places: PlaceOptions
  @OptionGroup var threading: ThreadOption
  @Option(help: "Folder for run folders.") var out = "runs"
  @Flag(help: "Print one JSON object instead of the table.") var json = false

  func validate() throws {
    guard (1...10_000).contains(seeds) else { throw ValidationError("--seeds must be from 1 to 10000.") }
    guard (2...100_000).contains(draws) else { throw ValidationError("--draws must be from 2 to 100000.") }
  }

  func run() throws {
    let plain = try options.settings(over: SiftPreset.small.settings)
    if try KPattern.task(named: plain.data) != nil { return try learnPattern() }
    guard let preset = SiftPreset(rawValue: preset) else {
      throw Problem.usage(
        "There is no preset '\(preset)'.",
        remedy: Suggestion.sentence(for: self.preset, among: SiftPreset.allCases.map(\.rawValue)))
    }
    var terms = SiftTerms()
    for assignment in assignments { try terms.apply(assignment) }
    var study = SiftStudy(
      settings: try options.settings(over: preset.settings), terms: terms, arms: try chosenArms(),
      seeds: (0..<UInt64(seeds)).map { $0 }, threads: threading.threads, output: URL(fileURLWithPath: out))
    study.draws = draws
    study.reproduce = reproduce(study)
    var line: ProgressLine?
    defer { line?.stop() }
    let outcome = try study.run(locator: places.locator) { line = ProgressLine($0) }
    line?.stop()
    line = nil
    let page = SiftReport(SiftPage(outcome).findings, chartScript: ChartLibrary.locate())
    let report = study.folder.appendingPathComponent("report.html")
    try AtomicFile.write(page.html(), to: report)
    for picture in page.pictures() {
      try AtomicFile.write(picture.file, to: study.folder.appendingPathComponent("\(picture.name).png"))
    }
    if json { return try Terminal.json(outcome.result) }
    Terminal.print(SiftTable(outcome.result, report: report.path).text)
  }

  /// The separation of networks by what they can learn, for `--data k-pattern`.
  private func learnPattern() throws {
    let settings = try options.settings(over: PatternStudy.preset)
    var study = PatternStudy(
      settings: settings, filters: filters, seeds: (0..<UInt64(seeds)).map { $0 }, threads: threading.threads,
      output: URL(fileURLWithPath: out))
    study.reproduce =
      "tombola sift" + Self.words(Self.changes(settings, from: PatternStudy.preset), "--set")
      + " --filters \(filters) --seeds \(seeds)"
    try PatternSession(study: study).run(locator: places.locator, json: json)
  }

  private func chosenArms() throws -> [SiftArm] {
    if arms == "all" { return SiftArm.allCases }
    return try arms.split(separator: ",", omittingEmptySubsequences: false).map { name in
      guard let arm = SiftArm(rawValue: String(name)) else {
        throw Problem.usage(
          "There is no arm '\(name)'.",
          remedy: Suggestion.sentence(for: String(name), among: SiftArm.allCases.map(\.rawValue) + ["all"]))
      }
      return arm
    }.reduce(into: []) { if !$0.contains($1) { $0.append($1) } }
  }

  private func reproduce(_ study: SiftStudy) -> String {
    "tombola sift --preset \(preset)"
      + Self.words(Self.changes(study.settings, from: (SiftPreset(rawValue: preset) ?? .small).settings), "--set")
      + Self.words(Self.changes(study.terms, from: SiftTerms()), "--terms")
      + " --arms \(study.arms.map(\.rawValue).joined(separator: ",")) --seeds \(seeds) --draws \(draws)"
  }

  /// `key=value` for every setting that differs.
  private static func changes<Settings: Configurable>(_ settings: Settings, from base: Settings) -> [String] {
    zip(settings.assignments, base.assignments).filter { $0.value != $1.value }.map { "\($0.0.key)=\($0.0.value)" }
  }

  private static func words(_ changes: [String], _ option: String) -> String {
    changes.isEmpty ? "" : " \(option)" + changes.map { " '\($0)'" }.joined()
  }
}
