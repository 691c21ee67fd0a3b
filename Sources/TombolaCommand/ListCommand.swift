import ArgumentParser
import Attacks
import Basics
import Datasets
import Lanes
import Methods
import Networks
import Pruning
import Tickets
import Training

struct ListCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "list", abstract: "Show everything that can be named: data sets, models, algorithms, settings ...")

  @Argument(
    help:
      "One topic: data, transforms, models, algorithms, criteria, data-factors, allocations, retraining, controls, presets, arms, initializers, optimizers, objectives, attacks, losses, layers, cpu, settings."
  )
  var topic: String?

  func run() throws {
    let topics = Self.topics
    if let topic {
      guard let entries = topics.first(where: { $0.name == topic })?.entries else {
        throw Problem.usage(
          "There is no topic '\(topic)'.", remedy: Suggestion.sentence(for: topic, among: topics.map(\.name)))
      }
      Terminal.print(Self.lines(entries))
      return
    }
    for topic in topics { Terminal.print("\(topic.name)\n\(Self.lines(topic.entries))\n") }
  }

  private typealias Entry = (name: String, summary: String)

  private static var topics: [(name: String, entries: [Entry])] {
    let defaults = Dictionary(uniqueKeysWithValues: SearchSettings().assignments.map { ($0.key, $0.value) })
    return [
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
      ("retraining", Retraining.allCases.map { ($0.rawValue, $0.summary) }),
      ("controls", Control.allCases.map { ($0.rawValue, $0.summary) }),
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
      (
        "cpu",
        CPULevel.allCases.map {
          ($0.rawValue, $0.isAvailable ? ($0 == .current ? "in use" : "available") : "not on this machine")
        }
      ),
      ("settings", SearchSettings.fields.map { ($0.key, "\($0.summary) [\(defaults[$0.key]!)]") }),
    ]
  }

  /// Keys with their defaults: ` [outputs, stride=1]`.
  private static func settings<L: Layer>(of type: L.Type) -> String {
    let keys = L().assignments.map { L.required.contains($0.key) ? $0.key : "\($0.key)=\($0.value)" }
    return keys.isEmpty ? "" : " [\(keys.joined(separator: ", "))]"
  }

  private static func lines(_ entries: [Entry]) -> String {
    let width = entries.map(\.name.count).max() ?? 0
    return entries.map { "  \($0.name)\(String(repeating: " ", count: width - $0.name.count))  \($0.summary)" }
      .joined(separator: "\n")
  }
}
