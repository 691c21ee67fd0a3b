import Basics
import Datasets
import Experiments
import Methods
import TestSupport
import Testing

/// What criteria know about single weights (Su et al. 2020; Frankle et al. 2021): masks made at initialisation lose little
/// when they are shuffled within their layers, masks made after training lose clearly.
@Suite struct ImmunityTests {
  @Test func shufflingHurtsWhatTrainingFound() throws {
    let scratch = try Scratch()
    var settings = CriteriaSettings()
    for change in [
      "data=digits", "model=mlp:64", "steps=30ep", "evaluate=30ep", "batch=32", "exclude=output", "grid=",
      "also=snip,synflow,magnitude-at-init,magnitude", "densities=0.03,0.02",
    ] { try settings.apply(change) }
    let runner = Runner(Criteria(settings, seeds: [0, 1, 2, 3, 4]), threads: 2, output: scratch.url)
    let result = try runner.run(locator: DataLocator()).finding
    /// What shuffling costs, a mean over seeds and densities.
    func loss(_ name: String) throws -> Double {
      let costs = try result.densities.flatMap { density in
        let cell = try #require(result.cell(name, density)), shuffled = try #require(cell.shuffled)
        return zip(cell.testAccuracy.values, shuffled.values).map { $0 - $1 }
      }
      return costs.reduce(0, +) / Double(costs.count)
    }
    let trained = try loss("magnitude")
    for name in ["snip", "synflow", "magnitude-at-init"] {
      let lost = try loss(name)
      #expect(lost < trained / 2, "\(name): \(lost), magnitude: \(trained)")
    }
    #expect(trained > 0.02)
  }
}
