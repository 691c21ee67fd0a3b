public import Basics

/// A network, or a family of networks, chosen by name.
public protocol Model: Sendable {
  /// `lenet-300-100`, or a prefix with arguments: `mlp:512,256`.
  var name: String { get }
  var summary: String { get }
  /// A network of the family, as the laws of the catalogue build it: the name itself unless it needs arguments.
  var example: String { get }
  /// The model that `name`, which stands before the colon, names; `nil` if it is none of this family.
  func named(_ name: String) -> (any Model)?
  /// - Parameter arguments: What follows the colon, or `nil`.
  /// - Throws: `Problem.usage` if the arguments cannot be read, `Problem.badData` if the network does not fit the input.
  func architecture(arguments: String?, input: FeatureShape, classes: Int) throws -> Architecture
  /// Whether weights come with the network, as they do where a file holds both.
  var bringsWeights: Bool { get }
  /// The weights that come with the network.
  func weights(arguments: String?, input: FeatureShape, classes: Int) throws -> StartingWeights?
  /// Paths of files that say what the network is.
  func files(arguments: String?) -> [String]
  /// Samples and classes that the network is made for, where a file says so; `input` where its samples are known.
  func ownShape(arguments: String?, input: FeatureShape?) throws -> (input: FeatureShape?, classes: Int?)
}

extension Model {
  public var example: String { name }
  public func named(_ name: String) -> (any Model)? { name == self.name ? self : nil }
  public var bringsWeights: Bool { false }
  public func weights(arguments: String?, input: FeatureShape, classes: Int) throws -> StartingWeights? { nil }
  public func files(arguments: String?) -> [String] { [] }
  public func ownShape(arguments: String?, input: FeatureShape?) throws -> (input: FeatureShape?, classes: Int?) {
    (nil, nil)
  }
}

/// All models.
public enum ModelCatalog {
  public static let all: [any Model] = [
    GraphFile(),
    LeNet300(),
    LeNet5(),
    MobileNet(),
    MultilayerPerceptron(),
    NormalisedConvolutions(pairs: 1),
    NormalisedConvolutions(pairs: 2),
    NormalisedConvolutions(pairs: 3),
    NormalisedConvolutions(pairs: 4),
    NormalisedPerceptron(),
    OnnxFile(),
    PairedConvolutions(pairs: 1),
    PairedConvolutions(pairs: 2),
    PairedConvolutions(pairs: 3),
    PairedConvolutions(pairs: 4),
    ResNet(.narrow, depth: 14),
    ResNet(.narrow, depth: 20),
    ResNet(.narrow, depth: 32),
    ResNet(.narrow, depth: 44),
    ResNet(.narrow, depth: 56),
    ResNet(.narrow, depth: 110),
    ResNet(.wide, depth: 18),
    ResNet(.wide, depth: 34),
    SmallConvolutions(),
    VGG(depth: 11),
    VGG(depth: 13),
    VGG(depth: 16),
    VGG(depth: 19),
    VGG(depth: 11, isNormalised: true),
    VGG(depth: 13, isNormalised: true),
    VGG(depth: 16, isNormalised: true),
    VGG(depth: 19, isNormalised: true),
    VGGSmall(),
    WideResNet(),
  ]

  /// - Parameter name: For instance `lenet-300-100`, `mlp:512,256` or `resnet-20:0.5`.
  public static func architecture(_ name: String, input: FeatureShape, classes: Int) throws -> Architecture {
    let (model, arguments) = try parted(name)
    return try model.architecture(arguments: arguments, input: input, classes: classes)
  }

  /// Whether weights come with the model; `false` for a name that is none.
  public static func bringsWeights(_ name: String) -> Bool { (try? parted(name))?.model.bringsWeights ?? false }

  /// The weights that come with the model; `nil` if none do.
  public static func weights(of name: String, input: FeatureShape, classes: Int) throws -> StartingWeights? {
    let (model, arguments) = try parted(name)
    return try model.weights(arguments: arguments, input: input, classes: classes)
  }

  /// Paths of files that say what the model is.
  public static func files(of name: String) -> [String] {
    (try? parted(name)).map { $0.model.files(arguments: $0.arguments) } ?? []
  }

  /// Samples and classes that the model is made for, where a file says so.
  public static func ownShape(of name: String, input: FeatureShape? = nil) throws -> (
    input: FeatureShape?, classes: Int?
  ) {
    let (model, arguments) = try parted(name)
    return try model.ownShape(arguments: arguments, input: input)
  }

  private static func parted(_ name: String) throws -> (model: any Model, arguments: String?) {
    let parts = name.split(separator: ":", maxSplits: 1, omittingEmptySubsequences: false).map(String.init)
    guard let model = all.lazy.compactMap({ $0.named(parts[0]) }).first else {
      throw Problem.usage(
        "There is no model '\(name)'.", remedy: Suggestion.sentence(for: parts[0], among: all.map(\.name)))
    }
    return (model, parts.count == 2 ? parts[1] : nil)
  }
}
