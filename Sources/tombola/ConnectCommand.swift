import ArgumentParser
import Basics
import Foundation
import Report
import Tickets

struct ConnectCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "connect",
    abstract: "Instability analysis: is training from a step on robust to its random numbers?",
    discussion: """
      Trains copies from a common state with different data order, augmentation and dropout, and takes the error along \
      the line between them (Frankle et al. 2020). With tickets the copies start from each ticket's own start. Ends with \
      a table and a report; starting it again skips what is done. Settings as for 'tombola find': --data, --model, \
      --steps, --set ...
      """)

  @Argument(help: "Ticket files; none for the dense network of --model.") var tickets: [String] = []
  @OptionGroup(visibility: .hidden) var options: SearchOptions
  @Option(help: "Steps of the dense network at which the copies part: 0,100it,1ep.") var at: String?
  @Option(help: "How many seeds: 0, 1, 2, ...") var seeds = 1
  @Option(help: "Copies from each state; every two are compared.") var copies = 2
  @Option(help: "Positions along each line, both ends among them.") var points = 30
  @Option(help: "Batches by which batch norm is measured anew at each position.") var batches = 100
  @Option(help: "Training samples on which the training error is taken.") var trainSamples = 10_000
  @OptionGroup var places: PlaceOptions
  @OptionGroup var threading: ThreadOption
  @Option(help: "Folder for run folders.") var out = "runs"
  @Flag(help: "Print one JSON object instead of the table.") var json = false

  func validate() throws {
    guard (1...1000).contains(seeds) else { throw ValidationError("--seeds must be from 1 to 1000.") }
    guard (2...20).contains(copies) else { throw ValidationError("--copies must be from 2 to 20.") }
    guard (2...1000).contains(points) else { throw ValidationError("--points must be from 2 to 1000.") }
    guard batches > 0, trainSamples > 0 else {
      throw ValidationError("--batches and --train-samples must be positive.")
    }
    guard tickets.isEmpty || at == nil else {
      throw ValidationError("Tickets part at their own start step: leave --at out, or the tickets.")
    }
  }

  func run() throws {
    let (read, settings) = try ticketsAndSettings()
    var connection = Connection(
      settings: settings, seeds: (0..<UInt64(seeds)).map { $0 }, threads: threading.threads,
      output: URL(fileURLWithPath: out))
    (connection.tickets, connection.forks, connection.copies) = (read, try forks(), copies)
    (connection.positions, connection.statisticsBatches, connection.trainSamples) = (points, batches, trainSamples)
    connection.reproduce = reproduce(settings)
    var line: ProgressLine?
    defer { line?.stop() }
    let result = try connection.run(locator: places.locator) { line = ProgressLine($0) }
    line?.stop()
    line = nil
    let page = ConnectionReport(result, chartScript: ChartLibrary.locate()).html()
    let report = connection.folder.appendingPathComponent("report.html")
    try AtomicFile.write(page, to: report)
    if json { try Terminal.json(result) } else { Terminal.print(ConnectionTable(result, report: report.path).text) }
  }

  private func forks() throws -> [Step] {
    try (at ?? "0").split(separator: ",", omittingEmptySubsequences: false).map { word in
      guard let step = Step(String(word)) else {
        throw Problem.usage("--at \(at ?? ""): '\(word)' is no step.", remedy: "Write steps like 0,100it,1ep.")
      }
      return step
    }
  }

  /// Tickets of one search, with its settings and the options over them.
  private func ticketsAndSettings() throws -> ([ConnectedTicket], SearchSettings) {
    let read = try tickets.map {
      ConnectedTicket(path: $0, ticket: try Ticket(contentsOf: URL(fileURLWithPath: $0)))
    }
    guard let first = read.first else { return ([], try options.settings()) }
    if let other = read.first(where: {
      $0.ticket.architecture != first.ticket.architecture || $0.ticket.settings != first.ticket.settings
    }) {
      throw Problem.usage(
        "\(first.path) and \(other.path) come from different searches.", remedy: "Analyse them one by one.")
    }
    if let digest = Dictionary(grouping: read, by: \.ticket.digest).first(where: { $0.value.count > 1 }) {
      throw Problem.usage(
        "\(digest.value.map(\.path).joined(separator: " and ")) are the same ticket.", remedy: "Name each once.")
    }
    return (read, try options.settings(over: try first.ticket.searchSettings()))
  }

  private func reproduce(_ settings: SearchSettings) -> String {
    let changes = settings.changesAsOptions
    let start = tickets.isEmpty ? " --at \(at ?? "0")" : tickets.map { " '\($0)'" }.joined()
    return """
      tombola connect\(start)\(changes) --seeds \(seeds) --copies \(copies) --points \(points) --batches \(batches) \
      --train-samples \(trainSamples)
      """
  }
}

/// The table that ends an instability analysis.
struct ConnectionTable {
  let result: ConnectionResult
  let report: String

  init(_ result: ConnectionResult, report: String) {
    self.result = result
    self.report = report
  }

  var text: String {
    let seeds = result.seeds.count
    let caption = """
      \(result.settings["model"] ?? "") on \(result.dataset.name): instability in points of error\
      \(seeds > 1 ? ", mean ± half of the 95 % interval over \(seeds) seeds" : ", one seed")
      """
    return [caption, table, result.verdict.joined(separator: "\n"), closing].joined(separator: "\n\n")
  }

  private var table: String {
    var table = TextTable(header: ["fork", "density", "test", "training", "test error of ends", "verdict"])
    for fork in result.forks {
      table.rows.append([
        "\(fork.step) of \(fork.totalSteps)", String(format: "%.2f %%", 100 * fork.density),
        Self.cell(fork.testInstability), Self.cell(fork.trainInstability), Self.cell(fork.testEndError) + " %",
        fork.isStable ? "stable" : "unstable",
      ])
    }
    return table.text
  }

  private var closing: String {
    let seconds = result.seconds
    func time(_ phase: String) -> String { Terminal.duration(seconds[phase] ?? 0) }
    return """
      time: \(time("total")) in all; training \(time("training")), paths \(time("paths"))
      report: \(report)
      """
  }

  private static func cell(_ value: Interval) -> String {
    let mean = String(format: "%.2f", 100 * value.mean)
    return value.values.count == 1 ? mean : mean + String(format: " ± %.2f", 50 * (value.high - value.low))
  }
}
