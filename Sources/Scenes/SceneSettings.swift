public import Basics

/// How scenes are made or read.
public struct SceneSettings: Configurable {
  /// Scenes to train on, and to test with.
  public var scenes = 4000, testScenes = 1000
  /// Width and height of a scene of sprites, in pixels.
  public var canvas = 48
  /// The largest share of an object's pixels that later ones may cover.
  public var occlusion = 0.25
  /// Faint patches and strokes in each scene that are no objects.
  public var clutter = 0
  /// Class k of n has a frequency in proportion to 1 / k^zipf, k from 1.
  public var zipf = 1.0
  public var sceneSeed: UInt64 = 0
  /// The most megabytes that images of files may take as bytes.
  public var sceneMemory = 2048
  /// The share of a single COCO file's images that is held out for testing.
  public var sceneTestShare = 0.2

  public init() {}

  /// Canvases smaller than this have no room for the largest sprites.
  package static let canvasRange = 44...512

  public static let fields: [SettingField<SceneSettings>] = [
    SettingField(
      "scenes", \.scenes, "scenes of sprites to train on", of: .data,
      valid: ("from 1 to 1000000", { (1...1_000_000).contains($0) })),
    SettingField(
      "test-scenes", \.testScenes, "scenes of sprites to test with", of: .data,
      valid: ("from 1 to 1000000", { (1...1_000_000).contains($0) })),
    SettingField(
      "canvas", \.canvas, "width and height of a scene of sprites, in pixels", of: .data,
      valid: ("from \(canvasRange.lowerBound) to \(canvasRange.upperBound)", { canvasRange.contains($0) })),
    SettingField(
      "occlusion", \.occlusion, "largest share of a sprite that later ones may cover", of: .data,
      valid: ("from 0 to 0.9", { (0...0.9).contains($0) })),
    SettingField(
      "clutter", \.clutter, "faint patches and strokes in each scene of sprites that are no objects", of: .data,
      valid: ("from 0 to 100", { (0...100).contains($0) })),
    SettingField(
      "zipf", \.zipf, "class k of a scene of sprites has a frequency in proportion to 1 / k^zipf; 0: all alike",
      of: .data,
      valid: ("from 0 to 5", { (0...5).contains($0) })),
    SettingField("scene-seed", \.sceneSeed, "seed of scenes of sprites", of: .data),
    SettingField(
      "scene-memory", \.sceneMemory, "most megabytes that images of COCO files may take", of: .data,
      valid: ("from 1 to 1000000", { (1...1_000_000).contains($0) })),
    SettingField(
      "scene-test-share", \.sceneTestShare, "share of a single COCO file's images that is held out for testing",
      of: .data,
      valid: ("above 0 and below 1", { $0 > 0 && $0 < 1 })),
  ]
}
