import ArgumentParser
import Basics
import Foundation
import Sweeps

/// One seed of one arm, as engines start it.
struct SweepUnitCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "unit", abstract: "Do one seed of one arm of a sweep.", shouldDisplay: false)

  @Argument(help: "The sweep's name.") var study: String
  @Argument(help: "The unit's name: find-6e10af0433bd.seed-3.") var unit: String
  @OptionGroup var place: StoreOption
  @OptionGroup var data: PlaceOptions
  @OptionGroup var threading: ThreadOption

  func run() throws {
    Signals.hurry()
    let folder = try SweepFolder(existing: study, store: place.store), plan = try folder.plan()
    guard let unit = plan.unit(named: unit) else {
      throw Problem.missingInput("The sweep \(study) has no run '\(unit)'.", remedy: "See 'tombola sweep status'.")
    }
    var worker = SweepWorker(folder: folder, plan: plan)
    worker.threads = threading.threads
    if try !worker.run(unit, locator: data.locator) { throw ExitCode(SweepWorker.busyCode) }
  }
}

/// The runs of one task of a job array, as Slurm starts it.
struct SweepPackCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "pack", abstract: "Do the runs of one task of a job array.", shouldDisplay: false)

  @Argument(help: "The sweep's name.") var study: String
  @Argument(help: "The batch's name.") var batch: String
  @Argument(help: "The task's number.") var task: Int
  @OptionGroup var options: SweepOptions

  func run() throws {
    let folder = try SweepFolder(existing: study, store: options.place.store), plan = try folder.plan()
    let packs = try SlurmBatch(named: batch, in: folder).packs()
    guard packs.indices.contains(task) else {
      throw Problem.usage("\(batch) has no task \(task).", remedy: "It has \(packs.count), from 0.")
    }
    let units = packs[task].compactMap { plan.unit(named: $0) }
    try SweepSession(plan: plan, folder: folder, options: options).run(pack: units)
  }
}
