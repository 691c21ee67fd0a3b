import Basics
import Foundation
import Networks
import Training

/// A training under label noise between two epochs: networks, and what the choice of samples rests on.
struct NoisySession {
  let runs: [OutputRun]
  private let samples: Int
  /// Of the last snapshots, [sample] each.
  var losses: [[Float]] = []
  /// How far views lie apart, after the last epoch.
  var views: [Float]?
  var epochs: [KeptEpoch] = []
  var curve: [CurvePoint] = []

  init(runs: [OutputRun], samples: Int) { (self.runs, self.samples) = (runs, samples) }

  private static let epochsKey = "epochs"

  /// Everything that the next epoch depends on.
  func file() throws -> SafetensorsFile {
    var file = try runs[0].state.file(curve: curve)
    for (i, run) in runs.enumerated().dropFirst() {
      let state = run.state
      file.add("parameters-\(i)", state.parameters.values)
      file.add("moment1-\(i)", state.moment1.values)
      file.add("moment2-\(i)", state.moment2.values)
    }
    for (i, losses) in losses.enumerated() { file.add("losses-\(i)", losses) }
    if let views { file.add("views", views) }
    file.metadata[Self.epochsKey] = String(decoding: try JSONEncoder().encode(epochs), as: UTF8.self)
    return file
  }

  /// Goes on from a file, if there is one that can be read; a damaged one counts as none.
  mutating func restore(from url: URL) throws {
    guard let file = try? SafetensorsFile(contentsOf: url), let curve = TrainingState.curve(in: file),
      let epochs = file.metadata[Self.epochsKey].flatMap({
        try? JSONDecoder().decode([KeptEpoch].self, from: Data($0.utf8))
      }),
      epochs.count == curve.count
    else { return }
    let layout = runs[0].plan.layout, name = url.lastPathComponent
    guard let first = try? TrainingState(file, layout: layout, name: name) else { return }
    var states = [first]
    for i in runs.indices.dropFirst() {
      func values(_ key: String) -> Parameters? {
        (try? file.floats("\(key)-\(i)", count: layout.count, file: name)).map {
          Parameters(layout: layout, values: $0)
        }
      }
      guard let parameters = values("parameters"), let moment1 = values("moment1"), let moment2 = values("moment2")
      else {
        return
      }
      var state = first
      (state.parameters, state.moment1, state.moment2) = (parameters, moment1, moment2)
      states.append(state)
    }
    for (run, state) in zip(runs, states) { run.state = state }
    var losses: [[Float]] = []
    while let next = try? file.floats("losses-\(losses.count)", count: samples, file: name) { losses.append(next) }
    (self.losses, self.curve, self.epochs) = (losses, curve, epochs)
    views = try? file.floats("views", count: samples, file: name)
  }
}
