public import Basics
import Datasets
import Lanes

extension TrainingData {
  /// The places in the data set's training set of the samples that are trained on, and of those kept for validation.
  public var places: (train: [Int32], validation: [Int32]) {
    get throws {
      let places = try dataset.validationPlaces(count: validation.count, seed: splitSeed)
      let chosen = SampleDraw.places(
        train.count, of: places.train.map { dataset.train.labels[Int($0)] },
        by: RandomStream(seed: splitSeed, "training-subset"))
      return (chosen.map { places.train[Int($0)] }, places.validation)
    }
  }

  /// The samples as they are stored, the splits and the normalisation: all that another program needs to feed a network.
  ///
  /// - Parameter holdsSamples: Whether it holds the samples too; without them it is small.
  public func file(holdsSamples: Bool = true) throws -> SafetensorsFile {
    let input = dataset.inputShape, places = try places
    var file = SafetensorsFile(metadata: [
      "format": "tombola-data-1", "name": dataset.name, "source": dataset.source, "digest": dataset.digest,
      "classes": "\(dataset.classCount)",
    ])
    file.add("train.indices", places.train)
    file.add("validation.indices", places.validation)
    file.add("mean", normalisation.mean)
    file.add("deviation", normalisation.deviation)
    file.add("scale", [dataset.pixelScale])
    let affine = (0..<input.channels).map { dataset.affine(normalisation, channel: $0) }
    file.add("multiplier", affine.map(\.multiplier))
    file.add("shift", affine.map(\.shift))
    guard holdsSamples else { return file }
    for (name, split) in [("train", dataset.train), ("test", dataset.test)] {
      let shape = [split.count, input.channels, input.height, input.width]
      file.add("\(name).labels", split.labels)
      switch split.pixels {
      case .bytes(let values): file.add("\(name).samples", bytes: values, shape: shape)
      case .floats(let values): file.add("\(name).samples", values, shape: shape)
      }
    }
    return file
  }
}
