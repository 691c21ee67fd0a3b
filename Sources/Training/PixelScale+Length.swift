import Basics
import Foundation
public import Lanes

/// What a written length means for the data.
///
/// Pixels are worth 0 to 1: `8/255` and `0.1` are shares of their range. A number above 1, which no pixel can move by, counts
/// pixels as they are stored, so that `8` is 8/255 where these go to 255; in l2, whose lengths go on to the range's diagonal,
/// it counts whole ranges. All other numbers have lengths in their own values. What can be read in two ways is refused: `1` of
/// pixels, and a fraction where the range is not 0 to 1.
extension PixelScale {
  /// A written length in the data's values.
  public func length(_ written: PixelLength, _ ball: Ball = .maximum) -> Double {
    isOfPixels && ball == .maximum && !written.isFraction && written.value > 1 ? written.value / perUnit : written.value
  }

  /// - Parameters:
  ///   - count: Numbers of a sample.
  ///   - name: What stands before the length in messages.
  /// - Throws: `Problem.usage` if the length can be read in two ways, or is longer than the data's range.
  public func check(_ written: PixelLength, _ ball: Ball = .maximum, count: Int, of name: String) throws {
    let value = length(written, ball), longest = longest(ball, count: count), given = name + written.settingText
    if isOfPixels, ball == .maximum, written.value == 1, !written.isFraction {
      throw Problem.usage(
        "\(given) can be read in two ways: \(range).",
        remedy: "Write \(top)/\(top) for the whole range, or 1/\(top) for one step of the pixels.")
    }
    if !isOfPixels, width != 1, written.isFraction {
      throw Problem.usage(
        "\(given) can be read in two ways: \(range).",
        remedy: "Write \(Self.text(value)) if it is meant in values, \(Self.text(value * width)) if of the range.")
    }
    guard value > longest * (1 + 1e-6) else { return }
    let form = isOfPixels ? ", pixels being 0 to 1; write stored ones as 8/\(top)" : ""
    throw Problem.usage(
      "\(given) is longer than the data's range: \(range).",
      remedy: "In \(ball.rawValue) it may be at most \(Self.text(longest))\(form).")
  }

  /// What a radius means: `pixels 0 to 255, epsilon 8 = 8/255 of the range`.
  ///
  /// - Parameters:
  ///   - epsilon: In the data's values.
  ///   - count: Numbers of a sample.
  public func sentence(_ epsilon: Double, _ ball: Ball, count: Int) -> String {
    let share = Self.text(epsilon / max(longest(ball, count: count), .leastNormalMagnitude))
    guard ball == .maximum else {
      return
        "\(range)\(isOfPixels ? " worth 0 to 1" : ""), l2 epsilon \(Self.text(epsilon)) = \(share) of the range's diagonal"
    }
    guard isOfPixels else { return "\(range), epsilon \(Self.text(epsilon)) = \(share) of the range" }
    let steps = Self.text(epsilon * perUnit)
    return "\(range), epsilon \(steps) = " + (width == 1 ? "\(steps)/\(top)" : share) + " of the range"
  }

  /// `pixels 0 to 255`, or `values -3 to 4.5`.
  private var range: String {
    if width == 1 { return isOfPixels ? "pixels 0 to \(top)" : "values 0 to 1" }
    let ends = "\(Self.text(Double(lowest))) to \(Self.text(Double(highest)))"
    return isOfPixels ? "pixels \(ends) worth 1/\(top) each" : "values \(ends)"
  }

  private var top: String { Self.text(perUnit) }
  private static func text(_ value: Double) -> String { String(format: "%.6g", value) }
}
