#!/usr/bin/env python3
"""Times binary 3x3 convolutions in Larq Compute Engine and here, in bits, layer by layer.

    pip install --no-deps larq-compute-engine && pip install 'numpy<2' flatbuffers tqdm tflite
    python3 Benchmarks/peers/bench_larq.py --tombola .build/release/tombola

A layer's time is a fourth of what four more of them add to a network, one thread, in alternating rounds; a figure is the
median of the rounds. The models are written here, so that TensorFlow is not needed. On x86 the engine has its portable kernels
alone, as it says itself: its fast ones are for ARM. It has no masks; ours run under masks of half of the weights.
"""
import argparse, functools, importlib.util, json, pathlib, statistics, subprocess, sys, tempfile, time, types

try:
    import flatbuffers, numpy as np, tflite
    from flatbuffers import flexbuffers
except ImportError as error:
    sys.exit(f"{error.name} is missing: pip install 'numpy<2' flatbuffers tqdm tflite")

SHAPES = [(64, 32), (128, 16), (256, 8), (512, 4)]
CUSTOM = 32  # the number of custom operators in TFLite's schema


@functools.cache
def engine():
    """The engine's interpreter, without the converter, which imports TensorFlow."""
    found = importlib.util.find_spec("larq_compute_engine")
    if found is None:
        sys.exit("Larq Compute Engine is missing: pip install --no-deps larq-compute-engine")
    folder = pathlib.Path(found.submodule_search_locations[0])
    for name in ("larq_compute_engine", "larq_compute_engine.tflite", "larq_compute_engine.tflite.python"):
        sys.modules[name] = types.ModuleType(name)
        sys.modules[name].__path__ = [str(folder.joinpath(*name.split(".")[1:]))]
    from larq_compute_engine.tflite.python.interpreter import Interpreter
    return Interpreter


def chain(batch, channels, side, layers):
    """A model: floats to bits, so many convolutions of bits with thresholds, bits to floats."""
    b, words = flatbuffers.Builder(1 << 16), channels // 32
    weights = np.random.default_rng(0).integers(-2**31, 2**31, (channels, 3, 3, words)).astype("<i4")

    def table(name, **fields):
        getattr(tflite, f"{name}Start")(b)
        for field, value in fields.items():
            getattr(tflite, f"{name}Add{field}")(b, value)
        return getattr(tflite, f"{name}End")(b)

    def numbers(values): return b.CreateNumpyVector(np.array(values, "<i4"))

    def offsets(items):
        b.StartVector(4, len(items), 4)
        for item in reversed(items):
            b.PrependUOffsetTRelative(item)
        return b.EndVector()

    def tensor(name, shape, isFloat=False, buffer=0):
        fields = dict(Shape=numbers(shape), Name=b.CreateString(name), Buffer=buffer)
        return table("Tensor", Type=tflite.TensorType.FLOAT32 if isFloat else tflite.TensorType.INT32, **fields)

    def operator(code, inputs, output, options=b""):
        fields = dict(Inputs=numbers(inputs), Outputs=numbers([output]), CustomOptions=b.CreateByteVector(options))
        return table("Operator", OpcodeIndex=code, **fields)

    data = [b.CreateByteVector(x.tobytes()) for x in (weights, np.zeros(channels, "<i4"))]
    buffers = [table("Buffer")] + [table("Buffer", Data=x) for x in data]
    names = [b.CreateString(name) for name in ("LceQuantize", "LceBconv2d", "LceDequantize")]
    codes = [table("OperatorCode", DeprecatedBuiltinCode=CUSTOM, BuiltinCode=CUSTOM, CustomCode=name, Version=1) for name in names]
    flex, shape = flexbuffers.Builder(), [batch, side, side]
    with flex.Map():
        for key, value in dict(
                channels_in=channels, dilation_height_factor=1, dilation_width_factor=1, fused_activation_function=0,
                pad_values=1, padding=0, stride_height=1, stride_width=1).items():
            flex.Key(key)
            flex.Int(value)
    options = bytes(flex.Finish())
    tensors = [tensor("x", shape + [channels], True), tensor("y", shape + [channels], True),
               tensor("weights", weights.shape, buffer=1), tensor("thresholds", [channels], buffer=2)]
    tensors += [tensor(f"bits{i}", shape + [words]) for i in range(layers + 1)]
    operators = [operator(0, [0], 4)]
    operators += [operator(1, [4 + i, 2, -1, -1, 3], 5 + i, options) for i in range(layers)]
    operators.append(operator(2, [4 + layers], 1))
    parts = dict(Tensors=offsets(tensors), Inputs=numbers([0]), Outputs=numbers([1]), Operators=offsets(operators))
    graph = offsets([table("SubGraph", **parts)])
    b.Finish(table("Model", Version=3, OperatorCodes=offsets(codes), Subgraphs=graph, Buffers=offsets(buffers)), b"TFL3")
    return bytes(b.Output())


def theirs(batch, channels, side, layers, seconds):
    run, x = engine()(chain(batch, channels, side, layers), num_threads=1), np.ones((batch, side, side, channels), "<f4")
    run.predict([x])
    times, start = [], time.perf_counter()
    while len(times) < 3 or time.perf_counter() - start < seconds:
        begin = time.perf_counter()
        run.predict([x])
        times.append(time.perf_counter() - begin)
    return statistics.median(times)


def ours(tombola, folder, batch, channels, side, layers, seconds):
    nodes = "".join(
        f"  - {{name: conv{i}, layer: convolution, outputs: {channels}, kernel: 3, padding: 1}}\n  - {{name: on{i}, layer: relu}}\n"
        for i in range(layers + 1))
    path = pathlib.Path(folder) / f"chain-{channels}-{layers}.yaml"
    path.write_text(f"input: 3x{side}x{side}\nnodes:\n{nodes}  - {{name: out, layer: linear, outputs: 10}}\n")
    done = subprocess.run(
        [tombola, "bench", "binary", "--models", f"graph:{path}", "--input", f"3x{side}x{side}", "--batches", str(batch),
         "--rounds", "1", "--seconds", str(seconds), "--only", "bits", "--json"], capture_output=True, text=True, check=True)
    return next(row["medianSeconds"] for row in json.loads(done.stdout)["rows"] if row["way"] == "bits")


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--tombola", default=".build/release/tombola")
    parser.add_argument("--batches", default="1,16")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--seconds", type=float, default=0.3)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        for batch in map(int, options.batches.split(",")):
            for channels, side in SHAPES:
                times = []
                for _ in range(options.rounds):
                    def layer(seconds): return (seconds(5) - seconds(1)) / 4
                    times.append((
                        layer(lambda n: theirs(batch, channels, side, n, options.seconds)),
                        layer(lambda n: ours(options.tombola, folder, batch, channels, side, n, options.seconds))))
                larq, bits = (statistics.median(x) for x in zip(*times))
                print(f"batch {batch}, 3x3 {channels}x{channels} at {side}x{side}: Larq {1e6 * larq:.0f} us, "
                      f"Tombola {1e6 * bits:.0f} us, ratio {larq / bits:.1f}")


main()
