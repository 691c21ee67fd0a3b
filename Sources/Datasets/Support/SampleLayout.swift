import Basics

/// How an array of samples `[n, ...]` maps to channels, height and width.
///
/// `[n]` and `[n, d]` are feature vectors, `[n, h, w]` has one channel. `[n, a, b, c]` is `[n, channels, height,
/// width]` if a is 1 or 3, else `[n, height, width, channels]` if c is 1 or 3, else channels first again.
struct SampleLayout {
  var shape: FeatureShape
  /// Channels stand innermost in the file and have to move to the front.
  var channelsLast = false

  init(_ array: NumberArray) throws {
    let dimensions = array.shape.dropFirst()
    switch (array.shape.count, Array(dimensions)) {
    case (1, _): shape = FeatureShape(channels: 1, height: 1, width: 1)
    case (2, let d): shape = FeatureShape(channels: 1, height: 1, width: d[0])
    case (3, let d): shape = FeatureShape(channels: 1, height: d[0], width: d[1])
    case (4, let d):
      channelsLast = ![1, 3].contains(d[0]) && [1, 3].contains(d[2])
      shape =
        channelsLast
        ? FeatureShape(channels: d[2], height: d[0], width: d[1])
        : FeatureShape(channels: d[0], height: d[1], width: d[2])
    default:
      throw NumberArray.damaged(
        array.name, "holds samples of shape \(array.shape), where 1 to 4 dimensions belong", array.remedy)
    }
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

/// The four arrays of a data set as files hold them.
struct ArrayQuartet {
  var trainImages: NumberArray
  var trainLabels: NumberArray
  var testImages: NumberArray
  var testLabels: NumberArray

  func dataset(name: String, source: String, classCount: Int? = nil) throws -> Dataset {
    let layout = try SampleLayout(trainImages)
    guard trainImages.shape.dropFirst() == testImages.shape.dropFirst(), trainImages.type == testImages.type else {
      throw NumberArray.damaged(
        testImages.name,
        "holds samples of shape \(testImages.shape.dropFirst()) (\(testImages.type)) but \(trainImages.name) of shape "
          + "\(trainImages.shape.dropFirst()) (\(trainImages.type))",
        "Training and test samples must have one shape and one number format.")
    }
    return try Dataset(
      name: name, source: source, inputShape: layout.shape, classCount: classCount,
      pixelScale: trainImages.pixelScale, train: split(trainImages, trainLabels, layout),
      test: split(testImages, testLabels, layout))
  }

  private func split(_ images: NumberArray, _ labels: NumberArray, _ layout: SampleLayout) throws -> Split {
    guard let count = images.shape.first, count == labels.shape.first else {
      let found = grouped(labels.shape.first ?? 0), wanted = grouped(images.shape.first ?? 0)
      throw NumberArray.damaged(
        labels.name, "holds \(found) labels but \(images.name) \(wanted) samples", labels.remedy)
    }
    return Split(pixels: layout.arranged(images.pixels()), labels: try labels.labels())
  }
}
