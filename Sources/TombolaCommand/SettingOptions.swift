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

  init(given: [(key: String, text: String)]) { self.given = given }

  init(from decoder: any Decoder) throws {
    let values = try decoder.container(keyedBy: NameKey.self)
    for field in Settings.fields {
      let key = NameKey(field.key)
      if field.isArgument {
        let words = try values.decode(Argument<[String]>.self, forKey: key).wrappedValue
        if !words.isEmpty { given.append((field.key, field.isList ? PathList(words).settingText : words[0])) }
      } else if let word = try values.decode(Option<String?>.self, forKey: key).wrappedValue {
        given.append((field.key, word))
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
      children: Settings.fields.map { field -> Mirror.Child in
        if field.isArgument {
          return (
            "_\(field.key)", Argument<[String]>(wrappedValue: [], help: ArgumentHelp(Self.sentence(field.summary)))
          )
        }
        let value = field.read(plain)
        let help = ArgumentHelp(
          Self.sentence(field.summary + (value.isEmpty ? "" : " (default: \(value))")), valueName: "value",
          visibility: field.isMain ? .default : .hidden)
        return ("_\(field.key)", Option<String?>(name: .customLong(field.key), help: help))
      }
        + Self.foreign.map {
          ("_\($0)", Option<String?>(name: .customLong($0), help: ArgumentHelp("", visibility: .private)))
        })
  }

  private static func sentence(_ text: String) -> String { text.prefix(1).uppercased() + text.dropFirst() + "." }
}
