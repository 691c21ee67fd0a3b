import Basics
import Datasets
public import Foundation

/// Weights and masks as arrays in numpy's `.npz`: the names of a PyTorch `state_dict`, and each mask (1 lives, 0 pruned)
/// under its weight's name with `_mask` behind.
public struct NPZExport: ExportForm {
  public static let name = "npz"
  public static let summary = "weights and masks as arrays for NumPy"

  public init() {}

  public func write(_ network: ExportedNetwork, to url: URL) throws -> [String] {
    let inputs = try network.requireNormalisedInputs(form: Self.name)
    let state = StateDict(network)
    var file = NPZWriter()
    for tensor in state.tensors + state.masks { file.add(tensor.name, tensor.values, shape: tensor.shape) }
    try AtomicFile.write(file.data, to: url)
    return ["\(state.tensors.count) tensors and \(state.masks.count) masks", inputs]
  }
}
