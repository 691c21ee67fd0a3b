import Basics
import Datasets
import Foundation
import Lanes
import Methods
import Networks
import TestSupport
import Testing
import Training

/// Training of twelve masks against PyTorch (Tests/Golden/make_spiral.py).
@Suite struct SpiralGoldenTests {
  struct File: Decodable {
    struct Case: Decodable {
      var width: Int
      var density: Double
      var maskStream: UInt32
      var losses64: [Double]
    }
    var rate, momentum, weightDecay: Double
    var batch, multiplier, points: Int
    var cases: [Case]
  }

  @Test func firstLossesArePyTorchs() throws {
    let url = Repository.root.appendingPathComponent("Tests/Golden/spiral.json")
    let file = try JSONDecoder().decode(File.self, from: Data(contentsOf: url))
    #expect(file.cases.count == 12)
    var settings = SpiralSettings()
    (settings.momentum, settings.weightDecay, settings.batch) = (file.momentum, file.weightDecay, file.batch)
    settings.steps = .epochs(1)
    let recipe = settings.recipe(rate: file.rate, .constant), batches = try batches(file, recipe)
    for golden in file.cases {
      let network = SpiralTrainer.architecture(width: golden.width), mask = mask(golden, network.layout)
      let run = try FusedRun(network, start: start(network.layout), mask: mask, recipe: recipe, batches: batches)
      var losses: [Double] = []
      try run.train { losses += $0 }
      #expect(losses.count == golden.losses64.count)
      for (step, (found, wanted)) in zip(losses, golden.losses64).enumerated() {
        #expect(abs(found - wanted) < 1e-4 * wanted, "width \(golden.width), stream \(golden.maskStream), step \(step)")
      }
    }
  }

  /// Points arranged so that the first epoch walks through them as the script does.
  private func batches(_ file: File, _ recipe: Recipe) throws -> EpochBatches {
    let dataset = try Catalog.dataset(named: "cubist-spiral"), count = 20 * file.batch
    #expect(dataset.train.count == file.points)
    let order = EpochOrder.indices(count: count, seed: recipe.orderSeed, epoch: 0)
    var wanted = [Int32](repeating: 0, count: count)
    for (place, index) in order.enumerated() { wanted[Int(index)] = Int32(place * file.multiplier % file.points) }
    return EpochBatches(
      dataset.train.subset(wanted), of: dataset, normalisation: .none, batch: file.batch, seed: recipe.orderSeed)
  }

  private func start(_ layout: ParameterLayout) -> Parameters {
    var result = Parameters(zerosFor: layout)
    for (t, entry) in layout.entries.enumerated() {
      let values = Golden.spread(UInt32(100 + t), entry.count, 1 / Double(entry.shape.fanIn).squareRoot())
      result.values.replaceSubrange(entry.range, with: values)
    }
    return result
  }

  private func mask(_ golden: File.Case, _ layout: ParameterLayout) -> Mask {
    var mask = Mask(fullFor: layout)
    for (t, entry) in layout.entries.enumerated() where entry.isPrunable {
      for i in 0..<entry.count {
        mask.keeps[entry.offset + i] = Golden.uniform(golden.maskStream + UInt32(t), i) < golden.density
      }
    }
    for (entry, next) in zip(layout.prunable, layout.prunable.dropFirst()) {
      let bias = layout.entries(of: entry.layer)[1], inputs = next.shape.dimensions[1]
      for unit in 0..<bias.count {
        mask.keeps[bias.offset + unit] = (0..<next.shape.dimensions[0]).contains {
          mask.keeps[next.offset + $0 * inputs + unit]
        }
      }
    }
    return mask
  }
}
