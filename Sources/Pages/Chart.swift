public import Basics
import Foundation

/// How a series is told apart: by colour, by dash and by marker, so that none of the three is needed to read a chart.
public struct SeriesStyle: Codable, Equatable, Sendable {
  /// The name of a custom property of the style sheet, which has a value for light and one for dark pages.
  public var color: String
  /// Lengths of dashes and gaps in pixels; empty for a solid line.
  public var dash: [Int]
  /// A point style of Chart.js.
  public var marker: String

  public init(color: String, dash: [Int] = [], marker: String = "circle") {
    self.color = color
    self.dash = dash
    self.marker = marker
  }

  /// One of many series without a meaning of its own, such as a layer; distinct for the first 120.
  public static func numbered(_ index: Int) -> SeriesStyle {
    let dashes = [[], [8, 4], [2, 3], [10, 3, 2, 3]]
    let markers = ["circle", "triangle", "rect", "rectRot", "star"]
    return SeriesStyle(color: "--series-\(index % 6)", dash: dashes[index / 6 % 4], marker: markers[index % 5])
  }
}

/// A chart as a value: what it shows, not how it is drawn. The page's script draws it, and its table says the same.
public struct Chart: Codable, Equatable, Sendable {
  /// A position with an optional interval in y; written as `[x, y]` or `[x, y, low, high]`, `null` where not finite.
  public struct Point: Equatable, Sendable {
    public var x: Double
    public var y: Double?
    public var low: Double?
    public var high: Double?

    public init(_ x: Double, _ y: Double, low: Double? = nil, high: Double? = nil) {
      self.x = Self.rounded(x) ?? 0
      self.y = Self.rounded(y)
      self.low = low.flatMap(Self.rounded)
      self.high = high.flatMap(Self.rounded)
    }

    public init(_ x: Double, _ value: Interval, scale: Double = 1) {
      self.init(x, scale * value.mean, low: scale * value.low, high: scale * value.high)
    }
  }

  /// A line with its band.
  public struct Series: Codable, Equatable, Sendable {
    public var name: String
    public var style: SeriesStyle
    public var points: [Point]
    /// Where on the x axis something happened to this series, drawn as a short tick on the axis.
    public var mark: Double?

    public init(_ name: String, style: SeriesStyle, points: [Point], mark: Double? = nil) {
      self.name = name
      self.style = style
      self.points = points
      self.mark = mark
    }
  }

  /// One choice of the selector that a group of charts shares.
  public struct Variant: Codable, Equatable, Sendable {
    public var label: String
    public var series: [Series]

    public init(_ label: String, series: [Series]) {
      self.label = label
      self.series = series
    }
  }

  /// A vertical line through the whole chart.
  public struct Mark: Codable, Equatable, Sendable {
    public var x: Double
    public var label: String

    public init(_ x: Double, label: String) {
      self.x = x
      self.label = label
    }
  }

  public var id: String
  public var title: String
  public var x: Axis
  public var y: Axis
  public var variants: [Variant]
  public var selected: Int
  public var marks: [Mark]
  /// Charts of one group share a selector.
  public var group: String?

  public init(
    id: String, title: String, x: Axis, y: Axis, variants: [Variant], selected: Int = 0, marks: [Mark] = [],
    group: String? = nil
  ) {
    precondition(variants.indices.contains(selected), "variant \(selected) of \(variants.count)")
    self.id = id
    self.title = title
    self.x = x
    self.y = y
    self.variants = variants
    self.selected = selected
    self.marks = marks
    self.group = group
  }

  public init(id: String, title: String, x: Axis, y: Axis, series: [Series], marks: [Mark] = []) {
    self.init(id: id, title: title, x: x, y: y, variants: [Variant("", series: series)], marks: marks)
  }
}

extension Chart.Point: Codable {
  public init(from decoder: any Decoder) throws {
    var values = try decoder.unkeyedContainer()
    x = try values.decode(Double.self)
    y = try values.decodeIfPresent(Double.self)
    low = values.isAtEnd ? nil : try values.decodeIfPresent(Double.self)
    high = values.isAtEnd ? nil : try values.decodeIfPresent(Double.self)
  }

  public func encode(to encoder: any Encoder) throws {
    var values = encoder.unkeyedContainer()
    try values.encode(x)
    try values.encode(y)
    guard low != nil || high != nil else { return }
    try values.encode(low)
    try values.encode(high)
  }

  /// Six significant digits, more than a screen can show; the tables and `result.json` have the rest.
  private static func rounded(_ value: Double) -> Double? {
    guard value.isFinite else { return nil }
    return Double(String(format: "%.6g", value))
  }
}

/// An axis of a chart.
public struct Axis: Codable, Equatable, Sendable {
  public enum Scale: String, Codable, Sendable { case linear, logarithmic }

  public var label: String
  public var scale: Scale
  /// From high to low, as densities are read.
  public var isReversed = false
  /// Stands behind values in tooltips: `%`.
  public var unit: String
  /// Decimals in tooltips and tables; `nil` for three significant digits.
  public var decimals: Int?
  /// From where to where the axis runs; `nil` leaves it to the library.
  public var range: Range?
  /// Where the axis has its labels; `nil` leaves it to the library.
  public var ticks: [Double]?
  /// The part shown first, when a few values (those before training) would flatten all others.
  public var focus: Range?

  /// Both ends of an axis, and for linear ones the distance of its labels.
  public struct Range: Codable, Equatable, Sendable {
    public var low: Double
    public var high: Double
    public var step: Double?

    public init(low: Double, high: Double, step: Double? = nil) {
      self.low = low
      self.high = high
      self.step = step
    }
  }

  public init(_ label: String, scale: Scale = .linear, unit: String = "", decimals: Int? = nil) {
    self.label = label
    self.scale = scale
    self.unit = unit
    self.decimals = decimals
  }

  /// A value as tables print it.
  public func text(_ value: Double?) -> String {
    guard let value else { return Format.missing }
    return decimals.map { Format.decimal(value, $0) } ?? Format.significant(value)
  }

  /// A range with round ends that holds all `values`, in six to twelve steps; `nil` if there are none.
  public static func roundRange(_ values: some Sequence<Double>) -> Range? {
    let finite = values.filter(\.isFinite)
    guard let low = finite.min(), let high = finite.max() else { return nil }
    let span = high > low ? high - low : max(abs(high) * 0.1, 1e-3)
    let power = pow(10, floor(log10(span / 8)))
    let step = power * ([1, 2, 5].first { $0 * power >= span / 8 } ?? 10)
    let padding = high > low ? 0.03 * span : 0.5 * span
    let ends = [floor((low - padding) / step) * step, ceil((high + padding) / step) * step]
    // Without the last digits of the product, which would keep the library from labelling the ends.
    let round = ends.map { Double(String(format: "%.12g", $0)) ?? $0 }
    return Range(low: round[0], high: round[1], step: step)
  }

  /// Labels for a logarithmic axis: 1, 2, 5 of each power of ten, or finer where fewer than three of them fall inside.
  public static func logarithmicTicks(_ low: Double, _ high: Double) -> [Double] {
    guard low > 0, high >= low, high.isFinite else { return [] }
    let powers = (Int(floor(log10(low)))...Int(ceil(log10(high)))).map { pow(10, Double($0)) }
    let choices: [[Double]] = [[1, 2, 5], [1, 1.5, 2, 3, 4, 5, 6, 7, 8, 9]]
    let ticks = choices.map { mantissas in
      powers.flatMap { power in mantissas.map { $0 * power } }.filter { low * 0.999 <= $0 && $0 <= high * 1.001 }
    }
    return ticks[0].count >= 3 ? ticks[0] : ticks[1]
  }
}
