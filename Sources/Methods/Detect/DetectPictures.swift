import Basics
import Detectors
import Foundation
import Pages

/// Test scenes with what is there and what networks found, side by side.
extension DetectPage {
  func pictures(_ task: SceneTask) -> Section? {
    guard !finding.examples.isEmpty, let dense = finding.dense(task) else { return nil }
    let arms = [dense] + finding.arms(task, .direct)
    let shown = finding.examples.enumerated().map { i, example -> Picture in
      let tiles =
        [example.objects.map { $0.without(task) }] + arms.map { example.found["\(task.rawValue)/\($0.name)"] ?? [] }
      let drawing = SceneDrawing(example.pixels, shape: finding.shape, enlargedBy: 3)
      return Picture(
        "\(task.rawValue)-scene-\(i + 1)", drawing.row(tiles, task: task), scale: 1,
        words: "Boxes drawn onto a test scene. \(caption(example, arms, task))",
        caption: HTMLText(caption(example, arms, task)))
    }
    let names =
      (["annotated"]
      + arms.map { arm in
        arm.strategy == nil ? "dense" : "\(Format.significant(100 * arm.networkSparsity.mean))\(Format.space)% sparse"
      }).joined(separator: ", ")
    return Section(
      "\(task.title): test scenes", id: "\(task.rawValue)-scenes",
      [
        .note(
          "From left to right: \(names). Colours are classes: \(legend). Direct tickets of the first seed; detections of a score of at least 0.3."
        )
      ] + shown.map { .picture($0) })
  }

  private var legend: String {
    finding.classes.enumerated().map { "\($1) \(SceneDrawing.name(of: $0))" }.prefix(12).joined(separator: ", ")
  }

  private func caption(
    _ example: DetectFinding.Example, _ arms: [DetectFinding.Arm], _ task: SceneTask
  ) -> String {
    let found = arms.map { arm in
      "\(arm.strategy == nil ? "dense" : Format.percent(arm.networkSparsity.mean)): \(list(example.found["\(task.rawValue)/\(arm.name)"] ?? []))"
    }
    return "There: \(list(example.objects)). Found \(found.joined(separator: "; "))."
  }

  private func list(_ objects: [FoundObject]) -> String {
    objects.isEmpty
      ? "nothing"
      : objects.map { finding.classes.indices.contains($0.category) ? finding.classes[$0.category] : "?" }
        .joined(separator: ", ")
  }
}

extension FoundObject {
  /// Of an annotated object what a task is about.
  fileprivate func without(_ task: SceneTask) -> FoundObject {
    var object = self
    if task != .segment { object.mask = nil }
    if task != .keypoints { object.keypoints = nil }
    return object
  }
}

/// Draws boxes, masks and keypoints onto a scene.
private struct SceneDrawing {
  private let pixels: Data
  private let shape: FeatureShape
  private let scale: Int

  /// Okabe and Ito's colours, which colour-blind readers tell apart, and two more.
  private static let colors: [(name: String, rgb: [UInt8])] = [
    ("orange", [230, 159, 0]), ("sky blue", [86, 180, 233]), ("green", [0, 158, 115]), ("yellow", [240, 228, 66]),
    ("blue", [0, 114, 178]), ("vermilion", [213, 94, 0]), ("purple", [204, 121, 167]), ("white", [240, 240, 240]),
    ("lime", [170, 220, 50]), ("pink", [255, 120, 140]),
  ]

  static func name(of category: Int) -> String { colors[category % colors.count].name }

  init(_ pixels: Data, shape: FeatureShape, enlargedBy scale: Int) {
    (self.pixels, self.shape, self.scale) = (pixels, shape, shape.width > 160 ? 1 : scale)
  }

  private var width: Int { shape.width * scale }
  private var height: Int { shape.height * scale }
  private static let gap = 4

  /// One copy of the scene for each list of objects.
  func row(_ lists: [[FoundObject]], task: SceneTask) -> PNGImage {
    let whole = lists.count * (width + Self.gap) - Self.gap
    var out = [UInt8](repeating: 255, count: whole * height * 3)
    for (i, objects) in lists.enumerated() {
      let tile = drawn(objects)
      for row in 0..<height {
        let to = (row * whole + i * (width + Self.gap)) * 3
        out.replaceSubrange(to..<to + width * 3, with: tile[row * width * 3..<(row + 1) * width * 3])
      }
    }
    return PNGImage(width: whole, height: height, pixels: out)
  }

  private func drawn(_ objects: [FoundObject]) -> [UInt8] {
    var tile = [UInt8](repeating: 0, count: width * height * 3)
    let plane = shape.height * shape.width, first = pixels.startIndex
    for row in 0..<height {
      for column in 0..<width {
        let place = row / scale * shape.width + column / scale
        for channel in 0..<3 {
          let source = min(channel, shape.channels - 1) * plane + place
          tile[(row * width + column) * 3 + channel] = pixels[first + source]
        }
      }
    }
    for object in objects { draw(object, on: &tile) }
    return tile
  }

  private func draw(_ object: FoundObject, on tile: inout [UInt8]) {
    let color = Self.colors[object.category % Self.colors.count].rgb
    func set(_ row: Int, _ column: Int, _ share: Double = 1) {
      guard 0..<height ~= row, 0..<width ~= column else { return }
      for channel in 0..<3 {
        let i = (row * width + column) * 3 + channel
        tile[i] = UInt8(Double(tile[i]) * (1 - share) + Double(color[channel]) * share)
      }
    }
    if let runs = object.mask {
      var position = 0
      for (i, run) in runs.enumerated() {
        if i % 2 == 1 {
          for place in position..<position + Int(run) {
            let (column, row) = (place / shape.height, place % shape.height)
            for y in 0..<scale { for x in 0..<scale { set(row * scale + y, column * scale + x, 0.5) } }
          }
        }
        position += Int(run)
      }
    }
    let left = Int(object.box[0] * Double(scale)), top = Int(object.box[1] * Double(scale))
    let right = Int((object.box[0] + object.box[2]) * Double(scale)) - 1
    let bottom = Int((object.box[1] + object.box[3]) * Double(scale)) - 1
    if right >= left, bottom >= top {
      for column in left...right { for row in [top, bottom] { set(row, column) } }
      for row in top...bottom { for column in [left, right] { set(row, column) } }
    }
    let points = object.keypoints ?? []
    for i in stride(from: 0, to: points.count - points.count % 3, by: 3) where points[i + 2] > 0 {
      let (x, y) = (Int(points[i] * Double(scale)), Int(points[i + 1] * Double(scale)))
      for row in y - 2...y + 2 { for column in x - 2...x + 2 { set(row, column) } }
    }
  }
}
