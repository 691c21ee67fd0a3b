public import Basics

/// How scenes are made or read.
public struct SceneSettings: Configurable {
  /// Scenes of training, and of the test.
  public var scenes = 4000
  public var testScenes = 1000
  /// Height and width of images.
  public var canvas = 48
  /// At most so many objects a scene, at least one.
  public var objects = 3
  /// The largest share of an object that others may cover.
  public var occlusion = 0.2
  /// Strokes in a scene that are no objects.
  public var clutter = 2
  /// Exponent of Zipf's law of class frequencies; all alike at 0.
  public var zipf = 0.5
  /// Of all that is drawn.
  public var sceneSeed: UInt64 = 0

  public init() {}

  public static let fields: [SettingField<SceneSettings>] = [
    SettingField(
      "scenes", \.scenes, "training scenes; of coco:DIR at most so many, 0 for all", of: .data,
      valid: ("from 0 to 1000000", { 0...1_000_000 ~= $0 })),
    SettingField(
      "test-scenes", \.testScenes, "test scenes, likewise", of: .data, valid: ("from 0 to 1000000", { 0...1_000_000 ~= $0 })),
    SettingField(
      "canvas", \.canvas, "height and width of images", of: .data, valid: ("from 32 to 512", { 32...512 ~= $0 })),
    SettingField("objects", \.objects, "most objects of a sprite scene", of: .data, valid: ("from 1 to 8", { 1...8 ~= $0 })),
    SettingField(
      "occlusion", \.occlusion, "largest share of a sprite that others cover", of: .data,
      valid: ("from 0 to 0.8", { 0...0.8 ~= $0 })),
    SettingField("clutter", \.clutter, "strokes of a sprite scene that are no objects", of: .data, valid: ("from 0 to 50", { 0...50 ~= $0 })),
    SettingField(
      "zipf", \.zipf, "exponent of the frequencies of sprite classes; 0 for all alike", of: .data,
      valid: ("from 0 to 3", { 0...3 ~= $0 })),
    SettingField("scene-seed", \.sceneSeed, "seed of sprite scenes", of: .data),
  ]
}
