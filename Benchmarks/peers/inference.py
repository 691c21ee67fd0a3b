"""Predictions in Tombola, ONNX Runtime (dense) and DeepSparse: the same networks with random masks, rounds in turn.

    python3 Benchmarks/peers/inference.py --tombola .build/release/tombola [--deepsparse PYTHON] [--rounds 3]

Needs `pip install onnx onnxruntime`. DeepSparse 1.8.0, the last release, wants an old Python (3.11 works) with
`pip install deepsparse==1.8.0`, which --deepsparse names; without it that column is empty. Every program has two threads and
is timed by itself, one after the other in every round; medians of a round's runs, and the median of the rounds' ratios.
"""
import argparse
import json
import pathlib
import statistics
import subprocess
import sys
import tempfile
import time

NETWORKS = {
    "lenet": ("lenet-300-100", "1x28x28"), "mlp": ("mlp:1024,512", "3x32x32"), "conv6": ("conv-6", "3x32x32"),
    "vgg16": ("vgg-16", "3x32x32"),
}
LAYERS = {
    "lenet": [300, 100, 10], "mlp": [1024, 512, 10],
    "conv6": ["c64", "c64", "m", "c128", "c128", "m", "c256", "c256", "m", 256, 256, 10],
    "vgg16": ["c64", "c64", "m", "c128", "c128", "m", "c256", "c256", "c256", "m", "c512", "c512", "c512", "m", "c512",
              "c512", "c512", "m", 10],
}


def write_onnx(kind, density, batch, path):
    import numpy as np
    import onnx
    from onnx import TensorProto, helper, numpy_helper

    random = np.random.default_rng(0)
    shape = [batch] + [int(n) for n in NETWORKS[kind][1].split("x")]
    nodes, weights, last, (channels, height, width), flat = [], [], "x", shape[1:], False

    def add(op, inputs, **settings):
        nonlocal last
        nodes.append(helper.make_node(op, inputs, [f"t{len(nodes)}"], **settings))
        last = f"t{len(nodes) - 1}"

    def parameters(size):
        name = f"w{len(weights)}"
        values = random.standard_normal(size) * np.sqrt(2 / np.prod(size[1:]) / density) * (random.random(size) < density)
        weights.append(numpy_helper.from_array(values.astype(np.float32), name))
        weights.append(numpy_helper.from_array(np.zeros(size[0], np.float32), name + "b"))
        return [name, name + "b"]

    for i, layer in enumerate(LAYERS[kind]):
        if layer == "m":
            add("MaxPool", [last], kernel_shape=[2, 2], strides=[2, 2])
            height, width = height // 2, width // 2
            continue
        if isinstance(layer, str):
            outputs = int(layer[1:])
            add("Conv", [last, *parameters((outputs, channels, 3, 3))], kernel_shape=[3, 3], pads=[1, 1, 1, 1])
            channels = outputs
        else:
            if not flat:
                add("Flatten", [last])
                channels, flat = channels * height * width, True
            add("Gemm", [last, *parameters((layer, channels))], transB=1)
            channels = layer
        if i + 1 < len(LAYERS[kind]):
            add("Relu", [last])
    graph = helper.make_graph(nodes, kind, [helper.make_tensor_value_info("x", TensorProto.FLOAT, shape)],
                              [helper.make_tensor_value_info(last, TensorProto.FLOAT, [batch, channels])], weights)
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 13)])
    model.ir_version = 8
    onnx.save(model, str(path))
    return shape


def median(body, seconds):
    for _ in range(3):
        body()
    times = []
    while sum(times) < seconds or len(times) < 5:
        start = time.perf_counter()
        body()
        times.append(time.perf_counter() - start)
    return statistics.median(times)


def time_peer(program, path, shape, threads, seconds):
    """In this process: imports stay out of the others' time."""
    import numpy as np

    x = np.random.default_rng(1).standard_normal(shape).astype(np.float32)
    if program == "onnxruntime":
        import onnxruntime

        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = threads
        session = onnxruntime.InferenceSession(path, options, providers=["CPUExecutionProvider"])
        return median(lambda: session.run(None, {"x": x}), seconds)
    import deepsparse

    engine = deepsparse.Engine(model=path, batch_size=shape[0], num_cores=threads)
    return median(lambda: engine.run([x]), seconds)


def time_ours(options, kind, batch, density):
    model, shape = NETWORKS[kind]
    command = [options.tombola, "bench", "inference", "--models", f"{model}@{shape}", "--batches", str(batch), "--densities",
               str(density), "--threads", str(options.threads), "--seconds", str(options.seconds), "--json"]
    if not options.dense:
        command.append("--no-dense")
    return json.loads(subprocess.run(command, check=True, capture_output=True, text=True).stdout)["rows"][0]


def peer(python, program, path, shape, options):
    if not python:
        return None
    command = [python, __file__, "--time", program, str(path), json.dumps(shape), "--threads", str(options.threads),
               "--seconds", str(options.seconds)]
    done = subprocess.run(command, capture_output=True, text=True)
    if done.returncode:
        print(f"{program}: {done.stderr.strip().splitlines()[-1] if done.stderr.strip() else 'failed'}", file=sys.stderr)
        return None
    return float(done.stdout.split()[-1])


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--tombola")
    parser.add_argument("--deepsparse", help="a Python that has deepsparse")
    parser.add_argument("--networks", default=",".join(NETWORKS))
    parser.add_argument("--batches", default="1,64")
    parser.add_argument("--densities", default="0.1,0.05,0.02")
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--seconds", type=float, default=0.5)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--dense", action="store_true", help="our own dense network too")
    parser.add_argument("--time", nargs=3, help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.time:
        program, path, shape = options.time
        print(time_peer(program, path, json.loads(shape), options.threads, options.seconds))
        return
    print("| network | batch | density | ours, ms | ORT, ms | DeepSparse, ms | best peer / ours | own dense / ours | "
          "multiply-adds | bytes |\n|---|---|---|---|---|---|---|---|---|---|")
    for kind in options.networks.split(","):
        for batch in map(int, options.batches.split(",")):
            for density in map(float, options.densities.split(",")):
                with tempfile.TemporaryDirectory() as folder:
                    path = pathlib.Path(folder) / "net.onnx"
                    shape = write_onnx(kind, density, batch, path)
                    rounds = []
                    for _ in range(options.rounds):
                        ours = time_ours(options, kind, batch, density)
                        rounds.append((ours, peer(sys.executable, "onnxruntime", path, shape, options),
                                       peer(options.deepsparse, "deepsparse", path, shape, options)))
                own = [r[0]["medianSeconds"] for r in rounds]
                ratios = [min(t for t in r[1:] if t) / r[0]["medianSeconds"] for r in rounds if any(r[1:])]
                dense = [r[0]["ratio"] for r in rounds if r[0].get("ratio")]

                def ms(values):
                    values = [v for v in values if v]
                    return f"{1e3 * statistics.median(values):.3g}" if values else "-"

                def ratio(values):
                    return f"{statistics.median(values):.1f}" if values else "-"

                print(f"| {kind} | {batch} | {100 * density:g} % | {ms(own)} | {ms([r[1] for r in rounds])} | "
                      f"{ms([r[2] for r in rounds])} | {ratio(ratios)} | {ratio(dense)} | "
                      f"{rounds[0][0]['multiplyAdds']:,} | {rounds[0][0]['bytes']:,} |", flush=True)


if __name__ == "__main__":
    main()
