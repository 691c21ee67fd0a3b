import Basics
import Foundation
import Networks
import TestSupport
import Testing
import Tickets
import Training

/// Tickets and checkpoints with something in them that no version wrote.
@Suite struct HostileTicketTests {
  /// Every number of a ticket's metadata: refused, or a ticket of as many weights.
  @Test(arguments: ["conv-2:0.1", "resnet-20:0.1", "bn-mlp:8,4", "lenet-5"])
  func metadataAreReadOrRefused(_ model: String) throws {
    let architecture = try ModelCatalog.architecture(
      model, input: FeatureShape(channels: 1, height: 16, width: 16), classes: 3)
    let layout = architecture.layout, start = SearchSettings().initializer.parameters(for: layout, seed: 1)
    let ticket = Ticket(
      architecture: architecture, mask: Mask(fullFor: layout), start: start, startStep: 3, trained: nil, seed: 1,
      round: 1, settings: SearchSettings().texts, metrics: ["testAccuracy": 0.5])
    let file = try ticket.file()
    for key in ["architecture", "metrics", "seed", "round", "start_step"] {
      try HostileJSON.variants(of: Data((file.metadata[key] ?? "").utf8)) { data, what in
        // Long texts and lists say nothing more about a network; reading it takes a while.
        guard data.count < 2 * (file.metadata[key] ?? "").utf8.count + 100 else { return }
        var forged = file
        forged.metadata[key] = String(decoding: data, as: UTF8.self)
        do {
          let read = try Ticket(forged, name: "t")
          #expect(read.mask.layout.count == layout.count, "\(key) \(what)")
          #expect(try !read.architecture.description.isEmpty && !read.file().encoded().isEmpty)
        } catch let problem as Problem {
          #expect(problem.kind == .badData || problem.kind == .usage, "\(key) \(what): \(problem)")
        }
      }
    }
  }

  private static func checkpoint() throws -> (layout: ParameterLayout, state: TrainingState, curve: [CurvePoint]) {
    let layout = try ModelCatalog.architecture("mlp:6", input: FeatureShape(channels: 4), classes: 2).layout
    let values = SearchSettings().initializer.parameters(for: layout, seed: 1).values
    var file = SafetensorsFile(metadata: ["format": "tombola-checkpoint-1", "iteration": "8", "updates": "8"])
    for name in ["parameters", "moment1", "moment2"] { file.add(name, values) }
    let state = try TrainingState(file, layout: layout, name: "c")
    let curve = [0, 4].map {
      CurvePoint(step: $0, validationLoss: 1.5, validationAccuracy: 0.5, testAccuracy: 0.25)
    }
    return (layout, state, curve)
  }

  /// One bit of a checkpoint, any bit: it counts as none, or says the same.
  @Test func everyFlippedBitOfACheckpointIsNoticed() throws {
    let scratch = try Scratch(), store = StageStore(folder: scratch.url, journal: Journal(scratch.url))
    let (layout, state, curve) = try Self.checkpoint()
    try store.saveCheckpoint("dense", state, curve)
    let file = scratch.url.appendingPathComponent("checkpoint-dense.safetensors"), data = try Data(contentsOf: file)
    var survivors = 0
    for bit in stride(from: 0, to: 8 * data.count, by: 3) {
      var damaged = data
      damaged[bit / 8] ^= 1 << (bit % 8)
      try damaged.write(to: file)
      guard let found = store.checkpoint("dense", layout, pixels: 0) else { continue }
      #expect(found.state == state && found.curve == curve, "bit \(bit)")
      survivors += 1
    }
    #expect(survivors < 30)
    try data.write(to: file)
    #expect(store.checkpoint("dense", layout, pixels: 0)?.state == state)
  }

  /// Those of older versions carry no digest and are read; numbers that cannot be are refused.
  @Test func checkpointsWithoutDigestsAreChecked() throws {
    let (layout, state, curve) = try Self.checkpoint()
    let good = try state.file(curve: curve)
    #expect(try TrainingState(good, layout: layout, name: "c") == state)
    for (key, values) in [
      "iteration": ["-1", "9223372036854775807", "1e19", "nan", "", "7"],
      "updates": ["-1", "9", "9223372036854775807"],
    ] {
      for value in values {
        var file = good
        file.metadata[key] = value
        #expect(throws: Problem.self, "\(key)=\(value)") { try TrainingState(file, layout: layout, name: "c") }
      }
    }
    for text in ["[]x", "", "[{}]", #"[{"step":-1,"validationLoss":1,"validationAccuracy":1,"testAccuracy":1}]"#] {
      var file = good
      file.metadata["curve"] = text
      #expect(TrainingState.curve(in: file) == nil, "\(text)")
    }
  }
}
