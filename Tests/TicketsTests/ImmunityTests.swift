import Datasets
import Foundations
import Networks
import Pruning
import Testing
import Tickets

/// What criteria know about single weights (Su et al. 2020; Frankle et al. 2021): masks made at initialisation lose little
/// when they are shuffled within their layers, masks made after training lose clearly.
@Suite struct ImmunityTests {
  @Test func shufflingHurtsWhatTrainingFound() throws {
    let scratch = try Scratch()
    var settings = SearchSettings()
    for change in ["data=digits", "model=mlp:64", "steps=12ep", "evaluate=12ep", "batch=32", "exclude=output"] {
      try settings.apply(change)
    }
    let study = CriteriaStudy(
      settings: settings, criteria: ["snip", "synflow", "magnitude-at-init", "magnitude"], densities: [0.05],
      seeds: [0, 1, 2, 3, 4], threads: 2, output: scratch.url)
    let result = try study.run(locator: DataLocator())
    func loss(_ name: String) throws -> Double {
      let cell = try #require(result.cell(name, 0.05)), shuffled = try #require(cell.shuffled)
      return zip(cell.testAccuracy.values, shuffled.values).reduce(0) { $0 + $1.0 - $1.1 } / 5
    }
    let trained = try loss("magnitude")
    for name in ["snip", "synflow", "magnitude-at-init"] {
      let lost = try loss(name)
      #expect(lost < trained / 2, "\(name): \(lost), magnitude: \(trained)")
    }
    #expect(trained > 0.02)
  }
}
