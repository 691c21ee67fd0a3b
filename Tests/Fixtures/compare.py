#!/usr/bin/env python3
"""Does a build of Tombola do, bit for bit, what the version did that made digests-before.tsv? See README.md."""
import argparse, glob, hashlib, json, os, re, shlex, shutil, sqlite3, struct, subprocess, sys, tarfile, tempfile, zlib

HERE = os.path.dirname(os.path.abspath(__file__))
TABLE = os.path.join(HERE, "digests-before.tsv")
# Keys left out: times, sizes and paths, and what later versions say in other words or besides.
UNSTEADY = re.compile(
    r"seconds|^time$|^finished$|^updated$|^residentbytes$|^path$|^bytes$|^reproduce$|^settings$|^verdict$|^validation(pgd|fgsm)$|^figures$|^timeratio$|^sha256$"
    r"|^confusion$|balancedaccuracy$|^class_accuracies$|multiplyadds$|^classnames$",
    re.I)
REDRAWN = ("connect", "find-units")
RERANGED = ("boost-pgd",)
MAKERS = ("find", "criteria", "certify", "connect", "boost", "sift", "sweep", "spiral search", "spiral prune")


def sha(data):
    return hashlib.sha256(data.encode() if isinstance(data, str) else data).hexdigest()[:16]


def steady(value, without=()):
    """The value without times, sizes and paths; whole numbers alike, however they are written."""
    if isinstance(value, dict):
        return {k: steady(v) for k, v in value.items() if not UNSTEADY.search(k) and k not in without}
    if isinstance(value, list):
        return [steady(v) for v in value]
    if isinstance(value, str) and value[:1] in ("{", "[") and value[-1:] in ("}", "]"):
        try:
            return steady(json.loads(value))
        except ValueError:
            return value
    return int(value) if isinstance(value, float) and value.is_integer() else value


def canonical(value, without=()):
    return sha(json.dumps(steady(value, without), sort_keys=True))


def keys(facts, kind, where, value, without=()):
    """A fact for each key, so that a difference says where it is."""
    if not isinstance(value, dict):
        facts[kind, where] = canonical(value)
        return
    for key, part in value.items():
        if not UNSTEADY.search(key) and key not in without:
            facts[kind, f"{where}#{key}"] = canonical(part)


def event(line):
    """A line of a journal; a torn one, which a full disk or a kill leaves, is a fact of its own."""
    try:
        return json.loads(line)
    except ValueError:
        return {"damaged": line.decode(errors="replace")}


def file_facts(facts, path, name):
    base = os.path.basename(name)
    with open(path, "rb") as file:
        data = file.read()
    if base.endswith((".safetensors", ".mask")):
        size = struct.unpack("<Q", data[:8])[0]
        meta = json.loads(data[8:8 + size]).pop("__metadata__", {})
        facts["arrays", name] = sha(data[8 + size:])
        facts["metadata", name] = canonical(meta, without=("settings", "digest", "trained_digest"))
        if "digest" in meta:
            facts["ticket", name] = meta["digest"][:16] + " " + meta.get("trained_digest", "-")[:16]
    elif base in ("result.json", "certificate.json", "run.json"):
        whole = json.loads(data)
        keys(facts, base[:-5], name, whole, ("digest",) if "densities" in whole else ())  # it covers times too
    elif base.endswith(".json") and base != "budget.json":
        record = json.loads(data)
        if isinstance(record, dict) and set(record) == {"sha256", "value"}:
            record = record["value"]
        if isinstance(record, dict) and "parametersDigest" in record:
            facts["record", name] = record["parametersDigest"][:16]
        facts["json", name] = canonical(record)
    elif base == "journal.jsonl":  # lines of trainings side by side may change places
        lines = (json.dumps(steady(e), sort_keys=True) for e in map(event, data.splitlines()))
        facts["journal", name] = sha("\n".join(sorted(l for l in lines if '"kind": "progress"' not in l)))
    elif base.startswith("runs") and base.endswith(".sqlite"):
        facts["table", name] = table_digest(path)
    elif base.endswith(".png"):
        facts["file", name] = sha(pixels(data))
    elif base.endswith((".yaml", ".txt")):
        facts["file", name] = sha(data)


def pixels(png):
    """Size and rows of a picture of ours, without filters; how it is packed depends on the library."""
    at, parts = 8, {}
    while at < len(png):
        size, kind = struct.unpack(">I4s", png[at:at + 8])
        parts[kind] = parts.get(kind, b"") + png[at + 8:at + 8 + size]
        at += 12 + size
    return parts[b"IHDR"] + zlib.decompress(parts[b"IDAT"])


def table_digest(path):
    """As 'tombola spiral report' prints it."""
    def text(v):
        return "-" if v is None else f"{struct.unpack('<Q', struct.pack('<d', v))[0]}r" if isinstance(v, float) else str(v)
    with sqlite3.connect(path) as table:
        columns = [c[1] for c in table.execute("PRAGMA table_info(runs)") if c[1] != "seal"]
        rows = table.execute(f"SELECT {', '.join(columns)} FROM runs ORDER BY run")
        return sha("".join(text(v) + "\n" for row in rows for v in row))


def folder_facts(facts, case):
    for at, _, files in os.walk(case):
        for file in files:
            path = os.path.join(at, file)
            if not file.startswith(".") and os.path.getsize(path):
                file_facts(facts, path, os.path.relpath(path, case))


class Bench:
    def __init__(self, binary, extra):
        self.binary, self.extra, self.ran = binary, extra, set()

    def tombola(self, *words):
        words = [w for word in words for w in (sorted(glob.glob(word)) or [word])]
        return subprocess.run([self.binary, *words], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)

    def run(self, case, cases):
        """Runs the commands of a case, after the cases whose folders they read; the facts that come of it."""
        self.ran.add(case)
        facts = {}
        for number, line in enumerate(cases[case].split(" && ")):
            words = shlex.split(line)
            for need in needs(words) & set(cases) - self.ran:
                self.run(need, cases)
            makes = line.startswith(MAKERS) and "--verify" not in words and "--out" not in words
            extra = ["--out", case] + (self.extra if words[0] != "sweep" else []) if makes else []
            done = self.tombola(*words, *extra)
            facts["exit", str(number)] = str(done.returncode)
            if done.stdout[:1] in ("{", "["):
                keys(facts, "stdout", str(number), json.loads(done.stdout), ("ticket",))
            elif "--csv" in words or words[0] == "graph":
                facts["stdout", str(number)] = sha(done.stdout)
        if os.path.isdir(case):
            folder_facts(facts, case)
        return facts

    def reopen(self, case, cases, cut):
        """Opens the old folder of a case and starts its commands again; what is wrong, and the facts after that."""
        wrong = []
        def expect(codes, *words):
            done = self.tombola(*words)
            if done.returncode not in codes:
                wrong.append(f"{shlex.join(words)} ends with {done.returncode}: {done.stderr[:200]}")
            return done.stdout
        index = f"{HERE}/old-index/{case}.sqlite"
        if os.path.exists(index):
            shutil.copy(index, f"{case}/.index.sqlite")
        said = self.tombola("runs", "list", "--out", case).stderr
        if "made anew" in said and "version" not in said:
            wrong.append(f"its old index counts as damaged: {said[:200]}")
        listed = expect((0,), "runs", "list", "--out", case)
        for run in sorted(glob.glob("*-*", root_dir=case)):
            if os.path.exists(f"{case}/{run}/run.json"):
                expect((0,), "runs", "show", run, "--out", case)
                if run not in listed:
                    wrong.append(f"runs list does not name {run}")
            if run.startswith(("find-", "study-")) and not cut:
                expect((0,), "report", run, "--out", case)
        before, old, after = work_done(case), {}, {}
        folder_facts(old, case)
        facts = self.run(case, cases)
        folder_facts(after, case)
        wrong += [f"{kind} {where} changed" for (kind, where), value in old.items()
                  if not cut and kind in ("record", "ticket", "arrays") and after.get((kind, where)) != value]
        if (work_done(case) != before) != cut:
            wrong.append(f"trainings in its journals and tables: {before} before, {work_done(case)} after")
        return wrong, facts


def needs(words):
    return {w.split("/")[0] for w in words if "/" in w} | {words[i + 1] for i, w in enumerate(words) if w == "--out"}


def work_done(folder):
    count = 0
    for path in glob.glob(f"{folder}/**/journal.jsonl", recursive=True):
        with open(path) as lines:
            count += sum(json.loads(line)["kind"] == "trained" for line in lines)
    for path in glob.glob(f"{folder}/**/runs*.sqlite", recursive=True):
        with sqlite3.connect(path) as table:
            count += table.execute("SELECT sum(runs) FROM sessions").fetchone()[0]
    return count


def compare(case, expected, facts):
    """Prints what differs; the numbers of facts that agree and that do not."""
    differ = [f for f in expected if facts.get(f) != expected[f]]
    for kind, where in differ:
        print(f"  {case}: {kind} {where}: {facts.get((kind, where), 'missing')}, was {expected[kind, where]}")
    for kind, where in sorted(set(facts) - set(expected)):
        print(f"  {case}: {kind} {where} is new")
    return len(expected) - len(differ), len(differ)


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("binary", help="the tombola to check")
    parser.add_argument("--old", metavar="FOLDER", help="open copies of the old folders there instead: NAME.tar.gz")
    parser.add_argument("--verbs", help="these verbs alone: find,criteria")
    parser.add_argument("--threads", help="threads of the runs")
    parser.add_argument("--write", action="store_true", help="write the digests of this tombola, for the commands in the file")
    parser.add_argument("--keep", metavar="FOLDER", help="leave the new folders here")
    options = parser.parse_args()
    cases, expected = {}, {}
    with open(TABLE) as rows:
        for case, kind, where, value in (row.rstrip("\n").split("\t") for row in rows if row[:1] != "#"):
            if kind == "command":
                cases[case], expected[case] = value, {}
            else:
                expected[case][kind, where] = value
    tars = {}
    for path in glob.glob(f"{os.path.abspath(options.old)}/*.tar.gz") if options.old else ():
        tars[os.path.basename(path).split(".")[0]] = path
    bench = Bench(os.path.abspath(options.binary), ["--threads", options.threads] if options.threads else [])
    folder = os.path.abspath(options.keep or tempfile.mkdtemp())
    shutil.copytree(f"{HERE}/inputs", f"{folder}/inputs", dirs_exist_ok=True)
    os.chdir(folder)
    for path in tars.values():
        with tarfile.open(path) as tar:
            tar.extractall(folder)
    passed = failed = 0
    new = {}
    for case, line in cases.items():
        words, wrong, cut = shlex.split(line), [], ".cut." in tars.get(case, "")
        if options.verbs and words[0] not in options.verbs.split(","):
            continue
        if case in tars:
            wrong, facts = bench.reopen(case, cases, cut)
        elif not options.old or (needs(words) & set(cases) and needs(words) & set(cases) <= set(tars)):
            facts = bench.run(case, cases)
        else:
            continue
        new[case] = facts
        known = expected[case]
        if cut:  # the journal tells of two starts
            known, facts = ({f: v for f, v in part.items() if f[0] != "journal"} for part in (known, facts))
        if case in tars and case in REDRAWN:  # measured on samples that a fresh run draws by another rule
            known = {f: v for f, v in known.items() if f[0] in ("exit", "record", "ticket", "arrays")}
        if case in tars and case in RERANGED:  # trained in another range of pixels than a fresh run
            known = {f: v for f, v in known.items() if f[0] == "exit"}
        good, bad = (0, 0) if options.write else compare(case, known, facts)
        for sentence in wrong:
            print(f"  {case}: {sentence}")
        passed, failed = passed + good + (case in tars and not wrong), failed + bad + len(wrong)
    if options.write:
        with open(TABLE, "w") as out:
            out.write("# case\tkind\twhere\tvalue\n")
            for case in cases:
                out.write(f"{case}\tcommand\t-\t{cases[case]}\n")
                out.writelines(f"{case}\t{k}\t{w}\t{v}\n" for (k, w), v in sorted(new.get(case, expected[case]).items()))
    if not options.keep:
        shutil.rmtree(folder)
    print(f"{passed} passed, {failed} failed")
    return failed > 0


if __name__ == "__main__":
    sys.exit(main())
