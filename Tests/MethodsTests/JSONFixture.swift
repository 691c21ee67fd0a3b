import Basics
import Foundation
import TestSupport
import Testing

extension Decodable {
  /// A finding or a part of one as files hold it: such values have no initialisers of their own.
  init(json object: [String: Any]) throws {
    self = try JSONDecoder().decode(Self.self, from: JSONSerialization.data(withJSONObject: object))
  }
}

/// What every page states.
enum PageFixture {
  static let dataset = DatasetSummary(
    name: "Fashion-MNIST", source: "Debian package dataset-fashion-mnist", shape: [1, 28, 28], classes: 10,
    trainCount: 55_000, validationCount: 5_000, testCount: 10_000,
    normalisation: "Mean 0.2860 subtracted, divided by the standard deviation 0.3530, both of the training images.")

  /// Values 0.1 points apart around which an interval is drawn.
  static func interval(_ mean: Double, seeds: Int) -> [String: Any] {
    let half = seeds > 1 ? 0.004 : 0
    return [
      "mean": mean, "low": mean - half, "high": mean + half, "values": (0..<seeds).map { mean + 0.001 * Double($0) },
    ]
  }
}

/// A folder of the version before there were records, unpacked: Tests/Fixtures/old-runs.
func oldRun(_ name: String, in scratch: Scratch) throws -> URL {
  try unpack("\(name).tar.gz", in: scratch)
  let folder = scratch.url.appendingPathComponent(name)
  let run = try FileManager.default.contentsOfDirectory(atPath: folder.path).first { $0.hasPrefix("\(name)-") }
  return folder.appendingPathComponent(try #require(run))
}

/// Unpacks a file of Tests/Fixtures/old-runs.
func unpack(_ archive: String, in scratch: Scratch) throws {
  let tar = Process(), path = Repository.root.appendingPathComponent("Tests/Fixtures/old-runs/\(archive)").path
  tar.executableURL = URL(fileURLWithPath: "/usr/bin/env")
  tar.arguments = ["tar", "xzf", path, "-C", scratch.url.path]
  try tar.run()
  tar.waitUntilExit()
  try #require(tar.terminationStatus == 0)
}
