import Analysis
import ArgumentParser
import Basics
import Foundation
import Lanes

struct BenchLocality: Measurement {
  static let configuration = CommandConfiguration(
    commandName: "locality", abstract: "Time the analysis of masks over colour images: all measures, both null models.")

  @Option(help: "Units of the layer.") var units = 1024
  @Option(help: "Height and width of the images.") var size = 32
  @Option(help: "Densities, with commas.") var density = "0.3,0.1,0.01"

  func validate() throws {
    guard (1...100_000).contains(units), (2...ReceptiveFields.widest).contains(size) else {
      throw ValidationError("--units must be from 1 to 100000, --size from 2 to \(ReceptiveFields.widest).")
    }
  }

  func run() throws {
    let shape = FeatureShape(channels: 3, height: size, width: size)
    for (text, density) in zip(density.split(separator: ","), try Limit.densities("--density", density)) {
      var random = RandomStream(seed: 0, "bench-mask/locality")
      let fields = ReceptiveFields(shape: shape, units: units) { _, _ in random.nextUniform() < density }
      let watch = Stopwatch(), analysis = LocalityAnalysis(fields), seconds = watch.seconds
      let z = analysis.comparison(.within2, .degreePreserving)?.z.map { String(format: "%.2f", $0) } ?? "-"
      Terminal.print(
        "\(shape.count)x\(units) at density \(text): "
          + String(format: "%.2f s", seconds) + " (pairs within 2 pixels: z = \(z))")
    }
  }
}
