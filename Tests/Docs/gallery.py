#!/usr/bin/env python3
"""Makes docs/results/README.md, the gallery of studies, from the pages beside it: one sentence and one picture each.

    python3 Tests/Docs/gallery.py            writes the gallery and the pictures that it draws
    python3 Tests/Docs/gallery.py --check    ends with 1 if they are not what the pages give

A page says its sentence in a line that begins with '> ', below its title. Its picture is its first one, or is drawn from one of its
tables by a comment: <!-- picture: TABLE x=COLUMN y=COLUMN|COLUMN rows=FIRST-LAST -->, where tables and rows count from 1 and columns are
named by the beginning of their heading.
"""
import html
import pathlib
import re
import sys

ROOT = pathlib.Path(__file__).resolve().parents[2]
RESULTS, IMAGES = ROOT / "docs" / "results", ROOT / "docs" / "images"
# Colour-blind safe (Okabe and Ito 2008), readable on light and dark.
COLOURS = ["#0072b2", "#d55e00", "#009e73", "#cc79a7", "#e69f00"]
WIDTH, HEIGHT, LEFT, RIGHT, TOP, BOTTOM = 640, 340, 96, 16, 16, 116


def tables(text):
    """Every table as [[cell]], headings first."""
    found, rows = [], []
    for line in text.splitlines() + [""]:
        if line.startswith("|"):
            rows.append([cell.strip() for cell in line.strip().strip("|").split("|")])
        elif rows:
            found.append([row for row in rows if not all(re.fullmatch(r":?-+:?", cell) for cell in row)])
            rows = []
    return found


def number(cell):
    match = re.match(r"[-+]?[\d,  ]*\.?\d+", re.sub(r"[*(\[]", "", cell))
    return float(re.sub(r"[,  ]", "", match.group())) if match and match.group().strip("+-,  ") else None


def column(headings, name, page):
    for index, heading in enumerate(headings):
        if heading.startswith(name):
            return index
    sys.exit(f"{page.name}: no column begins with '{name}': {headings}")


def drawn(page, text, directive):
    """An SVG of a table's columns, as lines with marks over its rows."""
    match = re.match(r"(\d+) x=(.*?) y=(.*?)(?: rows=(\d+)-(\d+))?$", directive.strip())
    if not match:
        sys.exit(f"{page.name}: 'picture: {directive}' is not TABLE x=COLUMN y=COLUMN|COLUMN rows=FIRST-LAST")
    table = tables(text)[int(match[1]) - 1]
    headings, rows = table[0], table[1:]
    if match[4]:
        rows = rows[int(match[4]) - 1:int(match[5])]
    x = column(headings, match[2], page)
    series = [(headings[i], [number(row[i]) if i < len(row) else None for row in rows]) for i in (column(headings, name, page) for name in match[3].split("|"))]
    return svg(plain(headings[x]), [plain(row[x]) for row in rows], [(plain(name), values) for name, values in series])


def plain(text):
    return re.sub(r"\[([^\]]*)\]\([^)]*\)", r"\1", text).replace("*", "").replace("`", "")


def ticks(low, high):
    step = 10.0 ** len(str(int(max(high - low, 1e-9)))) / 100
    for factor in (0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1, 2, 5, 10, 20, 50):
        if (high - low) / (step * factor) <= 6:
            step *= factor
            break
    first = low // step * step
    marks = [first]
    while marks[-1] < high - 1e-9 * step:
        marks.append(marks[-1] + step)
    return marks


def svg(heading, labels, series):
    values = [value for _, line in series for value in line if value is not None]
    marks = ticks(min(values), max(values))
    low, high = marks[0], marks[-1] if marks[-1] > marks[0] else marks[0] + 1

    def place(i, value):
        across = LEFT + (WIDTH - LEFT - RIGHT) * (i + 0.5) / len(labels)
        return across, TOP + (HEIGHT - TOP - BOTTOM) * (1 - (value - low) / (high - low))

    lines = [f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {HEIGHT}" font-family="sans-serif" font-size="12">',
             f'<rect width="{WIDTH}" height="{HEIGHT}" fill="#fff"/>']
    for mark in marks:
        y = place(0, mark)[1]
        lines.append(f'<path d="M{LEFT} {y:.1f}H{WIDTH - RIGHT}" stroke="#ddd"/><text x="{LEFT - 6}" y="{y + 4:.1f}" text-anchor="end" fill="#333">{mark:g}</text>')
    lines.append(f'<text x="{(LEFT + WIDTH - RIGHT) / 2}" y="{HEIGHT - 34}" text-anchor="middle" font-style="italic" fill="#333">{html.escape(heading)}</text>')
    longest = max(len(label) for label in labels) * len(labels)
    for i, label in enumerate(labels):
        x, y = place(i, low)[0], HEIGHT - BOTTOM + 18
        short = label if len(label) <= 24 else label[:23] + "…"
        turn = f' transform="rotate(-25 {x:.1f} {y})" text-anchor="end"' if longest > 80 else ' text-anchor="middle"'
        lines.append(f'<text x="{x:.1f}" y="{y}"{turn} fill="#333">{html.escape(short)}</text>')
    for i, (name, line) in enumerate(series):
        colour, points = COLOURS[i % len(COLOURS)], [place(k, value) for k, value in enumerate(line) if value is not None]
        if all(number(label) is not None for label in labels):  # what has no order is not joined
            lines.append(f'<polyline fill="none" stroke="{colour}" stroke-width="2" points="{" ".join(f"{x:.1f},{y:.1f}" for x, y in points)}"/>')
        lines += [f'<circle cx="{x:.1f}" cy="{y:.1f}" r="4" fill="{colour}"/>' for x, y in points]
        across = 16 + i * (WIDTH - 32) / max(3, len(series))
        lines.append(f'<circle cx="{across + 5:.1f}" cy="{HEIGHT - 14}" r="4" fill="{colour}"/><text x="{across + 14:.1f}" y="{HEIGHT - 10}" fill="#333">{html.escape(name[:28])}</text>')
    return "\n".join(lines + ["</svg>", ""])


def gallery():
    """Files by path with their content."""
    made, entries = {}, []
    for page in sorted(RESULTS.glob("*.md")):
        if page.name == "README.md":
            continue
        text = page.read_text()
        title, sentence = re.search(r"^# (.*)$", text, re.M), re.search(r"((?:^> .*\n)+)", text, re.M)
        if not title or not sentence:
            sys.exit(f"{page.name} has no title or no line that begins with '> '")
        said = " ".join(line[2:].strip() for line in sentence[1].splitlines())
        directive, picture = re.search(r"<!-- picture: (.*?) -->", text), re.search(r"!\[([^\]]*)\]\(([^)]*)\)", text)
        if directive:
            path = IMAGES / f"gallery-{page.stem}.svg"
            made[path] = drawn(page, text, directive[1])
            picture = (title[1], f"../images/{path.name}")
        elif picture:
            picture = (picture[1], picture[2])
        else:
            sys.exit(f"{page.name} has no picture, and no comment <!-- picture: ... --> that draws one")
        entries.append(f"## [{title[1]}]({page.name})\n\n{said}\n\n![{picture[0]}]({picture[1]})\n")
    made[RESULTS / "README.md"] = "# Studies\n\nOne sentence and one picture each; commands, tables and intervals are on the pages.\n\n" + "\n".join(entries)
    return made


def main():
    made = gallery()
    stale = [path for path, content in made.items() if not path.exists() or path.read_text() != content]
    if "--check" in sys.argv[1:]:
        for path in stale:
            print(f"{path.relative_to(ROOT)} is not what the pages give: run python3 Tests/Docs/gallery.py")
        sys.exit(1 if stale else 0)
    for path, content in made.items():
        path.write_text(content)
    print(f"{len(stale)} files written anew")


if __name__ == "__main__":
    main()
