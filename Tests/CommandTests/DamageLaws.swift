import Basics
import Foundation
import Testing
import Tickets

/// Files of run folders that were damaged: they count as none and are made anew, by every experiment.
@Suite(.enabled(if: Subject.isBuilt)) struct DamageLaws {
  enum Damage: CaseIterable { case cut, flipped, numbers }

  /// Every file damaged at once, in one of three ways each, then the same command: the same as undisturbed.
  @Test(arguments: Subject.all, 0..<3)
  func damagedFilesAreMadeAnew(_ subject: Subject, _ shift: Int) throws {
    let scratch = try Scratch(), folder = try subject.run(scratch), whole = try Essence(folder)
    let wanted = try Self.contents(folder)
    for (place, file) in try Self.files(folder).enumerated() {
      try Self.damage(file, Damage.allCases[(place + shift) % 3])
    }
    #expect(try Essence(subject.run(scratch)) == whole)
    #expect(try Self.contents(folder) == wanted)
  }

  /// Every second file is cut, and beside every other finished training lies a checkpoint, as a kill between the two leaves it:
  /// what is whole stands, what hangs on a lost file is made anew, and nothing is left over.
  @Test(arguments: Subject.all)
  func nothingIsLeftOver(_ subject: Subject) throws {
    let scratch = try Scratch(), folder = try subject.run(scratch), whole = try Essence(folder)
    let wanted = try Self.contents(folder), all = try Self.files(folder), checkpoints = try Self.checkpoints(folder)
    for (place, file) in all.enumerated() {
      if place % 2 == 1 {
        try Self.damage(file, .cut)
      } else if (try? StoredJSON.decode(Data(contentsOf: file), as: StageRecord.self)) != nil {
        let name = "checkpoint-\(file.deletingPathExtension().lastPathComponent).safetensors"
        try Data("left".utf8).write(to: file.deletingLastPathComponent().appendingPathComponent(name))
      }
    }
    #expect(try Essence(subject.run(scratch)) == whole)
    #expect(try Self.contents(folder) == wanted)
    #expect(try Self.checkpoints(folder) == checkpoints)
  }

  /// What is read back when the command is started again.
  private static func files(_ folder: URL) throws -> [URL] {
    try FileManager.default.subpathsOfDirectory(atPath: folder.path).sorted().filter { path in
      ["json", "safetensors", "mask", "sqlite"].contains { path.hasSuffix(".\($0)") }
    }.map { folder.appendingPathComponent($0) }
  }

  private static func checkpoints(_ folder: URL) throws -> Set<String> {
    Set(try FileManager.default.subpathsOfDirectory(atPath: folder.path).filter { $0.contains("checkpoint-") })
  }

  /// Arrays of tickets and masks, which have no times in them, by file.
  private static func contents(_ folder: URL) throws -> [String: [String: SafetensorsFile.Entry]] {
    try files(folder).filter { ["safetensors", "mask"].contains($0.pathExtension) }.reduce(into: [:]) {
      $0[$1.lastPathComponent] = try SafetensorsFile(contentsOf: $1).entries
    }
  }

  private static func damage(_ file: URL, _ damage: Damage) throws {
    var data = try Data(contentsOf: file)
    switch damage {
    case .cut: data = data.prefix(data.count / 2)
    case .flipped: data[data.count - data.count / 3] ^= 0x04
    case .numbers where file.pathExtension == "json":
      // As a version without digests might have written it, had it gone mad.
      var object = try JSONSerialization.jsonObject(with: data) as? [String: Any] ?? [:]
      object["sha256"] = nil
      data = try JSONSerialization.data(withJSONObject: mad(object))
    case .numbers: data.replaceSubrange(data.count / 2..<data.count, with: Data(count: data.count - data.count / 2))
    }
    try data.write(to: file)
  }

  private static func mad(_ value: Any) -> Any {
    if let object = value as? [String: Any] { return object.mapValues(mad) }
    if let list = value as? [Any] { return list.map(mad) }
    return value is String ? value : 1e19
  }
}
