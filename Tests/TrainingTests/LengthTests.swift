import Basics
import Datasets
import Lanes
import TestSupport
import Testing
import Training

/// Lengths of perturbations in the data's own range.
@Suite struct LengthTests {
  static let bytes = PixelScale(lowest: 0, highest: 255, perUnit: 255)
  static let digits = PixelScale(lowest: 0, highest: 16, perUnit: 16)
  static let shares = PixelScale(lowest: 0, highest: 1, perUnit: 1)
  static let values = PixelScale(lowest: -3, highest: 4.5, perUnit: 1)

  @Test(arguments: [
    (bytes, "8/255", Ball.maximum, 8, "pixels 0 to 255, epsilon 8 = 8/255 of the range"),
    (bytes, "8", .maximum, 8, "pixels 0 to 255, epsilon 8 = 8/255 of the range"),
    (bytes, "0.1", .maximum, 25.5, "pixels 0 to 255, epsilon 25.5 = 25.5/255 of the range"),
    (bytes, "255/255", .maximum, 255, "pixels 0 to 255, epsilon 255 = 255/255 of the range"),
    (bytes, "2", .euclidean, 510, "pixels 0 to 255 worth 0 to 1, l2 epsilon 2 = 0.25 of the range's diagonal"),
    (digits, "0.1", .maximum, 1.6, "pixels 0 to 16, epsilon 1.6 = 1.6/16 of the range"),
    (digits, "16", .maximum, 16, "pixels 0 to 16, epsilon 16 = 16/16 of the range"),
    (shares, "8/255", .maximum, 8.0 / 255, "values 0 to 1, epsilon 0.0313725 = 0.0313725 of the range"),
    (values, "7.5", .maximum, 7.5, "values -3 to 4.5, epsilon 7.5 = 1 of the range"),
    (values, "1", .maximum, 1, "values -3 to 4.5, epsilon 1 = 0.133333 of the range"),
    (values, "60", .euclidean, 60, "values -3 to 4.5, l2 epsilon 60 = 1 of the range's diagonal"),
  ])
  func allowedLengthsAreSaid(_ scale: PixelScale, _ text: String, _ ball: Ball, _ stored: Float, _ said: String) throws
  {
    let written = try #require(PixelLength(setting: text))
    try scale.check(written, ball, count: 64, of: "")
    let length = scale.length(written, ball)
    #expect(abs(scale.stored(length) - stored) <= 1e-5 * stored)
    #expect(scale.sentence(length, ball, count: 64) == said)
  }

  /// What is longer than the range, and what can be read in two ways, with the two ways.
  @Test(arguments: [
    (bytes, "256", Ball.maximum, "at most 1"), (bytes, "300/255", .maximum, "8/255"),
    (bytes, "1", .maximum, "255/255"), (bytes, "1.0", .maximum, "1/255"), (bytes, "9", .euclidean, "at most 8"),
    (digits, "17", .maximum, "8/16"), (shares, "8", .maximum, "at most 1"),
    (values, "7.6", .maximum, "at most 7.5"), (values, "8/255", .maximum, "0.235294 if of the range"),
  ])
  func othersAreRefused(_ scale: PixelScale, _ text: String, _ ball: Ball, _ remedy: String) throws {
    let written = try #require(PixelLength(setting: text))
    do {
      try scale.check(written, ball, count: 64, of: "--epsilon ")
      Issue.record("\(text) was taken")
    } catch let problem as Problem {
      #expect(problem.kind.exitCode == 64 && problem.remedy.contains(remedy), "\(problem)")
    }
  }

  /// The range is that which the values can take, not that of a byte, nor what happens to occur.
  @Test func rangesAreThoseOfTheData() throws {
    let locator = DataLocator(dataFolder: nil)
    func scale(_ name: String) throws -> PixelScale {
      try TrainingData(Catalog.dataset(named: name, from: locator), validationCount: 20, seed: 0).pixelScale
    }
    #expect(try scale("digits") == Self.digits)
    #expect(try scale("digits+half") == Self.digits)
    #expect(try scale("digits+permuted-pixels") == Self.digits)
    #expect(try scale("k-pattern:20,3,parity,200") == Self.shares)
    let clone = try scale("digits+gaussian")
    #expect(clone.lowest < 0 && clone.highest > 16 && clone.perUnit == 16 && clone.width > 1)
  }
}
