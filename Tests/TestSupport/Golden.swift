import Foundation

/// `Tests/Golden/training.json`: its content and the generator by which its inputs are made (see the README beside it).
public enum Golden {
  public struct File: Decodable, Sendable {
    public var generator: [GeneratorCheck]
    public var trajectories: [Trajectory]
    public var losses: [LossCase]
  }

  public struct GeneratorCheck: Decodable, Sendable {
    public var stream: UInt32
    public var words: [UInt32]
    public var uniform: [Double]
  }

  public struct Trajectory: Decodable, Sendable {
    public struct Optimizer: Decodable, Sendable {
      public var kind: String
      public var lr: Double
      public var weightDecay: Double
      public var momentum: Double?
      public var nesterov: Bool?
    }
    public struct Tensor: Decodable, Sendable {
      public var name: String
      public var shape: [Int]
      public var initialSum: Double
      public var nonzeros: Int
      public var sum64: Double
      public var largestDifference32: Double
      public var stride: Int
      public var sample64: [Double]
    }
    public var name: String
    public var layers: [Int]
    public var density: Double
    public var maskStream: UInt32
    public var loss: String
    public var batch: Int
    public var steps: Int
    public var optimizer: Optimizer
    public var losses64: [Double]
    public var parameters: [Tensor]
  }

  public struct LossCase: Decodable, Sendable {
    public var name: String
    public var loss: String
    public var batch: Int
    public var classes: Int
    public var logits: [Double]
    public var gradient64: [Double]
    public var targets: [Double]
    public var value64: Double
  }

  public static let file: Result<File, any Error> = Result {
    let url = Repository.root.appendingPathComponent("Tests/Golden/training.json")
    return try JSONDecoder().decode(File.self, from: Data(contentsOf: url))
  }

  public static func word(_ stream: UInt32, _ index: Int) -> UInt32 {
    var z = UInt32(index) &+ stream &* 0x9E37_79B9
    z ^= z >> 16
    z &*= 0x7FEB_352D
    z ^= z >> 15
    z &*= 0x846C_A68B
    z ^= z >> 16
    return z
  }

  public static func uniform(_ stream: UInt32, _ index: Int) -> Double { Double(word(stream, index) >> 8) * 0x1p-24 }

  /// Float values between -bound and bound.
  public static func spread(_ stream: UInt32, _ count: Int, _ bound: Double) -> [Float] {
    (0..<count).map { Float((2 * uniform(stream, $0) - 1) * bound) }
  }
}
