public import Basics
import Foundation

/// What is subtracted from, and divides, every value of a channel: `(stored * pixelScale - mean) / deviation`.
public struct Normalisation: Codable, Equatable, Sendable {
  /// Per channel, or empty for none.
  public var mean: [Float]
  public var deviation: [Float]

  /// Leaves values as they are (after the pixel scale).
  public static let none = Normalisation(mean: [], deviation: [])

  public init(mean: [Float], deviation: [Float]) {
    precondition(mean.count == deviation.count, "\(mean.count) means but \(deviation.count) deviations")
    self.mean = mean
    self.deviation = deviation
  }

  /// Mean and standard deviation (division by the count) of each channel of a split.
  ///
  /// Bytes are summed as whole numbers, hence exactly; floats as doubles in the order of the file, mean first. A
  /// channel without variation gets the deviation 1.
  public init(of split: Split, shape: FeatureShape, pixelScale: Float) {
    let moments = (0..<shape.channels).map { Moments(split.pixels, channel: $0, shape: shape) }
    let scale = Double(pixelScale)
    mean = moments.map { Float($0.mean * scale) }
    deviation = moments.map { $0.variance > 0 ? Float($0.variance.squareRoot() * scale) : 1 }
  }

  /// The numbers with which a stored value p becomes `fma(p, multiplier, shift)`.
  public func affine(channel: Int, pixelScale: Float) -> (multiplier: Float, shift: Float) {
    guard !mean.isEmpty else { return (pixelScale, 0) }
    let deviation = Double(deviation[channel])
    return (Float(Double(pixelScale) / deviation), Float(-Double(mean[channel]) / deviation))
  }
}

extension Normalisation: CustomStringConvertible {
  public var description: String {
    guard !mean.isEmpty else { return "none" }
    return "per channel: mean \(Self.list(mean)), deviation \(Self.list(deviation))"
  }

  /// The first eight; columns of a table may be many.
  private static func list(_ values: [Float]) -> String {
    values.prefix(8).map { String(format: "%.4f", Double($0)) }.joined(separator: " ")
      + (values.count > 8 ? " ..." : "")
  }
}

extension Dataset {
  /// The normalisation of the training split (take it before or after carving, but the same for all parts).
  public func normalisation(of split: Split? = nil) -> Normalisation {
    Normalisation(of: split ?? train, shape: inputShape, pixelScale: pixelScale)
  }

  /// The numbers with which a stored value p of a channel becomes the network's input `fma(p, multiplier, shift)`.
  public func affine(_ normalisation: Normalisation, channel: Int) -> (multiplier: Float, shift: Float) {
    normalisation.affine(channel: channel, pixelScale: pixelScale)
  }
}

/// Mean and variance of the stored numbers of one channel.
private struct Moments {
  var mean: Double
  var variance: Double

  init(_ pixels: Pixels, channel: Int, shape: FeatureShape) {
    let plane = shape.height * shape.width
    let starts = stride(from: channel * plane, to: pixels.count, by: shape.count)
    switch pixels {
    case .bytes(let values): self.init(bytes: values, starts, plane)
    case .floats(let values): self = values.withUnsafeBufferPointer { Self(floats: $0, starts, plane) }
    }
  }

  private init(bytes: [UInt8], _ starts: StrideTo<Int>, _ plane: Int) {
    var sum: UInt64 = 0, squares: UInt64 = 0, count = 0
    bytes.withUnsafeBufferPointer { bytes in
      for start in starts {
        for index in start..<start + plane {
          let value = UInt32(bytes[index])
          sum &+= UInt64(value)
          squares &+= UInt64(value &* value)
        }
        count += plane
      }
    }
    mean = Double(sum) / Double(count)
    variance = Self.variance(sum: sum, squares: squares, count: UInt64(count))
  }

  /// `(count * squares - sum * sum) / count^2`, whose numerator is computed in 128 bits: exact until the division.
  private static func variance(sum: UInt64, squares: UInt64, count: UInt64) -> Double {
    let numerator = UInt128(count) * UInt128(squares) - UInt128(sum) * UInt128(sum)
    return Double(numerator) / (Double(count) * Double(count))
  }

  private init(floats: UnsafeBufferPointer<Float>, _ starts: StrideTo<Int>, _ plane: Int) {
    var sum = 0.0, squares = 0.0, count = 0
    for start in starts {
      for value in floats[start..<start + plane] { sum += Double(value) }
      count += plane
    }
    let mean = sum / Double(count)
    for start in starts {
      for value in floats[start..<start + plane] { squares += (Double(value) - mean) * (Double(value) - mean) }
    }
    self.mean = mean
    variance = squares / Double(count)
  }
}
