import Basics
import Foundation
import TestSupport
import Testing

@Suite struct JournalTests {
  private func event(_ step: Double) -> Event {
    Event(kind: "evaluated", stage: "seed0/round1/ticket", time: 1, values: ["step": step])
  }

  @Test func keepsEveryEvent() throws {
    let scratch = try Scratch(), journal = Journal(scratch.file("journal.jsonl"))
    #expect(try journal.events().events.isEmpty)
    try journal.record([event(1), event(2)])
    try journal.record([event(3)])
    let (events, damaged) = try journal.events()
    #expect(events == [event(1), event(2), event(3)])
    #expect(damaged == 0)
  }

  /// A crash may end the file after any byte of the last line.
  @Test func skipsAndRepairsATornLine() throws {
    let scratch = try Scratch(), journal = Journal(scratch.file("journal.jsonl"))
    try journal.record([event(1)])
    let whole = try Data(contentsOf: journal.url).count
    try journal.record([event(2)])
    let data = try Data(contentsOf: journal.url)
    for length in whole...data.count {
      try data.prefix(length).write(to: journal.url)
      let isWhole = length == whole || length >= data.count - 1
      #expect(try journal.events().damagedLines == (isWhole ? 0 : 1), "\(length) bytes")
      try journal.repair()
      try journal.record([event(3)])
      let (events, damaged) = try journal.events()
      #expect(events == (length >= data.count - 1 ? [event(1), event(2), event(3)] : [event(1), event(3)]))
      #expect(damaged == (isWhole ? 0 : 1), "\(length) bytes")
    }
  }

  @Test func repairingAWholeJournalChangesNothing() throws {
    let scratch = try Scratch(), journal = Journal(scratch.file("journal.jsonl"))
    try journal.repair()
    #expect(!FileManager.default.fileExists(atPath: journal.url.path))
    try journal.record([event(1)])
    let before = try Data(contentsOf: journal.url)
    try journal.repair()
    #expect(try Data(contentsOf: journal.url) == before)
  }
}

@Suite struct AtomicFileTests {
  @Test func replacesWholeFiles() throws {
    let scratch = try Scratch(), file = scratch.file("result.json")
    try AtomicFile.write("old", to: file)
    try AtomicFile.write("new and longer", to: file)
    #expect(try String(contentsOf: file, encoding: .utf8) == "new and longer")
    #expect(try FileManager.default.contentsOfDirectory(atPath: scratch.url.path) == ["result.json"])
    try AtomicFile.write(Data(), to: file)
    #expect(try Data(contentsOf: file).isEmpty)
  }

  /// Files of processes that are gone go; those of running ones, and whatever is named otherwise, stay.
  @Test func clearsLeftovers() throws {
    let scratch = try Scratch()
    let gone = [".result.json.4194304.17.tmp", ".round-03.reinit.json.4194305.4294967295.tmp"]
    let kept = [
      ".result.json.\(getpid()).17.tmp", ".result.json.1.17.tmp", ".result.json.x.17.tmp", ".lock", "result.json",
      "result.json.4194304.17.tmp", ".result.json.4194304.17.txt", ".4194304.17.tmp", ".a.0.17.tmp", ".a.-1.17.tmp",
    ]
    for name in gone + kept { try Data().write(to: scratch.file(name)) }
    AtomicFile.removeLeftovers(in: [scratch.url, scratch.file("nowhere")])
    #expect(try FileManager.default.contentsOfDirectory(atPath: scratch.url.path).sorted() == kept.sorted())
  }

  @Test func namesAMissingFolder() throws {
    let scratch = try Scratch(), file = scratch.file("nowhere/result.json")
    expectCannotWrite("nowhere", "permissions") { try AtomicFile.write("x", to: file) }
    expectCannotWrite("nowhere", "permissions") { try AtomicFile.append(Data("x".utf8), to: file) }
  }

  @Test func namesAFolderThatIsAFile() throws {
    let scratch = try Scratch()
    try AtomicFile.write("x", to: scratch.file("file"))
    expectCannotWrite("file/inside", "--out") { try AtomicFile.createFolder(scratch.file("file/inside")) }
    expectCannotWrite("file", "permissions") { try AtomicFile.write("x", to: scratch.file("file/inside")) }
  }

  @Test func keepsTheOldFileInAFolderItMayNotWrite() throws {
    guard getuid() != 0 else { return print("skipped: root may write to every folder") }
    let scratch = try Scratch(), file = scratch.file("result.json")
    try AtomicFile.write("old", to: file)
    #expect(chmod(scratch.url.path, 0o555) == 0)
    defer { chmod(scratch.url.path, 0o755) }
    expectCannotWrite("Permission denied", "permissions") { try AtomicFile.write("new", to: file) }
    #expect(try String(contentsOf: file, encoding: .utf8) == "old")
  }

  #if os(Linux)
    /// A file system of 64 KiB fills up: the old content survives and no temporary file stays.
    @Test func keepsTheOldFileOnAFullDisk() throws {
      let scratch = try Scratch(), folder = scratch.file("small").path
      try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
      guard getuid() == 0, mount("tmpfs", folder, "tmpfs", 0, "size=64k") == 0 else {
        return print("skipped: a full disk needs root, who may mount a small one")
      }
      defer { umount2(folder, 2) }
      let file = scratch.file("small/result.json")
      try AtomicFile.write("old", to: file)
      expectCannotWrite("No space left", "Free some space") {
        try AtomicFile.write(Data(repeating: 1, count: 1 << 20), to: file)
      }
      #expect(try String(contentsOf: file, encoding: .utf8) == "old")
      #expect(try FileManager.default.contentsOfDirectory(atPath: folder) == ["result.json"])
    }
  #endif

  private func expectCannotWrite(
    _ words: String..., location: SourceLocation = #_sourceLocation, _ body: () throws -> Void
  ) {
    let problem = #expect(throws: Problem.self, sourceLocation: location) { try body() }
    #expect(problem?.kind == .cannotWrite, sourceLocation: location)
    for word in words {
      #expect(problem?.description.contains(word) == true, "\(String(describing: problem))", sourceLocation: location)
    }
  }
}

@Suite struct DigestStreamTests {
  @Test func piecesGiveTheDigestOfTheWhole() {
    var stream = DigestStream()
    stream.add("ab")
    stream.add([UInt8(ascii: "c")])
    // FIPS 180-4, the example "abc".
    #expect(stream.finish() == "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad")
    var numbers = DigestStream()
    numbers.add([Float(1), -2])
    #expect(numbers.finish() == Digest.sha256([Float(1), -2]))
  }
}
