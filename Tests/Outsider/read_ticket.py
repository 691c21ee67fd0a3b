"""Evaluates a ticket of Tombola with numpy, written from docs/files.md and docs/random-streams.md alone.

read_ticket.py TICKET DATA [OUTPUTS] prints test accuracy, of the start weights where there are no others. DATA comes from
`tombola data export`, OUTPUTS from `tombola evaluate --outputs`."""
import functools, hashlib, json, math, sys
import numpy as np, signs
A, B, C, D, E, F = [np.array(line.split()[::-1], float) for line in """\
3.3871328727963666080e0 1.3314166789178437745e2 1.9715909503065514427e3 1.3731693765509461125e4 4.5921953931549871457e4 6.7265770927008700853e4 3.3430575583588128105e4 2.5090809287301226727e3
1 4.2313330701600911252e1 6.8718700749205790830e2 5.3941960214247511077e3 2.1213794301586595867e4 3.9307895800092710610e4 2.8729085735721942674e4 5.2264952788528545610e3
1.42343711074968357734e0 4.63033784615654529590e0 5.76949722146069140550e0 3.64784832476320460504e0 1.27045825245236838258e0 2.41780725177450611770e-1 2.27238449892691845833e-2 7.74545014278341407640e-4
1 2.05319162663775882187e0 1.67638483018380384940e0 6.89767334985100004550e-1 1.48103976427480074590e-1 1.51986665636164571966e-2 5.47593808499534494600e-4 1.05075007164441684324e-9
6.65790464350110377720e0 5.46378491116411436990e0 1.78482653991729133580e0 2.96560571828504891230e-1 2.65321895265761230930e-2 1.24266094738807843860e-3 2.71155556874348757815e-5 2.01033439929228813265e-7
1 5.99832206555887937690e-1 1.36929880922735805310e-1 1.48753612908506148525e-2 7.86869131145613259100e-4 1.84631831751005468180e-5 1.42151175831644588870e-7 2.04426310338993978564e-15""".split("\n")]

def read(path):  # arrays and metadata of a safetensors file
    with open(path, "rb") as file: data = file.read()
    end = 8 + int.from_bytes(data[:8], "little")
    header = json.loads(data[8:end])
    about, types = header.pop("__metadata__", {}), {"F32": "<f4", "I32": "<i4", "U8": "u1"}
    return {name: np.frombuffer(data[end + a["data_offsets"][0]:end + a["data_offsets"][1]], types[a["dtype"]])
            .reshape(a["shape"]) for name, a in header.items()}, about

def draws(seed, name, count):  # the first draws of a random stream, 64 bits each
    text, low, half = 0xCBF29CE484222325, np.uint64(2**32 - 1), np.uint64(32)
    for byte in name.encode(): text = (text ^ byte) * 0x100000001B3 % 2**64
    block, k = np.arange((count + 1) // 2, dtype=np.uint64), [seed % 2**32, seed >> 32]
    c = [block & low, block >> half, np.uint64(text % 2**32), np.uint64(text >> 32)]
    for _ in range(10):
        p, q = np.uint64(0xD2511F53) * c[0], np.uint64(0xCD9E8D57) * c[2]
        c = [q >> half ^ c[1] ^ np.uint64(k[0]), q & low, p >> half ^ c[3] ^ np.uint64(k[1]), p & low]
        k = [(k[0] + 0x9E3779B9) % 2**32, (k[1] + 0xBB67AE85) % 2**32]
    return np.stack([c[0] << half | c[1], c[2] << half | c[3]], 1).reshape(-1)[:count]

def normal(p):  # the standard normal quantile by AS 241
    q = p - 0.5
    m, e = np.frexp(np.where(q < 0, p, 1 - p))
    small = 2 * m <= 1.4142135623730951
    e, z = (e - small).astype(float), (m * (1 + small) - 1) / (m * (1 + small) + 1)
    t = np.polyval([1 / k for k in range(27, 0, -2)], z * z)
    r = np.sqrt(-(e * 0.693147180369123816490 + (e * 1.90821492927058770002e-10 + 2 * z * t)))
    s = 0.180625 - q * q
    near, far = np.polyval(C, r - 1.6) / np.polyval(D, r - 1.6), np.polyval(E, r - 5) / np.polyval(F, r - 5)
    centre, tail = q * np.polyval(A, s) / np.polyval(B, s), np.where(r <= 5, near, far)
    return np.where(np.abs(q) <= 0.425, centre, np.where(q < 0, -tail, tail))

def layout(network):  # (node, tensor, shape, fan-in, fan-out) of all tensors in order
    shapes, tensors = {"input": tuple(network["input"][k] for k in ("channels", "height", "width"))}, []
    for node in network["nodes"]:
        name, kind, layer, (c, h, w) = node["name"], node["kind"], node["layer"], shapes[node["inputs"][0]]
        o, k, g, size = layer.get("outputs"), layer.get("kernel", 1), layer.get("groups", 1), layer.get("size", 0)
        shapes[name], parts = (c, h, w), []
        if kind == "linear": shapes[name], parts = (o, 1, 1), [("weight", (o, c * h * w), c * h * w, o)]
        elif kind == "convolution":
            shapes[name] = (o, *((n + 2 * layer["padding"] - k) // layer["stride"] + 1 for n in (h, w)))
            parts = [("weight", (o, c // g, k, k), c // g * k * k, o // g * k * k)]
        elif "pool" in kind: shapes[name] = (c, h // size, w // size) if size else (c, 1, 1)
        elif kind == "upsample": shapes[name] = (c, layer["factor"] * h, layer["factor"] * w)
        elif kind == "join": shapes[name] = (sum(math.prod(shapes[i]) for i in node["inputs"]), 1, 1)
        elif kind == "batch-norm":
            roles = ("scale", "shift", "running-mean", "running-variance")
            parts = [(role, (c,), 1, 1) for role in roles[0 if layer["affine"] else 2:]]
        tensors += [(name, *part) for part in parts + [("bias", (o,), *p[2:]) for p in parts if layer.get("hasBias")]]
    return tensors

def ungap(code, count):  # the mask of a gap code
    bits, keeps = np.unpackbits(code[5:], bitorder="little").tolist(), np.zeros(count, bool)
    k, at, place = int(code[0]), 0, -1
    for _ in range(int.from_bytes(code[1:5].tobytes(), "little")):
        end = bits.index(0, at)
        place += 1 + (end - at << k) + int("0" + "".join(map(str, bits[end + 1:end + 1 + k])), 2)
        keeps[place], at = True, end + 1 + k
    return keeps

def drawn(initializer, seed, node, part, shape, fan_in, fan_out, stream="initial-weights"):  # a tensor as it is initialised
    if part != "weight" and not (part == "bias" and initializer == "torch-uniform"):
        return np.full(math.prod(shape), float(part in ("scale", "running-variance")))
    u = (draws(seed, f"{stream}/{node}.{part}", math.prod(shape)) >> np.uint64(11)).astype(float) * 2.0**-53
    return {"kaiming-normal": lambda: normal(u + 2.0**-54) * math.sqrt(2 / fan_in),
            "glorot-normal": lambda: normal(u + 2.0**-54) * math.sqrt(2 / (fan_in + fan_out)),
            "kaiming-uniform": lambda: (2 * u - 1) * math.sqrt(6 / fan_in),
            "torch-uniform": lambda: (2 * u - 1) / math.sqrt(fan_in),
            "signed-constant": lambda: np.where(u < 0.5, -1, 1) * math.sqrt(2 / fan_in)}[initializer]()

def read_ticket(path, start=False):  # the network, and its tensors by name, checked against the ticket's digests
    arrays, about = read(path)
    network, tensors = json.loads(about["architecture"]), layout(json.loads(about["architecture"]))
    ends = np.cumsum([math.prod(t[2]) for t in tensors])
    keeps = signs.mask(arrays["mask_code"], tensors) if "mask_code" in arrays else ungap(arrays["mask_gaps"], ends[-1]) \
        if "mask_gaps" in arrays else np.unpackbits(arrays["mask"], count=ends[-1], bitorder="little").astype(bool)
    values = {name: np.zeros(ends[-1], "<f4") for name in ("start", "trained")}
    if about["weights"] in ("seed", "signs"):
        parts = [drawn(json.loads(about["settings"])["initializer"], int(about["seed"]), *t).astype("<f4") for t in tensors]
        if about["weights"] == "signs": parts, arrays["trained"] = signs.weights(parts, tensors, arrays, about["scale"], keeps)
        arrays["start"] = np.concatenate(parts)[keeps]
    for name in values.keys() & arrays.keys(): values[name][keeps] = arrays[name]
    held = {"digest": np.packbits(keeps, bitorder="little").tobytes() + values["start"].tobytes()}
    if "trained" in arrays: held["trained_digest"] = values["trained"].tobytes()
    for name in held: assert hashlib.sha256(held[name]).hexdigest() == about[name], f"{path} has another {name}"
    parts = np.split(values["start" if start or "trained" not in arrays else "trained"].astype(float), ends[:-1])
    return network, {f"{t[0]}.{t[1]}": part.reshape(t[2]) for t, part in zip(tensors, parts)}

def single(x): return np.asarray(x).astype("<f4").astype(float)

def product(x, weight, bias, layer, exact):  # of [samples][channels][height][width]
    s, p, k, g = (layer.get(name, plain) for name, plain in (("stride", 1), ("padding", 0), ("kernel", 1), ("groups", 1)))
    if weight.ndim == 2: x, weight = x.reshape(len(x), weight.shape[1], 1, 1), weight[:, :, None, None]
    x = np.pad(x, [(0, 0)] * 2 + [(p, p)] * 2)
    x = np.lib.stride_tricks.sliding_window_view(x, (k, k), (2, 3))[:, :, ::s, ::s]
    parts = []
    for x, w, y in zip(np.split(x, g, 1), np.split(weight, g), np.split(bias, g)):
        for i, a, b in np.ndindex(w.shape[1:] if exact else 0):
            y = single(y + x[:, i, None, :, :, a, b] * w[:, i, a, b, None, None])
        parts.append(y if exact else y + np.tensordot(x, w, ((1, 4, 5), (1, 2, 3))).transpose(0, 3, 1, 2))
    return np.concatenate(parts, 1)

def run(network, tensors, x, exact):  # the outputs, rounded as single precision does or in double
    values, round = {"input": x}, single if exact else np.asarray
    def add(x, y): return round(x + y)
    for node in network["nodes"]:
        name, kind, layer, x = node["name"], node["kind"], node["layer"], values[node["inputs"][0]]
        own = {t[len(name) + 1:]: v for t, v in tensors.items() if t.startswith(name + ".")}
        line = {role: v.reshape(-1, 1, 1) for role, v in own.items() if v.ndim == 1}
        if kind in ("linear", "convolution"):
            x = product(x, own["weight"], line.get("bias", np.zeros((len(own["weight"]), 1, 1))), layer, exact)
        elif kind == "batch-norm":
            deviation = round(np.sqrt(round(line["running-variance"] + single(layer["epsilon"]))))
            factor = round(round(1 / deviation) * line.get("scale", 1))
            x = round(round(x - line["running-mean"]) * factor + line.get("shift", 0))
        elif kind in ("relu", "sign"): x = np.maximum(x, 0) if kind == "relu" else np.where(x >= 0, 1.0, -1.0)
        elif "pool" in kind:
            (n, c, h, w), a, b = x.shape, layer.get("size") or x.shape[2], layer.get("size") or x.shape[3]
            x = x[:, :, :h // a * a, :w // b * b].reshape(n, c, h // a, a, w // b, b)
            taps = [x[:, :, :, i, :, j] for i, j in np.ndindex(a, b)]
            x = functools.reduce(np.maximum if kind == "max-pool" else add, taps)
            if kind == "average-pool": x = round(x * single(1 / len(taps)))
        elif kind == "upsample": x = x.repeat(layer["factor"], 2).repeat(layer["factor"], 3)
        elif kind == "join": x = np.concatenate([values[name].reshape(len(x), math.prod(values[name].shape[1:]), 1, 1) for name in node["inputs"]], 1)
        elif kind == "sum": x = functools.reduce(add, [values[name] for name in node["inputs"]])
        values[node["name"]] = x
    return x.reshape(x.shape[:2])

def evaluate(ticket, data, start=False):  # outputs, in single precision where two are near, and accuracy; of an export
    network, tensors = read_ticket(ticket, start)
    line = [data[name].astype(float).reshape(-1, 1, 1) for name in ("multiplier", "shift")]
    inputs = single(data["test.samples"] * line[0] + line[1])
    outputs = np.concatenate([run(network, tensors, x, False) for x in np.array_split(inputs, len(inputs) // 500 + 1)])
    near = np.diff(np.sort(outputs, 1)[:, -2:])[:, 0] <= 1e-4 * np.abs(outputs).max()
    outputs[near] = run(network, tensors, inputs[near], True)
    return outputs, np.mean(outputs.argmax(1) == data["test.labels"])

if __name__ == "__main__":
    outputs, accuracy = evaluate(sys.argv[1], read(sys.argv[2])[0])
    print(f"test accuracy {100 * accuracy:.2f} %")
    if len(sys.argv) > 3: print(f"largest difference of outputs {np.abs(outputs - read(sys.argv[3])[0]['outputs']).max():.2g}")
