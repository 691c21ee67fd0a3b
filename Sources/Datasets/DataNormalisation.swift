public import Basics
import Foundation

/// Which normalisation samples get: `measured`, `none`, or given numbers as `0.1307/0.3081`, a channel each with commas.
public enum DataNormalisation: Equatable, Sendable {
  /// Mean and deviation of each channel of the samples that are trained on.
  case measured
  /// The pixel scale alone: bytes become numbers from 0 to 1.
  case none
  /// What a network trained elsewhere was trained with.
  case given(Normalisation)

  /// - Throws: `Problem.usage` if numbers are given for another number of channels.
  package func normalisation(of split: Split, in dataset: Dataset) throws -> Normalisation {
    if self == .measured { return dataset.normalisation(of: split) }
    return try normalisation(channels: dataset.inputShape.channels, name: dataset.name)
  }

  /// That which needs no samples.
  ///
  /// - Precondition: It is not `measured`.
  /// - Throws: as `normalisation(of:in:)`.
  package func normalisation(channels: Int, name: String) throws -> Normalisation {
    switch self {
    case .measured: preconditionFailure("samples have to be measured")
    case .none:
      return Normalisation(
        mean: [Float](repeating: 0, count: channels), deviation: [Float](repeating: 1, count: channels))
    case .given(let given):
      if given.mean.count == channels { return given }
      guard given.mean.count == 1 else {
        throw Problem.usage(
          "normalisation=\(settingText) has \(given.mean.count) channels; \(name) has \(channels).",
          remedy: "Give a mean and a deviation for each channel, or one for all.")
      }
      return Normalisation(
        mean: [Float](repeating: given.mean[0], count: channels),
        deviation: [Float](repeating: given.deviation[0], count: channels))
    }
  }
}

extension DataNormalisation: SettingValue {
  public init?(setting text: String) {
    switch text {
    case "measured": self = .measured
    case "none": self = .none
    default:
      let sides = text.split(separator: "/", omittingEmptySubsequences: false).map { side in
        side.split(separator: ",", omittingEmptySubsequences: false).map { Float(String($0)) ?? .nan }
      }
      guard sides.count == 2, sides[0].count == sides[1].count, sides[0].allSatisfy(\.isFinite),
        sides[1].allSatisfy({ $0.isFinite && $0 > 0 })
      else { return nil }
      self = .given(Normalisation(mean: sides[0], deviation: sides[1]))
    }
  }

  public var settingText: String {
    switch self {
    case .measured: "measured"
    case .none: "none"
    case .given(let given):
      [given.mean, given.deviation].map { $0.map(\.description).joined(separator: ",") }.joined(separator: "/")
    }
  }

  public static var settingForm: String {
    "measured, none, or MEAN/DEVIATION of values after the pixel scale, with commas between channels: 0.1307/0.3081"
  }
}

extension Normalisation {
  /// That which makes `fma(p, multiplier, shift)` of a stored value p of each channel.
  public init(affine: [(multiplier: Float, shift: Float)], pixelScale: Float) {
    let deviations = affine.map { Double(pixelScale) / Double($0.multiplier) }
    self.init(
      mean: zip(affine, deviations).map { Float(-Double($0.shift) * $1) }, deviation: deviations.map { Float($0) })
  }
}
