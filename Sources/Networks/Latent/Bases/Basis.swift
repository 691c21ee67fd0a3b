import Basics
import Lanes

/// What a basis may look at.
public struct BasisContext: Sendable {
  public var seed: UInt64
  /// The weights of a trained network, for bases that are made of one.
  public var trained: Parameters?

  public init(seed: UInt64, trained: Parameters? = nil) { (self.seed, self.trained) = (seed, trained) }
}

/// A weight tensor as bases see it: [outputs][inputs][height][width], and whether the inputs are places of an image.
public struct BasisTensor: Sendable {
  public let entry: ParameterLayout.Entry
  public let outputs: Int
  /// Channels that an output sums over; of a linear layer on an image, the image's.
  public let channels: Int
  /// Of a kernel, or of the image that a linear layer sees; 1 for plain features.
  public let height: Int
  public let width: Int

  /// Weights of an output.
  public var row: Int { channels * height * width }

  init(_ entry: ParameterLayout.Entry, input: FeatureShape) {
    let d = entry.shape.dimensions, isKernel = d.count == 4
    self.entry = entry
    outputs = d[0]
    let isImage = !isKernel && !input.isFlat && input.count == d[1]
    channels = isKernel ? d[1] : isImage ? input.channels : d[1]
    height = isKernel ? d[2] : isImage ? input.height : 1
    width = isKernel ? d[3] : isImage ? input.width : 1
  }

  /// The weights as double-precision rows of outputs.
  func values(_ parameters: Parameters) -> [Double] { parameters.values[entry.range].map(Double.init) }

  /// A stage over parts of every output's weights.
  ///
  /// - Parameter starts: Where blocks begin within a row.
  func stage(_ starts: [Int], stride: Int = 1, length: Int, _ matrix: [Double]) -> Rotation.Stage {
    Rotation.Stage(
      starts: (0..<outputs).flatMap { output in starts.map { Int32(output * row + $0) } }, stride: stride,
      length: length, matrix: matrix.map { Float($0) })
  }
}

/// An orthonormal basis of a network's weights.
public protocol Basis: Sendable {
  static var name: String { get }
  static var summary: String { get }
  /// Whether it is made of a trained network.
  static var needsTrained: Bool { get }
  /// Whether coefficients go with all others of their unit or filter.
  static var prunesUnits: Bool { get }
  /// Whether its coefficients are the weights themselves.
  static var isCanonical: Bool { get }
  /// What a tensor that it fits has: `more than one weight an output`.
  static var need: String { get }
  init()
  /// Whether it has something to offer to a tensor; else the canonical basis stays, which reports say.
  ///
  /// - Throws: `Problem.usage` if the tensor is too large for it.
  func fits(_ tensor: BasisTensor) throws -> Bool
  /// The change of basis of a tensor that it fits.
  func rotation(of tensor: BasisTensor, _ context: BasisContext) -> Rotation
}

extension Basis {
  public static var needsTrained: Bool { false }
  public static var prunesUnits: Bool { false }
  public static var isCanonical: Bool { false }
  public static var need: String { "more than one weight an output" }
}

/// Bases in which weights stay what they are, whatever goes together.
protocol CanonicalWeights: Basis {}

extension CanonicalWeights {
  public static var isCanonical: Bool { true }
  public func fits(_ tensor: BasisTensor) -> Bool { false }
  public func rotation(of tensor: BasisTensor, _ context: BasisContext) -> Rotation { Rotation([]) }
}

public enum BasisCatalog {
  public static let all: [any Basis.Type] = [
    CanonicalBasis.self,
    CosineBasis.self,
    ChannelCosineBasis.self,
    HaarBasis.self,
    HadamardBasis.self,
    RandomBasis.self,
    KarhunenLoeveBasis.self,
    SingularBasis.self,
    UnitBasis.self,
  ]

  public static func type(of name: String) throws -> any Basis.Type {
    if let type = all.first(where: { $0.name == name }) { return type }
    throw Problem.usage(
      "There is no basis '\(name)'.", remedy: Suggestion.sentence(for: name, among: all.map { $0.name }))
  }

  /// The weights of a network in a basis.
  public static func coefficients(_ name: String, of architecture: Architecture, _ context: BasisContext) throws
    -> BasisCoefficients
  {
    let basis = try type(of: name).init(), fitting = try tensors(name, of: architecture).fitting
    return BasisCoefficients(
      name, Dictionary(uniqueKeysWithValues: fitting.map { ($0.entry.name, basis.rotation(of: $0, context)) }))
  }

  /// The weight tensors that a basis fits, and those that stay as they are.
  public static func tensors(_ name: String, of architecture: Architecture) throws -> (
    fitting: [BasisTensor], others: [BasisTensor]
  ) {
    let basis = try type(of: name).init()
    var fitting: [BasisTensor] = [], others: [BasisTensor] = []
    for node in architecture.nodes {
      guard let entry = architecture.layout.entries(of: node.name).first(where: \.isPrunable) else { continue }
      let tensor = BasisTensor(entry, input: architecture.inputShapes(of: node)[0])
      if try basis.fits(tensor) { fitting.append(tensor) } else { others.append(tensor) }
    }
    return (fitting, others)
  }
}
