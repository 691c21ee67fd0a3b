import Foundations
public import Networks

/// Removes exactly as many weights as a quota says, lowest scores first.
public enum Pruner {
  /// The mask without the lowest-scored survivors. Of equal scores the weight of lower index survives.
  ///
  /// - Throws: `Problem.badData` if a survivor's score is not finite, `Problem.usage` if a layer would lose its last weight.
  public static func prune(_ mask: Mask, scores: [Float], quota: Quota) throws -> Mask {
    precondition(scores.count == mask.layout.count, "\(scores.count) scores for \(mask.layout.count) parameters")
    var result = mask
    switch quota {
    case .together(let count, let entries): try remove(count, from: entries, scores, &result)
    case .each(let quotas): for (entry, count) in quotas { try remove(count, from: [entry], scores, &result) }
    }
    for entry in mask.layout.prunable where mask.remaining(in: entry) > 0 && result.remaining(in: entry) == 0 {
      throw Problem.usage(
        "Layer \(entry.layer) would lose its last weights at density \(percent(result.density)).",
        remedy: "Prune fewer rounds, exclude the layer (--exclude \(entry.layer)), or use --allocation layerwise.")
    }
    return result
  }

  private static func percent(_ density: Double) -> String { "\((density * 1e4).rounded() / 100) %" }

  private static func remove(
    _ count: Int, from entries: [ParameterLayout.Entry], _ scores: [Float], _ mask: inout Mask
  ) throws {
    let survivors = entries.flatMap { $0.range.filter { mask.keeps[$0] } }
    for i in survivors where !scores[i].isFinite {
      throw Problem.badData(
        "The score of weight \(i) is \(scores[i]).", remedy: "Training probably diverged; lower the learning rate.")
    }
    for i in lowest(count, of: survivors, scores) { mask.keeps[i] = false }
  }

  /// The `count` indices of lowest score; of equal scores the higher indices. Linear in the number of survivors.
  ///
  /// - Parameter survivors: In ascending order.
  public static func lowest(_ count: Int, of survivors: [Int], _ scores: [Float]) -> [Int] {
    precondition(0 <= count && count <= survivors.count, "removing \(count) of \(survivors.count)")
    guard count > 0 else { return [] }
    let threshold = orderKey(at: count - 1, survivors.map { orderKey(scores[$0]) })
    let below = survivors.filter { orderKey(scores[$0]) < threshold }
    let equal = survivors.filter { orderKey(scores[$0]) == threshold }
    return below + equal.suffix(count - below.count)
  }

  /// An integer that orders like the float; -0 and +0 are equal.
  private static func orderKey(_ value: Float) -> UInt32 {
    let bits = (value + 0).bitPattern
    return bits >> 31 == 1 ? ~bits : bits | 0x8000_0000
  }

  /// The key of rank `rank`, found byte by byte from the top.
  private static func orderKey(at rank: Int, _ keys: [UInt32]) -> UInt32 {
    var rank = rank, prefix: UInt32 = 0, known: UInt32 = 0
    for shift in [24, 16, 8, 0] as [UInt32] {
      var histogram = [Int](repeating: 0, count: 256)
      for key in keys where key & known == prefix { histogram[Int(key >> shift & 0xFF)] += 1 }
      var byte = 0
      while rank >= histogram[byte] {
        rank -= histogram[byte]
        byte += 1
      }
      prefix |= UInt32(byte) << shift
      known |= 0xFF << shift
    }
    return prefix
  }
}
