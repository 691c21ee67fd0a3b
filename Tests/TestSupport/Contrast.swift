import Foundation

/// The contrast of two colours, after WCAG 2.2.
public enum Contrast {
  /// The custom properties of a style sheet that are colours; the first definition counts.
  public static func colours(_ sheet: String) -> [String: Int] {
    let pairs = sheet.matches(of: /(--[a-z0-9-]+): #([0-9a-f]{6})/).map { (String($0.1), Int($0.2, radix: 16)!) }
    return Dictionary(pairs) { first, _ in first }
  }

  public static func ratio(_ a: Int, _ b: Int) -> Double {
    let (x, y) = (luminance(a), luminance(b))
    return (max(x, y) + 0.05) / (min(x, y) + 0.05)
  }

  private static func luminance(_ colour: Int) -> Double {
    let channels = [16, 8, 0].map { shift -> Double in
      let value = Double(colour >> shift & 255) / 255
      return value <= 0.04045 ? value / 12.92 : pow((value + 0.055) / 1.055, 2.4)
    }
    return 0.2126 * channels[0] + 0.7152 * channels[1] + 0.0722 * channels[2]
  }
}
