import ArgumentParser
import Basics
import Datasets
import Exports
import Foundation
import Lanes
import Networks
import Tickets
import Training

struct PredictCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "predict",
    abstract: "Predict classes with a trained ticket.",
    discussion: """
      Batch norm is folded and dead units are gone; samples are normalised as in the ticket's training. With --batch 1 the \
      kernels are those for single samples; the bits are the same.
      """)

  @Argument(help: "A ticket file.") var ticket: String
  @Argument(help: "Data set, as --data names it (default: that of the training that made the file).") var data: String?
  @Option(help: "Which samples: test or train.") var split = "test"
  @Option(help: "Write here, as .csv, .json or .npz (default: CSV on standard output).") var output: String?
  @Option(help: "Which weights: trained or start.") var weights = ExportedWeights.trained.rawValue
  @Option(help: "Samples at a time.", transform: Limit.batch) var batch = 64
  @OptionGroup var places: PlaceOptions
  @OptionGroup var threading: ThreadOption
  @Flag(help: "Print one JSON object instead of CSV.") var json = false

  func validate() throws {
    guard ["test", "train"].contains(split) else { throw ValidationError("--split must be test or train.") }
    let endings = [".csv", ".json", ".npz"]
    guard output.map({ name in endings.contains { name.lowercased().hasSuffix($0) } }) ?? true else {
      throw ValidationError("--output must end with .csv, .json or .npz.")
    }
  }

  func run() throws {
    guard let weights = ExportedWeights(setting: weights) else {
      throw Problem.usage("--weights \(self.weights) cannot be read.", remedy: "Give \(ExportedWeights.settingForm).")
    }
    let value = try Ticket(contentsOf: URL(fileURLWithPath: ticket))
    var settings = try value.searchSettings()
    // The normalisation of samples that were given in memory stands in the ticket.
    if let data, DataLocator.heldType(of: settings.data) != nil { settings.data = data }
    let own = try settings.loadedSamples(places.locator)
    let network = try ExportedNetwork(value, weights, samples: own, data: settings.data, isNormalised: false)
    let dataset =
      try data.map { try Catalog.dataset(named: $0, from: places.locator, options: settings.loading) } ?? own.dataset
    try value.checkFits(input: dataset.inputShape, classes: dataset.classCount, data: data ?? settings.data)
    let samples = SampleStore(
      split == "test" ? dataset.test : dataset.train, of: dataset, normalisation: own.normalisation)
    let folded = try FoldedNetwork(network.architecture, network.parameters, mask: network.mask)
    let predictions = Predictions(
      folded, of: samples, classNames: dataset.classNames, batch: batch,
      pool: ThreadPool(threads: threading.threads))
    Terminal.note(
      String(
        format: "%d samples, %.2f %% as labelled; %d batch norms folded, %d units removed, %d weights left",
        samples.count, 100 * predictions.accuracy, folded.foldedNorms, folded.removedUnits, folded.mask.remaining))
    if let output { return try predictions.write(to: URL(fileURLWithPath: output)) }
    Terminal.print(json ? String(decoding: try predictions.json(), as: UTF8.self) : String(predictions.csv.dropLast()))
  }
}
