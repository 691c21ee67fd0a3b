import Basics
import Experiments
import Foundation
import Methods
import Networks
import Testing
import Tickets

/// The one run folder below a folder, with what must not depend on how the run went.
struct RunFolder {
  let url: URL

  init(in out: URL) throws {
    let folders = try FileManager.default.contentsOfDirectory(atPath: out.path).filter { $0.hasPrefix("find-") }
    #expect(folders.count == 1)
    url = out.appendingPathComponent(try #require(folders.first))
  }

  /// Files by path below the folder; those that were being written when a process was killed are left out.
  func files() throws -> [String] {
    try FileManager.default.subpathsOfDirectory(atPath: url.path).sorted().filter { !$0.hasSuffix(".tmp") }
  }

  /// What `result.json` says, without places.
  func result() throws -> FindFinding {
    var finding = try record().finding
    finding.ticket?.path = ""
    return finding
  }

  func record() throws -> Record<FindFinding> {
    try JSONDecoder().decode(Record.self, from: Data(contentsOf: url.appendingPathComponent("result.json")))
  }

  /// Digests of start weights and mask, and of trained weights, by file.
  func tickets() throws -> [String: [String]] {
    var digests: [String: [String]] = [:]
    for file in try files() where file.hasSuffix(".safetensors") {
      let ticket = try Ticket(contentsOf: url.appendingPathComponent(file))
      digests[file] = [ticket.digest, ticket.trained.map { Digest.sha256($0.values) } ?? "none"]
    }
    return digests
  }

  func expectReadable(location: SourceLocation = #_sourceLocation) throws {
    for file in try files() where file.hasSuffix(".json") {
      let data = try Data(contentsOf: url.appendingPathComponent(file))
      #expect((try? JSONSerialization.jsonObject(with: data)) != nil, "\(file) is no JSON", sourceLocation: location)
    }
    for file in try files() where file.hasSuffix(".safetensors") {
      let data = try Data(contentsOf: url.appendingPathComponent(file))
      #expect(throws: Never.self, "\(file)", sourceLocation: location) { try SafetensorsFile(data, file: file) }
    }
  }

  func changeDates() throws -> [String: Date] {
    var dates: [String: Date] = [:]
    for file in try files() {
      let attributes = try FileManager.default.attributesOfItem(atPath: url.appendingPathComponent(file).path)
      dates[file] = attributes[.modificationDate] as? Date
    }
    return dates
  }
}
