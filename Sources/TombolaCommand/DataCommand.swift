import ArgumentParser
import Basics
import Datasets
import Foundation
import Pages

struct DataCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "data", abstract: "List, download, check and export data sets.",
    subcommands: [DataList.self, DataFetch.self, DataVerify.self, DataExport.self])
}

struct DataList: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "list", abstract: "Show the data sets and where they are.")

  @OptionGroup var places: PlaceOptions

  func run() throws {
    var table = TextTable(header: ["data set", "state", "what it is"])
    for source in Datasets.Catalog.sources {
      let state = source.files.isEmpty ? "built in" : ((try? places.locator.locate(source)) == nil ? "missing" : "here")
      table.rows.append([source.name, state, source.summary])
    }
    for form in Datasets.Catalog.forms { table.rows.append([form.usage, "your files", form.summary]) }
    Terminal.print(table.text)
  }
}

struct DataFetch: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "fetch", abstract: "Download a data set and check its digests.")

  @Argument(help: "The data set's name.") var name: String
  @OptionGroup var places: PlaceOptions

  func run() async throws {
    let source = try Datasets.Catalog.source(named: name)
    if source.files.isEmpty { Terminal.note("\(name) is built in: there is nothing to fetch.") }
    let files = try await DataFetcher(locator: places.locator).fetch(source) { Terminal.note($0) }
    for file in files { Terminal.print(file.path) }
  }
}

struct DataVerify: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "verify", abstract: "Check the files of a data set against their digests.")

  @Argument(help: "The data set's name.") var name: String
  @OptionGroup var places: PlaceOptions
  @Flag(help: "Accept files of the right size with other content than the original, as copies have.")
  var allowCopies = false

  func run() throws {
    let source = try Datasets.Catalog.source(named: name)
    if source.files.isEmpty { Terminal.print("\(name) is built in: there are no files to check.") }
    let checks = places.locator.verify(source)
    for check in checks { Terminal.print(check.description) }
    let bad = checks.filter { if case .wrong = $0.state { true } else { false } }
    guard bad.isEmpty else {
      throw Problem.badData(
        "\(bad.count) of \(checks.count) files of \(name) are damaged.",
        remedy: "Delete them and run 'tombola data fetch \(name)'.")
    }
    let missing = checks.filter { if case .missing = $0.state { true } else { false } }
    guard missing.isEmpty else {
      throw Problem.missingInput(
        "\(missing.count) of \(checks.count) files of \(name) are missing.",
        remedy: "Run 'tombola data fetch \(name)'.")
    }
    let copies = checks.filter { if case .other = $0.state { true } else { false } }
    guard copies.isEmpty || allowCopies else {
      throw Problem.badData(
        "\(copies.count) of \(checks.count) files of \(name) are not the original's, though they can be used.",
        remedy: "Move them away and run 'tombola data fetch \(name)', or accept them with --allow-copies.")
    }
  }
}
