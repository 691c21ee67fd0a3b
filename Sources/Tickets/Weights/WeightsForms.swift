public import Basics
import Datasets
public import Foundation

/// Safetensors, as `safetensors.torch.save_file` writes a `state_dict` (https://huggingface.co/docs/safetensors).
public struct SafetensorsWeights: WeightsForm {
  public static let endings = ["safetensors"]

  public static func tensors(in url: URL) throws -> [NamedTensor] {
    let file = try SafetensorsFile(contentsOf: url)
    if let format = file.metadata["format"], format.hasPrefix("tombola-") {
      throw Problem.badData(
        "\(url.lastPathComponent) is a file of Tombola itself (\(format)), no state_dict.",
        remedy: "A ticket is taken as it is: tombola certify TICKET, tombola train TICKET.")
    }
    return file.tensors
  }
}

/// Numpy's `.npz` with the names of a `state_dict`.
public struct NPZWeights: WeightsForm {
  public static let endings = ["npz"]

  public static func tensors(in url: URL) throws -> [NamedTensor] { try NumpyTensors.read(url) }
}

/// What `torch.save` writes: a program (pickle), which is not run here.
public struct PickledWeights: WeightsForm {
  public static let endings = ["pt", "pth", "ckpt", "bin"]

  public static func tensors(in url: URL) throws -> [NamedTensor] {
    let name = url.lastPathComponent
    let converted = url.deletingPathExtension().lastPathComponent + ".safetensors"
    throw Problem.badData(
      "\(name) is a pickle, as torch.save writes it: a program that Tombola does not run.",
      remedy: """
        Convert it: python3 -c 'import torch, safetensors.torch as s; s.save_file({k: v.contiguous() for k, v in \
        torch.load("\(name)", weights_only=True).items()}, "\(converted)")'
        """)
  }
}
