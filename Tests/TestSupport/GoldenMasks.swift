import Foundation

/// `Tests/Golden/masks.json`: the weights that gradient criteria keep, by PyTorch (see the README beside it).
public enum GoldenMasks {
  public struct File: Decodable, Sendable {
    public var networks: [Network]
  }

  public struct Network: Decodable, Sendable {
    public var model: String
    /// Height and width of the grey images.
    public var side: Int
    public var samples: Int
    public var weights: Int
    public var masks: [KeptWeights]
  }

  public struct KeptWeights: Decodable, Sendable {
    public var criterion: String
    public var passes: Int
    public var density: Double
    public var kept: Int
    /// The weights skipped before each kept one, a byte each, in base64; 255 says 255 skipped and none kept.
    public var gaps: String

    /// Kept weights, counted over all weight tensors.
    public var places: Set<Int> {
      var result: Set<Int> = [], next = 0
      for gap in Data(base64Encoded: gaps)! {
        next += Int(gap)
        guard gap < 255 else { continue }
        result.insert(next)
        next += 1
      }
      return result
    }
  }

  public static let file: Result<File, any Error> = Result {
    let url = Repository.root.appendingPathComponent("Tests/Golden/masks.json")
    return try JSONDecoder().decode(File.self, from: Data(contentsOf: url))
  }

  /// The samples by the formulas of `make_masks.py`, before they are standardised.
  public static func samples(_ network: Network) -> Samples {
    let size = network.side * network.side
    return Samples(
      inputs: Golden.spread(1, network.samples * size, 1), labels: (0..<network.samples).map { Int32($0 % 10) },
      size: size)
  }
}
