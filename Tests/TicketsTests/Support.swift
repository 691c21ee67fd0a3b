import Basics
import Datasets
import Foundation
import Lanes
import Networks
import Testing
import Tickets

/// A folder that vanishes with the test.
final class Scratch: Sendable {
  let url: URL

  init() throws {
    url = FileManager.default.temporaryDirectory.appendingPathComponent("tombola-tickets-\(UUID().uuidString)")
    try FileManager.default.createDirectory(at: url, withIntermediateDirectories: true)
  }

  deinit { try? FileManager.default.removeItem(at: url) }
}

/// The repository.
let root = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
  .deletingLastPathComponent()

/// A search on the digits that takes a fraction of a second, with `changes` as key=value.
func smallSettings(_ changes: String...) throws -> SearchSettings {
  var settings = SearchSettings()
  for change in ["data=digits", "model=mlp:24,16", "rounds=3", "steps=2ep", "batch=64"] + changes {
    try settings.apply(change)
  }
  return settings
}

/// A trained ticket of a network with 12 inputs and 3 classes, as a search makes one.
func handmadeTicket(startStep: Int = 0, trained: Bool = true, seed: UInt64 = 4) throws -> Ticket {
  let architecture = try ModelCatalog.architecture("mlp:9,5", input: FeatureShape(channels: 12), classes: 3)
  let layout = architecture.layout
  var mask = Mask(fullFor: layout), random = RandomStream(seed: 1, "test/mask")
  for entry in layout.prunable { for i in entry.range { mask.keeps[i] = random.nextUniform() < 0.3 } }
  let settings = SearchSettings()
  return Ticket(
    architecture: architecture, mask: mask, start: settings.initializer.parameters(for: layout, seed: seed),
    startStep: startStep, trained: trained ? Initializer.torchUniform.parameters(for: layout, seed: 7) : nil,
    seed: seed,
    round: 3, settings: Dictionary(uniqueKeysWithValues: settings.assignments.map { ($0.key, $0.value) }),
    metrics: ["testAccuracy": 0.5])
}

extension Ticket {
  /// Whether two tickets are the same in all that a file keeps.
  func isIdentical(to other: Ticket) -> Bool {
    architecture == other.architecture && mask == other.mask && start == other.start && startStep == other.startStep
      && trained == other.trained && seed == other.seed && round == other.round && settings == other.settings
      && metrics == other.metrics && digest == other.digest
  }
}
