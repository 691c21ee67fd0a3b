import Basics
import Pages

/// A learning curve with no more points than a chart can show, however many it was given.
struct ThinnedCurve {
  var stage: String
  /// Validation loss, and validation accuracy as a percentage.
  private(set) var loss = Line()
  private(set) var accuracy = Line()
  /// The last step that it was given.
  private(set) var step = 0

  init(stage: String) { self.stage = stage }

  init(stage: String, _ points: [CurvePoint]) {
    self.init(stage: stage)
    loss = Line(points.map { ($0.step, $0.validationLoss) })
    accuracy = Line(points.map { ($0.step, 100 * $0.validationAccuracy) })
    step = points.last?.step ?? 0
  }

  mutating func append(step: Int, loss: Double, accuracy: Double) {
    self.step = step
    self.loss.append(step, loss)
    self.accuracy.append(step, 100 * accuracy)
  }

  struct Line {
    static let shown = 300
    /// Twice as many are gathered before they are thinned.
    private static let kept = 512
    private var points: [(x: Double, y: Double)] = []
    private var isSorted = true

    init() {}

    /// A line that will not grow.
    init(_ all: [(step: Int, y: Double)]) {
      points = all.filter { $0.y.isFinite }.map { (x: Double($0.step), y: $0.y) }.sorted { $0.x < $1.x }
      points = Downsampling.points(points, to: Self.shown)
    }

    mutating func append(_ step: Int, _ y: Double) {
      guard y.isFinite else { return }
      isSorted = isSorted && (points.last?.x ?? 0) <= Double(step)
      points.append((x: Double(step), y: y))
      if points.count >= 2 * Self.kept {
        points = Downsampling.points(sorted, to: Self.kept)
        isSorted = true
      }
    }

    private var sorted: [(x: Double, y: Double)] { isSorted ? points : points.sorted { $0.x < $1.x } }

    var chartPoints: [Chart.Point] {
      Downsampling.points(sorted, to: Self.shown).map { Chart.Point($0.x, $0.y) }
    }
  }
}
