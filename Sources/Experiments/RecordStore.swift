import Basics
import Foundation
public import Tickets

/// Records by name, however they are kept: a file a training in a folder, or a row a run in a table.
public protocol RecordStore: Sendable {
  associatedtype Kept: Sendable

  /// Names of all records, damaged ones perhaps among them.
  func names() throws -> Set<String>

  /// What a name stands for; `nil` if there is no such record, or none that can be read.
  func record(named name: String) throws -> Kept?

  /// SHA-256 over all records: equal exactly if all trained weights are.
  func digest() throws -> String
}

extension RecordStore {
  /// All records that can be read, by name.
  public func all() throws -> [(name: String, record: Kept)] {
    try names().sorted().compactMap { name in try record(named: name).map { (name, $0) } }
  }
}

extension StageStore: RecordStore {
  public func names() -> Set<String> {
    let files = (try? FileManager.default.contentsOfDirectory(atPath: folder.path)) ?? []
    return Set(files.filter { $0.hasSuffix(".json") }.map { String($0.dropLast(5)) })
  }

  public func record(named name: String) -> StageRecord? { record(name) }

  public func digest() throws -> String {
    Digest.sha256(try all().map { "\($0.name) \($0.record.parametersDigest)\n" }.joined())
  }
}
