import Basics

/// A network for inference alone: the same function as a trained network in evaluation, in fewer parts.
///
/// Batch norm is folded into the product that it follows (Jacob et al. 2018, arXiv:1712.05877, section 3.2; one without
/// such a product becomes a 1x1 depthwise convolution), dropout is gone, units without a path to the output are removed, and
/// those without a path from the input, which are constants, are added to the biases of what reads them. A convolution with
/// padding reads zeros beside a constant, so that one which is not zero stays there, as a unit without weights.
///
/// Units are channels. Those that meet in a sum stay or go together: a channel of a sum goes when none of its inputs and none
/// of its readers needs it. It is an architecture with parameters and a mask like any other, so that plans and forms of
/// files take it as it is; all its products have biases, and its mask keeps exactly the weights that are not zero.
public struct FoldedNetwork: Equatable, Sendable {
  public let architecture: Architecture
  public let parameters: Parameters
  public let mask: Mask
  /// Batch norms that became part of the product before them.
  public let foldedNorms: Int
  /// Units of products that are gone, dead ones and constants.
  public let removedUnits: Int
  /// Units that are constants, removed or not.
  public let constantUnits: Int
  /// Weights that the mask keeps and that are gone.
  public let removedWeights: Int

  /// - Parameters:
  ///   - parameters: Running statistics included.
  ///   - mask: What lives; everything if `nil`.
  /// - Throws: `Problem.badData` naming the node if a batch norm divides by zero.
  public init(_ architecture: Architecture, _ parameters: Parameters, mask: Mask? = nil) throws {
    precondition(parameters.layout == architecture.layout, "the parameters belong to another network")
    let weights = mask.map(parameters.masked) ?? parameters
    var graph = try FoldingGraph(architecture, weights)
    foldedNorms = graph.foldedNorms
    let units = graph.units, constants = graph.foldConstants()
    let kept = graph.removeUnread(constants)
    constantUnits = graph.products.reduce(0) { $0 + constants[$1.name]!.count { $0 != nil } }
    (self.architecture, self.parameters) = try graph.narrowed(to: kept)
    self.mask = Mask(
      layout: self.parameters.layout,
      keeps: self.parameters.layout.entries.flatMap { [values = self.parameters.values] entry in
        values[entry.range].map { !entry.isPrunable || $0 != 0 }
      })
    removedUnits = units - self.architecture.nodes.reduce(0) { $0 + ($1.layer.isProduct ? $1.layer.outputUnits : 0) }
    let before = (mask ?? Mask(fullFor: architecture.layout)).remaining
    removedWeights = max(0, before - self.mask.remaining)
  }
}

extension Layer {
  var isProduct: Bool { self is Linear || self is Convolution }
  /// Of a product.
  var outputUnits: Int { (self as? Linear)?.outputs ?? (self as? Convolution)?.outputs ?? 0 }
}
