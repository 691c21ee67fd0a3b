import Analysis
public import Basics
import Networks

/// Binary tickets: networks whose weights are signs of random ones times a gain for each layer. Their file holds the seed,
/// the mask in arithmetic code, the gains and what batch norm has; the signs are those of the weights that the seed draws.
extension Ticket {
  /// How small the mask got in a binary ticket's file.
  public struct MaskStorage: Codable, Equatable, Sendable {
    /// The mask's arithmetic code.
    public var maskBytes: Int
    /// The sum over layers of N H(k / N) bits for k of N weights kept, in bytes.
    public var entropyBytes: Double
  }

  /// The ticket as a file without weights.
  ///
  /// - Parameter scale: What the weights that the seed draws were multiplied by.
  /// - Throws: `Problem.usage` if the ticket's weights are not signs of those of its seed times a gain a layer.
  public func signsFile(scale: Float) throws -> SafetensorsFile {
    var file = try frame("signs")
    let gains = Self.gains(trained ?? start, mask), norms = Self.norms(mask.layout)
    file.metadata["scale"] = "\(scale)"
    file.add("mask_code", bytes: MaskCode.encode(mask))
    file.add("gains", gains)
    if let trained { file.add("norms", norms.map { trained.values[$0] }) }
    file.metadata["trained_digest"] = trained.map { Digest.sha256($0.values) }
    guard (try? Ticket(file, name: "it")) != nil else {
      throw Problem.usage(
        "The weights of this ticket are not signs of those that its seed draws, times a gain for each layer.",
        remedy: "Only tickets of 'tombola biprop' are binary.")
    }
    return file
  }

  public var maskStorage: MaskStorage {
    MaskStorage(maskBytes: MaskCode.encode(mask).count, entropyBytes: StorageBits.maskEntropy(mask) / 8)
  }

  /// Size of the kept weights, tensor by tensor; 0 where none is kept.
  private static func gains(_ weights: Parameters, _ mask: Mask) -> [Float] {
    mask.layout.prunable.map { entry in
      entry.range.first { mask.keeps[$0] }.map { abs(weights.values[$0]) } ?? 0
    }
  }

  /// The parameters that the seed does not give: those of batch norm.
  private static func norms(_ layout: ParameterLayout) -> [Int] {
    layout.entries.filter { !$0.isPrunable && $0.shape.role != .bias }.flatMap(\.range)
  }

  /// The start and the trained weights that a file without weights describes.
  static func signs(in file: SafetensorsFile, _ mask: Mask, seed: UInt64, settings: [String: String], _ name: String)
    throws -> (scale: Float, start: Parameters, trained: Parameters)
  {
    guard let scale = file.metadata["scale"].flatMap({ Float($0) }), scale.isFinite, scale > 0,
      var start = rebuiltStart(mask.layout, mask: mask, seed: seed, settings: settings)
    else { throw damaged(name, "names no initialiser or no scale to rebuild its weights with") }
    let tensors = mask.layout.prunable, norms = norms(mask.layout)
    let gains = try file.floats("gains", count: tensors.count, file: name)
    let others = try file.floats("norms", count: norms.count, file: name)
    guard (gains + others).allSatisfy(\.isFinite), gains.allSatisfy({ $0 >= 0 }) else {
      throw damaged(name, "holds gains or norms that are not finite numbers")
    }
    for entry in tensors { for i in entry.range { start.values[i] *= scale } }
    var trained = start
    for (entry, gain) in zip(tensors, gains) {
      for i in entry.range where mask.keeps[i] { trained.values[i] = start.values[i] < 0 ? -gain : gain }
    }
    for (i, value) in zip(norms, others) { trained.values[i] = value }
    return (scale, start, trained)
  }
}
