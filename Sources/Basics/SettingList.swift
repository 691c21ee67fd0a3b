import Foundation

/// Values with commas as one word: `0.01,0.05,0.1`, or `50it,1ep`.
public struct SettingList<Element: SettingValue>: SettingValue {
  public var values: [Element]
  public init(_ values: [Element] = []) { self.values = values }

  public init?(setting text: String) {
    let values = text.split(separator: ",", omittingEmptySubsequences: text.isEmpty).map {
      Element(setting: String($0))
    }
    guard !values.contains(nil) else { return nil }
    self.init(values.compactMap { $0 })
  }

  public var settingText: String { values.map(\.settingText).joined(separator: ",") }
  public static var settingForm: String { "with commas between them, each \(Element.settingForm)" }
  public static var isList: Bool { true }
}

public typealias NumberList = SettingList<Double>
public typealias StepList = SettingList<Step>
public typealias WordList = SettingList<String>

/// Names of files: with commas, or as a JSON array where a name has a comma itself.
public struct PathList: SettingValue {
  public var paths: [String]
  public init(_ paths: [String] = []) { self.paths = paths }

  public init?(setting text: String) {
    if text.hasPrefix("["), let paths = try? JSONDecoder().decode([String].self, from: Data(text.utf8)) {
      self.init(paths)
    } else {
      self.init(text.split(separator: ",").map(String.init))
    }
  }

  public var settingText: String {
    let isPlain = paths.allSatisfy { !$0.isEmpty && !$0.contains(",") } && paths.first?.hasPrefix("[") != true
    if isPlain { return paths.joined(separator: ",") }
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.withoutEscapingSlashes]
    return (try? encoder.encode(paths)).map { String(decoding: $0, as: UTF8.self) } ?? ""
  }

  public static var settingForm: String { "paths of files, with commas" }
  public static var isList: Bool { true }
}
