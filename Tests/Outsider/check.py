"""Trains tickets with a tombola and holds them, its data, scores, controls and attacks against read_ticket.py.

check.py TOMBOLA: prints a line a case; ends with 1 where something differs."""
import csv, json, os, subprocess, sys, tarfile, tempfile
import numpy as np
import read_ticket as outsider

# Outputs in double precision may differ from the engine's by so much of the largest.
TOLERANCE = 1e-4
GRAPH = """
input: 1x8x8
nodes:
  - {name: wide, layer: convolution, outputs: 6, kernel: 4, stride: 3, padding: 2, bias: false}
  - {name: norm, layer: batch-norm, affine: false, epsilon: 0.001}
  - {name: on, layer: relu}
  - {name: drop, layer: dropout, probability: 0.2}
  - {name: apart, layer: convolution, outputs: 9, kernel: 2, groups: 3}
  - {name: best, layer: max-pool, size: 2}
  - {name: wider, layer: upsample, factor: 3}
  - {name: mean, layer: average-pool, inputs: apart}
  - {name: heads, layer: join, inputs: [wider, mean]}
  - {name: out, layer: linear, outputs: 10, bias: false}
"""
SMALL = ["validation=300", "training-samples=900"]
CASES = [
    ("digits", "mlp:24,16", ["initializer=kaiming-normal"]),
    ("digits", "bn-mlp:16", ["initializer=glorot-normal"]),
    ("digits", "conv-2:0.1", ["initializer=torch-uniform"]),
    ("digits", "conv-s:0.25", ["initializer=kaiming-uniform"]),
    ("digits", "resnet-20:0.25", ["initializer=signed-constant"]),
    ("digits", "graph:net.yaml", ["training-samples=1000", "split-seed=18446744073709551615"]),
    ("fashion-mnist", "mlp:20", SMALL),
    ("fashion-mnist+half", "conv-s:0.25", SMALL),
    ("fashion-mnist", "bn-mlp:16", SMALL),
    ("fashion-mnist+half", "resnet-20:0.13", SMALL),
]


def permutation(seed, name, count):
    order = list(range(count))
    shuffle(order, seed, name)
    return order


def shuffle(order, seed, name):
    for i, draw in zip(range(len(order) - 1, 0, -1), outsider.draws(seed, name, len(order)).tolist()):
        j = draw * (i + 1) >> 64
        order[i], order[j] = order[j], order[i]


def drawn(count, labels, seed, name):
    """Places of a draw of samples, ascending."""
    order, classes = permutation(seed, name, len(labels)), np.unique(labels)
    if count < 100 * len(classes):
        sizes, seen, places = np.bincount(labels), np.zeros(labels.max() + 1, int), []
        for sample in order:
            places.append((seen[labels[sample]] + 0.5) / sizes[labels[sample]])
            seen[labels[sample]] += 1
        order = [order[rank] for rank in np.argsort(places, kind="stable")]
    return sorted(order[:count])


class Check:
    def __init__(self, binary, folder):
        self.binary, self.folder, self.faults = os.path.abspath(binary), folder, 0

    def tombola(self, *words):
        done = subprocess.run([self.binary, *words], cwd=self.folder, capture_output=True, text=True, timeout=300)
        if done.returncode != 0:
            sys.exit(f"tombola {' '.join(words)}: {done.stderr}")
        return done.stdout

    def expect(self, holds, what):
        if not holds:
            self.faults += 1
            print(f"  differs: {what}")

    def path(self, name):
        return os.path.join(self.folder, name)

    def outputs(self, ticket, data, *words):
        """The outputs that both compute, once they are found to agree."""
        said = json.loads(self.tombola("evaluate", ticket, "--outputs", "outputs", "--json", "--threads", "1", *words))
        theirs = outsider.read(self.path("outputs"))[0]["outputs"]
        ours, accuracy = outsider.evaluate(self.path(ticket), data, "--start" in words)
        self.expect(accuracy == said["testAccuracy"], f"accuracy of {ticket} {words}: {accuracy}, {said['testAccuracy']}")
        distance = np.abs(ours - theirs).max() / max(1, np.abs(theirs).max())
        line = [data[name].astype(float).reshape(-1, 1, 1) for name in ("multiplier", "shift")]
        first = outsider.single(data["test.samples"][:50] * line[0] + line[1])
        bits = outsider.run(*outsider.read_ticket(self.path(ticket), "--start" in words), first, True)
        self.expect(np.array_equal(bits, theirs[:50]), f"bits of the outputs of {ticket} {words}")
        self.expect(distance <= TOLERANCE, f"outputs of {ticket} {words}: by {distance:.2g} of the largest")
        return ours, accuracy, distance

    def case(self, name, model, settings):
        words = ["find", "--data", name, "--model", model, "--rounds", "2", "--steps", "2ep", "--seeds", "1", "--threads", "1"]
        self.tombola(*words, "--controls", "none", "--out", "runs", "--json", "--set", "lr=0.05", "batch=32", *settings)
        run = max((os.path.join("runs", f) for f in os.listdir(self.path("runs"))), key=lambda f: os.stat(self.path(f)).st_mtime)
        ticket = f"{run}/seed-0/round-02.safetensors"
        self.tombola("data", "export", "data", "--ticket", ticket)
        data, about = outsider.read(self.path("data"))
        self.data(data, about, json.loads(outsider.read(self.path(ticket))[1]["settings"]))
        _, accuracy, distance = self.outputs(ticket, data)
        said = json.loads(outsider.read(self.path(ticket))[1]["metrics"])["testAccuracy"]
        self.expect(accuracy == said, f"accuracy that {ticket} states: {said}, {accuracy}")
        self.tombola("inspect", ticket, "--compact", "compact")
        self.expect(set(outsider.read(self.path("compact"))[0]) == {"mask_gaps"}, "a compact ticket holds weights")
        if name == "digits":
            self.outputs("compact", data, "--start")
        self.expect(
            all(np.array_equal(a, b) for a, b in zip(self.tensors("compact"), self.tensors(ticket))), "start weights from the seed")
        print(f"{name} {model}: test accuracy {100 * accuracy:.2f} %, outputs within {distance:.1g}, in single precision equal")

    def tensors(self, ticket, start=True):
        return outsider.read_ticket(self.path(ticket), start)[1].values()

    def signs(self, bits):
        """Binary tickets: the same network as with its weights, and its outputs bit by bit."""
        out = f"binary{bits[-1]}"
        self.tombola("biprop", "--data", "digits", "--model", "bn-conv-2:0.1", "--bits", bits, "--steps", "2ep", "--seeds", "1",
                     "--threads", "1", "--keep", "0.4", "--out", out, "--json", "--set", "ramp=0it", "lr=0.05", "learn-bn=true")
        ticket = f"{out}/{os.listdir(self.path(out))[0]}/seed-0/biprop-0.4.safetensors"
        signs = ticket.replace(".safetensors", ".binary.safetensors")
        self.expect("start" not in outsider.read(self.path(signs))[0], "a binary ticket holds weights")
        for start in (True, False):
            pairs = zip(self.tensors(signs, start), self.tensors(ticket, start))
            self.expect(all(np.array_equal(a, b) for a, b in pairs), f"weights of {signs}")
        self.tombola("data", "export", "data", "--ticket", signs)
        data = outsider.read(self.path("data"))[0]
        self.tombola("evaluate", signs, "--outputs", "outputs", "--threads", "1")
        line = [data[name].astype(float).reshape(-1, 1, 1) for name in ("multiplier", "shift")]
        first = outsider.single(data["test.samples"][:50] * line[0] + line[1])
        ours = outsider.run(*outsider.read_ticket(self.path(signs)), first, True)
        self.expect(np.array_equal(ours, outsider.read(self.path("outputs"))[0]["outputs"][:50]), f"outputs of {signs}")
        print(f"binary ticket, bits {bits}: {os.path.getsize(self.path(signs))} bytes, {os.path.getsize(self.path(ticket))} with weights")

    def data(self, data, about, settings):
        """Splits and normalisation as the pages say."""
        labels, seed = data["train.labels"], int(settings["split-seed"])
        count = min(int(settings["validation"]), max(1, len(labels) // 10))
        order = permutation(seed, "validation-split", len(labels))
        self.expect(sorted(order[:count]) == data["validation.indices"].tolist(), "validation split")
        rest, wanted = sorted(order[count:]), int(settings["training-samples"])
        if wanted:
            rest = [rest[i] for i in drawn(wanted, labels[rest], seed, "training-subset")]
        self.expect(rest == data["train.indices"].tolist(), "training split")
        x = data["train.samples"][rest].astype(float)
        scale, axes = float(data["scale"][0]), (0, 2, 3)
        mean, deviation = x.mean(axes) * scale, x.std(axes) * scale
        deviation[deviation == 0] = 1
        for name, ours in (("mean", mean), ("deviation", deviation)):
            self.expect(np.allclose(ours.astype("<f4"), data[name], rtol=1.2e-7, atol=0), name)
        mean, deviation = data["mean"].astype(float), data["deviation"].astype(float)
        self.expect(np.array_equal((scale / deviation).astype("<f4"), data["multiplier"]), "multiplier")
        self.expect(np.array_equal((-mean / deviation).astype("<f4"), data["shift"]), "shift")
        # The digest covers everything that training sees: see files.md.
        parts = [f"{' '.join(str(n) for n in x.shape[1:])} {about['classes']} {int(data['scale'].view('<u4')[0])}\n".encode()]
        for split in ("train", "test"):
            samples = data[f"{split}.samples"]
            kind = "bytes" if samples.dtype == "u1" else "floats"
            parts += [f"{len(samples)} {kind}\n".encode(), data[f"{split}.labels"].tobytes(), samples.tobytes()]
        self.expect(outsider.hashlib.sha256(b"".join(parts)).hexdigest() == about["digest"], "digest of the data")

    def kept(self):
        """Scores, controls and attacked samples."""
        words = ["find", "--data", "digits", "--model", "mlp:16", "--rounds", "2", "--steps", "1ep", "--seeds", "1",
                 "--threads", "1", "--out", "kept", "--json", "--set", "criterion=snip", "score-batches=3", "score-batch=25"]
        before = json.loads(self.tombola(*words))
        after = json.loads(self.tombola(*words, "keep-scores=true", "keep-controls=true"))
        self.expect(before["rounds"] == after["rounds"] and len(os.listdir(self.path("kept"))) == 1, "what is kept changes a run")
        folder = os.path.join("kept", os.listdir(self.path("kept"))[0], "seed-0")
        self.tombola("data", "export", "data", "--ticket", f"{folder}/round-01.safetensors")
        data = outsider.read(self.path("data"))[0]
        masks = [self.mask(f"{folder}/{stage}.safetensors") for stage in ("dense", "round-01", "round-02")]
        for round in (1, 2):
            self.scores(f"{folder}/round-0{round}.scores.safetensors", masks[round - 1], masks[round], round, data)
            for control in ("reinit", "shuffled", "random"):
                self.control(f"{folder}/round-0{round}.{control}", masks[round], data)
        arrays, about = outsider.read(self.path(f"{folder}/round-01.reinit.safetensors"))
        tensors = outsider.layout(json.loads(about["architecture"]))
        fresh = np.concatenate([
            outsider.drawn("kaiming-normal", 0, *t, stream="control-weights/reinit/round 1") for t in tensors])
        self.expect(np.array_equal(fresh[masks[1]].astype("<f4"), arrays["start"]), "fresh weights of reinit")
        self.attack(f"{folder}/round-01.safetensors", data)
        print(f"scores, controls and attacked samples: {len(os.listdir(self.path(folder)))} files")

    def old(self):
        """Tickets that earlier versions left."""
        runs, count = os.path.join(os.path.dirname(os.path.abspath(__file__)), "../Fixtures/old-runs"), 0
        for name in sorted(os.listdir(runs)):
            with tarfile.open(os.path.join(runs, name)) as archive:
                for file in archive:
                    if file.name.endswith(".safetensors") and "checkpoint" not in file.name:
                        with open(self.path("old"), "wb") as copy:
                            copy.write(archive.extractfile(file).read())
                        outsider.read_ticket(self.path("old"))
                        count += 1
        self.expect(count > 0, "there are no old tickets")
        print(f"{count} tickets of earlier versions have the digests that they state")

    def mask(self, path):
        arrays, about = outsider.read(self.path(path))
        count = sum(np.prod(t[2]) for t in outsider.layout(json.loads(about["architecture"])))
        return np.unpackbits(arrays["mask"], count=int(count), bitorder="little").astype(bool)

    def scores(self, path, before, after, round, data):
        arrays, about = outsider.read(self.path(path))
        self.expect(np.array_equal(np.packbits(before, bitorder="little"), arrays["mask"]), f"{path}: mask before")
        gone, scores = before & ~after, arrays["scores"][-1]
        order = sorted(np.flatnonzero(before & self.weights), key=lambda i: (scores[i], -i))[:gone.sum()]
        self.expect(sorted(order) == np.flatnonzero(gone).tolist(), f"{path}: the lowest scores went")
        labels, lists, places = data["train.labels"][data["train.indices"]], [], data["train.indices"]
        for label in np.unique(labels):
            lists.append(np.flatnonzero(labels == label).tolist())
            shuffle(lists[-1], 0, f"score-samples/class {label}")
        first = (round - 1) * 3 * 25
        wanted = [places[lists[p % len(lists)][p // len(lists) % len(lists[p % len(lists)])]] for p in range(first, first + 75)]
        self.expect(wanted == arrays["samples"].reshape(-1).tolist() and arrays["samples"].shape == (1, 3, 25), f"{path}: samples")

    def control(self, path, mask, data):
        own, record = self.mask(f"{path}.safetensors"), json.load(open(self.path(f"{path}.json")))
        about = outsider.read(self.path(f"{path}.safetensors"))[1]
        self.expect(own.sum() == mask.sum() and ("reinit" in path) == np.array_equal(own, mask), f"{path}: mask")
        self.expect(about["trained_digest"] == record["parametersDigest"], f"{path}: digest of its record")
        accuracy = outsider.evaluate(self.path(f"{path}.safetensors"), data)[1]
        self.expect(accuracy == record["curve"][-1]["testAccuracy"], f"{path}: accuracy of its record")

    @property
    def weights(self):
        """Of the network of `kept`: 64 x 16 and 16 x 10 weights behind which biases stand."""
        return np.concatenate([np.ones(1024), np.zeros(16), np.ones(160), np.zeros(10)]).astype(bool)

    def attack(self, ticket, data):
        said = json.loads(self.tombola(
            "attack", ticket, "--attacks", "fgsm,pgd:5,fmn:10", "--samples", "60", "--bound-samples", "20", "--threads", "1",
            "--per-sample", "samples.csv", "--json"))
        rows = list(csv.DictReader(open(self.path("samples.csv"))))
        places = [int(row["index"]) for row in rows]
        ours = outsider.evaluate(self.path(ticket), data)[0].argmax(1)[places]
        labels = data["test.labels"][places]
        self.expect(len(rows) == said["samples"] and places == sorted(set(places)), "attacked samples")
        self.expect([int(row["clean"]) for row in rows] == ours.tolist(), "clean predictions")
        self.expect([int(row["label"]) for row in rows] == labels.tolist(), "labels of attacked samples")
        stays = ours == labels
        for attack in said["attacks"]:
            right = np.array([int(row[attack["name"]]) for row in rows]) == labels
            self.expect(right.mean() == attack["accuracy"], f"accuracy under {attack['name']}")
            fooled = [float(row[f"{attack['name']} distance"]) for row in rows if row[f"{attack['name']} distance"]]
            self.expect(len(fooled) == ((ours == labels) & ~right).sum(), f"distances of {attack['name']}")
            self.expect(all(0 < d <= said["epsilon"] * (1 + 1e-6) for d in fooled), f"length of {attack['name']}")
            stays &= right
        self.expect(stays.mean() == said["worstCase"], "worst case")
        proven = [int(row["proven"]) for row in rows if row["proven"]]
        self.expect(len(proven) == 20 and np.mean(proven) == said["provenAccuracy"], "proven samples")


def main():
    with tempfile.TemporaryDirectory() as folder:
        check = Check(sys.argv[1], folder)
        with open(check.path("net.yaml"), "w") as file:
            file.write(GRAPH)
        states = dict(line.split()[:2] for line in check.tombola("data", "list").splitlines() if len(line.split()) > 1)
        for case in CASES:
            if states[case[0].split("+")[0]] == "missing":
                print(f"skipped: there is no {case[0]}")
            else:
                check.case(*case)
        check.signs("1/32")
        check.signs("1/1")
        check.kept()
        check.old()
        print("an outsider reads the same" if check.faults == 0 else f"{check.faults} differences")
        sys.exit(check.faults > 0)


main()
