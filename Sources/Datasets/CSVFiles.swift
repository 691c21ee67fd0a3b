import Basics
import Foundation

/// A CSV file, or one for training and one for testing: a line per sample, numbers, and a column of labels.
///
/// Every column is a channel of its own, so that each is normalised by its own mean and deviation. Labels are whole
/// numbers, or words, which are numbered in alphabetical order. How lines, columns and numbers are told apart is in
/// docs/data.md; what was found is in the data set's `notes`. From a single file, a fifth of each class is taken for
/// testing, see `TestShare`.
public struct CSVFiles: DataForm {
  public init() {}

  public let prefix = "csv"
  public let usage = "csv:FILE or csv:TRAIN,TEST"
  public let summary = "a CSV file, labels in its last column or as label says (a fifth is kept for testing), or two"
  public let readsTables = true

  public func load(_ path: String, _ options: LoadOptions) throws -> Dataset {
    let parts = path.split(separator: ",").map(String.init)
    guard parts.count == 2, !FileManager.default.fileExists(atPath: path) else { return try loadOne(path, options) }
    try TestShare.checkUnused(options, name: "csv:\(path)")
    return try loadTwo(parts[0], (parts[1] as NSString).expandingTildeInPath, options)
  }

  private func loadTwo(_ trainPath: String, _ testPath: String, _ options: LoadOptions) throws -> Dataset {
    let first = try CSVTable.read(trainPath), second = try CSVTable.read(testPath)
    let columns = try TableColumns(of: first, options)
    let train = try LabelledTable(first, columns, options)
    let test = try LabelledTable(second, TableColumns(of: second, like: columns, of: first, options), options)
    let classes = try TableClasses(train: train, test: test)
    return try dataset(
      trainPath, "CSV files \(trainPath) and \(testPath)", train.notes + test.notes + classes.notes, train, classes,
      train.split(classes), test.split(classes))
  }

  private func loadOne(_ path: String, _ options: LoadOptions) throws -> Dataset {
    let file = try CSVTable.read(path)
    let table = try LabelledTable(file, TableColumns(of: file, options), options)
    let classes = try TableClasses(train: table)
    let (train, test) = try TestShare.carve(
      try table.split(classes), options, name: table.name,
      remedy: "Give at least three of a class, or two files: csv:TRAIN,TEST.")
    return try dataset(
      path, "CSV file \(path)", table.notes + classes.notes + [TestShare.note(options)], table, classes, train, test)
  }

  private func dataset(
    _ path: String, _ origin: String, _ notes: [String], _ table: LabelledTable, _ classes: TableClasses,
    _ train: Split,
    _ test: Split
  ) throws -> Dataset {
    try Dataset(
      name: "csv:" + URL(fileURLWithPath: path).lastPathComponent, source: origin, notes: notes,
      inputShape: FeatureShape(channels: table.columns.features.count), classNames: classes.names,
      channelNames: table.columns.features.map(table.columns.name), pixelScale: 1, train: train, test: test)
  }
}
