import Analysis
import Basics
import Experiments
import Pages
import Tickets

extension EarlyMask {
  /// Test accuracies, one a seed.
  struct Finding: Codable, Sendable {
    struct Level: Codable, Sendable {
      var step: String
      var accuracy: Interval
    }
    var dense: Interval
    var levels: [Level]
    var shuffled: Interval
  }

  func finding(_ records: Records<TrainingMaterial>) throws -> Finding {
    func accuracy(_ network: String) throws -> Interval {
      Interval(of: try records.records(network).map(\.last.testAccuracy))
    }
    return Finding(
      dense: try accuracy("dense"),
      levels: try settings.steps.values.map { step in
        Finding.Level(step: step.description, accuracy: try accuracy(Self.maskName(step)))
      }, shuffled: try accuracy("shuffled"))
  }

  /// Paired differences over seeds: what a mask has over the shuffled one.
  static func verdict(_ record: Record<Finding>) -> [String] {
    record.finding.levels.map { level in
      let lead = level.accuracy.difference(to: record.finding.shuffled)
      let range = lead.values.count > 1 ? " (\(Format.points(lead.low)) to \(Format.points(lead.high)))" : ""
      return "The mask taken at \(level.step) leads the shuffled one by \(Format.points(lead.mean)) points\(range)."
    }
  }

  static func figures(_ record: Record<Finding>) -> [String: Double] {
    record.finding.levels.last.map { ["accuracy": $0.accuracy.mean] } ?? [:]
  }

  static func document(_ record: Record<Finding>) -> Document {
    let finding = record.finding
    let networks =
      [("dense", finding.dense)] + finding.levels.map { ("mask of \($0.step)", $0.accuracy) }
      + [("shuffled mask", finding.shuffled)]
    let table = Table(
      "Test accuracy, %", columns: [.text("Network"), .number("Accuracy")],
      rows: networks.map { Table.Row([.text($0), .percent($1)]) })
    return Document(
      title: "Masks from early in training, \(record["data"])", subtitle: "\(record["model"]), \(record.spread)",
      sections: [Section("Accuracy", id: "accuracy", isEssential: true, [.table(table)])])
  }
}
