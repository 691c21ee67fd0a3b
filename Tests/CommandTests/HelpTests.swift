import Basics
import Experiments
import Foundation
import Methods
import Testing

/// What the help of every verb says of its options, as the command itself tells it.
@Suite(.enabled(if: Command.isBuilt)) struct HelpTests {
  /// A command of the help's dump.
  private struct Dump: Decodable {
    struct Argument: Decodable {
      struct Name: Decodable { var kind, name: String }
      var kind: String
      var names: [Name]?
      var abstract: String?
      var shouldDisplay: Bool
      var key: String? { names?.first { $0.kind == "long" }?.name }
    }
    var commandName: String
    var subcommands: [Dump]?
    var arguments: [Argument]?
    var all: [Dump] { [self] + (subcommands ?? []).flatMap(\.all) }
  }

  private struct Root: Decodable { var command: Dump }

  private static func dump() throws -> Dump {
    let output = try Command.run("--experimental-dump-help").out
    return try JSONDecoder().decode(Root.self, from: Data(output.utf8)).command
  }

  /// A setting as its option must show it.
  private struct Shown: Equatable {
    var key, help: String
    var isListed: Bool
  }

  private static func shown<E: Experiment>(_ type: E.Type) -> [Shown] {
    let plain = E.Settings()
    return E.Settings.fields.filter { !$0.isArgument }.map { field in
      let value = field.read(plain), text = field.summary + (value.isEmpty ? "" : " (default: \(value))")
      return Shown(key: field.key, help: text.prefix(1).uppercased() + text.dropFirst() + ".", isListed: field.isMain)
    }
  }

  /// Every setting is an option, and every option that has a setting's name says what the setting's field says.
  @Test(arguments: MethodCatalog.all.map { $0.name })
  func optionsSayWhatTheirFieldsSay(_ name: String) throws {
    let type = try #require(MethodCatalog.all.first { $0.name == name }), shown = Self.shown(type)
    let verb = try #require(try Self.dump().subcommands?.first { $0.commandName == name })
    let settings = Dictionary(uniqueKeysWithValues: shown.map { ($0.key, $0) })
    let options = verb.all.flatMap { $0.arguments ?? [] }.compactMap { option in
      option.key.map { Shown(key: $0, help: option.abstract ?? "", isListed: option.shouldDisplay) }
    }
    for option in options where settings[option.key] != nil { #expect(option == settings[option.key]) }
    #expect(Set(settings.keys).subtracting(options.map(\.key)) == [])
  }

  /// Nothing is listed without a word of what it does.
  @Test func everyOptionIsExplained() throws {
    for command in try Self.dump().all where command.commandName != "help" {
      for option in command.arguments ?? [] where option.shouldDisplay {
        let help = option.abstract ?? "", name = "\(command.commandName) \(option.key ?? option.kind)"
        #expect(help.hasSuffix(".") || help.hasSuffix(")"), "\(name): '\(help)'")
      }
    }
  }

  /// Lists and help name the same settings, with the same defaults.
  @Test(arguments: MethodCatalog.all.map { $0.name })
  func settingsAreListed(_ name: String) throws {
    let type = try #require(MethodCatalog.all.first { $0.name == name })
    let list = try Command.run("list", "settings", name),
      verb = try Self.dump().subcommands?.first { $0.commandName == name }
    #expect(list.status == 0)
    if verb?.subcommands == nil { #expect(try Command.run(name, "--list").out == list.out) }
    let listed = list.out.split(separator: "\n").filter { $0.hasPrefix("  ") && !$0.hasPrefix("   ") }
    #expect(listed.map { String($0.dropFirst(2).prefix { $0 != " " }) } == Self.keys(type))
    #expect(try Command.run("list", "experiments").out.contains("  \(name) "))
  }

  private static func keys<E: Experiment>(_ type: E.Type) -> [String] { E.Settings.fields.map(\.key) }

  @Test func settingsOfAllExperimentsAreOneList() throws {
    let list = try Command.run("list", "settings")
    for words in [
      #"  mask-lr +small rate of the mask phase \[0.01\]\n +a finite number, above 0; boost\n"#, #"  steps .*\[20ep\]"#,
    ] {
      #expect(try list.out.contains(Regex(words)), "\(words)")
    }
    try expectFailure(64, ["no experiment 'boots'", "boost"], ["list", "settings", "boots"])
    try expectFailure(64, ["the same for all experiments"], ["list", "models", "boost"])
  }
}
