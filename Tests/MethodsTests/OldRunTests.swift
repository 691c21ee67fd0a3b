import Basics
import Experiments
import Foundation
import Methods
import Pages
import TestSupport
import Testing

/// Run folders of the version before there were records: Tests/Fixtures/old-runs.
@Suite struct OldRunTests {
  private static let names =
    (try? FileManager.default.contentsOfDirectory(
      atPath: Repository.root.appendingPathComponent("Tests/Fixtures/old-runs").path
    ).sorted()) ?? []

  /// Their results are read as records, their pages written, and their settings name the same folders.
  @Test(arguments: names)
  func oldResultsAreRecords(_ name: String) throws {
    let scratch = try Scratch()
    try unpack(name, in: scratch)
    for path in try files(scratch.url) where path.hasSuffix("/result.json") {
      let folder = scratch.url.appendingPathComponent(path).deletingLastPathComponent()
      if let type = try Self.experiment(of: folder) { try Self.check(type, folder) }
    }
  }

  private static func experiment(of folder: URL) throws -> (any Experiment.Type)? {
    struct Noted: Decodable { var command: String, settings: [String: String] }
    // Sweeps have none.
    guard let data = try? Data(contentsOf: folder.appendingPathComponent("run.json")) else { return nil }
    let noted = try JSONDecoder().decode(Noted.self, from: data)
    return MethodCatalog.all.first { $0.wasCalled(noted.command, noted.settings) }
      ?? MethodCatalog.all.first { $0.name == noted.command }
  }

  private static func check<E: Experiment>(_ type: E.Type, _ folder: URL) throws {
    let data = try Data(contentsOf: folder.appendingPathComponent("result.json"))
    let record = try JSONDecoder().decode(Record<E.Finding>.self, from: data)
    #expect(!record.seeds.isEmpty && !E.report(record).verdict.isEmpty)
    #expect(record.command == E.name || E.wasCalled(record.command, record.settings))
    try Markup.check(E.report(record).html(chartScript: nil))
    let object = try JSONSerialization.jsonObject(with: data) as? [String: Any]
    var settings = E.Settings()
    for field in E.Settings.fields {
      // Some settings were no settings yet.
      let text = record.settings[field.key] ?? (object?[field.key] as? Int).map { "\($0)" }
      if let text { try settings.set(field.key, to: text) }
    }
    // What a graph file holds is part of the identity, and that file is elsewhere.
    if record.settings["model"]?.hasPrefix("graph:") == true { return }
    #expect(E.folder(settings, in: folder).lastPathComponent == folder.lastPathComponent)
  }
}
