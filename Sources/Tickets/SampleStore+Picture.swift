import Basics
import Datasets
public import Foundation
import Lanes
import Networks
public import Training

extension SampleStore {
  /// A sample in bytes, [channel][row][column], from 0 for the lowest number that a pixel of the data can be to 255 for the highest.
  ///
  /// - Parameter data: By which the samples are normalised.
  public func picture(_ sample: Int, _ data: TrainingData) -> Data {
    let shape = data.dataset.inputShape, plane = shape.height * shape.width, scale = data.pixelScale
    return Data(
      input(sample).enumerated().map { i, value in
        let (multiplier, shift) = data.dataset.affine(data.normalisation, channel: i / plane)
        let low = shift + scale.lowest * multiplier, high = shift + scale.highest * multiplier
        return UInt8(min(255, max(0, 255 * (value - low) / max(high - low, .leastNormalMagnitude))))
      })
  }
}
