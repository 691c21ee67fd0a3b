import Basics
import Experiments
import Foundation
import Sweeps
import TestSupport
import Testing

/// What comes to every experiment of the catalogue by itself: lists, documents, pages in a browser, the dashboard, sweeps.
@Suite(.enabled(if: Subject.isBuilt)) struct ExperimentPlaces {
  /// `runs list` and `report` know it, in every form.
  @Test(arguments: Subject.all)
  func isListedAndReported(_ subject: Subject) throws {
    let scratch = try Scratch(), store = scratch.path + "/runs", folder = try subject.run(scratch, seeds: 2)
    defer { withExtendedLifetime(scratch) {} }
    func command(_ words: String...) throws -> String {
      let output = try Command.run(words + ["--out", store], binary: Subject.binary)
      #expect(output.status == 0, "\(words): \(output.err)")
      return output.out
    }
    let name = folder.lastPathComponent
    let listed = try command("runs", "list", "--csv", "--columns", "name,command,status,seeds")
    #expect(listed.contains("\(name),\(subject.name),done,2"), "\(listed)")
    #expect(try command("runs", "show", name).contains(name))
    let result = try JSONSerialization.jsonObject(with: Data(contentsOf: folder.appendingPathComponent("result.json")))
    let verdict = try #require((result as? [String: Any])?["verdict"] as? [String])
    let markdown = try command("report", name, "--markdown"), csv = try command("report", name, "--csv")
    #expect(markdown.hasPrefix("# ") && markdown.contains("|---|") && !verdict.isEmpty)
    #expect(csv.split(separator: "\n").count > 3 && csv.contains(","))
    #expect(try command("report", name).contains("report.html"))
  }

  /// All pages in one browser: no error of a script, and no request but for the page itself.
  @Test func pagesAreQuiet() throws {
    let scratch = try Scratch()
    defer { withExtendedLifetime(scratch) {} }
    let pages = try Subject.all.map {
      try $0.run(scratch, $0.name).appendingPathComponent("report.html").absoluteString
    }
    let steps = pages.flatMap { [["open": $0], ["value": $0, "of": "document.documentElement.dataset.errors || ''"]] }
    let file = scratch.url.appendingPathComponent("steps.json")
    try JSONSerialization.data(withJSONObject: steps).write(to: file)
    let drive = Repository.root.appendingPathComponent("Tests/Browser/drive.py").path
    guard let found = try Self.python([drive, file.path], skip: 77) else { return }
    let seen = try #require(try JSONSerialization.jsonObject(with: found) as? [String: Any])
    #expect((seen["errors"] as? [String]) == [])
    let requests = try #require(seen["requests"] as? [String])
    #expect(requests.allSatisfy { pages.contains($0) || $0.hasPrefix("data:") }, "\(requests)")
    let values = try #require(seen["values"] as? [String: String])
    for page in pages { #expect(values[page] == "", "\(page): \(values[page] ?? "not opened")") }
  }

  /// - Returns: `nil` where the exit code says that something is missing here.
  private static func python(_ words: [String], skip: Int32) throws -> Data? {
    let process = Process(), pipe = Pipe()
    process.executableURL = URL(fileURLWithPath: "/usr/bin/env")
    process.arguments = ["python3"] + words
    process.standardOutput = pipe
    try process.run()
    let data = pipe.fileHandleForReading.readDataToEndOfFile()
    process.waitUntilExit()
    return process.terminationStatus == skip ? nil : data
  }

  /// The dashboard lists it and has a page for its run.
  @Test func theDashboardShowsIt() throws {
    let scratch = try Scratch(), port = Int.random(in: 20_000..<60_000)
    defer { withExtendedLifetime(scratch) {} }
    let names = try Subject.all.map { try $0.run(scratch, $0.name) }
    let store = scratch.url.appendingPathComponent("all")
    try FileManager.default.createDirectory(at: store, withIntermediateDirectories: true)
    for folder in names {
      try FileManager.default.moveItem(at: folder, to: store.appendingPathComponent(folder.lastPathComponent))
    }
    let server = try Command.Job(["serve", "--out", store.path, "--port", "\(port)"], binary: Subject.binary)
    defer {
      server.send(SIGTERM)
      _ = try? server.wait()
    }
    let fetch = """
      import json, sys, time, urllib.request
      def get(path):
          for _ in range(100):
              try:
                  with urllib.request.urlopen(sys.argv[1] + path, timeout=5) as answer: return answer.read().decode()
              except OSError: time.sleep(0.1)
          return ""
      print(json.dumps([get(path) for path in sys.argv[2:]]))
      """
    let paths = ["/"] + names.map { "/run/\($0.lastPathComponent)" }
    let answer = try #require(try Self.python(["-c", fetch, "http://127.0.0.1:\(port)"] + paths, skip: 77))
    let pages = try JSONDecoder().decode([String].self, from: answer)
    for (folder, page) in zip(names, pages.dropFirst()) {
      #expect(pages[0].contains(folder.lastPathComponent), "\(folder.lastPathComponent) is not listed")
      #expect(page.contains("<h1>\(folder.lastPathComponent)</h1>"), "\(folder.lastPathComponent) has no page")
    }
  }

  /// A sweep gives the very records of the command, a process a seed.
  @Test(arguments: Subject.all)
  func sweeps(_ subject: Subject) throws {
    let scratch = try Scratch(), store = scratch.path + "/swept"
    defer { withExtendedLifetime(scratch) {} }
    let plain = try subject.run(scratch, "plain", seeds: 2)
    let study = try scratch.write("study.yaml", subject.study)
    let output = try Command.run(["sweep", study, "--out", store, "--json"], binary: Subject.binary)
    #expect(output.status == 0, "\(subject.name): \(output.err)")
    let swept = try subject.folder(scratch.url.appendingPathComponent("swept"))
    #expect(swept.lastPathComponent == plain.lastPathComponent)
    #expect(try Essence(swept).digests == Essence(plain).digests)
  }
}

extension Subject {
  /// Its example as a sweep of one arm with two seeds.
  var study: String {
    let settings = example.map { setting -> String in
      let parts = setting.split(separator: "=", maxSplits: 1).map(String.init)
      return "  \(parts[0]): \"\(parts.count > 1 ? parts[1] : "")\""
    }
    return "name: \(name)\nexperiment: \(name)\nseeds: 2\nsettings:\n\(settings.joined(separator: "\n"))\n"
  }
}
