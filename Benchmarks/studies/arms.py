#!/usr/bin/env python3
"""Draws the networks of some records as dots with their 95 % intervals, a group for each record or sparsity:

    python3 Benchmarks/studies/arms.py --plot docs/images/dual.svg runs/dual-*/result.json
    python3 Benchmarks/studies/arms.py --plot docs/images/bases.svg --low 81 --high 85 runs/basis-*/result.json
    python3 Benchmarks/studies/arms.py --plot docs/images/elastic.svg runs/stretch-*/result.json runs/squeeze-*/result.json
"""
import argparse
import json

FIRST, OTHER, FRAME = "#0b6b3a", "#2980b9", "#ddd"
LEFT, WIDTH, ROW = 200, 540, 18


def groups(record):
    """(title, [(name, interval)]), the network that is asked about first."""
    if "bases" in record:
        for rounds in zip(*(basis["rounds"] for basis in record["bases"])):
            names = [basis["basis"] for basis in record["bases"]]
            yield f"{100 * rounds[0]['density']:.3g} % kept", [(n, r["accuracy"]) for n, r in zip(names, rounds)]
        return
    if "levels" in record:
        for level in record["levels"]:
            arms = [(arm["title"], arm["accuracy"]) for arm in level["arms"]]
            yield f"{100 * level['sparsity']:g} % go", arms + [("Dense", record["dense"])]
        return
    arms = [record["arms"][0], record["imp"], *record["arms"][1:], record["dense"]]
    title = f"{record['source']} to {record['target']}, {100 * record['density']['mean']:.3g} % kept"
    yield title, [(arm["title"], arm["accuracy"]) for arm in arms]


def plot(parts, low, high, path):
    def x(share):
        return LEFT + WIDTH * (min(max(100 * share, low), high) - low) / (high - low)

    body, y = [], 20
    for title, arms in parts:
        body.append(f'<text x="{LEFT}" y="{y + 4}" font-weight="bold" fill="#222">{title}</text>')
        y += ROW + 4
        for i, (name, value) in enumerate(arms):
            color = OTHER if i else FIRST
            body.append(f'<text x="{LEFT - 10}" y="{y + 4}" text-anchor="end" fill="#222">{name}</text>')
            body.append(f'<path d="M{x(value["low"]):.1f} {y}H{x(value["high"]):.1f}" stroke="{color}" stroke-width="2"/>')
            if low <= 100 * value["mean"] <= high:
                body.append(f'<circle cx="{x(value["mean"]):.1f}" cy="{y}" r="4" fill="{color}"/>')
            y += ROW
        y += 10
    step = next(s for s in (1, 2, 5, 10, 20) if (high - low) / s <= 10)
    grid = []
    for percent in range(int(low), int(high) + 1, step):
        place = f"{x(percent / 100):.1f}"
        grid.append(f'<path d="M{place} 8V{y}" stroke="{FRAME}"/><text x="{place}" y="{y + 16}" text-anchor="middle" '
                    f'fill="#444">{percent} %</text>')
    head = (f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 800 {y + 28}" font-family="sans-serif" font-size="12">'
            f'<title>Test accuracy with 95 % intervals</title><rect width="800" height="{y + 28}" fill="#fff"/>')
    with open(path, "w") as file:
        file.write("\n".join([head, *grid, *body, "</svg>"]) + "\n")


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("records", nargs="+", help="result.json of dual, stretch, squeeze or basis")
    parser.add_argument("--plot", required=True, help="SVG to write")
    parser.add_argument("--low", type=float, default=60, help="percent at the left")
    parser.add_argument("--high", type=float, default=90, help="percent at the right")
    args = parser.parse_args()
    parts = []
    for path in args.records:
        with open(path) as file:
            parts += groups(json.load(file))
    plot(parts, args.low, args.high, args.plot)


if __name__ == "__main__":
    main()
