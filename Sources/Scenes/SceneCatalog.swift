import Basics
public import Datasets

/// The sets of scenes that Tombola makes or reads.
public enum SceneCatalog {
  /// How sets are named, for help and messages.
  public static let usages = ["sprites", "sprites:DATASET", "coco:DIR", "coco:DIR:SIZE"]

  /// Whether a name is one of scenes, not of a data set for classification.
  public static func isNamed(_ name: String) -> Bool {
    ["sprites", "coco"].contains(name.split(separator: ":", omittingEmptySubsequences: false)[0])
  }

  /// The set that `name` names.
  ///
  /// - Throws: `Problem.usage` where there is none of that name, `Problem.badData` or `Problem.missingInput` where files are
  ///   wrong or not there.
  public static func load(
    _ name: String, settings: SceneSettings = SceneSettings(), from locator: DataLocator = DataLocator()
  ) throws -> SceneSet {
    let parts = name.split(separator: ":", maxSplits: 1, omittingEmptySubsequences: false).map(String.init)
    switch parts[0] {
    case "sprites":
      let source = try SpriteSource(Catalog.dataset(named: parts.count > 1 ? parts[1] : "digits", from: locator))
      return Sprites(settings).scenes(of: source, name: name)
    case "coco" where parts.count > 1:
      return try CocoScenes(parts[1], settings).load(name: name)
    default:
      throw Problem.usage(
        "There are no scenes '\(name)'.",
        remedy: Suggestion.sentence(for: parts[0], among: ["sprites", "coco"])
          + " Forms: \(usages.joined(separator: ", ")).")
    }
  }
}
