import Lanes
public import Networks

extension Mask {
  /// The mask with each tensor's entries in random order: layer counts stay, positions do not (Frankle et al. 2021;
  /// Su et al. 2020). Kept weights keep their values, so the control asks whether positions matter.
  ///
  /// - Parameter stream: A named stream of the seed.
  public func shuffledLayerwise(seed: UInt64, stream: String) -> Mask {
    var result = self
    for entry in layout.prunable {
      var random = RandomStream(seed: seed, "\(stream)/\(entry.name)")
      var bits = Array(keeps[entry.range])
      random.shuffle(&bits)
      result.keeps.replaceSubrange(entry.range, with: bits)
    }
    return result
  }
}
