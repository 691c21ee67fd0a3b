import Basics
import Experiments
import Foundation
import Methods
import Testing
import ToyExperiment

/// An experiment as the laws run it: by its own example, through a command that knows the toy of Tests/Toy as well.
struct Subject: Sendable, CustomTestStringConvertible {
  var name: String
  /// `key=value`.
  var example: [String]
  var keys: [String]
  var testDescription: String { name }

  static let types: [any Experiment.Type] = MethodCatalog.all + [Toy.self]
  static let all: [Subject] = types.map { of($0) }

  private static func of<E: Experiment>(_ type: E.Type) -> Subject {
    Subject(name: E.name, example: E.example, keys: E.Settings.fields.map(\.key))
  }

  static let binary = Command.binary?.deletingLastPathComponent().appendingPathComponent("tombola-toy")
  static let isBuilt = binary.map { FileManager.default.isExecutableFile(atPath: $0.path) } ?? false

  func arguments(_ out: String, seeds: Int = 1, with more: [String] = []) -> [String] {
    [name, "--set"] + example + more + ["--seeds", "\(seeds)", "--threads", "2", "--out", out]
  }

  @discardableResult
  func run(_ scratch: Scratch, _ out: String = "runs", seeds: Int = 1, with more: [String] = []) throws -> URL {
    let output = try Command.run(
      arguments(scratch.url.appendingPathComponent(out).path, seeds: seeds, with: more), binary: Self.binary)
    #expect(output.status == 0, "\(name): \(output.err)")
    return try folder(scratch.url.appendingPathComponent(out))
  }

  /// The one run folder below a folder.
  func folder(_ out: URL) throws -> URL {
    let names = try FileManager.default.contentsOfDirectory(atPath: out.path).filter {
      !$0.hasPrefix(".") && !$0.hasPrefix("dense-") && !$0.hasPrefix("study-")
        && FileManager.default.fileExists(atPath: out.appendingPathComponent("\($0)/run.json").path)
    }
    #expect(names.count == 1, "\(names)")
    return out.appendingPathComponent(try #require(names.first))
  }
}

/// What must not depend on how a run went: the result without times, sentences about times, sizes and places, and the weights
/// of every record.
struct Essence: Equatable {
  var result: String
  var digests: [String: String]

  init(_ folder: URL) throws {
    let data = try Data(contentsOf: folder.appendingPathComponent("result.json"))
    let plain = Self.plain(try JSONSerialization.jsonObject(with: data))
    result = String(decoding: try JSONSerialization.data(withJSONObject: plain, options: .sortedKeys), as: UTF8.self)
    digests = [:]
    for path in try FileManager.default.subpathsOfDirectory(atPath: folder.path) where path.hasSuffix(".json") {
      let content = try Data(contentsOf: folder.appendingPathComponent(path))
      let value = try JSONSerialization.jsonObject(with: content, options: .fragmentsAllowed)
      if let digest = (value as? [String: Any])?["parametersDigest"] as? String { digests[path] = digest }
    }
  }

  private static func plain(_ value: Any) -> Any {
    if let values = value as? [Any] { return values.map(plain) }
    if let text = value as? String, text.contains(/\d s\b/) { return "" }
    guard let object = value as? [String: Any] else { return value }
    let unsteady = ["seconds", "timeratio", "path", "bytes", "reproduce", "sha256"]
    return object.filter { key, _ in !unsteady.contains { key.lowercased().contains($0) } && key != "digest" }
      .mapValues(plain)
  }
}

/// Laws of every experiment of the catalogue, those to come included.
@Suite(.enabled(if: Subject.isBuilt)) struct ExperimentLaws {
  /// Killed again and again and started again: the same as undisturbed.
  @Test(arguments: Subject.all)
  func resumes(_ subject: Subject) throws {
    let scratch = try Scratch(), began = Date()
    let whole = try Essence(subject.run(scratch, "whole", seeds: 2)), length = Date().timeIntervalSince(began)
    let out = scratch.url.appendingPathComponent("killed")
    for kill in 1...6 {
      let job = try Command.Job(subject.arguments(out.path, seeds: 2), binary: Subject.binary)
      Thread.sleep(forTimeInterval: max(0.02, length * Double(kill) / 7))
      job.send(SIGKILL)
      _ = try job.wait()
    }
    #expect(try Essence(subject.run(scratch, "killed", seeds: 2)) == whole)
  }

  /// Seeds that come later are as if they had been there from the start, and those that were there are not run again.
  @Test(arguments: Subject.all)
  func takesMoreSeeds(_ subject: Subject) throws {
    let scratch = try Scratch(), folder = try subject.run(scratch, "grown", seeds: 1)
    let before = try Self.trained(folder)
    try subject.run(scratch, "grown", seeds: 2)
    let after = try Self.trained(folder)
    for (stage, count) in before { #expect(after[stage] == count, "\(stage) was trained again") }
    #expect(try Essence(folder) == Essence(subject.run(scratch, "whole", seeds: 2)))
  }

  /// How often each stage was trained, by the journals.
  private static func trained(_ folder: URL) throws -> [String: Int] {
    var counts: [String: Int] = [:]
    for path in try FileManager.default.subpathsOfDirectory(atPath: folder.path) where path.hasSuffix("journal.jsonl") {
      for event in try Journal(folder.appendingPathComponent(path)).events().events where event.kind == "trained" {
        counts["\(path) \(event.stage)", default: 0] += 1
      }
    }
    return counts
  }

  /// `--json` prints what `result.json` holds, in the form that its schema describes, and it survives being read and written.
  @Test(arguments: Subject.all)
  func recordsRoundTrip(_ subject: Subject) throws {
    let scratch = try Scratch(), folder = try subject.run(scratch)
    let output = try Command.run(
      subject.arguments(scratch.url.appendingPathComponent("runs").path) + ["--json"], binary: Subject.binary)
    let printed = try output.json()
    #expect(output.err.contains(/(?m)^data: .* training.* test samples of .* classes/), "\(output.err)")
    let kept = try JSONSerialization.jsonObject(with: Data(contentsOf: folder.appendingPathComponent("result.json")))
    #expect(Set(printed.keys).union(["sha256"]) == Set(try #require(kept as? [String: Any]).keys))
    let schema = Schema(named: subject.name)
    #expect(schema.faults(in: printed) == [])
    let type = try #require(Subject.types.first { $0.name == subject.name })
    #expect(try Self.again(type, folder), "the record changed when it was read and written")
  }

  private static func again<E: Experiment>(_ type: E.Type, _ folder: URL) throws -> Bool {
    let data = try Data(contentsOf: folder.appendingPathComponent("result.json"))
    let record: Record<E.Finding> = try StoredJSON.decode(data)
    return try StoredJSON.encoded(record, pretty: true) == data
  }

  /// Settings of other experiments are refused, all in one way.
  @Test(arguments: Subject.all)
  func refusesForeignSettings(_ subject: Subject) throws {
    let scratch = try Scratch(), foreign = Set(Subject.all.flatMap(\.keys)).subtracting(subject.keys).sorted()
    for key in foreign.prefix(4) + foreign.suffix(4) {
      for words in [["--set", "\(key)=1"], ["--\(key)", "1"]] {
        let output = try Command.run([subject.name] + words + ["--out", scratch.path], binary: Subject.binary)
        #expect(
          output.status == 64 && output.err.contains("The setting \(key) has no effect on '\(subject.name)'."),
          "\(words): \(output.err)")
      }
    }
  }

  /// The printed command makes the same numbers when it is pasted into a shell, whatever paths hold.
  @Test(arguments: Subject.all)
  func reproduces(_ subject: Subject) throws {
    let scratch = try Scratch(), hostile = "it's a \"$(pwd)\" `x` \\ & folder"
    var more: [String] = []
    if subject.example.contains("data=digits") {
      let points = try scratch.write("\(hostile)/points.csv", Self.points)
      more = ["data=csv:\(points)"]
    }
    let folder = try subject.run(scratch, "\(hostile)/runs", with: more)
    let data = try Data(contentsOf: folder.appendingPathComponent("result.json"))
    let result = try #require(try JSONSerialization.jsonObject(with: data) as? [String: Any])
    let command = try #require(result["reproduce"] as? String)
    let place = scratch.url.appendingPathComponent("\(hostile)/again")
    try FileManager.default.createDirectory(at: place, withIntermediateDirectories: true)
    let shell = Process()
    shell.executableURL = URL(fileURLWithPath: "/bin/bash")
    shell.arguments = ["-c", "tombola() { \"$TOY\" \"$@\"; }\n\(command) > /dev/null 2> errors"]
    shell.environment = ProcessInfo.processInfo.environment.merging(["TOY": Subject.binary!.path]) { $1 }
    shell.currentDirectoryURL = place
    try shell.run()
    shell.waitUntilExit()
    let errors = try String(contentsOf: place.appendingPathComponent("errors"), encoding: .utf8)
    #expect(shell.terminationStatus == 0, "\(command): \(errors)")
    #expect(try Essence(subject.folder(place.appendingPathComponent("runs"))) == Essence(folder))
  }

  /// Two classes of points with 64 numbers each.
  private static let points: String = {
    let header = (0..<64).map { "x\($0)" }.joined(separator: ",")
    let rows = (0..<400).map { (row: Int) -> String in
      let numbers = (0..<64).map { (row * 7 + $0 * 13) % 17 + row % 2 * ($0 % 5) }
      return numbers.map(\.description).joined(separator: ",") + ",\(row % 2)\n"
    }
    return "\(header),label\n\(rows.joined())"
  }()
}
