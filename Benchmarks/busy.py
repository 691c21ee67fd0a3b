"""A training step beside processes that keep the cores busy, on one thread and on as many as there are cores.

    python3 Benchmarks/busy.py --tombola .build/release/tombola [--busy 0,2] [--rounds 3]

Each busy process counts for ever. Prints the median and the mean of a step's time over `--seconds`, the middle one of the
rounds, in which cases alternate.
"""
import argparse
import json
import os
import statistics
import subprocess
import sys

NETWORKS = [("lenet-300-100", "1x28x28", 60), ("conv-6", "3x32x32", 64), ("resnet-20", "3x32x32", 128)]


def step(options, network, threads):
    model, shape, batch = network
    command = [options.tombola, "bench", "step", "--model", model, "--input", shape, "--batch", str(batch), "--density",
               str(options.density), "--threads", str(threads), "--seconds", str(options.seconds), "--json"]
    answer = json.loads(subprocess.run(command, check=True, capture_output=True, text=True).stdout)
    return answer["medianSeconds"], options.seconds / answer["steps"]


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--tombola", default=".build/release/tombola")
    parser.add_argument("--busy", default="0,2", help="numbers of busy processes, with commas")
    parser.add_argument("--density", type=float, default=0.1)
    parser.add_argument("--seconds", type=float, default=4)
    parser.add_argument("--rounds", type=int, default=3)
    options = parser.parse_args()
    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count()
    times = {}
    for _ in range(options.rounds):
        for busy in [int(n) for n in options.busy.split(",")]:
            others = [subprocess.Popen([sys.executable, "-c", "while True: pass"], start_new_session=True) for _ in range(busy)]
            try:
                for network in NETWORKS:
                    for threads in (1, cores):
                        times.setdefault((network[0], busy, threads), []).append(step(options, network, threads))
            finally:
                for other in others:
                    other.kill()
    print("network         busy  threads  median, us  mean, us")
    for (model, busy, threads), values in sorted(times.items()):
        medians, means = ([v[i] * 1e6 for v in values] for i in (0, 1))
        print(f"{model:15} {busy:4} {threads:8} {statistics.median(medians):11.0f} {statistics.median(means):9.0f}")


if __name__ == "__main__":
    main()
