import ArgumentParser
import Basics
import Foundation
import Sweeps

struct SweepStatusCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "status", abstract: "Show how far a sweep is, or which sweeps there are.")

  @Argument(help: "The sweep's name, or its folder.") var name: String?
  @OptionGroup var place: StoreOption
  @Flag(help: "Print one JSON object instead of tables.") var json = false

  /// What is known of a sweep at this moment.
  private struct Status: Encodable {
    var study: String
    var states: [String: Int]
    var cancelled: Bool
    var failures: [SweepFailure]
    var running: [String]
    /// Tasks in Slurm's queue, by state in Slurm's words.
    var slurm: [String: Int]
  }

  func run() throws {
    guard let name else { return try list() }
    let folder = try place.sweep(named: name), status = try status(of: folder)
    if json { return try Terminal.json(status) }
    Terminal.print(line(status) + (status.cancelled ? ", cancelled" : ""))
    for (state, count) in status.slurm.sorted(by: { $0.key < $1.key }) {
      Terminal.print("in Slurm: \(count) tasks \(state.lowercased())")
    }
    for unit in status.running { Terminal.print("running: \(unit)") }
    for failure in status.failures { Terminal.print("failed: \(failure.log): \(failure.problem)") }
  }

  private func list() throws {
    let all = try SweepFolder.names(in: place.store).map { try status(of: SweepFolder(name: $0, store: place.store)) }
    if json { return try Terminal.json(all) }
    if all.isEmpty { Terminal.print("There is no sweep in \(place.store.path).") }
    for status in all { Terminal.print("\(status.study): \(line(status))") }
  }

  private func status(of folder: SweepFolder) throws -> Status {
    let plan = try folder.plan(), failed = folder.failedUnits()
    let states = plan.units.map { ($0, folder.state($0, of: plan, failed: failed)) }
    let failures = states.filter { $0.1 == .failed }.compactMap { unit, _ in
      var failure = SweepFailure(unit, in: folder)
      failure?.log = folder.log(unit).path
      return failure
    }
    return Status(
      study: plan.name, states: Dictionary(grouping: states) { $0.1.rawValue }.mapValues(\.count),
      cancelled: folder.isCancelled, failures: failures, running: states.filter { $0.1 == .running }.map(\.0.name),
      slurm: Dictionary(grouping: slurmTasks(folder), by: \.state).mapValues(\.count))
  }

  /// The folder tells everything but what waits in a queue; where Slurm cannot be asked, that is left out.
  private func slurmTasks(_ folder: SweepFolder) -> [SlurmQueue.Task] {
    do { return try SlurmQueue(folder).live() } catch {
      Terminal.note("Slurm cannot be asked: \(error)")
      return []
    }
  }

  private func line(_ status: Status) -> String {
    let all = status.states.values.reduce(0, +)
    let parts = SweepFolder.State.allCases.compactMap { state in
      status.states[state.rawValue].map { "\($0) \(state.rawValue)" }
    }
    return "\(all) runs: " + parts.joined(separator: ", ")
  }
}
