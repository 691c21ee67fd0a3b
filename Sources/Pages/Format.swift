public import Basics
import Foundation

/// Numbers as the pages print them: the same in every locale, with narrow no-break spaces and a true minus sign.
public enum Format {
  public static let space = "\u{202F}"
  /// What stands for a value that does not exist.
  public static let missing = "–"

  /// A whole number in groups of three digits: `266 200`.
  public static func count(_ value: Int) -> String { grouped(String(value)) }

  /// A number with a fixed number of decimals: `1 234.50`.
  public static func decimal(_ value: Double, _ decimals: Int) -> String {
    guard value.isFinite else { return "not finite" }
    let text = String(format: "%.\(decimals)f", value)
    return grouped(text.contains(where: { $0 != "-" && $0 != "0" && $0 != "." }) ? text : text.replacing("-", with: ""))
  }

  /// A number with three significant digits: `80.0`, `51.3`, `3.58`, `0.472`, `100`.
  public static func significant(_ value: Double) -> String {
    guard value.isFinite, value != 0 else { return value == 0 ? "0" : "not finite" }
    let decimals = 2 - Int(floor(log10(abs(value))))
    return grouped(String(format: "%.\(min(max(0, decimals), 12))f", value))
  }

  /// A share as a percentage with two decimals: `88.12 %`.
  public static func percent(_ share: Double) -> String { decimal(100 * share, 2) + space + "%" }

  /// A density as a percentage with three significant digits: `3.58 %`.
  public static func density(_ share: Double) -> String { significant(100 * share) + space + "%" }

  /// A difference of shares in percentage points, with its sign: `+0.42`, `−1.30`.
  public static func points(_ difference: Double) -> String {
    let text = decimal(100 * difference, 2)
    return difference > 0 && text != "0.00" ? "+" + text : text
  }

  /// `88.12 ± 0.21`; the mean alone if there is one value, and both ends if they are not equally far from the mean.
  public static func interval(_ interval: Interval, scale: Double = 1, decimals: Int) -> String {
    let mean = decimal(scale * interval.mean, decimals)
    let above = scale * (interval.high - interval.mean), below = scale * (interval.mean - interval.low)
    guard interval.values.count > 1 || above != 0 || below != 0 else { return mean }
    guard abs(above - below) <= 0.5 * pow(10, -Double(decimals)) else {
      return "\(mean) (\(decimal(scale * interval.low, decimals)) to \(decimal(scale * interval.high, decimals)))"
    }
    return "\(mean) ± \(decimal((above + below) / 2, decimals))"
  }

  /// An interval of shares as percentages, without the sign: for columns headed `%`.
  public static func percentInterval(_ shares: Interval) -> String { interval(shares, scale: 100, decimals: 2) }

  /// A length of time in the two largest units: `1 h 04 min`, `5 min 12 s`, `0.84 s`.
  public static func duration(_ seconds: Double) -> String {
    guard seconds.isFinite, seconds >= 0, seconds < 1e12 else { return missing }
    if seconds < 60 { return decimal(seconds, seconds < 9.95 ? 2 : 1) + space + "s" }
    let whole = Int(seconds.rounded())
    if whole < 3600 { return "\(whole / 60)\(space)min \(twoDigits(whole % 60))\(space)s" }
    return "\(count(whole / 3600))\(space)h \(twoDigits(whole % 3600 / 60))\(space)min"
  }

  /// A number of bytes in decimal units: `7.41 kB`.
  public static func bytes(_ count: Int) -> String {
    var value = Double(count), unit = 0
    let units = ["bytes", "kB", "MB", "GB", "TB"]
    while value >= 1000, unit < units.count - 1 { (value, unit) = (value / 1000, unit + 1) }
    return significant(value) + space + units[unit]
  }

  /// `1 seed`, `5 seeds`.
  public static func plural(_ count: Int, _ noun: String, _ several: String? = nil) -> String {
    "\(self.count(count)) \(count == 1 ? noun : several ?? noun + "s")"
  }

  /// What the numbers of a page mean.
  public static func intervalNote(seeds: Int) -> String {
    seeds > 1
      ? "Means over \(plural(seeds, "seed")) ± half of the 95\(space)% interval by Student’s t."
      : "One seed was run, so no interval can be given."
  }

  private static func twoDigits(_ value: Int) -> String { value < 10 ? "0\(value)" : String(value) }

  private static func grouped(_ text: String) -> String {
    let negative = text.hasPrefix("-")
    let parts = text.drop { $0 == "-" }.split(separator: ".", maxSplits: 1)
    var whole = String(parts[0])
    var position = whole.count - 3
    while position > 0 {
      whole.insert(contentsOf: space, at: whole.index(whole.startIndex, offsetBy: position))
      position -= 3
    }
    return (negative ? "−" : "") + whole + (parts.count > 1 ? "." + parts[1] : "")
  }
}
