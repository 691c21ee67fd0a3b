import Basics
import Detectors
import Foundation
import Pages
import Scenes

/// Test scenes with what is there and what networks found, side by side.
extension DetectPage {
  func pictures(_ task: SceneTask) -> Section? {
    guard !finding.examples.isEmpty, let dense = finding.dense(task) else { return nil }
    let arms = [dense] + finding.arms(task, .direct)
    let shown = finding.examples.enumerated().map { i, example -> Picture in
      let tiles =
        [example.objects.map { $0.without(task) }] + arms.map { example.found["\(task.rawValue)/\($0.name)"] ?? [] }
      let shape = finding.shape
      let raster = SceneRaster(
        Array(example.pixels), shape, panels: tiles.map { $0.map { $0.sceneObject(in: shape) } },
        scale: shape.width > 160 ? 1 : 3)
      return Picture(
        "\(task.rawValue)-scene-\(i + 1)",
        PNGImage(width: raster.width, height: raster.height, pixels: raster.pixels), scale: 1,
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
    let names = SceneRaster.colourNames
    return finding.classes.enumerated().map { "\($1) \(names[$0 % names.count])" }.prefix(12).joined(separator: ", ")
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
