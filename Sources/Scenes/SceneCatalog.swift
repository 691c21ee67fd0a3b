public import Basics
public import Datasets

/// A form of scenes: `sprites`, or a prefix with an argument.
public protocol SceneForm: Sendable {
  var prefix: String { get }
  var usage: String { get }
  /// - Parameter argument: What follows the colon, or `nil`.
  func load(_ argument: String?, _ settings: SceneSettings, _ locator: DataLocator) throws -> SceneSet
}

/// All forms of scenes.
public enum SceneCatalog {
  public static let all: [any SceneForm] = [Sprites()]

  public static func load(_ name: String, settings: SceneSettings, locator: DataLocator) throws -> SceneSet {
    let parts = name.split(separator: ":", maxSplits: 1, omittingEmptySubsequences: false).map(String.init)
    guard let form = all.first(where: { $0.prefix == parts[0] }) else {
      throw Problem.usage(
        "There are no scenes '\(name)'.",
        remedy: Suggestion.sentence(for: parts[0], among: all.map(\.prefix)) + " Forms: \(all.map(\.usage).joined(separator: ", ")).")
    }
    return try form.load(parts.count == 2 ? parts[1] : nil, settings, locator)
  }
}
