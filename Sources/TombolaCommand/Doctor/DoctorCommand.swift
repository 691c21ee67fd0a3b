import ArgumentParser
import Basics
import Foundation

struct DoctorCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "doctor", abstract: "Show what this machine has and lacks.",
    discussion: """
      Looks at CPU level, threads, memory, free disk, data sets, Chart.js, Slurm, Python and test tools, and says what \
      to do about what is missing. Nothing is written and no data set is loaded.

      Exit codes: 0 if searches can run, whatever else is missing; 66 if a folder or file that was asked for \
      (--data-dir, TOMBOLA_DATA, TOMBOLA_CHART_JS) is not there; 73 if runs cannot be written.
      """)

  @OptionGroup var places: PlaceOptions
  @OptionGroup var store: StoreOption
  @Flag(help: "Print one JSON object instead.") var json = false

  private struct Report: Encodable {
    struct Part: Encodable {
      var topic: String
      var checks: [Checkup]
    }
    var command = "doctor"
    var version: String
    var commit: String?
    var parts: [Part]
  }

  func run() throws {
    let surroundings = Surroundings(
      environment: ProcessInfo.processInfo.environment, locator: places.locator, dataFolder: places.dataDir,
      store: store.store)
    let parts = Doctor.examinations.map { Report.Part(topic: $0.topic, checks: $0.checkups(surroundings)) }
    if json {
      try Terminal.json(Report(version: Version.text, commit: Build.commit, parts: parts))
    } else {
      Terminal.print(Self.text(parts))
    }
    let bad = parts.flatMap(\.checks).filter { $0.state == .bad }
    guard let first = bad.first, let kind = first.kind else { return }
    throw Problem(kind, "\(first.name): \(first.found).", remedy: first.remedy ?? "")
  }

  private static func text(_ parts: [Report.Part]) -> String {
    let width = parts.flatMap(\.checks).map(\.name.count).max() ?? 0
    let lines = parts.flatMap { part in
      [part.topic] + part.checks.flatMap { Self.lines($0, width) } + [""]
    }
    let missing = parts.flatMap(\.checks).filter { $0.state == .missing }.count
    let bad = parts.flatMap(\.checks).filter { $0.state == .bad }.count
    let verdict = bad == 0 ? "Searches can run." : "Searches cannot run as asked for: see 'bad' above."
    let rest = missing == 0 ? "" : " What is 'missing' is needed only by what is said beside it."
    return (["tombola \(Build.text)", ""] + lines + [verdict + rest]).joined(separator: "\n")
  }

  private static func lines(_ checkup: Checkup, _ width: Int) -> [String] {
    let name = checkup.name.padding(toLength: width, withPad: " ", startingAt: 0)
    let state = checkup.state.rawValue.padding(toLength: 7, withPad: " ", startingAt: 0)
    let remedy = checkup.remedy.map { String(repeating: " ", count: width + 13) + $0 }
    return ["  \(state)  \(name)  \(checkup.found)"] + [remedy].compactMap { $0 }
  }
}
