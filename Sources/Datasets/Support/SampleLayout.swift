import Basics

/// How an array of samples `[n, ...]` maps to channels, height and width.
///
/// `[n]` and `[n, d]` are feature vectors, `[n, h, w]` has one channel. Of `[n, a, b, c]` the channels are a or c: the one
/// that is 1 or 3, else 2 or 4; between two alike, the one beside which the image is square, else a.
struct SampleLayout {
  var shape: FeatureShape
  /// Channels stand innermost in the file and have to move to the front.
  var channelsLast = false
  var notes: [String] = []

  init(_ array: NumberArray) throws {
    guard !array.isText else {
      throw NumberArray.damaged(array.name, "holds words, where samples need numbers", array.remedy)
    }
    let dimensions = array.shape.dropFirst()
    switch (array.shape.count, Array(dimensions)) {
    case (1, _): shape = FeatureShape(channels: 1, height: 1, width: 1)
    case (2, let d): shape = FeatureShape(channels: 1, height: 1, width: d[0])
    case (3, let d): shape = FeatureShape(channels: 1, height: d[0], width: d[1])
    case (4, let d):
      let isClear: Bool
      (channelsLast, isClear) = Self.areChannelsLast(d)
      shape =
        channelsLast
        ? FeatureShape(channels: d[2], height: d[0], width: d[1])
        : FeatureShape(channels: d[0], height: d[1], width: d[2])
      if !isClear || ![1, 3].contains(shape.channels) {
        notes = [
          "samples of shape \(d) are taken for \(shape.channels) channels (\(channelsLast ? "last" : "first")) of "
            + "\(shape.height)x\(shape.width)"
        ]
      }
    default:
      throw NumberArray.damaged(
        array.name, "holds samples of shape \(array.shape), where 1 to 4 dimensions belong", array.remedy)
    }
  }

  /// Of samples in memory, where what can be read in two ways is refused unless it is said.
  ///
  /// - Parameter dimensions: Of a sample: [features], [height, width] or three.
  /// - Throws: `Problem.usage`.
  init(dimensions d: [Int], _ order: ChannelOrder?, name: String) throws {
    guard d.count == 3 else {
      if let order {
        throw Problem.usage(
          "channels=\(order.rawValue) has no effect on \(name): its samples have \(d.count) dimensions.",
          remedy: "Leave channels out.")
      }
      shape = FeatureShape(channels: 1, height: d.count == 2 ? d[0] : 1, width: d[d.count - 1])
      return
    }
    guard order != nil || Self.rank(d[0]) != Self.rank(d[2]) else {
      throw Problem.usage(
        "\(name) has samples of shape \(d), whose channels may be the first or the last.",
        remedy: "Say which: channels=\"first\" or channels=\"last\".")
    }
    channelsLast = order.map { $0 == .last } ?? (Self.rank(d[2]) > Self.rank(d[0]))
    shape =
      channelsLast
      ? FeatureShape(channels: d[2], height: d[0], width: d[1])
      : FeatureShape(channels: d[0], height: d[1], width: d[2])
  }

  private static func rank(_ count: Int) -> Int { [1, 3].contains(count) ? 2 : [2, 4].contains(count) ? 1 : 0 }

  private static func areChannelsLast(_ d: [Int]) -> (Bool, isClear: Bool) {
    let first = rank(d[0]), last = rank(d[2])
    if first != last { return (last > first, true) }
    let isSquareFirst = d[1] == d[2], isSquareLast = d[0] == d[1]
    return (isSquareLast && !isSquareFirst, isSquareFirst != isSquareLast)
  }

  func arranged(_ pixels: Pixels) -> Pixels {
    guard channelsLast, shape.channels > 1, shape.count > 0 else { return pixels }
    return switch pixels {
    case .bytes(let values): .bytes(channelsFirst(values))
    case .floats(let values): .floats(channelsFirst(values))
    }
  }

  private func channelsFirst<Element>(_ values: [Element]) -> [Element] {
    let plane = shape.height * shape.width, size = shape.count
    var moved: [Element] = []
    moved.reserveCapacity(values.count)
    for start in stride(from: 0, to: values.count, by: size) {
      for channel in 0..<shape.channels {
        for position in 0..<plane { moved.append(values[start + position * shape.channels + channel]) }
      }
    }
    return moved
  }
}
