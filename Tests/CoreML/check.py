#!/usr/bin/env python3
"""Core ML packages: what `tombola export --to coreml` writes must be what `tombola predict` computes.

    python3 Tests/CoreML/check.py TOMBOLA [TICKET ...] [--samples 24]

Without tickets, one of every model below is trained for two steps and pruned by half. Every one is exported sparse, dense, folded and
without its normalisation. coremltools has to load each package and make a MIL program of it again, which checks every operation's
arguments, types and shapes; the program is then computed operation by operation by the NumPy interpreter below, in double precision, and
has to give the outputs of `predict` within 1e-5 of the largest. Sparse constants must have the bits of the dense ones. Core ML itself
runs on Apple's systems alone, so that nothing is said here of its own rounding or speed. Needs coremltools (9.0, Python 3.11) and numpy;
where they are missing the script says so and ends well.
"""
import argparse
import logging
import pathlib
import sys
import tempfile

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent / "Onnx"))
logging.disable(logging.WARNING)
try:
    import numpy
    import coremltools
    from coremltools.converters.mil.frontend.milproto import load
    from coremltools.libmilstoragepython import _BlobStorageReader  # noqa: F401, without it no weights are read
except ImportError as missing:
    print(f"Tests/CoreML/check.py: skipped, {missing.name or missing} is not installed (pip install coremltools, with Python 3.11)")
    sys.exit(0)
from numpy.lib.stride_tricks import sliding_window_view
from tickets import Tickets, tensors

LIMIT = 1e-5
# Name, model, shape of a sample.
MODELS = [("lenet-300-100", "lenet-300-100", (1, 28, 28)), ("lenet-5", "lenet-5", (1, 28, 28)),
          ("vgg-11", "vgg-11:0.125", (3, 32, 32)), ("vgg-11-bn", "vgg-11-bn:0.125", (3, 32, 32)),
          ("resnet-20", "resnet-20:0.5", (3, 32, 32)), ("mobilenet-v1", "mobilenet-v1:0.125", (3, 32, 32)),
          ("bn-mlp", "bn-mlp:20,10", (3, 32, 32))]


# MIL's operations, as their documentation defines them.

def windows(x, sizes, strides):
    view = sliding_window_view(x, tuple(sizes), axis=(2, 3))
    return view[:, :, ::strides[0], ::strides[1]]


def conv(x, weight, strides, pad_type, pad, dilations, groups, bias=None):
    assert pad_type == "custom" and list(dilations) == [1, 1]
    x = numpy.pad(x, ((0, 0), (0, 0), (pad[0], pad[1]), (pad[2], pad[3])))
    outputs, inputs = weight.shape[0] // groups, weight.shape[1]
    views = windows(x, weight.shape[2:], strides)
    parts = [numpy.einsum("nihwab,oiab->nohw", views[:, g * inputs:(g + 1) * inputs], weight[g * outputs:(g + 1) * outputs], optimize=True)
             for g in range(groups)]
    y = numpy.concatenate(parts, axis=1)
    return y if bias is None else y + bias.reshape(1, -1, 1, 1)


def pool(x, kernel_sizes, strides, pad_type, pad, ceil_mode, exclude_padding_from_average=None):
    assert pad_type == "valid" and not any(pad) and not ceil_mode
    views = windows(x, kernel_sizes, strides)
    return views.max(axis=(4, 5)) if exclude_padding_from_average is None else views.mean(axis=(4, 5))


def batch_norm(x, gamma, beta, mean, variance, epsilon):
    def each(v):
        return v.reshape((1, -1) + (1,) * (x.ndim - 2))
    return each(gamma) * (x - each(mean)) / numpy.sqrt(each(variance) + epsilon) + each(beta)


def sparse(nonzero_data, mask, shape):
    bits = [byte >> place & 1 for byte in mask.tolist() for place in range(8)][:int(numpy.prod(shape))]
    result = numpy.zeros(len(bits), nonzero_data.dtype)
    result[numpy.flatnonzero(bits)] = nonzero_data
    return result.reshape(shape)


OPERATIONS = {
    "mul": lambda x, y: x * y, "add": lambda x, y: x + y, "relu": lambda x: numpy.maximum(x, 0),
    "linear": lambda x, weight, bias: x @ weight.T + bias, "conv": conv, "max_pool": pool, "avg_pool": pool,
    "reduce_mean": lambda x, axes, keep_dims: x.mean(axis=tuple(axes), keepdims=bool(keep_dims)),
    "reshape": lambda x, shape: x.reshape(shape), "batch_norm": batch_norm,
    "greater_equal": lambda x, y: x >= y, "select": lambda cond, a, b: numpy.where(cond, a, b),
}


class Program:
    """A package, read and made a MIL program again by coremltools."""

    def __init__(self, path):
        model = coremltools.models.MLModel(str(path), skip_model_load=True)
        spec = model.get_spec()
        self.notes = dict(spec.description.metadata.userDefined)
        self.feature = spec.description.input[0]
        self.function = load.load(spec, spec.specificationVersion, model.weights_dir).functions["main"]
        self.constants, self.kinds = {}, {}
        for op in self.function.operations:
            self.kinds[op.op_type] = self.kinds.get(op.op_type, 0) + 1
            if op.op_type == "const":
                self.constants[op.outputs[0].name] = op.outputs[0].val
            elif op.op_type == "constexpr_sparse_to_dense":
                self.constants[op.outputs[0].name] = sparse(op.nonzero_data.val, op.mask.val, op.shape.val)

    def outputs(self, x):
        def wide(v):
            return v.astype(numpy.float64) if isinstance(v, (numpy.ndarray, numpy.floating)) and v.dtype.kind == "f" else v
        values = {name: wide(value) for name, value in self.constants.items()}
        values["input"] = x.astype(numpy.float64)
        for op in self.function.operations:
            if op.op_type.startswith("const"):
                continue
            arguments = {key: values[value.name] for key, value in op.inputs.items() if value is not None}
            result = OPERATIONS[op.op_type](**arguments)
            assert result.shape == tuple(op.outputs[0].shape), (op.name, result.shape, op.outputs[0].shape)
            values[op.outputs[0].name] = result
        assert [v.name for v in self.function.outputs] == ["output"]
        return values["output"]


def size(path):
    return sum(f.stat().st_size for f in pathlib.Path(path).rglob("*") if f.is_file())


class Check(Tickets):
    def __init__(self, tombola, folder, count):
        super().__init__(tombola, folder)
        self.count, self.worst, self.failures, self.compared = count, 0.0, [], 0

    def data(self, shape):
        name = "images-" + "x".join(map(str, shape))
        if not (self.folder / f"{name}.npz").exists():
            self.make_data(shape)
            (self.folder / "images.npz").rename(self.folder / f"{name}.npz")
        return f"npz:{name}.npz"

    def compare(self, name, ticket):
        self.run("predict", ticket, "--output", "ours.npz")
        expected = numpy.load(self.folder / "ours.npz")["outputs"][:self.count]
        self.run("data", "export", "samples", "--ticket", ticket)
        samples = tensors(self.folder / "samples")
        stored = samples["test.samples"][:self.count].astype(numpy.float32)
        sides = (1, -1) + (1,) * (stored.ndim - 2)
        normal = stored * samples["multiplier"].reshape(sides) + samples["shift"].reshape(sides)
        programs, sizes = {}, {}
        for what, words, inputs in [("sparse", [], stored), ("dense", ["--set", "sparse=false"], stored),
                                    ("normalised", ["--normalised"], normal), ("folded", ["--set", "folded=true"], stored)]:
            path = self.folder / f"{name}-{what}.mlpackage"
            self.run("export", ticket, "--to", "coreml", "--output", path, *words)
            program = programs[what] = Program(path)
            sizes[what] = size(path)
            shape = tuple(program.feature.type.multiArrayType.shape)
            found = numpy.concatenate([program.outputs(x.reshape(shape)) for x in inputs])
            difference = float(numpy.abs(found - expected).max() / numpy.abs(expected).max())
            self.compared += 1
            self.worst = max(self.worst, difference)
            if not difference <= LIMIT:
                self.failures.append(f"{name} ({what}): {difference:.2e}")
        for constant, value in programs["dense"].constants.items():
            same = numpy.asarray(value).tobytes() == numpy.asarray(programs["sparse"].constants[constant]).tobytes()
            if not same:
                self.failures.append(f"{name}: sparse {constant} has other bits than dense")
        kinds = programs["sparse"].kinds
        print(f"{name}: density {float(programs['sparse'].notes['density']):.3f}, {kinds.get('constexpr_sparse_to_dense', 0)} sparse constants, "
              f"bytes on disk: sparse {sizes['sparse']:,}, dense {sizes['dense']:,}, folded {sizes['folded']:,}; largest difference so far "
              f"{self.worst:.1e}", flush=True)


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("tombola")
    parser.add_argument("tickets", nargs="*")
    parser.add_argument("--samples", type=int, default=24, help="test samples that are computed of each ticket")
    given = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        check = Check(str(pathlib.Path(given.tombola).resolve()), folder, given.samples)
        for path in given.tickets:
            check.compare(pathlib.Path(path).stem, pathlib.Path(path).resolve())
        if not given.tickets:
            for name, model, shape in MODELS:
                check.compare(name, check.ticket(name, model, check.data(shape)))
        print(f"{check.compared} Core ML packages: largest difference {check.worst:.1e} (limit {LIMIT}), {len(check.failures)} failures")
        for failure in check.failures:
            print("  " + failure)
        return 1 if check.failures else 0


if __name__ == "__main__":
    sys.exit(main())
