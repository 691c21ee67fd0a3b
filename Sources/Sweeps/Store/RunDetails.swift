package import Basics
package import Foundation
package import Pages

/// All that is known of a run, read from its folder.
package struct RunDetails: Encodable, Sendable {
  package var entry: RunEntry
  package var folder: String
  /// Settings that differ from their defaults, as key=value.
  package var changes: [String]
  package var dense: Interval?
  package var rounds: [TicketRound]
  /// Every network over the seeds.
  package var stages: [StageTable.Row]
  package var summaries: [SeedSummary]
  package var isRunning: Bool
  package var files: Int
  package var bytes: Int
  /// Of all journals in the folder.
  package var events: Int
  package var damagedLines: Int

  /// What a journal has: events and damaged lines, a torn last line among them unless somebody is at work.
  package typealias JournalCount = (_ journal: URL, _ isRunning: Bool) -> (events: Int, damaged: Int)

  /// - Parameter count: Counts a journal's lines; those who ask often remember what they have read.
  package init(_ entry: RunEntry, store: URL, count: JournalCount = Self.counted) {
    self.entry = entry
    let url = store.appendingPathComponent(entry.name)
    folder = url.path
    changes = entry.changes
    summaries = RunEntry.summaries(in: url)
    let table = StageTable(summaries)
    (dense, rounds, stages) = (table.dense, table.rounds, table.rows)
    (files, bytes, events, damagedLines, isRunning) = (0, 0, 0, 0, Self.isRunning(url))
    survey(url, count)
  }

  /// Rounds of tickets beside their controls, or else every network; `nil` if nothing was measured.
  package var table: Table? {
    if !rounds.isEmpty {
      return TicketRound.table(rounds, dense: dense, marked: entry.round, caption: "Test accuracy, %")
    }
    return stages.allSatisfy(\.metrics.isEmpty) ? nil : StageTable.table(stages.map { ("", $0) }, caption: "Networks")
  }

  /// A search holds the whole folder, a sweep's run that of its seed.
  private static func isRunning(_ url: URL) -> Bool {
    FolderLock.isHeld(url)
      || FolderListing.folders(in: url) { $0.hasPrefix("seed-") }.contains {
        FolderLock.isHeld(url.appendingPathComponent($0.name))
      }
  }

  private mutating func survey(_ url: URL, _ count: JournalCount) {
    let paths = (try? FileManager.default.subpathsOfDirectory(atPath: url.path)) ?? []
    for path in paths {
      let file = url.appendingPathComponent(path)
      let values = try? file.resourceValues(forKeys: [.fileSizeKey, .isRegularFileKey])
      guard values?.isRegularFile == true else { continue }
      files += 1
      bytes += values?.fileSize ?? 0
      guard file.lastPathComponent == "journal.jsonl" else { continue }
      let lines = count(file, isRunning)
      events += lines.events
      damagedLines += lines.damaged
    }
  }

  package static func counted(_ journal: URL, isRunning: Bool) -> (events: Int, damaged: Int) {
    var reader = JournalReader(journal)
    reader.read()
    return (reader.events, reader.damagedLines + (reader.isTorn && !isRunning ? 1 : 0))
  }
}
