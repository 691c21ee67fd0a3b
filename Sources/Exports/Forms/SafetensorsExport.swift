public import Basics
public import Foundation
import Tickets

/// A PyTorch `state_dict` as safetensors (https://huggingface.co/docs/safetensors), and its masks in a file beside it.
///
/// `load_state_dict(safetensors.torch.load_file(FILE))` takes it for a module whose layers have the ticket's names. With
/// `pruned=true` pruned tensors are `weight_orig` and `weight_mask`, as `torch.nn.utils.prune` keeps them, in one file.
public struct SafetensorsExport: ExportForm {
  public static let name = "safetensors"
  public static let summary = "a PyTorch state_dict, and its masks in a file beside it"
  public static let fields: [SettingField<SafetensorsExport>] = [
    SettingField(
      "pruned", \.isPruned, "whether weights are weight_orig and weight_mask, as torch.nn.utils.prune keeps them")
  ]

  /// Whether weights are written as `torch.nn.utils.prune` keeps them.
  public var isPruned = false

  public init() {}

  public func write(_ network: ExportedNetwork, to url: URL) throws -> [String] {
    let inputs = try network.requireNormalisedInputs(form: Self.name)
    let state = StateDict(network), masked = Set(state.masks.map(\.name))
    let about = [
      "format": "pt", "ticket": network.ticket.digest, "weights": network.weights.rawValue, "data": network.data,
    ]
    var file = SafetensorsFile(metadata: about), masks = SafetensorsFile(metadata: about)
    for tensor in state.tensors {
      let isOriginal = isPruned && masked.contains("\(tensor.name)_mask")
      file.add(isOriginal ? "\(tensor.name)_orig" : tensor.name, tensor.values, shape: tensor.shape)
    }
    for mask in state.masks {
      if isPruned {
        file.add(mask.name, mask.values, shape: mask.shape)
      } else {
        masks.add(mask.name, mask.values, shape: mask.shape)
      }
    }
    try file.write(to: url)
    guard !isPruned else { return ["\(file.entries.count) tensors, weight_orig and weight_mask among them", inputs] }
    let beside = url.deletingPathExtension().lastPathComponent + "-mask.safetensors"
    try masks.write(to: url.deletingLastPathComponent().appendingPathComponent(beside))
    return ["\(file.entries.count) tensors; \(masks.entries.count) masks in \(beside)", inputs]
  }
}
