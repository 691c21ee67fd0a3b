import Basics
import Networks
import Training

/// A network's tensors under the names that PyTorch's `state_dict` gives them: `conv1.weight`, `bn1.running_mean`.
///
/// No value moves and no bit changes, see `ParameterLayout.Entry.stateDictName`. What batch norm counts as
/// `num_batches_tracked` is left out; `load_state_dict` fills it in for dictionaries that carry no version.
struct StateDict {
  /// Every parameter and running statistic in the network's order, zero where pruned.
  let tensors: [NamedTensor]
  /// 1 where a weight lives and 0 where it is pruned, for every tensor that is pruned or could be; named after the tensor
  /// with `_mask` behind, as `torch.nn.utils.prune` does.
  let masks: [NamedTensor]

  init(_ network: ExportedNetwork) {
    let entries = network.parameters.layout.entries, mask = network.mask
    tensors = entries.map {
      NamedTensor($0.stateDictName, shape: $0.shape.dimensions, Array(network.parameters.values[$0.range]))
    }
    masks = entries.filter { $0.isPrunable || mask.remaining(in: $0) < $0.count }.map { entry in
      NamedTensor(
        "\(entry.stateDictName)_mask", shape: entry.shape.dimensions, mask.keeps[entry.range].map { $0 ? 1 : 0 })
    }
  }
}

extension ExportedNetwork {
  /// Why `--normalised` is asked for by forms that hold tensors alone: nothing in them could normalise an input.
  func requireNormalisedInputs(form: String) throws -> String {
    guard affine == nil else {
      throw Problem.usage(
        "The form \(form) holds tensors alone, and nothing that normalises inputs.",
        remedy: "Say that inputs are normalised before they reach the network: --normalised.")
    }
    return "inputs: normalised with \(samples.normalisation)"
  }
}
