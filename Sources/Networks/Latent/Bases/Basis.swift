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

  /// A stage over whole rows, cut into pieces of these lengths.
  func rowStages(_ pieces: [Int], _ matrix: (Int) -> [Double]) -> [Rotation.Stage] {
    var matrices: [Int: [Float]] = [:], stages: [Rotation.Stage] = [], first = 0
    for length in pieces {
      let made = matrices[length] ?? matrix(length).map { Float($0) }
      matrices[length] = made
      stages.append(
        Rotation.Stage(
          starts: (0..<outputs).map { Int32($0 * row + first) }, stride: 1, length: length, matrix: made))
      first += length
    }
    return stages
  }
}

/// An orthonormal basis of a network's weights.
public protocol Basis: Sendable {
  static var name: String { get }
  static var summary: String { get }
  /// Whether it is made of a trained network.
  static var needsTrained: Bool { get }
  init()
  /// The change of basis of a tensor; `nil` where the basis has nothing to offer and the canonical one stays, which reports
  /// say.
  ///
  /// - Throws: `Problem.usage` if the tensor is too large for it.
  func rotation(of tensor: BasisTensor, _ context: BasisContext) throws -> Rotation?
}

extension Basis {
  public static var needsTrained: Bool { false }
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
    let basis = try type(of: name).init()
    var rotations: [String: Rotation] = [:]
    for node in architecture.nodes {
      guard let entry = architecture.layout.entries(of: node.name).first(where: \.isPrunable) else { continue }
      let tensor = BasisTensor(entry, input: architecture.inputShapes(of: node)[0])
      rotations[entry.name] = try basis.rotation(of: tensor, context)
    }
    return BasisCoefficients(name, rotations)
  }
}
