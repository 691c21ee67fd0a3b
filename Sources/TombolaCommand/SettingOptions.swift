import ArgumentParser
import Basics
import Experiments

/// An option for every setting: its name, its help and the reading of its value come from the setting's field.
///
/// ArgumentParser finds options as properties by reflection; here they are what the reflection is told.
struct SettingOptions<Settings: Configurable>: ParsableArguments, CustomReflectable {
  /// The words given, by key, in the order of the fields.
  private(set) var given: [(key: String, text: String)] = []

  init() {}

  init(from decoder: any Decoder) throws {
    let values = try decoder.container(keyedBy: NameKey.self)
    for field in Settings.fields {
      let key = NameKey(field.key)
      if field.isArgument {
        let words = try values.decode(Argument<[String]>.self, forKey: key).wrappedValue
        if !words.isEmpty {
          given.append((field.key, field.isList ? PathList(words).settingText : words.joined(separator: " ")))
        }
      } else if let word = try values.decode(Option<String?>.self, forKey: key).wrappedValue {
        given.append((field.key, word))
      }
      if field.isSwitch, try values.decode(Flag<Bool>.self, forKey: NameKey(Self.off(field.key))).wrappedValue {
        given.append((field.key, "false"))
      }
    }
    for name in Self.foreign {
      guard let word = try values.decode(Option<String?>.self, forKey: NameKey(name)).wrappedValue else {
        continue
      }
      given.append((name, word))
    }
  }

  /// Settings of other experiments: known, so that all of them are refused in one way.
  private static var foreign: [String] {
    let own = Set(Settings.fields.map(\.key))
    return ExperimentCatalog.settingKeys.filter { !own.contains($0) }
  }

  var customMirror: Mirror {
    let plain = Settings()
    return Mirror(
      self,
      children: Settings.fields.flatMap { field -> [Mirror.Child] in
        if field.isArgument {
          let help = ArgumentHelp(Self.sentence(field.summary))
          return [("_\(field.key)", Argument<[String]>(wrappedValue: [], help: help))]
        }
        let value = field.read(plain)
        let help = ArgumentHelp(
          Self.sentence(field.summary + (value.isEmpty ? "" : " (default: \(value))")), valueName: "value",
          visibility: field.isMain ? .default : .hidden)
        return field.isSwitch
          ? Self.switches(field.key, help)
          : [("_\(field.key)", Option<String?>(name: .customLong(field.key), help: help))]
      }
        + Self.foreign.map {
          ("_\($0)", Option<String?>(name: .customLong($0), help: ArgumentHelp("", visibility: .private)))
        })
  }

  /// `--key` for true, `--no-key` for false, and `--key VALUE`.
  private static func switches(_ key: String, _ help: ArgumentHelp) -> [Mirror.Child] {
    [
      ("_\(key)", Option<String?>(wrappedValue: nil, name: .customLong(key), defaultAsFlag: "true", help: help)),
      (
        "_\(off(key))",
        Flag(wrappedValue: false, name: .customLong(off(key)), help: ArgumentHelp("", visibility: .hidden))
      ),
    ]
  }

  private static func off(_ key: String) -> String { "no-\(key)" }

  private static func sentence(_ text: String) -> String { text.prefix(1).uppercased() + text.dropFirst() + "." }
}
