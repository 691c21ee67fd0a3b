public import Basics
public import Foundation
import MLPackage
import Networks
import Tickets

/// Core ML (https://developer.apple.com/documentation/coreml): an ML Program of 32-bit floats as a `.mlpackage`, from iOS 16 and macOS 13 on.
///
/// A call takes one sample. Pruned tensors hold their survivors and a bit a weight (`constexpr_sparse_to_dense`) where that is smaller,
/// which Core ML reads without making them dense on disk. Batch norm stays an operation, so that weights keep the ticket's bits; with
/// `folded=true` it is part of the product before it, and dead units are gone.
public struct CoreMLExport: ExportForm {
  public static let name = "coreml"
  public static let summary = "an ML Program for Core ML (.mlpackage), pruned tensors sparse"
  public static let fields: [SettingField<CoreMLExport>] = [
    SettingField("sparse", \.isSparse, "whether pruned tensors hold their survivors alone, where that is smaller"),
    SettingField("folded", \.isFolded, "whether batch norm is folded into the layer before and dead units removed"),
    SettingField("image", \.takesImage, "whether the input is a picture, of one channel or of red, green and blue"),
  ]

  /// Whether pruned tensors hold their survivors alone, where that is smaller.
  public var isSparse = true
  /// Whether batch norm is folded into the product before it, and dead units are removed.
  public var isFolded = false
  /// Whether Core ML is to make the input of a picture.
  public var takesImage = false

  public init() {}

  public func write(_ network: ExportedNetwork, to url: URL) throws -> [String] {
    let input = network.architecture.input
    guard
      !takesImage || (network.affine != nil && network.storesBytes && [1, 3].contains(input.channels) && !input.isFlat)
    else {
      throw Problem.usage(
        "An input of \(network.inputText) is no picture.",
        remedy: "Pictures have one or three channels of bytes, and no --normalised; leave image=true out otherwise.")
    }
    let folded =
      isFolded ? try FoldedNetwork(network.architecture, network.parameters, mask: network.mask) : nil
    var translation = CoreMLTranslation(
      network, folded?.architecture ?? network.architecture, folded?.parameters ?? network.parameters, settings: self)
    let package = try translation.package()
    try package.write(to: url)
    let lines = [
      "input: 1 x \(network.inputText)\(takesImage ? ", given as a picture" : ""); output: 1 x \(network.architecture.output.count) scores",
      isSparse
        ? "\(translation.sparseCount) of \(translation.weightCount) weight tensors hold their survivors alone"
        : "\(translation.weightCount) weight tensors, dense",
      "model \(package.model.count) bytes, weights \(package.weights.count) bytes",
    ]
    guard let folded else { return lines }
    return lines + [folded.text, FoldingCheck(folded, network).text(weights: "folded")]
  }
}
