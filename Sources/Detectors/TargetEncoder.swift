import Basics
import Detection
import Lanes
import Networks
import Scenes

/// Writes what a detector's outputs are compared with for a scene.
///
/// An object belongs to the place that holds the centre of its box; of several there the smallest. Places besides whose centre lies
/// in the inner half of an object's box, and places in crowds, do not count for presence.
struct TargetEncoder {
  let detector: Detector
  /// Of the images, in pixels.
  let height, width: Int

  init(_ detector: Detector) {
    self.detector = detector
    (height, width) = (detector.architecture.input.height, detector.architecture.input.width)
  }

  func encode(_ objects: [SceneObject], into targets: UnsafeMutableBufferPointer<Float>) {
    targets.initialize(repeating: 0)
    encodeBoxes(objects, into: targets)
    guard let term = detector.fineTerm, let fine = detector.fine else { return }
    switch detector.task {
    case .detect: break
    case .segment: for object in objects where !object.isCrowd { add(object, term, fine, to: targets) }
    case .keypoints: for object in objects where !object.isCrowd { addHeat(object, term, fine, to: targets) }
    }
  }

  // MARK: boxes

  private func encodeBoxes(_ objects: [SceneObject], into targets: UnsafeMutableBufferPointer<Float>) {
    let grid = detector.grid, places = grid.height * grid.width
    let cell = (width: Double(width) / Double(grid.width), height: Double(height) / Double(grid.height))
    let presence = detector.presence.first, classes = detector.classTerm.first, boxes = detector.boxes.first
    func center(_ row: Int, _ column: Int) -> (x: Double, y: Double) {
      ((Double(column) + 0.5) * cell.width, (Double(row) + 0.5) * cell.height)
    }
    func exclude(_ box: Box) {
      for row in 0..<grid.height {
        for column in 0..<grid.width where box.holds(center(row, column)) {
          targets[presence + row * grid.width + column] = -1
        }
      }
    }
    for object in objects { exclude(object.isCrowd ? object.box : object.box.innerHalf) }
    // The smallest last, so that it stays.
    for object in objects.filter({ !$0.isCrowd }).sorted(by: { $0.box.area > $1.box.area }) {
      let box = object.box, middle = (x: box.x + box.width / 2, y: box.y + box.height / 2)
      let row = min(grid.height - 1, max(0, Int(middle.y / cell.height)))
      let column = min(grid.width - 1, max(0, Int(middle.x / cell.width)))
      let place = row * grid.width + column, (x, y) = center(row, column)
      targets[presence + place] = 1
      for i in 0..<detector.classes { targets[classes + i * places + place] = i == object.category ? 1 : 0 }
      let sides = [
        (x - box.x) / cell.width, (y - box.y) / cell.height, (box.x + box.width - x) / cell.width,
        (box.y + box.height - y) / cell.height,
      ]
      for (i, side) in sides.enumerated() { targets[boxes + i * places + place] = Float(max(0, side)) }
    }
  }

  // MARK: masks and keypoints

  /// A place belongs to an object that has at least a quarter of its pixels.
  private func add(
    _ object: SceneObject, _ term: OutputLoss.Term, _ fine: FeatureShape, to targets: UnsafeMutableBufferPointer<Float>
  ) {
    guard let mask = object.mask else { return }
    let first = term.first + object.category * term.places, (down, across) = steps(fine)
    var counts = [Int](repeating: 0, count: term.places)
    for (place, isObject) in mask.pixels.enumerated() where isObject {
      let row = min(fine.height - 1, place / width / down), column = min(fine.width - 1, place % width / across)
      counts[row * fine.width + column] += 1
    }
    for (i, count) in counts.enumerated() where 4 * count >= down * across { targets[first + i] = 1 }
  }

  private func steps(_ fine: FeatureShape) -> (down: Int, across: Int) {
    (max(1, height / fine.height), max(1, width / fine.width))
  }

  /// A Gaussian of one place around each labelled keypoint, 1 at the place itself; of several the largest.
  private func addHeat(
    _ object: SceneObject, _ term: OutputLoss.Term, _ fine: FeatureShape, to targets: UnsafeMutableBufferPointer<Float>
  ) {
    guard let keypoints = object.keypoints else { return }
    for i in 0..<min(keypoints.count, fine.channels) where keypoints.visibility[i] > 0 {
      let x = keypoints.x[i] / Double(width) * Double(fine.width) - 0.5
      let y = keypoints.y[i] / Double(height) * Double(fine.height) - 0.5
      let row = Int(y.rounded()), column = Int(x.rounded()), first = term.first + i * term.places
      for r in max(0, row - 3)..<max(0, min(fine.height, row + 4)) {
        for c in max(0, column - 3)..<max(0, min(fine.width, column + 4)) {
          let dx = Double(c) - x, dy = Double(r) - y, place = first + r * fine.width + c
          let heat = r == row && c == column ? 1 : Float(Deterministic.exponential(-(dx * dx + dy * dy) / 2))
          targets[place] = max(targets[place], heat)
        }
      }
    }
  }
}

extension Box {
  fileprivate func holds(_ point: (x: Double, y: Double)) -> Bool {
    x <= point.x && point.x <= x + width && y <= point.y && point.y <= y + height
  }

  /// Of half the width and height, about the same centre.
  fileprivate var innerHalf: Box { Box(x: x + width / 4, y: y + height / 4, width: width / 2, height: height / 2) }
}
