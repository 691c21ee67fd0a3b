import Foundation
public import Networks

/// `Tests/Golden/networks.json`: parameter counts and first losses of convolutional networks (see the README beside it).
public enum GoldenNetworks {
  public struct File: Decodable, Sendable {
    public var counts: [Count]
    public var runs: [Run]
  }

  public struct Count: Decodable, Sendable {
    public var model: String
    public var weights: Int
    public var parameters: Int
  }

  public struct Run: Decodable, Sendable {
    public var model: String
    public var batch: Int
    public var rate: Double
    public var decay: Double
    public var density: Double
    public var losses64: [Double]
    public var evaluation64: Double
    /// Relative, between PyTorch's float32 and float64.
    public var largestDifference32: Double
  }

  public static let file: Result<File, any Error> = Result {
    let url = Repository.root.appendingPathComponent("Tests/Golden/networks.json")
    return try JSONDecoder().decode(File.self, from: Data(contentsOf: url))
  }

  /// Initial weights by the formulas of `make_networks.py`; the mask where `density` is below 1.
  public static func start(_ layout: ParameterLayout, density: Double) -> (Parameters, Mask?) {
    var start = Parameters(zerosFor: layout), mask = Mask(fullFor: layout)
    for (t, entry) in layout.entries.filter(\.isTrained).enumerated() {
      for i in 0..<entry.count {
        let u = Golden.uniform(100 + UInt32(t), i), fanIn = Double(entry.shape.fanIn)
        switch entry.shape.role {
        case .weight: start.values[entry.offset + i] = Float((2 * u - 1) * (6 / fanIn).squareRoot())
        case .bias: start.values[entry.offset + i] = Float((2 * u - 1) * (1 / fanIn).squareRoot())
        case .scale: start.values[entry.offset + i] = Float(0.5 + u)
        case .shift: start.values[entry.offset + i] = Float((2 * u - 1) * 0.1)
        case .runningMean, .runningVariance: break
        }
        if entry.isPrunable { mask.keeps[entry.offset + i] = Golden.uniform(1000 + UInt32(t), i) < density }
      }
    }
    for entry in layout.entries where entry.shape.role == .runningVariance {
      for i in entry.range { start.values[i] = 1 }
    }
    return (start, density < 1 ? mask : nil)
  }

  /// The batches of all steps, one after the other.
  public static func samples(_ run: Run) -> Samples {
    var inputs: [Float] = [], labels: [Int32] = []
    for step in 1...UInt32(run.losses64.count) {
      inputs += Golden.spread(step, run.batch * 3072, 1)
      labels += (0..<run.batch).map { Int32(Golden.uniform(50 + step, $0) * 10) }
    }
    return Samples(inputs: inputs, labels: labels, size: 3072)
  }
}
