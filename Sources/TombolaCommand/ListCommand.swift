import ArgumentParser
import Attacks
import Basics
import Datasets
import Experiments
import Exports
import Lanes
import Methods
import Networks
import Pruning
import Tickets
import Training

struct ListCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "list", abstract: "Show everything that can be named, and all settings.")

  @Argument(help: "One topic: \(topics.map(\.name).joined(separator: ", ")).") var topic: String?
  @Argument(help: "With settings: the experiment that has them.") var experiment: String?

  func run() throws {
    let topics = Self.topics
    guard let topic else {
      for topic in topics { Terminal.print("\(topic.name)\n\(Self.lines(topic.entries))\n") }
      return
    }
    guard let entries = topics.first(where: { $0.name == topic })?.entries else {
      throw Problem.usage(
        "There is no topic '\(topic)'.", remedy: Suggestion.sentence(for: topic, among: topics.map(\.name)))
    }
    guard let experiment else { return Terminal.print(Self.lines(entries)) }
    guard topic == Self.settings else {
      throw Problem.usage(
        "'\(topic)' are the same for all experiments.", remedy: "Leave \(experiment) out, or list settings.")
    }
    Terminal.print(Self.settings(of: try ExperimentCatalog.experiment(named: experiment)))
  }

  private static let settings = "settings"

  /// What `list settings NAME` and `NAME --list` print.
  static func settings<E: Experiment>(of type: E.Type) -> String {
    lines(E.listedSettings.map { ($0.key, "\($0.summary) [\($0.usual)]\n\($0.form)") })
  }

  private typealias Entry = (name: String, summary: String)

  private static var topics: [(name: String, entries: [Entry])] {
    [
      ("experiments", ExperimentCatalog.all.map { ($0.name, $0.summary) }),
      (
        "data",
        Datasets.Catalog.sources.map { ($0.name, $0.summary) } + Datasets.Catalog.forms.map { ($0.usage, $0.summary) }
      ),
      ("transforms", TransformCatalog.all.map { ("+\($0.usage)", $0.summary) }),
      ("models", ModelCatalog.all.map { ($0.name, $0.summary) }),
      ("algorithms", AlgorithmCatalog.all.map { ($0.name, $0.summary) }),
      (
        "criteria",
        (CriterionCatalog.all + [CompositeCriterion.self, SameSignCriterion.self, InvertedCriterion.self]).map {
          ($0.name, $0.summary)
        }
      ),
      (
        "data-factors",
        [("none", "leaves the criterion alone")] + GradientStatistic.allCases.map { ($0.rawValue, $0.summary) }
      ),
      ("allocations", AllocationCatalog.all.map { ($0.name, $0.summary) }),
      ("bases", BasisCatalog.all.map { ($0.name, $0.summary) }),
      ("retraining", Retraining.allCases.map { ($0.rawValue, $0.summary) }),
      ("controls", ControlCatalog.all.map { ($0.name, $0.summary) }),
      ("presets", SiftPreset.allCases.map { ($0.rawValue, $0.summary) }),
      ("arms", SiftArm.allCases.map { ($0.rawValue, $0.summary) }),
      ("initializers", Initializer.allCases.map { ($0.rawValue, $0.summary) }),
      ("optimizers", Optimizer.allCases.map { ($0.rawValue, $0.summary) }),
      (
        "objectives",
        ObjectiveCatalog.all.map { type in (type.form, type.summary + (type.paper.map { " (\($0))" } ?? "")) }
      ),
      ("attacks", AttackCatalog.all.map { ($0.name, $0.summary) }),
      ("losses", Loss.allCases.map { ($0.rawValue, $0.summary) }),
      ("layers", LayerCatalog.all.map { ($0.kind, "\($0.summary)\(settings(of: $0))") }),
      ("exports", ExportCatalog.all.map { ($0.name, "\($0.summary)\(settings(of: $0))") }),
      (
        "cpu",
        CPULevel.allCases.map {
          ($0.rawValue, $0.isAvailable ? ($0 == .current ? "in use" : "available") : "not on this machine")
        }
      ),
      (
        settings,
        ExperimentCatalog.settings.map {
          ($0.key, "\($0.summary) [\($0.usual)]\n\($0.form); \($0.experiments.joined(separator: ", "))")
        }
      ),
    ]
  }

  /// Keys with their defaults: ` [outputs, stride=1]`.
  private static func settings<L: Layer>(of type: L.Type) -> String {
    let keys = L().assignments.map { L.required.contains($0.key) ? $0.key : "\($0.key)=\($0.value)" }
    return keys.isEmpty ? "" : " [\(keys.joined(separator: ", "))]"
  }

  private static func settings<Form: ExportForm>(of type: Form.Type) -> String {
    let keys = Form().assignments.map { "\($0.key)=\($0.value)" }
    return keys.isEmpty ? "" : " [\(keys.joined(separator: ", "))]"
  }

  /// Names, and what is said of them in one line or several.
  private static func lines(_ entries: [Entry]) -> String {
    let width = entries.map(\.name.count).max() ?? 0
    func padded(_ text: String) -> String { text + String(repeating: " ", count: width - text.count) }
    return entries.map { entry in
      "  \(padded(entry.name))  \(entry.summary.replacing("\n", with: "\n  \(padded(""))  "))"
    }.joined(separator: "\n")
  }
}
