#!/usr/bin/env python3
"""Writes the manual of a tombola: a page for the command and for every verb, in mdoc, from what its own help says.

man_pages.py TOMBOLA FOLDER [--date YYYY-MM-DD]: TOMBOLA is asked with --experimental-dump-help; FOLDER receives
tombola.1, tombola-find.1, tombola-runs-list.1 and so on, and their names are printed."""
import argparse, datetime, json, os, re, subprocess, sys, textwrap

MONTHS = "January February March April May June July August September October November December".split()
FILES = [
    ("runs/", "run folders, unless --out names another folder"),
    ("$HOME/.local/share/tombola/", "data sets that 'tombola data fetch' downloaded"),
    ("/usr/share/datasets/", "data sets of the system's packages"),
]
ENVIRONMENT = [
    ("TOMBOLA_CPU", "forces a CPU level: portable, avx2, avx512 or neon; the result does not depend on it"),
    ("TOMBOLA_DATA", "folder that holds data sets"),
    ("TOMBOLA_CHART_JS", "a copy of Chart.js for the charts of pages; set to nothing it leaves them out"),
]


def plain(text):
    """Text that roff takes as it is: backslashes, and lines that begin like a request."""
    text = text.replace("\\", "\\e").replace("-", "\\-")
    return re.sub(r"^([.'])", r"\\&\1", text, flags=re.M)


def prose(text):
    """Paragraphs; lines that are indented stay as they are."""
    lines = []
    for part in re.split(r"\n\s*\n", text.strip()):
        if lines:
            lines.append(".Pp")
        rows = part.split("\n")
        if any(row.startswith("  ") for row in rows):
            lines += [".Bd -literal -compact", *map(plain, rows), ".Ed"]
        else:  # roff wants a line for each sentence
            text = " ".join(row.strip() for row in rows)
            for sentence in re.sub(r"(?<=[\w)'])([.!?]) +(?=[A-Z])", r"\1\n", text).split("\n"):
                lines += map(plain, textwrap.wrap(sentence, 70, break_long_words=False, break_on_hyphens=False))
    return lines


def word(text):
    """One argument of a macro."""
    return '"' + plain(text).replace('"', "\\(dq") + '"'


def flags(argument):
    names = argument.get("names", [])
    return [("--" if n["kind"] == "long" else "-") + n["name"] for n in names]


def usage(argument):
    """A line of the synopsis."""
    value, kind = argument.get("valueName", "value"), argument["kind"]
    dots = " ..." if argument.get("isRepeating") else ""
    if kind == "positional":
        line = f"Ar {word(value)}{dots}"
    else:
        name = f"Fl {word(flags(argument)[-1][1:])}"
        line = name if kind == "flag" else f"{name} Ar {word(value)}{dots}"
    return f".Op {line}" if argument.get("isOptional") else f".{line}"


def item(argument):
    """An entry of the list of arguments."""
    value = argument.get("valueName", "value")
    if argument["kind"] == "positional":
        head = f".It Ar {word(value)}"
    else:
        head = ".It " + " , ".join(f"Fl {word(name[1:])}" for name in flags(argument))
        if argument["kind"] == "option":
            head += f" Ar {word(value)}"
    text = " ".join(filter(None, [argument.get("abstract"), argument.get("discussion")]))
    if argument.get("defaultValue") and argument["kind"] != "flag" and "default" not in text:
        text += f" (default: {argument['defaultValue']})"
    return [head, *prose(text or "See the verb's own text.")]


def listed(command):
    return [c for c in command.get("subcommands", []) if c.get("shouldDisplay", True) and c["commandName"] != "help"]


def page(command, path, date):
    name = "-".join(path)
    arguments = [a for a in command.get("arguments", []) if a.get("shouldDisplay", True)]
    lines = [f".Dd {date}", f".Dt {name.upper()} 1", ".Os", ".Sh NAME", f".Nm {word(' '.join(path))}",
             f".Nd {plain(command.get('abstract', '').rstrip('.'))}", ".Sh SYNOPSIS", f".Nm {word(' '.join(path))}",
             *[usage(a) for a in arguments]]
    if listed(command):
        lines.append('.Op Ar "subcommand"' if command.get("defaultSubcommand") else '.Ar "subcommand"')
    lines += [".Sh DESCRIPTION", *prose(command.get("abstract", ""))]
    if command.get("discussion"):
        lines += [".Pp", *prose(command["discussion"])]
    sections = {}
    for argument in arguments:
        sections.setdefault(argument.get("sectionTitle") or "Arguments and options", []).append(argument)
    for title, members in sections.items():
        lines += [f".Sh {plain(title.upper())}", ".Bl -tag -width Ds"]
        for member in members:
            lines += item(member)
        lines.append(".El")
    if listed(command):
        lines += [".Sh SUBCOMMANDS", ".Bl -tag -width Ds"]
        for child in listed(command):
            lines += [f".It Xr {'-'.join([*path, child['commandName']])} 1", *prose(child.get("abstract", ""))]
        lines.append(".El")
    if len(path) == 1:
        for title, rows in (("ENVIRONMENT", ENVIRONMENT), ("FILES", FILES)):
            lines += [f".Sh {title}", ".Bl -tag -width Ds"]
            for row in rows:
                lines += [f".It {'Ev' if title == 'ENVIRONMENT' else 'Pa'} {word(row[0])}", *prose(row[1])]
            lines.append(".El")
    else:
        lines += [".Sh SEE ALSO", f".Xr {'-'.join(path[:-1])} 1"]
    return name, "\n".join(lines) + "\n"


def pages(command, path, date):
    yield page(command, path, date)
    for child in listed(command):
        yield from pages(child, [*path, child["commandName"]], date)


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("tombola")
    parser.add_argument("folder")
    parser.add_argument("--date", default=str(datetime.date.today()), help="the date at the foot of the pages")
    options = parser.parse_args()
    year, month, day = map(int, options.date.split("-"))
    date = f"{MONTHS[month - 1]} {day}, {year}"
    dump = subprocess.run([options.tombola, "--experimental-dump-help"], check=True, stdout=subprocess.PIPE).stdout
    os.makedirs(options.folder, exist_ok=True)
    for name, text in pages(json.loads(dump)["command"], ["tombola"], date):
        with open(os.path.join(options.folder, f"{name}.1"), "w", encoding="utf-8") as file:
            file.write(text)
        print(f"{name}.1")


if __name__ == "__main__":
    sys.exit(main())
