import Analysis
public import Basics
public import Foundation
import Tickets

/// All that is known of a run, read from its folder.
public struct RunDetails: Codable, Sendable {
  public var entry: RunEntry
  public var folder: String
  /// Settings that differ from their defaults, as key=value.
  public var changes: [String]
  public var dense: Interval?
  public var rounds: [StudyRound]
  public var summaries: [SeedSummary]
  public var isRunning: Bool
  public var files: Int
  public var bytes: Int
  /// Of all journals in the folder.
  public var events: Int
  public var damagedLines: Int

  public init(_ entry: RunEntry, store: URL) {
    self.entry = entry
    let url = store.appendingPathComponent(entry.name)
    folder = url.path
    let defaults = Dictionary(uniqueKeysWithValues: SearchSettings().assignments.map { ($0.key, $0.value) })
    changes = entry.settings.filter { defaults[$0.key] != $0.value }.map { "\($0.key)=\($0.value)" }.sorted()
    summaries = RunEntry.summaries(in: url)
    dense = SeedTable(summaries).interval("dense", 0, \.testAccuracy)
    rounds = SeedTable(summaries).results
    (files, bytes, events, damagedLines, isRunning) = (0, 0, 0, 0, Self.isRunning(url))
    survey(url)
  }

  /// A search holds the whole folder, a sweep's run that of its seed.
  private static func isRunning(_ url: URL) -> Bool {
    FolderLock.isHeld(url)
      || FolderListing.folders(in: url) { $0.hasPrefix("seed-") }.contains {
        FolderLock.isHeld(url.appendingPathComponent($0.name))
      }
  }

  private mutating func survey(_ url: URL) {
    let paths = (try? FileManager.default.subpathsOfDirectory(atPath: url.path)) ?? []
    for path in paths {
      let file = url.appendingPathComponent(path)
      let values = try? file.resourceValues(forKeys: [.fileSizeKey, .isRegularFileKey])
      guard values?.isRegularFile == true else { continue }
      files += 1
      bytes += values?.fileSize ?? 0
      if file.lastPathComponent == "journal.jsonl", let read = try? Journal(file).events() {
        events += read.events.count
        damagedLines += read.damagedLines
      }
    }
  }
}
