import Analysis
import Basics
import Detection
import Pages

/// What `score` prints.
struct ScoreReport: Encodable {
  struct Category: Encodable {
    var id: Int
    var name: String
    var objects: Int
    var frequency: String?
    /// `AP`, `AP50`, `AP75` and `AR`.
    var measures: [String: Interval?]
  }

  var command = "score"
  var task, annotations: String
  var detections: [String]
  var images, objects: Int
  /// Entries with faults that were left out.
  var skipped: Int
  /// By name, from 0 to 1; `nil` where there is nothing to find.
  var measures: [String: Interval?]
  var categories: [Category]
  private var rows: [(name: String, meaning: String)]

  private enum CodingKeys: CodingKey {
    case command, task, annotations, detections, images, objects, skipped, measures, categories
  }

  /// - Parameter files: Annotations, then the detections of each evaluation.
  init(_ evaluations: [DetectionEvaluation], annotations: Annotations, files: [String], skipped: Int) {
    let first = evaluations[0], measures = evaluations.map(\.measures)
    (task, self.annotations, detections) = (annotations.task.rawValue, files[0], Array(files.dropFirst()))
    (images, self.skipped) = (annotations.images.count, skipped)
    objects = first.categories.reduce(0) { $0 + $1.objects }
    let rows = measures[0].map { ($0.name, $0.meaning) }
    self.rows = rows
    self.measures = Dictionary(
      uniqueKeysWithValues: rows.indices.map { i in (rows[i].0, Self.interval(measures.map { $0[i].value })) })
    let limit = annotations.task.detectionLimits.last!
    let frequencies = Frequency.allCases.reduce(into: [Int: String]()) { names, frequency in
      for result in first.categories(frequency) { names[result.category.id] = frequency.rawValue }
    }
    categories = first.categories.indices.map { i in
      let results = evaluations.map { $0.categories[i] }, category = results[0].category
      return Category(
        id: category.id, name: category.name, objects: results[0].objects, frequency: frequencies[category.id],
        measures: [
          "AP": Self.interval(results.map { $0.averagePrecision() }),
          "AP50": Self.interval(results.map { $0.averagePrecision(threshold: 0) }),
          "AP75": Self.interval(results.map { $0.averagePrecision(threshold: 5) }),
          "AR": Self.interval(results.map { $0.recall(limit: limit) }),
        ])
    }
  }

  private static func interval(_ values: [Double?]) -> Interval? {
    let present = values.compactMap { $0 }
    return present.count == values.count ? Interval(of: present) : nil
  }

  func text(byClass: Bool) -> String {
    var table = TextTable(header: ["measure", "%", "what"])
    table.leading = [0, 2]
    table.rows = rows.map { [$0.name, Self.percent(measures[$0.name] ?? nil), $0.meaning] }
    let counts = [
      Format.plural(objects, "object"), Format.plural(images, "image"),
      Format.plural(categories.count { $0.objects > 0 }, "category", "categories"),
    ]
    var parts = ["\(task): \(counts[0]) in \(counts[1]), of \(counts[2])", table.text]
    if byClass { parts.append(classTable) }
    if detections.count > 1 { parts.append(Format.intervalNote(seeds: detections.count)) }
    if skipped > 0 { parts.append("Without \(Format.plural(skipped, "faulty entry", "faulty entries")).") }
    return parts.map { $0.replacing(Format.space, with: " ") }.joined(separator: "\n\n")
  }

  private var classTable: String {
    let names = ["AP", "AP50", "AP75", "AR"]
    var table = TextTable(header: ["category", "objects", "frequency"] + names.map { "\($0) %" })
    table.leading = [0, 2]
    table.rows = categories.map { category in
      [category.name, "\(category.objects)", category.frequency ?? "-"]
        + names.map { Self.percent(category.measures[$0] ?? nil) }
    }
    return table.text
  }

  private static func percent(_ interval: Interval?) -> String {
    Table.plain(interval.map(Format.percentInterval) ?? Format.missing)
  }
}
