import Basics
import Foundation

/// Weights that a network starts from in place of random ones: those of a file, trained elsewhere.
public struct StartingWeights: Sendable {
  public var parameters: Parameters
  /// Where they come from, as a reader knows it: `net.onnx (pytorch 2.1)`.
  public var source: String
  /// What became of the file's content on the way, one sentence each: what was folded, left out, or had other names.
  public var notes: [String]
  /// What the file's network does to every channel of its input before its first layer, `(multiplier, shift)`; `nil` for
  /// nothing. Training data have to be normalised like this.
  public var affine: [(multiplier: Float, shift: Float)]?

  public init(
    _ parameters: Parameters, source: String, notes: [String] = [],
    affine: [(multiplier: Float, shift: Float)]? = nil
  ) {
    (self.parameters, self.source, self.notes, self.affine) = (parameters, source, notes, affine)
  }
}

/// A kind of file whose weights are laid onto a network by name and shape.
public protocol WeightsForm: Sendable {
  /// What the file's name ends in: `safetensors`.
  static var ending: String { get }
  static var summary: String { get }

  /// - Throws: `Problem.missingInput`, or `Problem.badData` listing every tensor that is missing, left over or of another
  ///   shape.
  static func weights(in path: String, of architecture: Architecture) throws -> StartingWeights
}

/// All kinds of files of weights.
public enum WeightsCatalog {
  public static let all: [any WeightsForm.Type] = []

  /// - Throws: `Problem.usage` if no kind has the file's ending, else what its kind throws.
  public static func weights(in path: String, of architecture: Architecture) throws -> StartingWeights {
    let ending = URL(fileURLWithPath: path).pathExtension.lowercased()
    guard let form = all.first(where: { $0.ending == ending }) else {
      throw Problem.usage(
        "weights=\(path) names no file of weights.",
        remedy: all.isEmpty
          ? "Use weights=model or weights=drawn."
          : "Files end in \(all.map { ".\($0.ending)" }.joined(separator: ", ")); or use weights=model, weights=drawn.")
    }
    return try form.weights(in: path, of: architecture)
  }
}
