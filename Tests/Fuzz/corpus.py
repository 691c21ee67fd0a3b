"""Makes what is fuzzed: a small run of every experiment, a sweep, a search that was cut off, and files of data and settings."""

import json
import os
import pathlib
import shutil
import signal
import struct
import subprocess
import sys
import time
import gzip
import io
import zipfile

ROOT = pathlib.Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "Tests" / "Fixtures"))
from compare import steady  # noqa: E402

SMALL = "data=digits model=mlp:8 batch=64"
# A line each: what makes the store of a case, and goes on with it.
RUNS = {
    "find": f"find --seeds 2 --set {SMALL} steps=1ep rounds=2 controls=reinit,shuffled",
    "biprop": f"biprop --set {SMALL} steps=1ep keep=0.5 bits=1/1",
    "boost": f"boost --set {SMALL} steps=1ep warmup=5it rates=0.05,0.1 early=5it trajectory=1",
    "certify": f"certify --seeds 2 --set {SMALL} steps=2ep evaluate=5it rounds=1 fraction=0.5 lr-sweep=0.1,0.3",
    "connect": f"connect --set {SMALL} steps=1ep at=0,5it points=3 train-samples=100",
    "criteria": f"criteria --set {SMALL} steps=1ep grid=magnitude,one factors=none,fisher@init also=synflow densities=0.2",
    "basis": f"basis --set {SMALL} steps=1ep rounds=1 bases=dct2",
    "stretch": "stretch --set data=digits model=mlp:16,16 to=mlp:16,16,16 batch=64 steps=1ep rounds=1 score-batches=1",
    "grow": f"grow --set {SMALL} steps=10it rounds=2 sparsity=0.5 finetune=5it controls=reset",
    "dual": f"dual --set {SMALL} steps=10it rounds=1 sparsities=0.5 grow=10it hold=5it",
    "predict-subnets": f"predict-subnets --set {SMALL} steps=5it keep-rates=0.1,0.5 samples=8 held-out=5 budget=0.9 chosen=1 gcn-steps=2 model=mlp:8,8,8",
    "surf": "surf --set data=digits features=4 agents=4 layers=2 tasks=2 held-out=2 meta-steps=2 agent-samples=6 batch=4",
    "critics": f"critics --set {SMALL} model=mlp:8,8 steps=1ep groups=2 sparsity=0.5 controls=reinit warmup=0it",
    "sift": "sift --set data=digits+share:0.5 model=bn-mlp:8 steps=20it rewind=4it rounds=1 batch=64 draws=4 arms=iterative",
    "k-pattern": "k-pattern --set data=k-pattern:8,2,parity,640 filters=4",
    "spiral": "spiral search --set data=cubist-spiral:200 steps=2ep phase=2 structure=3,3,2 mask-weights=6",
}
STUDY = """name: fuzz
settings: {data: digits, model: "mlp:8", rounds: 1, steps: 1ep, batch: 64, controls: reinit, fraction: 0.5}
seeds: 2
grid:
  lr: [0.05, 0.1]
"""
LONG = f"find --set {SMALL} steps=400ep rounds=1 controls=reinit"
SETTINGS = """data: digits
model: mlp:24,16
steps: 2ep
lr: 0.1
batch: 64
rounds: 3
controls: [reinit, shuffled]
schedule: step:0.5@1ep
optimizer: sgd
"""


class Case:
    """A folder that is copied for every input, what may be damaged in it, and the commands that read it.

    In commands, FILE is the damaged file and RUN the run folder that holds it.
    """

    def __init__(self, name, folder, files, commands, again=None):
        self.name, self.folder, self.files, self.commands, self.again = name, folder, files, commands, again
        self.wanted = {}


class Maker:
    def __init__(self, tombola, folder):
        self.tombola, self.folder, self.cases = tombola, pathlib.Path(folder), []

    def run(self, words, folder, codes=(0,)):
        done = subprocess.run([self.tombola] + words, cwd=folder, capture_output=True, text=True)
        if done.returncode not in codes:
            raise SystemExit(f"the corpus cannot be made: {' '.join(words)}: {done.returncode} {done.stderr}")
        return done.stdout

    def make(self):
        for name, line in RUNS.items():
            self.store(name, line)
        self.sweep()
        self.cut_off()
        self.index()
        self.alone()
        self.data()
        self.texts()
        self.onnx()
        self.state_dicts()
        for case in self.cases:
            for words in case.commands + ([case.again] if case.again else []):
                # A list shows what is left of a damaged folder.
                if "--json" in words and words[0] != "sweep" and (words[:2] != ["runs", "list"] or case.name == "index"):
                    for file in case.files if "FILE" in words else [None]:
                        case.wanted[tuple(words), file] = self.answer(case, words, file or case.files[0])
        return self.cases

    def answer(self, case, words, file):
        """What a command prints of the undamaged folder, without times; `None` if it prints no object."""
        scratch = self.folder / "answer"
        shutil.copytree(self.folder / case.folder, scratch)
        words = filled(words, scratch, file)
        done = subprocess.run([self.tombola] + words, cwd=scratch, capture_output=True, text=True)
        shutil.rmtree(scratch)
        return plain(done.stdout)

    def case(self, name, files, commands, folder=None, again=None):
        self.cases.append(Case(name, folder or name, files, [line.split() for line in commands], again))

    def store(self, name, line):
        folder = self.folder / name
        folder.mkdir()
        words = line.split() + ["--threads", "1", "--out", "store", "--json"]
        self.run(words, folder)
        files = found(folder, lambda path: "report" not in path and not path.endswith(".png"))
        commands = ["runs list --json --out store", "report RUN --markdown", "report RUN --json", "runs export --out store",
                    "report RUN --to page.html", "runs clean --out store", "runs compare RUN RUN --out store"]
        self.case(name, files, commands, again=words)
        tickets = [file for file in files if file.endswith(".safetensors")]
        if tickets:
            self.case(f"tickets of {name}", tickets, ["inspect FILE --json", "inspect FILE", "evaluate FILE --json"], folder=name)
        certificates = [file for file in files if file.endswith("certificate.json")]
        if certificates:
            self.case("certificate", certificates, ["certify --verify FILE --quick --json"], folder=name)

    def sweep(self):
        folder = self.folder / "sweep"
        folder.mkdir()
        (folder / "study.yaml").write_text(STUDY)
        self.run("sweep study.yaml --out store --cores 2".split(), folder)
        self.case("sweep", found(folder, lambda path: "study-fuzz" in path and "report" not in path),
                  ["sweep status fuzz --out store --json", "sweep status --out store", "report store/study-fuzz --csv",
                   "sweep study.yaml --out store --cores 1 --dry-run"])
        self.case("study", ["study.yaml"], ["sweep study.yaml --out store --cores 1 --dry-run"], folder="sweep")

    def cut_off(self):
        """A search that was stopped in the middle, so that it has a checkpoint."""
        folder = self.folder / "cut"
        folder.mkdir()
        words = LONG.split() + ["--threads", "1", "--out", "store", "--json"]
        for wait in (0.2, 0.3, 0.1, 0.5, 0.8):
            job = subprocess.Popen([self.tombola] + words, cwd=folder, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
            time.sleep(wait)
            job.send_signal(signal.SIGINT)
            job.wait()
            checkpoints = found(folder, lambda path: "checkpoint-" in path)
            if checkpoints:
                return self.case("checkpoint", checkpoints, [], folder="cut", again=words)
            shutil.rmtree(folder / "store", ignore_errors=True)
        raise SystemExit("no search could be cut off in the middle of a training")

    def index(self):
        folder = self.folder / "index"
        shutil.copytree(self.folder / "find", folder)
        shutil.copytree(self.folder / "boost" / "store", folder / "store", dirs_exist_ok=True)
        time.sleep(2.1)  # only folders that have settled are not read again
        for _ in range(2):
            self.run("runs list --out store".split(), folder)
        self.case("index", ["store/.index.sqlite"], ["runs list --json --out store", "runs list lr>0 --out store"])

    def alone(self):
        folder = self.folder / "ticket"
        folder.mkdir()
        ticket = next((self.folder / "find").rglob("round-01.safetensors"))
        shutil.copy(ticket, folder / "ticket.safetensors")
        self.run("inspect ticket.safetensors --compact compact.safetensors".split(), folder)
        self.case("ticket", ["ticket.safetensors", "compact.safetensors"],
                  ["inspect FILE --json", "inspect FILE", "inspect FILE --compact copy.safetensors",
                   "train --set ticket=FILE steps=1it --threads 1", "attack FILE --threads 1 --samples 10"])

    def data(self):
        folder = self.folder / "data"
        folder.mkdir()
        pixels = [bytes((i * 7 + j * (i % 3 + 1)) % 256 for j in range(16)) for i in range(60)]
        labels = bytes(i % 3 for i in range(60))
        rows = ["".join(f"{p}," for p in sample) + str(label) for sample, label in zip(pixels, labels)]
        (folder / "plain.csv").write_text("\n".join(rows) + "\n")
        (folder / "named.csv").write_text("\n".join([",".join(f"f{i}" for i in range(16)) + ",label"] + rows) + "\n")
        for packed in (False, True):
            place = folder / ("packed" if packed else "idx")
            place.mkdir()
            for part, few in (("train", 40), ("t10k", 20)):
                arrays = {f"{part}-images-idx3-ubyte": struct.pack(">4i", 2051, few, 4, 4) + b"".join(pixels[:few]),
                          f"{part}-labels-idx1-ubyte": struct.pack(">2i", 2049, few) + labels[:few]}
                for name, content in arrays.items():
                    (place / (name + ".gz" * packed)).write_bytes(gzip.compress(content, mtime=0) if packed else content)
        with zipfile.ZipFile(folder / "arrays.npz", "w", zipfile.ZIP_DEFLATED) as archive:
            for part, few in (("train", 40), ("test", 20)):
                archive.writestr(f"x_{part}.npy", npy("|u1", (few, 4, 4), b"".join(pixels[:few])))
                archive.writestr(f"y_{part}.npy", npy("<i8", (few,), b"".join(struct.pack("<q", i) for i in labels[:few])))
        picture = sorted((ROOT / "Tests" / "Golden" / "images").glob("*.*"))
        pictures = [path for path in picture if path.suffix in (".png", ".jpg")][:6]
        for name in ("a", "b"):
            (folder / "images" / name).mkdir(parents=True)
            for path in pictures:
                shutil.copy(path, folder / "images" / name / path.name)
        train = "--set model=mlp:2 steps=1it batch=4 controls=none --threads 1"
        for name, files, data in (
                ("csv", ["plain.csv", "named.csv"], "csv:FILE"), ("npz", ["arrays.npz"], "npz:FILE"),
                ("idx", found(folder, lambda path: path.startswith("idx/")), "idx:idx"),
                ("idx.gz", found(folder, lambda path: path.startswith("packed/")), "idx:packed"),
                ("images", found(folder, lambda path: path.startswith("images/")), "images:images")):
            self.case(name, files, [f"train {train} --data {data}"], folder="data")

    def texts(self):
        folder = self.folder / "texts"
        folder.mkdir()
        (folder / "settings.yaml").write_text(SETTINGS)
        for model, name in (("mlp:8,4", "chain.yaml"), ("resnet-20", "graph.yaml")):
            (folder / name).write_text(self.run(["graph", model, "--yaml"], folder))
        nowhere = "--data csv:nowhere.csv --threads 1 --out store"
        self.case("settings", ["settings.yaml"], [f"find --config FILE {nowhere}", f"certify --config FILE {nowhere}"],
                  folder="texts")
        self.case("graph", ["chain.yaml", "graph.yaml"], ["graph graph:FILE --json", "graph graph:FILE --yaml"], folder="texts")

    def onnx(self):
        """What PyTorch's exporters wrote, and an export of our own."""
        folder = self.folder / "onnx"
        folder.mkdir()
        for name in ("lenet-300-100.onnx", "lenet-5.onnx"):
            shutil.copy(ROOT / "Tests" / "Fixtures" / "onnx" / name, folder / name)
        ticket = next((self.folder / "find").rglob("round-01.safetensors"))
        self.run(["export", str(ticket), "--to", "onnx", "--sparse", "--output", "sparse.onnx"], folder)
        self.case("onnx", ["lenet-300-100.onnx", "lenet-5.onnx", "sparse.onnx"],
                  ["graph onnx:FILE --json", "graph onnx:FILE --input 1x8x8", "import onnx:FILE --data digits --threads 1 --output x"],
                  folder="onnx")

    def state_dicts(self):
        """What torch.nn.utils.prune wrote, and the same of our own as an archive."""
        folder = self.folder / "pytorch"
        folder.mkdir()
        shutil.copy(ROOT / "Tests" / "Fixtures" / "pytorch" / "torch-prune.safetensors", folder / "net.safetensors")
        ticket = next((self.folder / "find").rglob("round-01.safetensors"))
        self.run(["export", str(ticket), "--to", "npz", "--normalised", "--output", "own.npz"], folder)
        common = "--data digits --threads 1 --output x"
        self.case("state_dict", ["net.safetensors"],
                  [f"import FILE --model mlp:16 {common}", f"import mlp:16 --mask FILE {common}",
                   "find --data csv:nowhere.csv --model mlp:16 --set weights=FILE mask=FILE --out store"], folder="pytorch")
        self.case("arrays", ["own.npz"], [f"import FILE --model mlp:8 {common}"], folder="pytorch")


def npy(kind, shape, content):
    head = f"{{'descr': '{kind}', 'fortran_order': False, 'shape': {shape}, }}".encode()
    head += b" " * (-(len(head) + 11) % 64) + b"\n"
    return b"\x93NUMPY\x01\0" + struct.pack("<H", len(head)) + head + content


def found(folder, wanted):
    paths = (str(path.relative_to(folder)) for path in folder.rglob("*") if path.is_file())
    return sorted(path for path in paths if wanted(path) and os.path.basename(path) != ".lock" and ".index" not in path)


def run_folder(scratch, file):
    """The run folder of a file, or the first one there is."""
    parts = pathlib.PurePath(file).parts
    if parts[0] == "store" and len(parts) > 2:
        return f"store/{parts[1]}"
    runs = sorted(path.parent for path in pathlib.Path(scratch).glob("store/*/run.json"))
    return str(runs[0].relative_to(scratch)) if runs else "store"


def filled(words, scratch, file):
    run = run_folder(scratch, file)
    return [word.replace("FILE", file).replace("RUN", run) for word in words]


def plain(text):
    """A printed object or list without times and sizes; `None` for other text."""
    try:
        answer = steady(json.loads(text))
    except ValueError:
        return None
    if isinstance(answer, dict) and "densities" in answer:
        answer.pop("digest", None)  # a certificate's covers its times
    return answer
