"""The commands that README.md and docs/*.md give, and what a tombola says of its own verbs."""
import json, os, re, shlex, subprocess

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
# The walks of CONTRIBUTING.md make verbs of their own; Tests/Walks/walk.py does what they say.
PAGES = ["README.md", "ARCHITECTURE.md", "SECURITY.md", "CHANGELOG.md"]


class Command:
    """A command of a page: its words behind `tombola`, and where it stands."""

    def __init__(self, page, line, text, whole):
        self.page, self.line, self.text = page, line, text
        # Whether it stands in a block, to be typed; others are named within a sentence.
        self.whole = whole
        self.words = words(text)

    def __str__(self):
        return f"{self.page}:{self.line}: {self.text}"


def words(text):
    """As a shell splits them; of what a usage line leaves open, the first is taken: [--weights trained|start] ..."""
    text = text.replace("\\|", "|")
    text = re.sub(r"\[([^\[\]]*)\]", r"\1", text) if "'" not in text and '"' not in text else text
    parts = [w for w in shlex.split(text, comments=True) if w not in ("...", "…")]
    return [w.split("|")[0] if re.fullmatch(r"[\w.-]+(\|[\w.-]+)+", w) else w.removesuffix("...") for w in parts][1:]


def commands():
    """All of them, in the order of the pages."""
    pages = PAGES + sorted(f"docs/{at}" for at in os.listdir(os.path.join(ROOT, "docs")) if at.endswith(".md"))
    for folder in ("docs/results", "docs/tutorials"):
        pages += sorted(f"{folder}/{at}" for at in os.listdir(os.path.join(ROOT, folder)) if at.endswith(".md"))
    for page in pages:
        if os.path.exists(os.path.join(ROOT, page)):
            with open(os.path.join(ROOT, page), encoding="utf-8") as file:
                yield from of_page(page, file.read().split("\n"))


def of_page(page, lines):
    fenced, number = False, 0
    while number < len(lines):
        line, at = lines[number], number + 1
        number += 1
        if line.lstrip().startswith("```"):
            fenced = not fenced
            continue
        if not fenced and not line.startswith("    "):
            for text in re.findall(r"`(tombola [^`]+)`", line):
                yield Command(page, at, text, False)
            continue
        while line.endswith("\\") and number < len(lines):
            line = line[:-1] + " " + lines[number].strip()
            number += 1
        for text in block_line(line):
            yield Command(page, at, text, True)


def block_line(line):
    """The commands of a line to be typed; what stands behind three spaces is a remark, or one more command."""
    line = re.sub(r"^\s*(\$ )?((\w+=\S*|time|nice|taskset -c \S+) )*", "", line)
    for part in re.split(r"\s{3,}| && ", line):
        part = re.sub(r"^(\S*/)?tombola ", "tombola ", part.strip())
        part = re.split(r"\s(?:>|2>|\||;)\s|;$", part)[0]
        if re.match(r"tombola [a-z-]", part):
            yield part


class Verb:
    """What the help's dump says of a verb."""

    def __init__(self, dump, path):
        self.path, self.default = path, dump.get("defaultSubcommand")
        self.children = {c["commandName"]: c for c in dump.get("subcommands", []) if c["commandName"] != "help"}
        self.dump = dump
        arguments = dump.get("arguments", [])
        self.positionals = [a for a in arguments if a["kind"] == "positional"]
        self.options = {}
        for a in arguments:
            for name in a.get("names", []):
                self.options[("--" if name["kind"] == "long" else "-") + name["name"]] = a


def dump(tombola):
    out = subprocess.run([tombola, "--experimental-dump-help"], check=True, stdout=subprocess.PIPE).stdout
    return Verb(json.loads(out)["command"], [])


def objections(root, command, settings):
    """What is wrong with a command's words: no such verb, option, value or setting; too many arguments.

    `settings` gives the keys that `--set` takes with a verb, or nothing where it takes none."""
    verb, rest = root, list(command.words)
    while rest and rest[0] in verb.children:
        verb = Verb(verb.children[rest[0]], verb.path + [rest.pop(0)])
    if verb.default and rest[:1] != ["--help"]:
        verb = Verb(verb.children[verb.default], verb.path)
    if not verb.path:
        if rest[:1] and rest[0] in root.options:
            return []
        return [f"there is no verb '{rest[0] if rest else ''}'"]
    wrong, given = [], 0
    while rest:
        word = rest.pop(0)
        if not word.startswith("-") or word == "-" or re.fullmatch(r"-\d.*", word):
            given += 1
            continue
        name, _, value = word.partition("=")
        option = verb.options.get(name)
        if option is None:
            wrong.append(f"'tombola {' '.join(verb.path)}' has no {name}")
            continue
        if option["kind"] == "flag":
            continue
        values = [value] if value else []
        if option.get("parsingStrategy") == "upToNextOption":
            while rest and not rest[0].startswith("-"):
                values.append(rest.pop(0))
        elif not value and rest:
            values.append(rest.pop(0))
        if not values and command.whole:
            wrong.append(f"{name} has no value")
        allowed = option.get("allValues")
        wrong += [f"{name} takes {', '.join(allowed)}, not {v}" for v in values if allowed and v not in allowed and v.islower()]
        if name == "--set":
            keys = settings(verb.path)
            wrong += [f"there is no setting '{v.split('=')[0]}'" for v in values
                      if keys and "=" in v and v.split("=")[0] not in keys and v.split("=")[0].islower()]
    most = len(verb.positionals)
    if given > most and not any(a.get("isRepeating") for a in verb.positionals) and command.whole:
        wrong.append(f"'tombola {' '.join(verb.path)}' takes {most} arguments, not {given}")
    return wrong
