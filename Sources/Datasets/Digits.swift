import Basics
import Foundation

/// The 1 797 grey images, 8x8, of handwritten digits that scikit-learn carries; built into Tombola.
///
/// E. Alpaydin & C. Kaynak, Optical Recognition of Handwritten Digits, UCI Machine Learning Repository,
/// https://doi.org/10.24432/C50P49 (CC BY 4.0): its test part, in scikit-learn's order. A pixel is a whole number from
/// 0 to 16, worth 1/16 each. The first 1 437 images are for training, the last 360 for testing.
public struct Digits: DataSource {
  public init() {}

  public let name = "digits"
  public let summary = "1 797 grey 8x8 images of handwritten digits, built in"
  public let origin =
    "E. Alpaydin & C. Kaynak, Optical Recognition of Handwritten Digits, UCI Machine Learning Repository, "
    + "https://doi.org/10.24432/C50P49, CC BY 4.0, via scikit-learn; first 1437 for training, last 360 for testing"

  static let count = 1797
  static let trainCount = 1437
  static let shape = FeatureShape(channels: 1, height: 8, width: 8)

  public func load(from locator: DataLocator) throws -> Dataset { try load() }

  /// Decodes the images; nothing is read from disk.
  public func load() throws -> Dataset {
    let content = try Self.content(), pixelCount = Self.count * Self.shape.count
    let all = Split(pixels: .bytes(Array(content[..<pixelCount])), labels: content[pixelCount...].map { Int32($0) })
    return try Dataset(
      name: name, source: origin, inputShape: Self.shape, classCount: 10, pixelScale: 1 / 16, range: 0...16,
      train: all.subset(Array(0..<Int32(Self.trainCount))),
      test: all.subset(Array(Int32(Self.trainCount)..<Int32(Self.count))))
  }

  /// All pixels, then all labels.
  private static func content() throws -> [UInt8] {
    let packed = Data(base64Encoded: digitsBase64, options: .ignoreUnknownCharacters) ?? Data()
    let reader = ContentReader(part: packed, .zlib, name: "digits", remedy: "Build Tombola again.")
    return try reader.read(count * (shape.count + 1), promise: "the built-in images need more")
  }
}
