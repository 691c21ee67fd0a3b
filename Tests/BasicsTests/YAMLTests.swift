import Basics
import Foundation
import Testing

@Suite struct YAMLTests {
  private func parse(_ text: String) throws -> YAMLValue? {
    try YAMLFile.parse(text, name: "x.yaml", remedy: "Write it.")
  }

  private func expectRefused(_ text: String, _ words: String, location: SourceLocation = #_sourceLocation) {
    let problem = #expect(throws: Problem.self, sourceLocation: location) { try parse(text) }
    #expect(problem?.kind == .badData, sourceLocation: location)
    #expect(
      problem?.problem.hasPrefix("x.yaml") == true && problem?.description.contains(words) == true,
      "\(String(describing: problem))", sourceLocation: location)
  }

  @Test func readsWordsListsAndMappings() throws {
    #expect(try parse("# nothing\n") == nil)
    #expect(try parse("true") == .word("true"))
    let value = try parse("a: 1.50\nb: [x, 'y z', {c: }]\n# ***\n")
    #expect(
      value
        == .mapping([
          .init(key: "a", value: .word("1.50")),
          .init(
            key: "b", value: .list([.word("x"), .word("y z"), .mapping([.init(key: "c", value: .word(""))])])),
        ]))
  }

  @Test func aFewAliasesAreRead() throws {
    #expect(try parse("[&a x, *a]") == .list([.word("x"), .word("x")]))
  }

  /// Ten levels of ten aliases each would be ten thousand million words.
  @Test func refusesFilesThatUnfold() {
    let names = "abcdefghij".map(String.init)
    var lines = ["a: &a [x, x, x, x, x, x, x, x, x, x]"]
    for (below, name) in zip(names, names.dropFirst()) {
      lines.append("\(name): &\(name) [\([String](repeating: "*\(below)", count: 10).joined(separator: ", "))]")
    }
    expectRefused(lines.joined(separator: "\n"), "aliases")
    // As keys, whose equality is checked while the file is read.
    expectRefused("? [&a [x, x], &b [*a, *a, *a], [*b, *b, *b], *b]\n: 1\n? [y]\n: 2", "key")
  }

  @Test func refusesDepthsAndDamage() {
    expectRefused(String(repeating: "[", count: 100_000), "no YAML")
    expectRefused(String(repeating: "- ", count: 100_000), "no YAML")
    expectRefused("a: [1", "line")
    expectRefused("a: 1\na: 2", "twice")
    expectRefused("a: *b", "undefined alias")
    expectRefused("[x]: 3", "key")
  }

  @Test func refusesFilesThatAreNoText() throws {
    let url = FileManager.default.temporaryDirectory.appendingPathComponent("tombola-\(UUID().uuidString).yaml")
    defer { try? FileManager.default.removeItem(at: url) }
    for (data, words) in [(Data([0xFF, 0xFE, 0x80]), "UTF-8"), (Data(count: 1 << 20 + 1), "bytes")] {
      try data.write(to: url)
      let problem = #expect(throws: Problem.self) {
        try YAMLFile.read(url.path, after: "--config", remedy: "Write it.")
      }
      #expect(problem?.kind == .badData && problem?.problem.contains(words) == true)
    }
    let missing = #expect(throws: Problem.self) { try YAMLFile.read("/nowhere", after: "--config", remedy: "") }
    #expect(missing?.kind == .missingInput && missing?.remedy.contains("--config") == true)
  }
}
