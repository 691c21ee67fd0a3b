#!/usr/bin/env python3
"""Makes a static site of the library's modules and of all Markdown pages, with the DocC of the toolchain: no package is needed.

    Packaging/site.py OUTPUT [--base PATH]

The modules are those of the products in Package.swift, as `swift build -c release` has left them in .build/release. Pages of docs/ and
those beside README.md become articles: links between them stay links, links to other files become their paths, pictures come along.
PATH is where the site lies on its server: `tombola` for https://NAME.github.io/tombola.
"""
import argparse
import collections
import glob
import json
import os
import pathlib
import re
import shutil
import subprocess
import sys
import tempfile

ROOT = pathlib.Path(__file__).resolve().parents[1]
FRONT = ["README.md", "ARCHITECTURE.md", "CONTRIBUTING.md", "SECURITY.md", "CHANGELOG.md"]
IMAGE = re.compile(r"!\[([^\]]*)\]\(([^)\s]+)\)")
LINK = re.compile(r"(?<!!)\[((?:[^\[\]]|\\[\[\]]|!\[[^\]]*\]\([^)]*\))*)\]\(([^)\s]+)\)")


def article(path):
    """The name of a page in the catalogue: docs/results/criteria.md -> results-criteria."""
    parts = pathlib.Path(path).with_suffix("").parts
    return "-".join(parts[1:] if parts[0] == "docs" else ["front", *parts]).replace("README", "overview" if parts[0] == "docs" else "readme").lower()


def outside_code(text, change):
    """Changes what stands in no block of code."""
    out, prose, fenced = [], [], False

    def flush():
        if prose:
            out.append(change("\n".join(prose)))
            prose.clear()

    for line in text.split("\n"):
        if line.lstrip().startswith("```"):
            flush()
            fenced = not fenced
            out.append(re.sub(r"^(\s*```\w*).*$", r"\1", line) if fenced else line)
        elif fenced or (line.startswith("    ") and not (prose and prose[-1].strip())):
            flush()
            out.append(line)
        else:
            prose.append(line)
    flush()
    return "\n".join(out)


def headings(text):
    """Anchors as GitHub makes them, to the words of their headings."""
    found, fenced = {}, False
    for line in text.split("\n"):
        fenced ^= line.lstrip().startswith("```")
        m = re.match(r"#+ (.*)", line)
        if m and not fenced:
            words = re.sub(r"[`*\\]|\]\([^)]*\)|\[", "", m[1]).strip()
            anchor, again = re.sub(r"[^\w\- ]", "", words.lower()).replace(" ", "-"), 0
            while (anchor if not again else f"{anchor}-{again}") in found:
                again += 1
            found[anchor if not again else f"{anchor}-{again}"] = (words, again)
    return found


def fragment(words, again):
    """A heading's anchor in DocC."""
    text = re.sub(r"\s+", "-", words.strip())
    text = re.sub(r"[^\w\-«»‹›|+=<>$^~]", "", text)
    text = re.sub(r"-{2,}", "-", text).strip("-")
    return text + (f"-{again}" if again else "")


class Catalogue:
    def __init__(self, folder):
        self.folder = folder
        tracked = [str(at.relative_to(ROOT)) for at in sorted((ROOT / "docs").rglob("*.md"))]
        self.pages = [p for p in FRONT if (ROOT / p).exists()] + tracked
        self.text = {p: (ROOT / p).read_text() for p in self.pages}
        self.headings = {p: headings(t) for p, t in self.text.items()}
        self.pictures = {}

    def link(self, page, label, target):
        if re.match(r"[a-z]+:", target):
            return f"[{label}]({target})"
        path, _, anchor = target.partition("#")
        place = os.path.normpath(os.path.join(os.path.dirname(page), path)) if path else page
        if os.path.isdir(ROOT / place) and f"{place}/README.md" in self.text:
            place = f"{place}/README.md"
        if place not in self.text:
            return label if re.fullmatch(r"`[^`]*`", label) else f"{label} (`{place}`)" if label.strip("`") not in (place, path) else f"`{place}`"
        known = self.headings[place].get(anchor)
        if not known and re.fullmatch(r"`?[\w/.-]*\.md`?", label):
            return f"<doc:{article(place)}>"
        return f"[{label}](doc:{article(place)}{'#' + fragment(*known) if known else ''})"

    def picture(self, page, label, target):
        place = os.path.normpath(os.path.join(os.path.dirname(page), target))
        name = place.replace("docs/", "").replace("/", "-")
        self.pictures[name] = ROOT / place
        return f"![{label}]({name})"

    def converted(self, page):
        def change(text):
            text = re.sub(r"<!--.*?-->", "", text, flags=re.S)
            spans = []

            def keep(m):
                spans.append(m[0])
                return f"\0{len(spans) - 1}\0"

            # Code within lines stays as it is, but in the words of links.
            text = IMAGE.sub(lambda m: self.picture(page, m[1], m[2]), text)
            text = LINK.sub(lambda m: self.link(page, m[1], m[2]), text)
            text = re.sub(r"`[^`\n]+`", keep, text)
            text = re.sub(r"<(?=[a-zA-Z/])(?!https?:|doc:)", "&lt;", text)
            text = re.sub(r"^@", r"\\@", text, flags=re.M)
            # DocC makes a dash of two hyphens.
            text = re.sub(r"(?<![-\w|:(/#])--(?=[a-z«])", r"\\-\\-", text)
            return re.sub(r"\0(\d+)\0", lambda m: spans[int(m[1])], text)

        return outside_code(opened(self.text[page]), change)

    def place(self, page):
        """Where a page stands in the order of its group: after the page that links to it, in the order of its links."""
        folder = os.path.dirname(page)
        first = next(p for p in (f"{folder}/README.md".lstrip("/"), f"{folder}/overview.md") if p in self.text)
        at = self.text[first].find(f"({os.path.relpath(page, folder)}")
        return page != first, at if at >= 0 else len(self.text[first]), page

    def write(self, modules):
        """All articles, and the page that names them and the modules."""
        for page in self.pages:
            (self.folder / f"{article(page)}.md").write_text(self.converted(page))
        for name, source in self.pictures.items():
            shutil.copy(source, self.folder / name)
        groups = collections.OrderedDict()
        for page in self.pages:
            folder = os.path.dirname(page)
            groups.setdefault({"": "About", "docs": "Guides", "docs/tutorials": "Tutorials", "docs/results": "Results",
                               "docs/errors": "Messages"}.get(folder, "Guides"), []).append(page)
        lines = ["# Tombola", "", "@Metadata {", "  @TechnologyRoot", "}", "", summary(self.text["README.md"]), "", "## Topics", ""]
        for group in ("Tutorials", "Guides", "Results", "Messages", "About"):
            of_it = sorted(groups.get(group, []), key=self.place)
            lines += [f"### {group}", "", *[f"- <doc:{article(p)}>" for p in of_it], ""]
        lines += ["### Library", "", *[f"- <doc:/{m}>" for m in modules], ""]
        (self.folder / "tombola.md").write_text("\n".join(lines))


def unlinked(text):
    return re.sub(r"\[([^\]]*)\]\([^)]*\)", r"\1", text)


def summary(readme):
    """The first paragraph, without links."""
    return " ".join(unlinked(readme.split("\n\n")[1]).split())


def opened(text):
    """A page whose first paragraph is what DocC takes for its abstract: a sentence without links, which it would leave out."""
    parts = text.split("\n\n", 2)
    if len(parts) < 3 or not re.match(r"[A-Za-z>`*\[]", parts[1]):
        return text
    first = re.sub(r"^> ?", "", parts[1], flags=re.M)
    if not LINK.search(first):
        return "\n\n".join([parts[0], first, parts[2]])
    end = next((m.start() + 1 for m in re.finditer(r"[.](?=\s+\S)", first) if not re.search(r"\b(al|vs|e\.g|i\.e)\.$", first[:m.start() + 1])), len(first))
    rest = [first[end:].strip()] if first[end:].strip() else []
    return "\n\n".join([parts[0], unlinked(first[:end]), *rest, parts[2]])


def room(module, architecture):
    """What ARCHITECTURE.md says of a module, as the text of its page; modules of the methods are of one room."""
    for names, title, text in re.findall(r"^### ([\w, ]+): ([^\n]*)\n\n(.*?)(?=\n##|\Z)", architecture, re.S | re.M):
        if module in re.split(r", | and ", names) or (module.endswith("Methods") and names == "Methods"):
            return f"# ``{module}``\n\n{title[0].upper()}{title[1:]}.\n\n{unlinked(text.split(chr(10) + '|')[0]).strip()}\n"
    return f"# ``{module}``\n\nA module of Tombola.\n"


def bundle(module):
    return f"//tombola.{module.lower()}"


def run(*command, **options):
    done = subprocess.run([str(c) for c in command], cwd=ROOT, text=True, stdout=subprocess.PIPE, stderr=subprocess.PIPE, **options)
    if done.returncode:
        sys.exit(f"{' '.join(map(str, command[:3]))} ends with {done.returncode}:\n{(done.stdout + done.stderr)[-3000:]}")
    return done.stdout + done.stderr if command[0] == DOCC else done.stdout


def library():
    """The Swift modules of the products that are libraries, and those that they export again."""
    description = json.loads(run("swift", "package", "describe", "--type", "json"))
    names = [t for p in description["products"] if "library" in p["type"] and p["name"] != "TombolaC" for t in p["targets"]]
    exported = []
    for target in description["targets"]:
        if target["name"] in names:
            for source in target["sources"]:
                exported += re.findall(r"@_exported public import (\w+)", (ROOT / target["path"] / source).read_text())
    return list(dict.fromkeys(names + exported))


def graphs(modules, folder):
    triple = json.loads(run("swift", "-print-target-info"))["target"]["unversionedTriple"]
    maps = glob.glob("Sources/C*/module.modulemap", root_dir=ROOT) + glob.glob(".build/release/C*.build/module.modulemap", root_dir=ROOT)
    places = glob.glob("Sources/C*/include", root_dir=ROOT) + glob.glob(".build/checkouts/*/Sources/*/include", root_dir=ROOT)
    flags = [f for m in maps for f in ("-Xcc", f"-fmodule-map-file={ROOT / m}")] + [f for p in places for f in ("-I", str(ROOT / p))]
    for module in modules:
        (folder / module).mkdir(parents=True)
        run("swift", "symbolgraph-extract", "-module-name", module, "-I", ROOT / ".build/release/Modules", *flags, "-target", triple,
            "-minimum-access-level", "public", "-omit-extension-block-symbols", "-skip-synthesized-members", "-output-dir", folder / module)


def modules_at_top(file):
    """Takes the modules out of the articles' part of the navigator: it would show the first of two, which has no symbols."""
    index = json.loads(file.read_text())
    for root in (root for roots in index["interfaceLanguages"].values() for root in roots):
        tops = {child.get("path") for child in root["children"]}
        for child in root["children"]:
            kept = [c for c in child.get("children", []) if c.get("path") not in tops and (c.get("type"), c.get("title")) != ("groupMarker", "Library")]
            if "children" in child:
                child["children"] = kept
    file.write_text(json.dumps(index, separators=(",", ":")))


def warnings(text):
    """Of DocC: what it says of each, and where."""
    return re.findall(r"^(?:warning|error): .*\n +--> .*$", text, re.M)


DOCC = shutil.which("docc") or shutil.which("docc", path=os.path.dirname(os.path.realpath(shutil.which("swift") or "/")))


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("output", type=pathlib.Path)
    parser.add_argument("--base", help="where the site lies on its server")
    options = parser.parse_args()
    if DOCC is None:
        sys.exit("There is no docc beside swift: take a toolchain of swift.org.")
    base = ["--hosting-base-path", options.base] if options.base else []
    modules = library()
    with tempfile.TemporaryDirectory() as place:
        place = pathlib.Path(place)
        graphs(modules, place / "graphs")
        (place / "Tombola.docc").mkdir()
        catalogue = Catalogue(place / "Tombola.docc")
        catalogue.write(modules)
        common = ["--transform-for-static-hosting", "--enable-experimental-external-link-support", *base]
        archives = []
        for module in modules:
            archives.append(place / f"{module}.doccarchive")
            (place / f"{module}.docc").mkdir()
            (place / f"{module}.docc" / "room.md").write_text(room(module, catalogue.text["ARCHITECTURE.md"]))
            run(DOCC, "convert", place / f"{module}.docc", "--additional-symbol-graph-dir", place / "graphs" / module, "--fallback-display-name", module,
                "--fallback-bundle-identifier", bundle(module)[2:], "--output-path", archives[-1], *common)
        archives.insert(0, place / "Tombola.doccarchive")
        said = run(DOCC, "convert", place / "Tombola.docc", "--fallback-display-name", "Tombola", "--fallback-bundle-identifier", "tombola",
                   *[word for at in archives[1:] for word in ("--dependency", at)], "--output-path", archives[0], *common)
        output = options.output.resolve()
        shutil.rmtree(output, ignore_errors=True)
        run(DOCC, "merge", *archives, "--output-path", output, "--synthesized-landing-page-name", "Tombola",
            "--synthesized-landing-page-kind", "Package")
    modules_at_top(output / "index" / "index.json")
    (output / ".nojekyll").touch()
    (output / "index.html").write_text('<!doctype html><meta http-equiv="refresh" content="0; url=documentation/tombola/">\n<title>Tombola</title>\n'
                                       '<a href="documentation/tombola/">Tombola</a>\n')
    found = warnings(said)
    print("\n".join(found))
    count = sum(len(files) for _, _, files in os.walk(output))
    print(f"{options.output}: {len(catalogue.pages)} pages, {len(modules)} modules, {count} files; {len(found)} warnings of DocC")
    return len(found) > 0


if __name__ == "__main__":
    sys.exit(main())
