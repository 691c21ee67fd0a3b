"""PyTorch modules: state and masks, both ways. PyTorch is imported by these functions alone."""
from __future__ import annotations

from typing import TYPE_CHECKING, Union

import numpy

from . import _library as lib
from ._tickets import State, Ticket, check, load

if TYPE_CHECKING:
    import torch


def _tensors(module: "torch.nn.Module") -> dict[str, "torch.Tensor"]:
    """The module's own state, without the counters of batch norm."""
    return {name: values for name, values in module.state_dict(keep_vars=True).items()
            if not name.endswith("num_batches_tracked")}


def from_torch(module: "torch.nn.Module") -> State:
    """A module's weights and masks as NumPy arrays.

    What `torch.nn.utils.prune` keeps as NAME_orig and NAME_mask becomes the weight NAME, zero where pruned, and its mask. Without
    it there are no masks: zeros are weights like others.
    """
    tensors = _tensors(module)
    masks = {name[:-5]: values for name, values in tensors.items()
             if name.endswith("_mask") and f"{name[:-5]}_orig" in tensors}
    weights: dict[str, numpy.ndarray] = {}
    for name, values in tensors.items():
        if name.endswith("_mask") and name[:-5] in masks:
            continue
        plain = name[:-5] if name.endswith("_orig") and name[:-5] in masks else name
        array = values.detach().cpu().numpy().astype(numpy.float32)
        weights[plain] = array * masks[plain].detach().cpu().numpy().astype(numpy.float32) if plain in masks else array
    return State(weights, {name: values.detach().cpu().numpy() != 0 for name, values in masks.items()})


def to_torch(
    module: "torch.nn.Module", ticket: Union[lib.PathLike, Ticket], *, weights: str = "trained", prune: bool = True,
) -> "torch.nn.Module":
    """Puts a ticket into a module with tensors of the same names and shapes, and returns the module.

    prune: keep pruned weights at zero while PyTorch trains on, as `torch.nn.utils.prune` does: NAME becomes NAME_orig and
        NAME_mask. Otherwise they are zeros alone; masks that the module has go.

    Raises: `UsageError` naming every tensor that is missing, left over, or of another shape; then nothing was changed.
    """
    import torch
    from torch.nn.utils import prune as pruning

    state = load(ticket).state(weights)
    found = {name: values.shape for name, values in from_torch(module).weights.items()}
    check({name: values.shape for name, values in state.weights.items()}, found, "the module")
    with torch.no_grad():
        for name, values in state.weights.items():
            owner, last = _owner(module, name)
            if pruning.is_pruned(owner) and hasattr(owner, f"{last}_mask"):
                pruning.remove(owner, last)
            target = getattr(owner, last)
            target.copy_(torch.from_numpy(values.copy()))
            mask = state.masks.get(name)
            if prune and mask is not None and not mask.all():
                pruning.custom_from_mask(owner, last, torch.from_numpy(mask.astype(numpy.float32)).to(target.device))
    return module


def _owner(module: "torch.nn.Module", name: str) -> tuple["torch.nn.Module", str]:
    """The part of a module that a tensor belongs to, and its name there."""
    path, _, last = name.rpartition(".")
    return (module.get_submodule(path) if path else module), last


def to_onnx(module: "torch.nn.Module", shape: tuple[int, ...], path: lib.PathLike) -> str:
    """Writes a module as an ONNX file that `find` and `certify` take with its weights, and returns the name of that model.

    shape: of one sample as the module takes it: (channels, height, width) or (features,).

    Batch norm and names stay as they are in the module, so that `to_torch` takes the tickets back.
    """
    import contextlib
    import io
    import warnings

    import torch

    was_training = module.training
    module.eval()
    try:
        # The exporter by tracing: the other one folds batch norm.
        with warnings.catch_warnings(), contextlib.redirect_stdout(io.StringIO()):
            warnings.simplefilter("ignore")
            torch.onnx.export(
                module, (torch.zeros(1, *shape),), str(path), dynamo=False, do_constant_folding=False,
                training=torch.onnx.TrainingMode.PRESERVE, input_names=["input"], output_names=["output"],
                dynamic_axes={"input": {0: "n"}, "output": {0: "n"}})
    finally:
        module.train(was_training)
    return f"onnx:{path}"
