import Basics
import Networks
import Training

/// A network's tensors under the names that PyTorch's `state_dict` gives them: `conv1.weight`, `bn1.running_mean`.
///
/// Weights are [outputs, inputs] and [outputs, inputs, height, width], and images are flattened channels first: PyTorch's
/// layouts, so that no value moves and no bit changes. What batch norm counts as `num_batches_tracked` is left out;
/// `load_state_dict` fills it in for dictionaries that carry no version.
struct StateDict {
  struct Tensor {
    var name: String
    var shape: [Int]
    var values: [Float]
  }

  /// Every parameter and running statistic in the network's order, zero where pruned.
  let tensors: [Tensor]
  /// 1 where a weight lives and 0 where it is pruned, for every tensor that is pruned or could be; named after the tensor
  /// with `_mask` behind, as `torch.nn.utils.prune` does.
  let masks: [Tensor]

  init(_ network: ExportedNetwork) {
    let entries = network.parameters.layout.entries, mask = network.mask
    tensors = entries.map {
      Tensor(name: $0.stateDictName, shape: $0.shape.dimensions, values: Array(network.parameters.values[$0.range]))
    }
    masks = entries.filter { $0.isPrunable || mask.remaining(in: $0) < $0.count }.map { entry in
      Tensor(
        name: "\(entry.stateDictName)_mask", shape: entry.shape.dimensions,
        values: mask.keeps[entry.range].map { $0 ? 1 : 0 })
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
