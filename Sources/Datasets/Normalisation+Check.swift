import Basics

extension Dataset {
  /// Refuses a channel whose numbers cannot be normalised in single precision.
  ///
  /// The factor 1/deviation must be a normal number, the mean at most 2^24 deviations from 0 unless all numbers are alike, and no number more than 1e18
  /// of them from the mean, so that its square is finite. Bytes are always fit.
  /// - Throws: `Problem.badData` naming the channel.
  public func check(_ normalisation: Normalisation, of splits: [Split]) throws {
    let count = inputShape.channels
    guard !normalisation.mean.isEmpty else { return }
    for split in splits {
      guard case .floats(let values) = split.pixels else { continue }
      let ends = ChannelEnds(values, inputShape)
      for channel in 0..<count {
        let (multiplier, shift) = affine(normalisation, channel: channel)
        guard multiplier.isNormal, multiplier > 0, multiplier == 1 || shift.magnitude <= 0x1p24 else {
          throw unfit(
            channel, "has the mean \(normalisation.mean[channel]) and the deviation \(normalisation.deviation[channel])"
          )
        }
        for value in [ends.lowest[channel], ends.highest[channel]] {
          let normal = Double(value) * Double(multiplier) + Double(shift)
          guard normal.magnitude <= 1e18 else {
            throw unfit(channel, "holds \(value), \(Float(normal.magnitude)) deviations from the mean")
          }
        }
      }
    }
  }

  private func unfit(_ channel: Int, _ what: String) -> Problem {
    let place = channelNames.isEmpty ? "channel \(channel)" : channelNames[channel]
    return .badData(
      "The data set \(name) cannot be normalised: \(place) \(what), too much for single precision.",
      remedy: "Bring its numbers to another scale, repair them, or leave them out.")
  }
}

/// The least and the greatest number of each channel.
private struct ChannelEnds {
  private(set) var lowest: [Float]
  private(set) var highest: [Float]

  init(_ values: [Float], _ shape: FeatureShape) {
    lowest = Array(repeating: .infinity, count: shape.channels)
    highest = Array(repeating: -.infinity, count: shape.channels)
    let plane = shape.height * shape.width
    var place = 0
    while place < values.count {
      for channel in 0..<shape.channels {
        for value in values[place..<place + plane] {
          lowest[channel] = min(lowest[channel], value)
          highest[channel] = max(highest[channel], value)
        }
        place += plane
      }
    }
  }
}
