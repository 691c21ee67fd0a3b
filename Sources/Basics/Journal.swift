public import Foundation

/// One line of a run's journal.
public struct Event: Codable, Equatable, Sendable {
  /// What happened: `progress` at most once a second while a training goes on; `evaluated` (one a point of a learning
  /// curve), then `trained`, when it has ended.
  public var kind: String
  /// Which part of the run it belongs to, for instance `seed-0/round-03.reinit`.
  public var stage: String
  /// Seconds since 1970.
  public var time: Double
  /// Numbers by name: `step`, `validationLoss`, `validationAccuracy`, `testAccuracy`; `seconds`.
  public var values: [String: Double]

  public init(kind: String, stage: String, time: Double = Moment.now, values: [String: Double] = [:]) {
    self.kind = kind
    self.stage = stage
    self.time = time
    self.values = values
  }
}

extension Event {
  private enum CodingKeys: CodingKey { case kind, stage, time, values }

  /// - Throws: `DecodingError` where a number is outside of its `StoredRange`.
  public init(from decoder: any Decoder) throws {
    let container = try decoder.container(keyedBy: CodingKeys.self)
    kind = try container.decode(String.self, forKey: .kind)
    stage = try container.decode(String.self, forKey: .stage)
    time = try container.decode(Double.self, forKey: .time)
    values = try container.decode([String: Double].self, forKey: .values)
    guard StoredRange.time.contains(time), values.allSatisfy({ StoredRange.range(of: $0.key).contains($0.value) })
    else {
      throw DecodingError.dataCorruptedError(forKey: .values, in: container, debugDescription: "outside of its range")
    }
  }
}

/// The journal of a run: `journal.jsonl`, one event a line, only ever appended to.
public struct Journal: Sendable {
  public let url: URL

  public init(_ url: URL) { self.url = url }

  /// Appends the events in one write.
  ///
  /// - Parameter flushed: Whether they must outlast a loss of power.
  public func record(_ events: [Event], flushed: Bool = true) throws {
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.sortedKeys]
    var lines = Data()
    for event in events {
      lines.append(try encoder.text(event))
      lines.append(UInt8(ascii: "\n"))
    }
    try AtomicFile.append(lines, to: url, flushed: flushed)
  }

  /// Reads all whole lines. A torn last line, left by a crash in the middle of a write, is counted and skipped.
  public func events() throws -> (events: [Event], damagedLines: Int) {
    guard let data = try? Data(contentsOf: url) else { return ([], 0) }
    let decoder = JSONDecoder()
    var events: [Event] = [], damaged = 0
    for line in data.split(separator: UInt8(ascii: "\n")) {
      if let event = try? decoder.decode(Event.self, from: line) { events.append(event) } else { damaged += 1 }
    }
    return (events, damaged)
  }

  /// Ends a torn last line, so that what is appended next starts on a line of its own.
  public func repair() throws {
    guard let data = try? Data(contentsOf: url), let last = data.last, last != UInt8(ascii: "\n") else { return }
    try AtomicFile.append(Data([UInt8(ascii: "\n")]), to: url)
  }
}
