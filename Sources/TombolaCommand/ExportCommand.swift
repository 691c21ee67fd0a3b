import ArgumentParser
import Basics
import Exports
import Foundation
import Tickets

struct ExportCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "export",
    abstract: "Write a ticket's network for other programs.",
    discussion: """
      The exported network takes the data set's samples as they are stored, bytes from 0 to 255 for instance, and \
      normalises them itself, unless --normalised is given.
      """)

  @Argument(help: "A ticket file.") var ticket: String
  @Option(help: "The form: \(ExportCatalog.all.map { $0.name }.joined(separator: ", ")).") var to: String
  @Option(help: "Where to write it.") var output: String
  @Option(help: "Which weights: trained or start.") var weights: String = ExportedWeights.trained.rawValue
  @Flag(help: "Leave the normalisation out: the exported network takes normalised inputs.") var normalised = false
  @Option(
    name: .customLong("set"), parsing: .upToNextOption, help: "Settings of the form: key=value (tombola list exports).")
  var assignments: [String] = []
  @Flag(help: "Write pruned tensors as their survivors alone: the same as --set sparse=true.") var sparse = false
  @Option(help: "Data set (default: that of the training that made the file).") var data: String?
  @OptionGroup var places: PlaceOptions
  @Flag(help: "Print one JSON object instead of the lines.") var json = false

  func run() throws {
    guard let weights = ExportedWeights(setting: weights) else {
      throw Problem.usage("--weights \(self.weights) cannot be read.", remedy: "Give \(ExportedWeights.settingForm).")
    }
    let form = try ExportCatalog.form(
      named: to, assignments.map { try SearchSettings.parted($0) } + (sparse ? [("sparse", "true")] : []))
    let value = try Ticket(contentsOf: URL(fileURLWithPath: ticket))
    var settings = try value.searchSettings()
    if let data { settings.data = data }
    let samples = try settings.loadedSamples(places.locator)
    let network = try ExportedNetwork(
      value, weights, samples: samples, data: settings.data, isNormalised: normalised)
    let url = URL(fileURLWithPath: output), lines = try form.write(network, to: url)
    let bytes = Self.bytes(of: url)
    if json {
      return try Terminal.json(
        Export(form: to, output: output, bytes: bytes, weights: weights.rawValue, digest: value.digest, notes: lines))
    }
    Terminal.print(
      (["\(output): \(bytes) bytes, \(weights.rawValue) weights of \(ticket)"] + lines).joined(separator: "\n"))
  }

  /// Of a file, or of all files in a folder.
  private static func bytes(of url: URL) -> Int {
    let files =
      FileManager.default.enumerator(at: url, includingPropertiesForKeys: nil)?.compactMap { $0 as? URL } ?? []
    return ([url] + files).reduce(0) { sum, file in
      let attributes = try? FileManager.default.attributesOfItem(atPath: file.path)
      let isFolder = attributes?[.type] as? FileAttributeType == .typeDirectory
      return sum + (isFolder ? 0 : attributes?[.size] as? Int ?? 0)
    }
  }
}

/// What `export` prints.
private struct Export: Encodable {
  var command = "export"
  var form, output: String
  var bytes: Int
  var weights, digest: String
  var notes: [String]
}
