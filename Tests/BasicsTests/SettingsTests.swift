import Basics
import Foundation
import Testing

private struct Plain: Configurable, Equatable {
  var rounds = 10
  var fraction = 0.2
  var rewind = Step.zero
  var fast = false
  var name = "plain"
  var seed: UInt64 = 0

  static let fields: [SettingField<Plain>] = [
    SettingField("rounds", \.rounds, "rounds of pruning", valid: ("at least 1", { $0 >= 1 })),
    SettingField("fraction", \.fraction, "share of the weights", valid: ("between 0 and 1", { 0 < $0 && $0 < 1 })),
    SettingField("rewind", \.rewind, "step to go back to"),
    SettingField("fast", \.fast, "whether to hurry"),
    SettingField("name", \.name, "what it is called"),
    SettingField("seed", \.seed, "seed"),
  ]
}

@Suite struct SettingsTests {
  @Test func readsEveryForm() throws {
    var plain = Plain()
    for assignment in [
      "rounds=3", "fraction=0.5", "rewind=2ep5it", "fast=true", "name=a=b", "seed=18446744073709551615",
    ] {
      try plain.apply(assignment)
    }
    #expect(
      plain
        == Plain(rounds: 3, fraction: 0.5, rewind: Step(epochs: 2, iterations: 5), fast: true, name: "a=b", seed: .max))
  }

  @Test(arguments: [
    ("round=3", "Did you mean rounds?"), ("fractoin=0.1", "Did you mean fraction?"),
    ("zzzzzzzz=1", "Valid: fast, fraction"),
    ("rounds=x", "a whole number"), ("rounds=1.5", "a whole number"), ("rounds=", "a whole number"),
    ("rounds=0", "at least 1"), ("rounds=99999999999999999999", "a whole number"), ("fraction=nan", "a finite number"),
    ("fraction=inf", "a finite number"), ("fraction=1e999", "a finite number"), ("fraction=2", "between 0 and 1"),
    ("rewind=5", "3ep"), ("fast=yes", "true or false"), ("seed=-1", "at least 0"), ("rounds", "key=value"),
    ("=3", "Did you mean"),
  ])
  func refusesNonsense(_ assignment: String, _ hint: String) {
    var plain = Plain()
    let problem = #expect(throws: Problem.self) { try plain.apply(assignment) }
    #expect(problem?.kind == .usage)
    #expect(problem?.description.contains(hint) == true, "\(String(describing: problem))")
    #expect(plain == Plain())
  }

  @Test func canonicalTextOmitsDefaults() throws {
    var plain = Plain()
    #expect(plain.canonicalText == "")
    try plain.apply("seed=3")
    try plain.apply("fraction=0.25")
    try plain.apply("rounds=10")
    #expect(plain.canonicalText == "fraction=0.25\nseed=3")
  }

  @Test func everySettingReadsWhatItWrites() throws {
    var plain = Plain(rounds: 3, fraction: 1e-9, rewind: .epochs(4), fast: true, name: "x", seed: 7), copy = Plain()
    plain.name = "y"
    for (key, value) in plain.assignments { try copy.set(key, to: value) }
    #expect(copy == plain)
  }
}

@Suite struct StepTests {
  @Test(arguments: [
    ("0", Step.zero), ("3ep", .epochs(3)), ("500it", .iterations(500)),
    ("120ep50it", Step(epochs: 120, iterations: 50)),
    ("0ep0it", .zero), ("0it", .zero),
  ])
  func parses(_ text: String, _ step: Step) { #expect(Step(text) == step) }

  @Test(arguments: [
    "", "3", "ep", "it", "3e", "3 ep", " 3ep", "3ep ", "-3ep", "3ep-1it", "1.5ep", "50it3ep", "3ep5", "3EP", "0x3ep",
    "٣ep",
    "+3ep", "3ep+5it", "99999999999999999999ep", "9223372036854775807ep", "9223372036854775807it", "epit",
  ])
  func refuses(_ text: String) { #expect(Step(text) == nil) }

  @Test func printsWhatItParses() {
    for step in [Step.zero, .epochs(3), .iterations(7), Step(epochs: 2, iterations: 9)] {
      #expect(Step(step.description) == step)
    }
  }

  @Test func countsIterations() {
    #expect(Step(epochs: 2, iterations: 3).iterations(perEpoch: 10) == 23)
    #expect(Step.zero.iterations(perEpoch: 10) == 0)
  }

  @Test func isStoredAsText() throws {
    let data = try JSONEncoder().encode([Step(epochs: 1, iterations: 2)])
    #expect(String(decoding: data, as: UTF8.self) == "[\"1ep2it\"]")
    #expect(try JSONDecoder().decode([Step].self, from: data) == [Step(epochs: 1, iterations: 2)])
    #expect(throws: Problem.self) { try JSONDecoder().decode([Step].self, from: Data("[\"soon\"]".utf8)) }
  }
}

@Suite struct ProblemTests {
  /// BSD's sysexits, and 128 + SIGINT.
  @Test func exitCodesAreDocumented() {
    let codes: [Problem.Kind: Int32] = [
      .usage: 64, .badData: 65, .missingInput: 66, .failed: 70, .cannotWrite: 73, .interrupted: 130,
    ]
    #expect(codes.count == Problem.Kind.allCases.count)
    for kind in Problem.Kind.allCases { #expect(kind.exitCode == codes[kind]) }
  }

  @Test func makersGiveTheirKind() {
    #expect(Problem.usage("a", remedy: "b").kind == .usage)
    #expect(Problem.badData("a", remedy: "b").kind == .badData)
    #expect(Problem.missingInput("a", remedy: "b").kind == .missingInput)
    #expect(Problem.cannotWrite("a", remedy: "b").kind == .cannotWrite)
    #expect(Interruption.problem.kind == .interrupted)
    #expect(Problem.usage("What.", remedy: "Do.").description == "What. Do.")
  }
}

@Suite struct SuggestionTests {
  @Test func nearestNamesComeFirst() {
    #expect(Suggestion.nearest(to: "mnits", among: ["mnist", "digits", "fashion-mnist"]).first == "mnist")
    #expect(Suggestion.nearest(to: "fash", among: ["mnist", "fashion-mnist"]) == ["fashion-mnist"])
    #expect(Suggestion.sentence(for: "qqqqqqqqq", among: ["b", "a"]) == "Valid: a, b.")
    #expect(Suggestion.nearest(to: "", among: []).isEmpty)
  }
}

@Suite struct DigestTests {
  @Test func isSHA256() {
    #expect(Digest.sha256("abc") == "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad")
    #expect(Digest.sha256([Float(0)]) == Digest.sha256(Data([0, 0, 0, 0])))
    #expect(Digest.sha256([Float(0)]) != Digest.sha256([Float(-0.0)]))
  }
}
