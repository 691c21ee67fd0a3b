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

  /// The mask with the entries of all given tensors in one random order: the network's count stays, layers' counts do not.
  ///
  /// - Parameter stream: A named stream of the seed.
  public func shuffledGlobally(_ entries: [ParameterLayout.Entry], seed: UInt64, stream: String) -> Mask {
    var random = RandomStream(seed: seed, stream), result = self
    var bits = entries.flatMap { keeps[$0.range] }
    random.shuffle(&bits)
    var place = 0
    for entry in entries {
      result.keeps.replaceSubrange(entry.range, with: bits[place..<place + entry.count])
      place += entry.count
    }
    return result
  }
}
