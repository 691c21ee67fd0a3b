#!/usr/bin/env python3
"""Finds a winning ticket among the handwritten digits that are built in, and predicts with it.

    pip install ./python && python3 python/examples/digits.py
"""
import argparse

import numpy

import tombola


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--seeds", type=int, default=5)
    parser.add_argument("--epochs", type=int, default=30)
    parser.add_argument("--out", default="runs")
    options = parser.parse_args()

    digits = tombola.dataset("digits")
    x, y = digits.x_train, digits.y_train  # uint8 (n, 1, 8, 8), and classes

    search = tombola.find(
        x, y, x_test=digits.x_test, y_test=digits.y_test, model="mlp:64", density=0.2, fraction=0.35, exclude="output",
        steps=f"{options.epochs}ep", batch=32, seeds=options.seeds, out=options.out)
    print(search)  # sentences with intervals over the seeds
    print("\ndensity   " + "   ".join(search.curves))
    for i, density in enumerate(search.densities):
        print(f"{100 * density:6.2f} %  " + "   ".join(f"{100 * curve.mean[i]:.1f}" for curve in search.curves.values()))

    ticket = search.ticket or tombola.load(search.tickets[0, len(search.densities)])
    print(f"\n{ticket}")
    for name, mask in ticket.masks.items():
        print(f"  {name}: {numpy.count_nonzero(mask)} of {mask.size} weights")

    predictor = tombola.Predictor(ticket)
    probabilities = predictor(digits.x_test)
    right = (probabilities.argmax(1) == digits.y_test).mean()
    print(f"{100 * right:.2f} % of {len(probabilities)} test digits right; report: {search.report}")


if __name__ == "__main__":
    main()
