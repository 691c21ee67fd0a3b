public import Basics

/// A length in the range of the data as it is written, a number or a fraction: `0.1`, `8/255`, `8`. `PixelScale.length`
/// says what it means for the data.
public struct PixelLength: Hashable, Sendable, SettingValue {
  public var value: Double
  private var text: String

  public init(_ value: Double) {
    self.value = value
    text = "\(value)"
  }

  public init?(setting text: String) {
    let sides = text.split(separator: "/", omittingEmptySubsequences: false).map { Double($0) }
    guard (1...2).contains(sides.count), let top = sides[0], let bottom = sides.count == 2 ? sides[1] : 1,
      bottom > 0, top >= 0, (top / bottom).isFinite
    else { return nil }
    value = top / bottom
    self.text = sides.count == 2 ? text : "\(value)"
  }

  /// Whether it is written as a share: `8/255`.
  public var isFraction: Bool { text.contains("/") }

  public var settingText: String { text }
  public static var settingForm: String { "a number such as 0.1 or a fraction such as 8/255" }

  public static func == (a: PixelLength, b: PixelLength) -> Bool { a.value == b.value }
  public func hash(into hasher: inout Hasher) { hasher.combine(value) }
}
