import Basics
import Foundation
import TestSupport
import Testing

/// A journal that is read as it grows says what one that is read whole says.
@Suite struct JournalReaderTests {
  private struct Seen: Equatable {
    var stages: [String] = []
    var steps: [Double] = []
    var losses: [Double] = []
  }

  private func read(_ reader: inout JournalReader, _ seen: inout Seen) {
    var found = seen
    reader.read(restarted: { found = Seen() }) { line in
      guard line.kind == .progress else { return }
      found.stages.append(String(decoding: line.stage, as: UTF8.self))
      found.steps.append(line.step)
      found.losses.append(line.validationLoss)
    }
    seen = found
  }

  private func progress(_ step: Int, _ stage: String = "seed-0/round-03", loss: Double) -> Event {
    Event(
      kind: "progress", stage: stage, time: 1.8e9 + Double(step) / 7,
      values: ["step": Double(step), "steps": 400, "validationLoss": loss, "validationAccuracy": 1 / (1 + abs(loss))])
  }

  private func append(_ text: String, to url: URL) throws { try AtomicFile.append(Data(text.utf8), to: url) }

  @Test func readsWhatJournalsWrite() throws {
    let scratch = try Scratch(), journal = Journal(scratch.file("journal.jsonl"))
    let losses = [0.1, 2.302585092994046, 1e-7, 3.4e38, -0.5, 123_456_789.125, 1.0 / 3]
    try journal.record(losses.enumerated().map { progress($0.offset, loss: $0.element) })
    try journal.record([progress(7, "seed-0/größe \"1\"", loss: 1), Event(kind: "trained", stage: "seed-0/dense")])
    var reader = JournalReader(journal.url), seen = Seen()
    read(&reader, &seen)
    #expect(seen.steps == (0...7).map(Double.init))
    #expect(seen.stages == Array(repeating: "round-03", count: 7) + ["größe \"1\""])
    for (found, wanted) in zip(seen.losses, losses) { #expect(abs(found - wanted) <= 1e-15 * abs(wanted)) }
    #expect(reader.events == 9 && reader.damagedLines == 0)
  }

  @Test func readsEveryByteOnce() throws {
    let scratch = try Scratch(), journal = Journal(scratch.file("journal.jsonl"))
    var reader = JournalReader(journal.url), seen = Seen()
    read(&reader, &seen)
    #expect(reader.events == 0 && reader.bytesRead == 0)
    // More than one piece of the file at a time.
    try journal.record((0..<20_000).map { progress($0, loss: 1) })
    read(&reader, &seen)
    let before = reader.bytesRead, size = try Data(contentsOf: journal.url).count
    #expect(seen.steps.count == 20_000 && size <= before && before < size + 4 * 200)
    read(&reader, &seen)
    #expect(reader.bytesRead == before, "nothing is new")
    try journal.record([progress(20_000, loss: 1)])
    read(&reader, &seen)
    #expect(seen.steps.count == 20_001 && reader.bytesRead - before < 200)
  }

  @Test func waitsForWholeLines() throws {
    let scratch = try Scratch(), journal = Journal(scratch.file("journal.jsonl"))
    try journal.record([progress(1, loss: 1)])
    let line = try String(contentsOf: journal.url, encoding: .utf8), half = line.prefix(40)
    try append(String(half), to: journal.url)
    var reader = JournalReader(journal.url), seen = Seen()
    read(&reader, &seen)
    #expect(seen.steps == [1] && reader.isTorn && reader.damagedLines == 0)
    try append(String(line.dropFirst(40)), to: journal.url)
    read(&reader, &seen)
    #expect(seen.steps == [1, 1] && !reader.isTorn && reader.damagedLines == 0)
  }

  @Test func anotherFileInItsPlaceIsReadFromItsStart() throws {
    let scratch = try Scratch(), journal = Journal(scratch.file("journal.jsonl"))
    try journal.record((0..<3).map { progress($0, loss: 1) })
    var reader = JournalReader(journal.url), seen = Seen()
    read(&reader, &seen)
    for content in ["", #"{"kind":"progress","stage":"a","time":1,"values":{"step":9}}"# + "\n"] {
      try AtomicFile.write(content, to: journal.url)
      read(&reader, &seen)
      #expect(seen.steps == (content.isEmpty ? [] : [9]))
    }
    try FileManager.default.removeItem(at: journal.url)
    read(&reader, &seen)
    #expect(seen.steps.isEmpty && reader.events == 0)
  }

  @Test(arguments: [
    "", "{", "nothing", "[]", #"{"kind":"progress"}"#, #"{"kind":"progress","stage":"a","time":"x","values":{}}"#,
    #"{"kind":"progress","stage":"a","time":1,"values":{"step":01}}"#,
    #"{"kind":"progress","stage":"a","time":1,"values":{"step":1.}}"#,
    #"{"kind":"progress","stage":"a","time":1,"values":{"step":1e300}}"#,
    #"{"kind":"progress","stage":"a","time":1,"values":{"step":1,"steps":1e19}}"#,
    #"{"kind":"progress","stage":"a","time":1,"values":{"step":-1}}"#,
    #"{"kind":"progress","stage":"a","time":1,"values":{"step":0.5}}"#,
    #"{"kind":"progress","stage":"a","time":1,"values":{"step":1e9999}}"#,
    #"{"kind":"progress","stage":"a","time":1,"values":{"step":1}} x"#,
  ])
  func damagedLinesArePassedOver(_ line: String) throws { try passOver(line) }

  @Test func aLineOfMegabytesIsPassedOver() throws { try passOver(String(repeating: "[", count: 3 << 20)) }

  private func passOver(_ line: String) throws {
    let scratch = try Scratch(), url = scratch.file("journal.jsonl")
    let good = #"{"kind":"progress","stage":"a","time":1,"values":{"step":1}}"#
    try append("\(good)\n\(line)\n\(good)\n", to: url)
    var reader = JournalReader(url), seen = Seen()
    read(&reader, &seen)
    #expect(seen.steps == [1, 1] && reader.damagedLines == (line.isEmpty ? 0 : 1), "\(line.prefix(80))")
  }

  @Test func whatIsNoFileIsEmpty() throws {
    let scratch = try Scratch(), pipe = scratch.file("journal.jsonl")
    #expect(mkfifo(pipe.path, 0o600) == 0)
    var reader = JournalReader(pipe), folder = JournalReader(scratch.url)
    reader.read()
    folder.read()
    #expect(reader.events == 0 && folder.events == 0)
  }
}
