import Basics
import Foundation

/// A CSV file, or one for training and one for testing: a line per sample, features first, the label in the last
/// column.
///
/// Every column is a channel of its own, so that each is normalised by its own mean and deviation. A first line without
/// numbers is a header. Labels are class indices from 0, or words, which are numbered in alphabetical order. From a
/// single file, a fifth of each class is taken for testing, see `TestShare`.
public struct CSVFiles: DataForm {
  public init() {}

  public let prefix = "csv"
  public let usage = "csv:FILE or csv:TRAIN,TEST"
  public let summary = "a CSV file with the label in the last column (a fifth is kept for testing), or two"

  public func load(_ path: String, _ options: LoadOptions) throws -> Dataset {
    let parts = path.split(separator: ",").map(String.init)
    guard parts.count == 2, !FileManager.default.fileExists(atPath: path) else { return try loadOne(path, options) }
    try TestShare.checkUnused(options, name: "csv:\(path)")
    return try loadTwo(parts[0], (parts[1] as NSString).expandingTildeInPath)
  }

  private func loadTwo(_ trainPath: String, _ testPath: String) throws -> Dataset {
    let train = try LabelledTable(path: trainPath), test = try LabelledTable(path: testPath)
    guard train.width == test.width else {
      throw Problem.badData(
        "\(test.name) has \(test.width) features, \(train.name) \(train.width).",
        remedy: "Give both files the same columns.")
    }
    let classes = try ClassNames(train.labels + test.labels)
    return try dataset(
      trainPath, train.width, "CSV files \(trainPath) and \(testPath)\(classes.note)", train.split(classes),
      test.split(classes))
  }

  private func loadOne(_ path: String, _ options: LoadOptions) throws -> Dataset {
    let table = try LabelledTable(path: path)
    let classes = try ClassNames(table.labels)
    let all = try table.split(classes)
    let (train, test) = try TestShare.carve(
      all, options, name: table.name, remedy: "Give at least three of a class, or two files: csv:TRAIN,TEST.")
    let source = "CSV file \(path)\(classes.note); \(TestShare.note(options))"
    return try dataset(path, table.width, source, train, test)
  }

  private func dataset(_ path: String, _ width: Int, _ source: String, _ train: Split, _ test: Split) throws -> Dataset
  {
    try Dataset(
      name: "csv:" + URL(fileURLWithPath: path).lastPathComponent, source: source,
      inputShape: FeatureShape(channels: width), pixelScale: 1, train: train, test: test)
  }
}

/// The records of a CSV file taken apart: numbers and labels.
private struct LabelledTable {
  let name: String
  let width: Int
  let features: [Float]
  let labels: [Label]

  struct Label {
    var text: String
    var place: String
  }

  init(path: String) throws {
    let table = try CSVTable.read(URL(fileURLWithPath: path))
    name = table.name
    width = table.records[0].fields.count - 1
    let samples = Self.hasHeader(table) ? table.records.dropFirst() : table.records[...]
    var features: [Float] = []
    features.reserveCapacity(samples.count * width)
    for record in samples { try Self.append(record, table.name, to: &features) }
    self.features = features
    labels = samples.map { Label(text: $0.fields.last!, place: "\(table.name) line \($0.line)") }
  }

  /// A first line is a header if none of its features is a number, or if only its label is a word.
  private static func hasHeader(_ table: CSVTable) -> Bool {
    let first = table.records[0].fields
    if first.dropLast().allSatisfy({ Float($0) == nil }) { return true }
    return Int(first.last!) == nil && table.records.count > 1
      && table.records.dropFirst().allSatisfy { Int($0.fields.last!) != nil }
  }

  private static func append(_ record: CSVTable.Record, _ name: String, to features: inout [Float]) throws {
    for (column, field) in record.fields.dropLast().enumerated() {
      guard let value = Float(field), value.isFinite else {
        throw Problem.badData(
          "\(name) line \(record.line), column \(column + 1): '\(field)' is no finite number.",
          remedy: "Every column but the last must hold numbers.")
      }
      features.append(value)
    }
  }

  func split(_ classes: ClassNames) throws -> Split {
    Split(pixels: .floats(features), labels: try labels.map(classes.index))
  }
}

/// Which label is which class.
private struct ClassNames {
  /// Sorted, or empty if the labels are numbers already.
  let names: [String]
  private let indices: [String: Int32]

  init(_ labels: [LabelledTable.Label]) throws {
    if let empty = labels.first(where: { $0.text.isEmpty }) {
      throw Problem.badData(
        "\(empty.place) has an empty label.", remedy: "Give every sample a class in its last column.")
    }
    let isNumbered = labels.allSatisfy { Int($0.text) != nil }
    names = isNumbered ? [] : Set(labels.map(\.text)).sorted()
    indices = Dictionary(uniqueKeysWithValues: names.enumerated().map { ($1, Int32($0)) })
  }

  func index(of label: LabelledTable.Label) throws -> Int32 {
    if let index = indices[label.text] { return index }
    guard let index = Int32(label.text), index >= 0, index < Dataset.maximumClassCount else {
      throw Problem.badData(
        "\(label.place) has the label \(label.text), outside 0..<\(Dataset.maximumClassCount).",
        remedy: "Number the classes from 0, or give them names.")
    }
    return index
  }

  var note: String { names.isEmpty ? "" : " with classes \(names.prefix(20).joined(separator: ", "))" }
}
