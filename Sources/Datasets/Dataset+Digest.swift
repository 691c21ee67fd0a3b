import Basics

extension Dataset {
  /// SHA-256 of everything that training sees: shape, number of classes, pixel scale, and the labels and stored numbers of
  /// both splits. Two data sets of one digest train to the same bits.
  public var digest: String {
    var stream = DigestStream()
    stream.add(
      "\(inputShape.channels) \(inputShape.height) \(inputShape.width) \(classCount) \(pixelScale.bitPattern)\n")
    for split in [train, test] {
      stream.add("\(split.count) \(split.pixels.isBytes ? "bytes" : "floats")\n")
      stream.add(split.labels)
      switch split.pixels {
      case .bytes(let values): stream.add(values)
      case .floats(let values): stream.add(values)
      }
    }
    return stream.finish()
  }
}

extension Pixels {
  fileprivate var isBytes: Bool { if case .bytes = self { true } else { false } }
}
