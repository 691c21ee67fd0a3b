import Basics

/// Samples with their labels as files hold them.
struct LabelledArrays {
  var images: NumberArray
  var labels: NumberArray
}

/// The arrays of a data set as files hold them.
struct ArrayParts {
  var train: LabelledArrays
  /// Nil if it is to be taken from `train`.
  var test: LabelledArrays?

  /// - Parameter options: How much a test split takes that the arrays come without.
  func dataset(
    name: String, source: String, classCount: Int? = nil, notes: [String] = [], options: LoadOptions = LoadOptions()
  ) throws -> Dataset {
    let layout = try SampleLayout(train.images), arrays = [train] + (test.map { [$0] } ?? [])
    if let test { try checkAlike(train.images, test.images) }
    let classes = try ClassIndices(arrays), pixels = ArrayPixels(arrays.map(\.images))
    let parts = zip(pixels.parts, classes.parts).map { Split(pixels: layout.arranged($0), labels: $1) }
    let first = parts[0], isSplit = parts.count == 2
    // Checked before it is divided.
    func dataset(_ train: Split, _ test: Split, _ more: [String]) throws -> Dataset {
      try Dataset(
        name: name, source: source, notes: notes + layout.notes + pixels.notes + classes.notes + more,
        inputShape: layout.shape, classCount: classCount, classNames: classes.names, pixelScale: pixels.scale,
        range: pixels.range, train: train, test: test)
    }
    if isSplit {
      try TestShare.checkUnused(options, name: name)
      return try dataset(first, parts[1], [])
    }
    _ = try dataset(first, first, [])
    let (train, test) = try TestShare.carve(
      first, options, name: name, remedy: "Give at least three of a class, or arrays x_test and y_test.")
    return try dataset(train, test, [TestShare.note(options)])
  }

  private func checkAlike(_ train: NumberArray, _ test: NumberArray) throws {
    guard train.shape.dropFirst() == test.shape.dropFirst(), train.type == test.type else {
      throw NumberArray.damaged(
        test.name,
        "holds samples of shape \(test.shape.dropFirst()) (\(test.type)) but \(train.name) of shape "
          + "\(train.shape.dropFirst()) (\(train.type))",
        "Training and test samples must have one shape and one number format.")
    }
  }
}
