public import Basics
import Detection

/// A picture of a scene: red, green and blue, [height][width][3].
public struct SceneRaster: Equatable, Sendable {
  public let width, height: Int
  public private(set) var pixels: [UInt8]

  /// Okabe and Ito's colours (2008), which all readers tell apart, but black, and three more; of more categories they come again.
  public static let colours: [(red: UInt8, green: UInt8, blue: UInt8)] = [
    (230, 159, 0), (86, 180, 233), (0, 158, 115), (240, 228, 66), (0, 114, 178), (213, 94, 0), (204, 121, 167),
    (240, 240, 240), (170, 220, 50), (255, 120, 140),
  ]
  /// What they are called.
  public static let colourNames = [
    "orange", "sky blue", "green", "yellow", "blue", "vermilion", "purple", "white", "lime", "pink",
  ]

  public static func colour(of category: Int) -> (red: UInt8, green: UInt8, blue: UInt8) {
    colours[category % colours.count]
  }

  package init(width: Int, height: Int, background: UInt8) {
    (self.width, self.height) = (width, height)
    pixels = Array(repeating: background, count: 3 * width * height)
  }

  package mutating func set(_ x: Int, _ y: Int, _ colour: (red: UInt8, green: UInt8, blue: UInt8), share: Double = 1) {
    guard (0..<width).contains(x), (0..<height).contains(y) else { return }
    let place = 3 * (y * width + x)
    for (i, value) in [colour.red, colour.green, colour.blue].enumerated() {
      pixels[place + i] = UInt8((Double(pixels[place + i]) * (1 - share) + Double(value) * share).rounded())
    }
  }
}

extension SceneSet {
  /// A scene enlarged, masks tinted, boxes outlined and keypoints dotted in the colours of their categories: as it is annotated
  /// and, to the right of that, as it is predicted. Hidden keypoints are rings; crowds have dashed outlines.
  ///
  /// - Parameters:
  ///   - predictions: `nil` for a picture without a right half.
  ///   - scale: Pixels of the picture a pixel of the image, at least 1.
  public func picture(
    _ index: Int, of part: ScenePart, predictions: [SceneObject]? = nil, scale: Int = 4
  ) -> SceneRaster {
    SceneRaster(
      Array(part.image(index)), shape, panels: [part.scenes[index]] + (predictions.map { [$0] } ?? []), scale: scale)
  }
}

extension SceneRaster {
  /// An image as often as there are lists of objects, each with its own drawn on it, side by side; see `SceneSet.picture`.
  ///
  /// - Parameter image: [channel][row][column].
  public init(_ image: [UInt8], _ shape: FeatureShape, panels: [[SceneObject]], scale: Int) {
    precondition(scale >= 1 && !panels.isEmpty, "\(panels.count) panels enlarged by \(scale)")
    let width = shape.width * scale, gap = 2 * scale
    self.init(width: panels.count * width + (panels.count - 1) * gap, height: shape.height * scale, background: 255)
    for (number, objects) in panels.enumerated() {
      var panel = ScenePanel(image, shape, scale: scale)
      for object in objects { panel.tint(object) }
      for object in objects { panel.outline(object) }
      for object in objects { panel.dot(object) }
      paste(panel.raster, x: number * (width + gap))
    }
  }

  fileprivate mutating func paste(_ other: SceneRaster, x: Int) {
    for row in 0..<other.height {
      let target = 3 * (row * width + x), source = 3 * row * other.width
      pixels.replaceSubrange(target..<target + 3 * other.width, with: other.pixels[source..<source + 3 * other.width])
    }
  }
}
