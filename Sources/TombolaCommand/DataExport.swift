import ArgumentParser
import Basics
import Foundation
import Scenes
import Tickets
import Training

struct DataExport: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "export",
    abstract: "Write samples, labels, splits and normalisation as one safetensors file, or scenes as a folder.",
    discussion: """
      With a ticket the data are those of its search, split and normalised as there. docs/files.md says what the file \
      holds. Scenes (--data sprites, sprites:DATASET, coco:DIR) become a folder in COCO's form: docs/scenes.md.
      """)

  @Argument(help: "Where to write the file, or the folder of scenes.") var output: String
  @Option(help: "A ticket file, whose settings are taken.") var ticket: String?
  @Option(help: "Data set (default: that of the ticket's search).") var data: String?
  @Option(name: .customLong("set"), parsing: .upToNextOption, help: "Settings of the data: key=value.")
  var assignments: [String] = []
  @Flag(help: "Leave the samples out: the file holds splits and normalisation alone.") var noSamples = false
  @OptionGroup var places: PlaceOptions

  func validate() throws {
    guard ticket != nil || data != nil else { throw ValidationError("Name the data with --ticket or --data.") }
  }

  func run() throws {
    if ticket == nil, let data, SceneCatalog.isNamed(data) { return try exportScenes(data) }
    var settings =
      try ticket.map { try Ticket(contentsOf: URL(fileURLWithPath: $0)).searchSettings() } ?? SearchSettings()
    if let data { settings.data = data }
    for assignment in assignments { try settings.apply(assignment) }
    let samples = try settings.loadedSamples(places.locator)
    try samples.file(holdsSamples: !noSamples).write(to: URL(fileURLWithPath: output))
    Terminal.print(
      "\(output): \(settings.data), \(samples.train.count) samples to train on, \(samples.validation.count) for "
        + "validation, \(samples.test.count) for testing, normalisation \(samples.normalisation)")
  }

  private func exportScenes(_ name: String) throws {
    guard !noSamples else {
      throw Problem.usage("--no-samples has no effect on \(name).", remedy: "Leave it out.")
    }
    var settings = SceneSettings()
    for assignment in assignments { try settings.apply(assignment) }
    let scenes = try SceneCatalog.load(name, settings: settings, from: places.locator)
    let folder = URL(fileURLWithPath: output)
    guard !FileManager.default.fileExists(atPath: folder.path) else {
      throw Problem.cannotWrite("\(output) exists already.", remedy: "Choose another name, or remove it first.")
    }
    scenes.notes.forEach(Terminal.note)
    try AtomicFile.write(folder: scenes.cocoFolder(), to: folder)
    Terminal.print(
      "\(output): \(name), \(scenes.train.count) images to train on, \(scenes.test.count) for testing, "
        + "\(scenes.categories.count) categories; read it as coco:\(output):\(scenes.shape.width)")
  }
}
