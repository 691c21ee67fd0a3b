#!/usr/bin/env python3
"""Time of a training step against density, batch and threads: a table, straight lines through it, and a plot (SVG).

    python3 Benchmarks/density.py --tombola .build/release/tombola --plot docs/images/step-density.svg
"""

import argparse
import json
import math
import subprocess

DENSITIES = [1, 0.7, 0.5, 0.4, 0.3, 0.2, 0.1, 0.05, 0.02, 0.01, 0.005]
NETWORKS = [("conv-6", 64, "#0b5fa5"), ("vgg-16-bn", 128, "#b34700"), ("resnet-20", 128, "#0f7a55"),
            ("resnet-18", 64, "#8b3a8b")]


def step(args, model, batch, density, threads=2):
    """Median seconds of a step, and the surviving weights."""
    words = [args.tombola, "bench", "step", "--model", model, "--input", "3x32x32", "--batch", str(batch), "--density",
             str(density), "--threads", str(threads), "--seconds", str(args.seconds), "--json"]
    found = json.loads(subprocess.run(words, capture_output=True, text=True, check=True).stdout)
    return found["medianSeconds"], found["nonzeros"]


def line(points):
    """Least squares y = a + b x; a, b and the share of the variance that it explains."""
    n, mx, my = len(points), sum(x for x, _ in points) / len(points), sum(y for _, y in points) / len(points)
    sxx = sum((x - mx) ** 2 for x, _ in points)
    b = sum((x - mx) * (y - my) for x, y in points) / sxx
    a = my - b * mx
    left, whole = sum((y - a - b * x) ** 2 for x, y in points), sum((y - my) ** 2 for _, y in points)
    return a, b, 1 - left / whole if n > 2 else 1.0


def plot(curves, path):
    """Both axes logarithmic, from dense to sparse."""
    left, top, width, height = 70, 20, 620, 360
    times = [t for _, _, points in curves for _, t in points]
    low, high = math.floor(2 * math.log10(min(times))) / 2, math.ceil(2 * math.log10(max(times))) / 2

    def x(density):
        return left + width * (-math.log10(density)) / -math.log10(min(DENSITIES))

    def y(seconds):
        return top + height * (high - math.log10(seconds)) / (high - low)

    out = [f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 800 440" font-family="sans-serif" font-size="13">',
           '<title>Time of a training step against density</title>',
           '<rect width="800" height="440" fill="#fff"/>']
    for density in [1, 0.5, 0.2, 0.1, 0.05, 0.02, 0.01, 0.005]:
        out.append(f'<path d="M{x(density):.1f} {top}v{height}" stroke="#ddd"/><text x="{x(density):.1f}" '
                   f'y="{top + height + 18}" text-anchor="middle" fill="#444">{100 * density:g} %</text>')
    for power in range(math.floor(low), math.ceil(high) + 1):
        for mantissa in (1, 2, 5):
            seconds = mantissa * 10 ** power
            if low <= math.log10(seconds) <= high:
                text = f"{1000 * seconds:g} ms" if seconds < 1 else f"{seconds:g} s"
                out.append(f'<path d="M{left} {y(seconds):.1f}h{width}" stroke="#ddd"/><text x="{left - 8}" '
                           f'y="{y(seconds) + 4:.1f}" text-anchor="end" fill="#444">{text}</text>')
    for name, color, points in curves:
        path_words = " ".join(f"{'L' if i else 'M'}{x(d):.1f} {y(t):.1f}" for i, (d, t) in enumerate(points))
        out.append(f'<path d="{path_words}" fill="none" stroke="{color}" stroke-width="2"/>')
        out += [f'<circle cx="{x(d):.1f}" cy="{y(t):.1f}" r="3.5" fill="{color}"/>' for d, t in points]
    # Names beside the ends of the curves, apart from each other.
    label = -math.inf
    for name, color, points in sorted(curves, key=lambda curve: y(curve[2][-1][1])):
        label = max(label + 15, y(points[-1][1]) + 4)
        out.append(f'<text x="{left + width + 8}" y="{label:.1f}" fill="{color}">{name}</text>')
    out.append(f'<text x="{left + width / 2}" y="{top + height + 42}" text-anchor="middle" fill="#222">weights kept in '
               'every layer</text></svg>')
    with open(path, "w") as file:
        file.write("\n".join(out) + "\n")


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--tombola", default=".build/release/tombola")
    parser.add_argument("--seconds", type=float, default=2, help="of each measurement")
    parser.add_argument("--plot", help="SVG to write")
    args = parser.parse_args()
    curves = []
    print("| step, two threads | " + " | ".join(f"{100 * d:g} %" for d in DENSITIES) + " |")
    print("|---" * (len(DENSITIES) + 1) + "|")
    fits = []
    for model, batch, color in NETWORKS:
        found = [step(args, model, batch, d) for d in DENSITIES]
        print(f"| {model}, {batch} | " + " | ".join(f"{1000 * t:.3g}" for t, _ in found) + " |", flush=True)
        curves.append((f"{model}, {batch}", color, [(d, t) for d, (t, _) in zip(DENSITIES, found)]))
        a, b, share = line([(n / 1e6, 1000 * t) for d, (t, n) in zip(DENSITIES, found) if d <= 0.3])
        fits.append(f"{model}: {a:.3g} ms + {b:.3g} ms for a million weights, R2 {share:.3f} (density 30 % and below)")
    for density in (1, 0.1):
        points = [(batch, 1000 * step(args, "conv-6", batch, density)[0]) for batch in (16, 32, 64, 128)]
        a, b, share = line(points)
        times = ", ".join(f"{t:.3g}" for _, t in points)
        fits.append(f"conv-6 at {100 * density:g} %, batch 16, 32, 64, 128: {times} ms; {a:.3g} ms + {b:.3g} ms a sample, "
                    f"R2 {share:.4f}")
        one, two = (step(args, "vgg-16-bn", 64, density, threads)[0] for threads in (1, 2))
        fits.append(f"vgg-16-bn at {100 * density:g} %, batch 64: {1000 * one:.3g} ms on one thread, {1000 * two:.3g} on two: "
                    f"{one / two:.2f}x")
    print("\n".join(fits))
    if args.plot:
        plot(curves, args.plot)


if __name__ == "__main__":
    main()
