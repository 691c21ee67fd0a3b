public import Basics

/// What stands in a table's cell: text for the eye and, where it is a number or an interval, its values for machines.
public struct Cell: Equatable, Sendable {
  public var markup: HTMLText
  /// A number, or a mean with both ends of its interval; empty for words.
  public var values: [Double]

  public init(_ markup: HTMLText, values: [Double] = []) {
    self.markup = markup
    self.values = values
  }

  /// The text without tags.
  public var text: String { markup.plainText }

  public static var missing: Cell { Cell(HTMLText(Format.missing)) }
  public static func text(_ text: String) -> Cell { Cell(HTMLText(text)) }
  public static func code(_ text: String) -> Cell { Cell("<code>\(text)</code>") }
  public static func count(_ value: Int) -> Cell { Cell(HTMLText(Format.count(value)), values: [Double(value)]) }

  public static func decimal(_ value: Double?, _ decimals: Int) -> Cell {
    value.map { Cell(HTMLText(Format.decimal($0, decimals)), values: [$0]) } ?? .missing
  }

  /// Three significant digits.
  public static func significant(_ value: Double?) -> Cell {
    value.map { Cell(HTMLText(Format.significant($0)), values: [$0]) } ?? .missing
  }

  /// A share as a percentage with three significant digits.
  public static func density(_ share: Double) -> Cell {
    Cell(HTMLText(Format.density(share)), values: [100 * share])
  }

  /// A mean with its interval, times `scale`.
  public static func interval(_ value: Interval?, scale: Double = 1, decimals: Int) -> Cell {
    guard let value else { return .missing }
    let numbers = value.values.count > 1 ? [value.mean, value.low, value.high] : [value.mean]
    return Cell(
      HTMLText(Format.interval(value, scale: scale, decimals: decimals)), values: numbers.map { scale * $0 })
  }

  /// Shares as percentages, for columns headed `%`.
  public static func percent(_ shares: Interval?) -> Cell { .interval(shares, scale: 100, decimals: 2) }

  /// Differences of shares as percentage points, with a sign.
  public static func points(_ difference: Interval?) -> Cell {
    var cell = Cell.percent(difference)
    if let difference, difference.mean > 0 { cell.markup = "+" + cell.markup }
    return cell
  }

  public static func duration(_ seconds: Double?) -> Cell {
    seconds.map { Cell(HTMLText(Format.duration($0)), values: [$0]) } ?? .missing
  }
}

extension Cell: ExpressibleByStringInterpolation {
  public init(stringLiteral value: String) { markup = HTMLText(stringLiteral: value); values = [] }
  public init(stringInterpolation: HTMLText.Interpolation) {
    markup = HTMLText(stringInterpolation: stringInterpolation)
    values = []
  }
}
