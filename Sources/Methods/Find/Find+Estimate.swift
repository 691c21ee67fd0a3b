import Basics
public import Experiments
public import Foundation
import Networks
import Tickets

extension Find {
  /// The dense training's files lie here and where it is shared; of every round there are the survivors' weights, the mask
  /// and the records.
  public func estimate(of seed: UInt64, _ material: TrainingMaterial, _ timing: StepTiming?) throws -> WorkEstimate {
    guard let timing else { return WorkEstimate() }
    let search = settings.search,
      dense = search.controls.types.filter { $0.isDense }.reduce(0) { $0 + $1.variants.count }
    let controls = search.controls.types.count { !$0.isDense }
    var estimate = material.estimate(
      work: units(of: seed, material).reduce(0) { $0 + $1.work },
      trainings: 1 + dense + search.rounds * (1 + controls), timing)
    estimate.denseSeconds = material.denseSeconds(timing)
    let count = Double(material.architecture.layout.count)
    var bytes = 16 * count, density = 1.0
    for _ in 0..<search.rounds {
      density *= 1 - search.fraction
      let ticket = 8 * density * count + count / 8 + 6000
      bytes += ticket * (search.keepsControls ? 1 + Double(controls) : 1) + 4000 * Double(controls)
      if search.keepsScores { bytes += 4 * count }
    }
    if search.keepsControls { bytes += 8 * count * Double(dense) }
    estimate.diskBytes = Int(bytes)
    return estimate
  }

  public func sharedFolder(_ material: TrainingMaterial, in output: URL) -> URL? {
    material.dataset?.digest.map { SharedDense(settings.search, dataDigest: $0, output: output).folder }
  }
}
