public import Basics
public import Foundation
public import Networks

/// A kind of file of named tensors: weights, or masks, that another program wrote.
public protocol WeightsForm: Sendable {
  /// What the file's name may end in: `safetensors`.
  static var endings: [String] { get }

  /// - Throws: `Problem.missingInput` without a readable file, `Problem.badData` if it is none of this kind.
  static func tensors(in url: URL) throws -> [NamedTensor]
}

/// All kinds of files of weights.
public enum WeightsCatalog {
  public static let all: [any WeightsForm.Type] = [
    SafetensorsWeights.self,
    NPZWeights.self,
    PickledWeights.self,
  ]

  /// Whether a file's name ends like one of weights.
  public static func isFile(_ path: String) -> Bool { form(of: path) != nil }

  private static func form(of path: String) -> (any WeightsForm.Type)? {
    let ending = URL(fileURLWithPath: path).pathExtension.lowercased()
    return all.first { $0.endings.contains(ending) }
  }

  /// The tensors of a file.
  ///
  /// - Parameter setting: Which setting names it, for messages.
  /// - Throws: `Problem.usage` if no kind has the file's ending, else what its kind throws.
  public static func file(_ path: String, setting: String) throws -> StateDictFile {
    guard let form = form(of: path) else {
      let endings = all.flatMap { $0.endings }.prefix(2).map { ".\($0)" }.joined(separator: " or ")
      let words = setting == "weights" ? "weights=model, weights=drawn" : "mask=none"
      throw Problem.usage(
        "\(setting)=\(path) names no file of tensors.", remedy: "Name one that ends in \(endings); or use \(words).")
    }
    let url = URL(fileURLWithPath: path)
    return try StateDictFile(try form.tensors(in: url), file: url.lastPathComponent)
  }
}
