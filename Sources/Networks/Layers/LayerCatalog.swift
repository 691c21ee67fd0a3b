import Basics

/// All layers that a graph may name.
public enum LayerCatalog {
  public static let all: [any Layer.Type] = [
    AveragePool.self,
    BatchNorm.self,
    Convolution.self,
    Dropout.self,
    Join.self,
    Linear.self,
    MaxPool.self,
    Rectifier.self,
    Sign.self,
    Sum.self,
    Upsample.self,
  ]

  static func type(of kind: String) throws -> any Layer.Type {
    if let type = all.first(where: { $0.kind == kind }) { return type }
    throw Problem.badData(
      "There is no layer '\(kind)'.", remedy: Suggestion.sentence(for: kind, among: all.map { $0.kind }))
  }
}
