import Basics
import Foundation
import Networks
import Training

/// A training by local critics between two epochs.
struct CriticsSession {
  let run: LocalCriticRun
  var epochs: [LocalCriticRun.Epoch] = []
  var curve: [CurvePoint] = []

  init(run: LocalCriticRun) { self.run = run }

  private static let epochsKey = "epochs"

  /// Everything that the next epoch depends on.
  func file() throws -> SafetensorsFile {
    let states = run.states
    var file = try states[0].file(curve: curve)
    for (i, state) in states.enumerated().dropFirst() {
      file.add("parameters-\(i)", state.parameters.values)
      file.add("moment1-\(i)", state.moment1.values)
      file.add("moment2-\(i)", state.moment2.values)
    }
    file.metadata["all-updates"] = states.map { "\($0.updates)" }.joined(separator: ",")
    file.metadata[Self.epochsKey] = String(decoding: try JSONEncoder().encode(epochs), as: UTF8.self)
    return file
  }

  /// Goes on from a file, if there is one that can be read; a damaged one counts as none.
  mutating func restore(from url: URL) {
    let name = url.lastPathComponent, layouts = run.layouts
    guard let file = try? SafetensorsFile(contentsOf: url), let curve = TrainingState.curve(in: file),
      let first = try? TrainingState(file, layout: layouts[0], name: name),
      let epochs = file.metadata[Self.epochsKey].flatMap({
        try? JSONDecoder().decode([LocalCriticRun.Epoch].self, from: Data($0.utf8))
      }), first.iteration == epochs.count * run.stepsPerEpoch, first.iteration <= run.totalSteps,
      let updates = file.metadata["all-updates"]?.split(separator: ",").map({ Int($0) }), updates.count == layouts.count
    else { return }
    var states = [first]
    for i in layouts.indices.dropFirst() {
      func values(_ key: String) -> Parameters? {
        (try? file.floats("\(key)-\(i)", count: layouts[i].count, file: name)).map {
          Parameters(layout: layouts[i], values: $0)
        }
      }
      guard let parameters = values("parameters"), let moment1 = values("moment1"), let moment2 = values("moment2"),
        let count = updates[i], 0...first.iteration ~= count
      else { return }
      var state = first
      (state.parameters, state.moment1, state.moment2, state.updates) = (parameters, moment1, moment2, count)
      states.append(state)
    }
    run.states = states
    (self.curve, self.epochs) = (curve, epochs)
  }
}
