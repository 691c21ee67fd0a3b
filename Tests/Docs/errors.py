#!/usr/bin/env python3
"""Makes docs/errors/, a section for every message with which the command may end, from the sources.

    python3 Tests/Docs/errors.py                  writes the pages
    python3 Tests/Docs/errors.py --check          ends with 1 if they are not what the sources give
    python3 Tests/Docs/errors.py --run TOMBOLA    starts the examples of errors.json, which must give their messages

Messages are the first arguments of `Problem`s, those of functions that return one included, with what is put in as «name»; texts of
which one or the other stands there as ‹this | that›. Tests/Docs/errors.json has the paragraphs that are written by hand.
"""
import collections
import json
import os
import pathlib
import re
import subprocess
import sys
import tempfile
import textwrap

from swift_strings import Reader, split, ternary

ROOT = pathlib.Path(__file__).resolve().parents[2]
PAGES, NOTES = ROOT / "docs" / "errors", ROOT / "Tests" / "Docs" / "errors.json"
KINDS = {
    "usage": ("64-usage.md", 64, "Exit code 64: bad usage", "A verb, option, setting or argument that does not fit. Nothing was trained or written."),
    "badData": ("65-data.md", 65, "Exit code 65: bad data", "A file was read and cannot be used: data sets, tickets, networks, results."),
    "missingInput": ("66-missing.md", 66, "Exit code 66: missing input", "A file, data set or program that is needed is not there."),
    "failed": ("70-networks.md", 70, "Exit code 70: networks failed", "Networks diverged or collapsed. Everything else is finished, reported and kept."),
    "cannotWrite": ("73-writing.md", 73, "Exit code 73: cannot write", "Results could not be written. What was written before is whole; the same command goes on."),
    "interrupted": ("130-interrupted.md", 130, "Exit code 130: interrupted", "Ctrl-C or another signal; everything so far is saved."),
}
# Folders of Sources by subject, in the order of the pages.
SUBJECTS = [
    ("Commands, options and settings", ["TombolaCommand", "Basics", "Experiments", "tombola"]),
    ("Data sets", ["Datasets"]),
    ("Scenes, boxes and masks", ["Scenes", "Detection", "Detectors"]),
    ("Networks, ONNX files and state dictionaries", ["Networks", "Onnx"]),
    ("Training and attacks", ["Lanes", "Training", "Attacks"]),
    ("Criteria and pruning", ["Pruning", "Analysis"]),
    ("Tickets and their files", ["Tickets"]),
    ("Studies", ["Methods"]),
    ("Exports", ["Exports", "MLPackage"]),
    ("Runs, sweeps and the dashboard", ["Database", "Sweeps", "Dashboard", "Pages"]),
]
OUTSIDE = {"TombolaC"}
CALL = re.compile(r"\bProblem\(\s*\.(?P<init>\w+)\s*,|\bProblem\.(?P<static>usage|badData|missingInput|cannotWrite)(?=\()|\b(?P<validation>ValidationError)(?=\()|(?<![\w)\]?])\.(?P<dot>usage|badData|missingInput|cannotWrite)(?=\()")
FUNCTION = re.compile(r"func (\w+)(?:<[^>]*>)?(\()")
# Of `a.b`, a word of these says nothing alone.
VAGUE = {"path", "name", "count", "description", "text", "settingText", "rawValue", "lastPathComponent", "url", "file"}
CALLS = {"joined", "map", "sorted", "prefix", "suffix", "cut", "shortened", "filter", "first", "last", "compactMap", "dropFirst", "min", "max",
         "rounded", "keys", "values", "self", "Self", "String", "Int", "Double", "separator", "format", "by", "grouped", "significant", "decimal",
         "percent", "plural", "density", "points", "Format", "where", "lowercased", "uppercased", "replacing", "isEmpty", "flatMap", "reduce",
         "formatted", "quoted", "Shell", "spoken", "list", "enumerated", "elements", "of", "nil", "true", "false", "let", "in", "cString", "strerror"}


# What functions say that make a remedy of what was given.
SPOKEN = {
    r"Suggestion\.": "The message names the nearest that there is, or all.",
    r"(Self\.|Problem\.)?cure\(of": "As the reason asks: free some space, raise a limit (`ulimit -f`, `ulimit -n`), check the folder's permissions, or "
    "choose another with `--out`. Then start the same command again: it continues.",
    r"[\w.]*settingRemedy\(for": "The message says what the word must look like.",
}
SAID = "The message says it, for it depends on the place."


def words(identifier):
    """fileName -> file name"""
    return re.sub(r"(?<=[a-z0-9])([A-Z])(?=[a-z])", lambda m: " " + m[1].lower(), identifier).strip()


def name(expression):
    """What to call an expression in a message."""
    expression = re.sub(r'"(?:[^"\\]|\\.)*"', "", expression)
    if "strerror" in expression:
        return "«reason of the system»"
    found = [w for w in re.findall(r"[A-Za-z_]\w*", expression) if w not in CALLS]
    if not found:
        return "«value»"
    if found[-1] in VAGUE and len(found) > 1 and found[-2] not in VAGUE and found[-2][0].islower():
        return f"«{words(found[-2])}»" if found[-1] in ("description", "text", "settingText", "rawValue", "url", "path") else f"«{words(found[-2])} {words(found[-1])}»"
    return f"«{words(found[-1]).removesuffix(' text').lower()}»"


class Context:
    """Where an expression stands: its source, and what the names in it are known to be."""

    def __init__(self, text, known):
        self.text, self.known = text, known

    def value(self, expression):
        """The text of a name: what a caller gives, or a constant of the file."""
        plain = expression.strip().removeprefix("Self.").removeprefix("self.")
        if expression.strip() == "name":
            return self.known.get("name")
        if plain in self.known:
            return self.known[plain]
        if re.fullmatch(r"[a-z]\w*", plain):
            m = re.search(rf"\bstatic let {plain}(?:: String)?\s*=\s*(?=#*\")|\bvar {plain}: String\s*\{{\s*(?:return )?(?=#*\")", self.text)
            if m is None and plain in ("remedy", "hint"):
                m = re.search(rf"\blet {plain}(?:: String)?\s*=\s*(?=#*\")|\b{plain}: String = (?=\")", self.text)
            if m:
                return self.render(self.literals(m.end()))
        return None

    def literals(self, at):
        """The expression of literals that begins here: "a" + "b"."""
        reader = Reader(self.text, at)
        while True:
            reader.string()
            end = reader.at
            m = re.compile(r"\s*\+\s*(?=#*\")").match(self.text, end)
            if not m:
                return self.text[at:end]
            reader.at = m.end()

    def render(self, expression):
        expression = expression.strip()
        for beginning, words_of_it in SPOKEN.items():
            if re.match(beginning, expression):
                return words_of_it
        if re.match(r'#*"', expression):
            reader = Reader(expression)
            parts = reader.string()
            if not expression[reader.at:].strip():
                return "".join(p if isinstance(p, str) else self.put(p[0]) for p in parts)
        sums = split(expression, " + ") if '"' in expression else [expression]
        if len(sums) == 1:
            sums = [p for p in split(expression, "+ ")] if re.search(r"\n\s*\+ ", expression) and '"' in expression else sums
        if len(sums) > 1:
            return "".join(self.render(s) for s in sums)
        if expression.startswith("(") and expression.endswith(")"):
            reader = Reader(expression)
            reader.balanced()
            if reader.at == len(expression):
                return self.render(expression[1:-1])
        return self.put(expression)

    def put(self, expression):
        """What stands for an expression that is put into a message."""
        known = self.value(expression)
        if known is not None:
            return known
        choice = ternary(expression) if '"' in expression else None
        if choice:
            sides = [self.render(side) for side in choice[1:]]
            filled = [s for s in dict.fromkeys(sides) if s]
            if len(filled) == 1:
                return filled[0] if sides[0] == sides[1] else f"‹{filled[0]}›"
            return "‹" + " | ".join(s[1:-1] if s.startswith("‹") and s.endswith("›") else s for s in filled) + "›"
        m = re.match(r"(.+?)\s*\?\?\s*(#*\".*)$", expression, re.S)
        if m and not m[2].strip('"'):
            return name(m[1])
        return name(expression)


class Helper:
    """A function that makes a problem of what its callers say."""

    def __init__(self, source, match):
        reader = Reader(source.text, match.start(2))
        first = reader.at
        reader.balanced()
        self.name, self.parameters, self.needed = match[1], [], []
        for part in split(source.text[first + 1:reader.at - 1], ","):
            m = re.match(r"\s*(\w+)(?: (\w+))?\s*:", part)
            if m:
                self.parameters.append((m[1], m[2] or m[1]))
                self.needed += [m[2] or m[1]] if "=" not in part else []
        self.returns = re.compile(r"\s*(?:async )?(?:throws )?-> (?:Never|Problem)\b").match(source.text, reader.at) is not None
        brace = source.text.find("{", reader.at)
        self.range = range(0)
        if self.returns and brace >= 0:
            reader.at = brace
            reader.balanced()
            self.range = range(brace, reader.at)
        self.is_local = "private" in source.text[source.text.rfind("\n", 0, match.start()):match.start()]


class Source:
    def __init__(self, path):
        self.path, self.text = path, path.read_text()
        self.module = path.relative_to(ROOT / "Sources").parts[0]
        self.helpers = [h for h in (Helper(self, m) for m in FUNCTION.finditer(self.text)) if h.returns]
        self.helpers = [h for h in self.helpers if h.range]


Message = collections.namedtuple("Message", "kind subject text remedy")


def calls(source, helper):
    """The arguments of each call of a helper in a source, by parameter."""
    for m in re.finditer(rf"(?<!func )\b{helper.name}(?=\()", source.text):
        reader = Reader(source.text, m.end())
        given = reader.arguments()
        labels = [outer for outer, _ in helper.parameters]
        if len(given) > len(labels):
            continue
        known, place = {}, 0
        for label, expression in given:
            while place < len(labels) and labels[place] != (label or "_"):
                place += 1
            if place == len(labels):
                break
            known[helper.parameters[place][1]] = expression
            place += 1
        else:
            if all(p in known for p in helper.needed):
                yield known


def problems(source, sources):
    """Kind, message and remedy of every problem of a file."""
    for m in CALL.finditer(source.text):
        line = source.text[source.text.rfind("\n", 0, m.start()) + 1:m.start()]
        if "//" in line or "func " in line:
            continue
        kind = m["init"] or m["static"] or m["dot"] or "usage"
        if kind not in KINDS:
            continue
        given = Reader(source.text, source.text.index("(", m.start())).arguments()
        if m["init"]:
            given = given[1:]
        remedy = next((e for label, e in given if label == "remedy"), None)
        if m["validation"]:
            remedy = '"Mend the option as the message says; the verb with `--help` lists them."'
        if remedy is None or not given or given[0][0]:
            continue
        helper = next((h for h in source.helpers if m.start() in h.range), None)
        found = []
        if helper:
            inner = [p for _, p in helper.parameters]
            if re.search(rf"\\\((?:{'|'.join(inner)})\)|^(?:{'|'.join(inner)})$", given[0][1] + "\n" + remedy, re.M):
                for other in [source] if helper.is_local else [
                        s for s in sources if s.module == source.module and (s is source or helper.name not in [h.name for h in s.helpers])]:
                    context = Context(other.text, {})
                    found += [{k: context.render(e) for k, e in known.items()} for known in calls(other, helper)]
        for known in found or [{}]:
            context = Context(source.text, known)
            text, cure = context.render(given[0][1]), context.render(remedy)
            # Such a one passes another's words on.
            if len(re.sub(r"«[^»]*»|[^a-zA-Z]", "", text)) < 8:
                continue
            yield kind, " ".join(text.split()), " ".join(cure.split())


def messages():
    """All of them: by kind, subject and text, with their remedies."""
    sources = [Source(path) for path in sorted((ROOT / "Sources").rglob("*.swift"))]
    sources = [s for s in sources if s.module not in OUTSIDE]
    subject = {module: title for title, modules in SUBJECTS for module in modules}
    found = {}
    for source in sources:
        for kind, text, remedy in problems(source, sources):
            remedy = SAID if re.fullmatch(r"(«[^»]*»[ .]*)+", remedy) else remedy
            place = found.setdefault((kind, subject[source.module], text), [])
            if remedy not in place:
                place.append(remedy)
    return [Message(kind, title, text, remedies) for (kind, title, text), remedies in found.items()]


def plain(text):
    """Without what Markdown would read as marks."""
    return re.sub(r"([*_<\[\]])", r"\\\1", text.replace("\\", "\\\\")) if "`" not in text else text


def order(message):
    return re.sub(r"«[^»]*»|[‹›|']", "", message.text).strip().lower()


def slug(heading):
    """The anchor that GitHub gives a heading."""
    return re.sub(r"[^\w\- ]", "", heading.replace("\\", "").lower()).replace(" ", "-")


def section(message, note):
    lines = [f"### {plain(message.text)}", "", " Or: ".join(plain(r) for r in message.remedy)]
    if note:
        lines += ["", *textwrap.wrap(note["text"], 138, break_long_words=False, break_on_hyphens=False)]
        if "wrong" in note:
            lines += ["", f"    {note['wrong']}", f"    {note['right']}"]
    return lines + [""]


def page(kind, messages, notes):
    _, code, title, words_of_it = KINDS[kind]
    lines = [f"# {title}", "", words_of_it, "", "Made of the sources by Tests/Docs/errors.py. In a message, «name» stands for what is put in; of ‹this | that› one stands there. Below",
             "each message is its remedy, which the command prints as well. [All exit codes](README.md).", ""]
    for subject, _ in SUBJECTS:
        of_it = sorted((m for m in messages if (m.kind, m.subject) == (kind, subject)), key=order)
        if of_it:
            lines += [f"## {subject}", ""]
            for message in of_it:
                lines += section(message, notes.get(message.text))
    return "\n".join(lines).rstrip("\n") + "\n"


def index(messages, notes):
    lines = [
        "# Messages, and what to do", "",
        "Where a command cannot go on, it prints two lines: what happened, and what to do. Its exit code says of which sort it is. Here is every",
        "message, by exit code and subject; to find one, look in its page for words that are not names or numbers of yours.", "",
        "| exit code | what happened | messages |", "|---|---|---|"]
    for kind, (file, code, _, words_of_it) in KINDS.items():
        lines.append(f"| [{code}]({file}) | {words_of_it} | {sum(m.kind == kind for m in messages)} |")
    lines += ["", "In a program, `--json` keeps standard output for results; messages go to standard error.", "",
              "## Those that surprise", "",
              "Each with more words, and most with a command that gives it and one that does not.", ""]
    for message in messages:
        if message.text in notes:
            lines.append(f"- [{plain(message.text)}]({KINDS[message.kind][0]}#{slug(message.text)})")
    return "\n".join(lines) + "\n"


def pages():
    found, notes = messages(), json.loads(NOTES.read_text())
    texts = {m.text for m in found}
    stale = [key for key in notes if key not in texts]
    if stale:
        sys.exit("Tests/Docs/errors.json has words on messages that there are no more:\n  " + "\n  ".join(stale))
    made = {file: page(kind, found, notes) for kind, (file, *_) in KINDS.items() if any(m.kind == kind for m in found)}
    return {"README.md": index(found, notes), **made}, found, notes


def pattern(text):
    """What a message looks like that is printed."""
    parts = re.split(r"(«[^»]*»|‹[^›]*›)", text)
    return "".join(
        ".*?" if p.startswith("«") else choice(p[1:-1].split(" | ")) if p.startswith("‹") else re.escape(p) for p in parts)


def choice(texts):
    return f"(?:{'|'.join(map(pattern, texts))})" + ("?" if len(texts) == 1 else "")


def run(tombola, found, notes):
    """Starts the examples: the wrong ones must give their messages, the others not."""
    kinds, wrong = {m.text: m.kind for m in found}, 0
    for text, note in notes.items():
        if "wrong" not in note:
            continue
        with tempfile.TemporaryDirectory() as folder:
            place = {**os.environ, "PATH": f"{os.path.dirname(tombola)}:{os.environ['PATH']}"}
            for kind, command in (("before", note.get("before", "true")), ("wrong", note["wrong"]), ("right", note["right"])):
                done = subprocess.run(["timeout", "60", "bash", "-c", command], cwd=folder, env=place, text=True, stdout=subprocess.PIPE,
                                      stderr=subprocess.STDOUT)
                said = re.search(pattern(text), " ".join(done.stdout.split())) is not None
                code = KINDS[kinds[text]][1] if kind == "wrong" else 0
                if kind != "before" and (done.returncode != code or said != (kind == "wrong")):
                    wrong += 1
                    print(f"{text}\n  {command}\n  ends with {done.returncode}: {done.stdout[-400:].strip()}")
    print(f"{sum('wrong' in n for n in notes.values())} examples; {wrong} are not as they say")
    return wrong > 0


def main():
    made, found, notes = pages()
    if sys.argv[1:2] == ["--run"]:
        return run(os.path.abspath(sys.argv[2]), found, notes)
    kept = {at.name: at.read_text() for at in PAGES.glob("*.md")} if PAGES.exists() else {}
    if "--check" in sys.argv:
        if kept != made:
            sys.exit("docs/errors is not what the sources give: run python3 Tests/Docs/errors.py")
        print(f"docs/errors: {len(found)} messages")
        return 0
    PAGES.mkdir(exist_ok=True)
    for at in PAGES.glob("*.md"):
        at.unlink()
    for name_of_it, text in made.items():
        (PAGES / name_of_it).write_text(text)
    print(f"{len(found)} messages in {len(made)} pages")
    return 0


if __name__ == "__main__":
    sys.exit(main())
