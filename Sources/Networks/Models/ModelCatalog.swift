public import Foundations

/// A family of networks, chosen by name.
public protocol Model: Sendable {
  /// `lenet-300-100`, or a prefix with arguments: `mlp:512,256`.
  static var name: String { get }
  static var summary: String { get }
  /// - Parameter arguments: What follows the colon, or `nil`.
  /// - Throws: `Problem.usage` if the arguments cannot be read.
  static func architecture(arguments: String?, input: FeatureShape, classes: Int) throws -> Architecture
}

/// All models.
public enum ModelCatalog {
  public static let all: [any Model.Type] = [
    Conv2.self,
    Conv4.self,
    Conv6.self,
    LeNet300.self,
    LeNet5.self,
    MultilayerPerceptron.self,
    SmallConvolutions.self,
    VGG11.self,
    VGG13.self,
    VGG16.self,
    VGG19.self,
  ]

  /// - Parameter name: For instance `lenet-300-100` or `mlp:512,256`.
  public static func architecture(_ name: String, input: FeatureShape, classes: Int) throws -> Architecture {
    let parts = name.split(separator: ":", maxSplits: 1, omittingEmptySubsequences: false).map(String.init)
    guard let model = all.first(where: { $0.name == parts[0] }) else {
      throw Problem.usage(
        "There is no model '\(name)'.", remedy: Suggestion.sentence(for: parts[0], among: all.map { $0.name }))
    }
    return try model.architecture(arguments: parts.count == 2 ? parts[1] : nil, input: input, classes: classes)
  }
}
