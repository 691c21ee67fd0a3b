import Basics
import Foundation
import Sweeps

/// News as server-sent events: of one run what its journals say, of the store how many runs there are and have changed.
struct EventStream {
  private let store: URL
  private let index: RunIndex
  private let folder: URL?

  /// A stream ends after so many seconds; the browser opens another.
  private static let longest = 600.0
  private static let pause = 0.3

  /// - Throws: `Problem.missingInput` if there is no such run.
  init(_ store: URL, _ index: RunIndex, run: String?) throws {
    self.store = store
    self.index = index
    folder = try run.map { store.appendingPathComponent(try index.exactRun($0).name) }
  }

  var response: HTTPResponse {
    .events { send in
      guard send("retry: 2000\n\n") else { return }
      if let folder { Self.follow(folder, send) } else { Self.follow(index, send) }
    }
  }

  private static func line(_ kind: String, _ value: some Encodable) -> String {
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.sortedKeys]
    let data = (try? encoder.encode(value)) ?? Data("null".utf8)
    return "event: \(kind)\ndata: \(String(decoding: data, as: UTF8.self))\n\n"
  }

  // MARK: one run

  private static func follow(_ folder: URL, _ send: (String) -> Bool) {
    var tails: [URL: JournalTail] = [:], quiet = 0.0
    let start = Date()
    for url in journals(folder) { tails[url] = JournalTail(url, fromEnd: true) }
    // Whoever hears this and then asks has missed nothing.
    guard send(line("opened", ["journals": tails.count])) else { return }
    while Date().timeIntervalSince(start) < longest {
      var news: [String] = []
      for url in journals(folder) {
        let (events, damaged) = tails[url, default: JournalTail(url, fromEnd: false)].next()
        news += events.filter { $0.kind != "evaluated" }.map { line($0.kind, $0) }
        if damaged > 0 { news.append(line("damaged", ["lines": damaged])) }
      }
      quiet = news.isEmpty ? quiet + pause : 0
      if quiet > 10 {
        (news, quiet) = ([": still here\n\n"], 0)
      }
      for text in news { guard send(text) else { return } }
      Thread.sleep(forTimeInterval: pause)
    }
  }

  static func journals(_ folder: URL) -> [URL] {
    let parts = (try? FileManager.default.contentsOfDirectory(atPath: folder.path)) ?? []
    let folders = parts.filter { $0.hasPrefix("seed-") && !$0.hasSuffix(".json") }.sorted()
    return ([folder] + folders.map { folder.appendingPathComponent($0) }).map {
      $0.appendingPathComponent("journal.jsonl")
    }
  }

  // MARK: the store

  private static func follow(_ index: RunIndex, _ send: (String) -> Bool) {
    let start = Date(), since = start.timeIntervalSince1970
    var last: [Int] = []
    while Date().timeIntervalSince(start) < longest {
      let changed = try? index.count(RunFilter(["updated>\(since)"], keys: RunEntry.facts))
      let counts = [(try? index.count()) ?? 0, changed ?? 0]
      if counts != last || Int(Date().timeIntervalSince(start)) % 10 == 0 {
        guard send(counts == last ? ": still here\n\n" : line("runs", ["count": counts[0], "changed": counts[1]]))
        else {
          return
        }
        last = counts
      }
      Thread.sleep(forTimeInterval: 1)
    }
  }
}

/// What is new in a journal since the last look; only whole lines.
struct JournalTail {
  private let url: URL
  private var offset: UInt64 = 0
  private var rest = Data()
  /// No more of a journal is read at a time.
  private static let mostBytes = 1 << 20

  init(_ url: URL, fromEnd: Bool) {
    self.url = url
    if fromEnd, let size = try? FileManager.default.attributesOfItem(atPath: url.path)[.size] as? UInt64 {
      offset = size
    }
  }

  mutating func next() -> (events: [Event], damaged: Int) {
    guard let handle = try? FileHandle(forReadingFrom: url) else { return ([], 0) }
    defer { try? handle.close() }
    guard (try? handle.seek(toOffset: offset)) != nil, let data = try? handle.read(upToCount: Self.mostBytes),
      !data.isEmpty
    else { return ([], 0) }
    offset += UInt64(data.count)
    rest += data
    guard let end = rest.lastIndex(of: UInt8(ascii: "\n")) else { return ([], 0) }
    let lines = rest[..<end].split(separator: UInt8(ascii: "\n"))
    rest = Data(rest[rest.index(after: end)...])
    let decoder = JSONDecoder()
    var events: [Event] = [], damaged = 0
    for line in lines {
      if let event = try? decoder.decode(Event.self, from: line) { events.append(event) } else { damaged += 1 }
    }
    return (events, damaged)
  }
}
