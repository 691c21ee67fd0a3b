import Basics
import Foundation
import Sweeps

/// News as server-sent events: of one run what its journals say, of the store how many runs there are and have changed.
struct EventStream {
  private let index: RunIndex
  private let cache: CurveCache
  private let folder: URL?

  /// A stream ends after so many seconds; the browser opens another.
  private static let longest = 600.0

  /// - Throws: `Problem.missingInput` if there is no such run.
  init(_ site: Router, run: String?) throws {
    index = site.index
    cache = site.cache
    folder = try run.map { site.store.appendingPathComponent(try site.index.exactRun($0).name) }
  }

  var response: HTTPResponse {
    .events { listener in
      guard listener.send("retry: 2000\n\n") else { return }
      if let folder {
        let journals = { Self.journals(folder).map { ($0, cache.journal($0)) } }
        var known = Dictionary(uniqueKeysWithValues: journals())
        // Whoever hears this and then asks has missed nothing.
        guard listener.send(Self.line("opened", ["journals": known.count])) else { return }
        Self.follow(listener, every: 0.3) {
          let now = Dictionary(uniqueKeysWithValues: journals())
          defer { known = now }
          return now.reduce(into: News()) { $0.add($1.value, since: known[$1.key]) }.lines
        }
      } else {
        let since = Date().timeIntervalSince1970
        var last: [String: Int] = [:]
        Self.follow(listener, every: 1) {
          let changed = (try? index.count(RunFilter(["updated>\(since)"], keys: RunEntry.facts))) ?? 0
          let counts = ["count": (try? index.count()) ?? 0, "changed": changed]
          defer { last = counts }
          return counts == last ? [] : [Self.line("runs", counts)]
        }
      }
    }
  }

  /// Sends what there is to tell, and now and then that it still listens, until nobody does.
  private static func follow(_ listener: HTTPResponse.Listener, every pause: Double, _ news: () -> [String]) {
    let clock = ContinuousClock(), start = clock.now
    var quiet = 0.0
    while clock.now - start < .seconds(longest) {
      var lines = news()
      quiet = lines.isEmpty ? quiet + pause : 0
      if quiet > 10 { (lines, quiet) = ([": still here\n\n"], 0) }
      guard lines.allSatisfy(listener.send), listener.wait(pause) else { return }
    }
  }

  private static func line(_ kind: String, _ value: [String: Int]) -> String {
    let members = value.sorted { $0.key < $1.key }.map { "\"\($0.key)\":\($0.value)" }
    return "event: \(kind)\ndata: {\(members.joined(separator: ","))}\n\n"
  }

  /// How many lines of each kind are new.
  private struct News {
    private var progress = 0
    private var trained = 0
    private var damaged = 0

    mutating func add(_ now: LiveJournal.State, since before: LiveJournal.State?) {
      progress += now.progress - (before?.progress ?? 0)
      trained += now.trained - (before?.trained ?? 0)
      damaged += now.damagedLines - (before?.damagedLines ?? 0)
    }

    var lines: [String] {
      [("progress", progress), ("trained", trained), ("damaged", damaged)].filter { $0.1 != 0 }.map {
        EventStream.line($0.0, ["lines": $0.1])
      }
    }
  }

  private static func journals(_ folder: URL) -> [URL] {
    let parts = (try? FileManager.default.contentsOfDirectory(atPath: folder.path)) ?? []
    let folders = parts.filter { $0.hasPrefix("seed-") && !$0.hasSuffix(".json") }.sorted()
    return ([folder] + folders.map { folder.appendingPathComponent($0) }).map {
      $0.appendingPathComponent("journal.jsonl")
    }
  }
}
