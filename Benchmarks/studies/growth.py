#!/usr/bin/env python3
"""Draws the arms of a growth, test accuracy against the steps of all rounds, from the record that it left:

    python3 Benchmarks/studies/growth.py runs/grow-*/result.json --plot docs/images/growth.svg
"""
import argparse
import json
import math

COLORS = ["#0b6b3a", "#c0392b", "#e67e22", "#2980b9", "#8e44ad", "#16a085", "#222222", "#999999", "#c9a227"]
LEFT, TOP, WIDTH, HEIGHT = 60, 20, 560, 360


def plot(finding, low, high, path):
    steps = max(arm["curve"][-1]["step"] for arm in finding["arms"])

    def x(step):
        return LEFT + WIDTH * step / steps

    def y(accuracy):
        return TOP + HEIGHT * (high - max(low, 100 * accuracy)) / (high - low)

    out = ['<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 800 440" font-family="sans-serif" font-size="13">',
           '<title>Test accuracy against the steps of all rounds</title>', '<rect width="800" height="440" fill="#fff"/>']
    ends = [0] + [r["totalSteps"] for r in finding["arms"][0]["rounds"]] + [steps]
    for step in sorted(set(ends)):
        out.append(f'<path d="M{x(step):.1f} {TOP}v{HEIGHT}" stroke="#ddd"/><text x="{x(step):.1f}" y="{TOP + HEIGHT + 18}" '
                   f'text-anchor="middle" fill="#444">{step}</text>')
    for percent in range(math.ceil(low / 5) * 5, int(high) + 1, 5):
        out.append(f'<path d="M{LEFT} {y(percent / 100):.1f}h{WIDTH}" stroke="#ddd"/><text x="{LEFT - 8}" '
                   f'y="{y(percent / 100) + 4:.1f}" text-anchor="end" fill="#444">{percent} %</text>')
    # Growth last, above all others.
    for arm, color in reversed(list(zip(finding["arms"], COLORS))):
        words = " ".join(f"{'L' if i else 'M'}{x(p['step']):.1f} {y(p['accuracy']['mean']):.1f}"
                         for i, p in enumerate(arm["curve"]))
        width = 2.2 if arm["arm"] == "growth" else 1.2
        out.append(f'<path d="{words}" fill="none" stroke="{color}" stroke-width="{width}"/>')
    # Names beside the ends of the curves, apart from each other.
    label = -math.inf
    for arm, color in sorted(zip(finding["arms"], COLORS), key=lambda pair: -pair[0]["accuracy"]["mean"]):
        label = max(label + 15, y(arm["accuracy"]["mean"]) + 4)
        out.append(f'<text x="{LEFT + WIDTH + 8}" y="{label:.1f}" fill="{color}">{arm["title"]}</text>')
    out.append(f'<text x="{LEFT + WIDTH / 2}" y="{TOP + HEIGHT + 42}" text-anchor="middle" fill="#222">steps; lines at the '
               'ends of rounds</text></svg>')
    with open(path, "w") as file:
        file.write("\n".join(out) + "\n")


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("record", help="result.json of a growth")
    parser.add_argument("--plot", required=True, help="SVG to write")
    parser.add_argument("--low", type=float, default=60, help="percent at the bottom; lower values lie there")
    parser.add_argument("--high", type=float, default=90, help="percent at the top")
    args = parser.parse_args()
    with open(args.record) as file:
        plot(json.load(file), args.low, args.high, args.plot)


if __name__ == "__main__":
    main()
