import Basics
import Foundation

#if canImport(Glibc)
  import Glibc
#elseif canImport(Darwin)
  import Darwin
#endif

/// What was read of run folders' journals and curves, for as many files as were asked for last.
///
/// It is `@unchecked Sendable` because a lock guards the tables.
final class CurveCache: @unchecked Sendable {
  private let lock = NSLock()
  private var journals = Recent<LiveJournal>(most: 4096)
  private var records = Recent<(stamp: FileStamp, found: Found)>(most: 512)

  func journal(_ url: URL) -> LiveJournal.State {
    let journal = lock.withLock { () -> LiveJournal in
      if let known = journals[url.path] { return known }
      let new = LiveJournal(url)
      journals[url.path] = new
      return new
    }
    return journal.read()
  }

  /// Of all journals that it knows.
  var journalBytesRead: Int {
    let known = lock.withLock { journals.all }
    return known.reduce(0) { $0 + $1.bytesRead }
  }

  /// For `RunDetails`.
  func count(_ url: URL, isRunning: Bool) -> (events: Int, damaged: Int) {
    let state = journal(url)
    return (state.events, state.damagedLines + (state.isTorn && !isRunning ? 1 : 0))
  }

  enum Found: Sendable {
    case curve(ThinnedCurve)
    /// A value of another kind than a training's record.
    case other
    case unreadable
  }

  /// What a record holds. One file is read at a time.
  func record(_ stage: String, in folder: URL) -> Found {
    let url = folder.appendingPathComponent("\(stage).json")
    return lock.withLock {
      guard let stamp = FileStamp(url) else { return .unreadable }
      if let known = records[url.path], known.stamp == stamp { return known.found }
      let found = Self.read(url, stage)
      records[url.path] = (stamp, found)
      return found
    }
  }

  private static func read(_ url: URL, _ stage: String) -> Found {
    guard let record = StoredJSON.read(url, as: Curves.self) else { return .unreadable }
    return record.curve.map { .curve(ThinnedCurve(stage: stage, $0)) } ?? .other
  }

  /// The curve of a record; other values have none.
  private struct Curves: Decodable {
    var curve: [CurvePoint]?
    private enum Key: CodingKey { case curve }

    init(from decoder: any Decoder) throws {
      guard let values = try? decoder.container(keyedBy: Key.self) else { return }
      curve = try values.decodeIfPresent([CurvePoint].self, forKey: .curve)
    }
  }

  /// As many values as there is room for, those that were asked for last.
  private struct Recent<Value> {
    let most: Int
    private var values: [String: (value: Value, turn: Int)] = [:]
    private var turn = 0

    init(most: Int) { self.most = most }

    var all: [Value] { values.values.map(\.value) }

    subscript(key: String) -> Value? {
      mutating get {
        turn += 1
        values[key]?.turn = turn
        return values[key]?.value
      }
      set {
        turn += 1
        values[key] = newValue.map { ($0, turn) }
        guard values.count > most, let oldest = values.min(by: { $0.value.turn < $1.value.turn }) else { return }
        values[oldest.key] = nil
      }
    }
  }
}

/// Tells a plain file from what stood in its place before.
private struct FileStamp: Equatable {
  private let numbers: [Int]

  /// - Returns: `nil` if it is no plain file.
  init?(_ url: URL) {
    var status = stat()
    guard stat(url.path, &status) == 0, status.st_mode & S_IFMT == S_IFREG else { return nil }
    #if canImport(Darwin)
      let time = status.st_mtimespec
    #else
      let time = status.st_mtim
    #endif
    numbers = [Int(status.st_ino), Int(status.st_size), time.tv_sec, time.tv_nsec]
  }
}
