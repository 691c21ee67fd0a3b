import Basics
import Experiments
import Foundation
import Methods
import TestSupport

/// A study that trains in a blink.
enum SmallSpiral {
  static let combination = SpiralCombination(0.1, .constant)

  static func settings(_ changes: [String] = []) throws -> SpiralSettings {
    var settings = SpiralSettings()
    for change in ["data=cubist-spiral:4000", "steps=20ep"] + changes { try settings.apply(change) }
    return settings
  }

  static func tables(_ scratch: Scratch, _ changes: [String] = []) throws -> SpiralTables {
    SpiralTables(Spiral.folder(try settings(changes), in: scratch.url))
  }

  static func trainer(_ changes: [String] = []) throws -> SpiralTrainer { try SpiralTrainer(try settings(changes)) }
}
