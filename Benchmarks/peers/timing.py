"""What bench_peers.py times with: medians, the machine, and our own command."""
import json
import os
import platform
import statistics
import subprocess
import sys
import time


def say(text):
    print(text, file=sys.stderr, flush=True)


def median_seconds(step, seconds):
    """The median time of `step`, called for `seconds` and at least three times."""
    times, end = [], time.perf_counter() + seconds
    while len(times) < 3 or time.perf_counter() < end:
        start = time.perf_counter()
        step()
        times.append(time.perf_counter() - start)
    return statistics.median(times)


def warm_up(step):
    end = time.perf_counter() + 0.3
    for i in range(200):
        step()
        if i >= 1 and time.perf_counter() > end:
            break


def noisy(*rounds):
    return any(max(times) > 1.25 * min(times) for times in rounds if times)


def processor():
    name, flags = platform.processor() or platform.machine(), ""
    try:
        with open("/proc/cpuinfo") as file:
            for line in file:
                key, _, value = line.partition(":")
                if key.strip() == "model name":
                    name = value.strip()
                elif key.strip() in ("flags", "Features"):
                    flags = value
    except OSError:
        try:
            name = subprocess.run(["sysctl", "-n", "machdep.cpu.brand_string"], capture_output=True, text=True).stdout.strip() or name
        except OSError:
            pass
    widest = next((label for flag, label in (("avx512f", "AVX-512"), ("avx2", "AVX2"), ("asimd", "NEON")) if flag in flags.split()), "")
    return f"{name}{', ' + widest if widest else ''}, {os.cpu_count()} cores"


class Ours:
    """Runs `tombola bench ... --json`."""

    def __init__(self, path):
        self.path = path

    def run(self, *arguments):
        """The JSON object that the command printed, or None (after a message) if it did not work."""
        if self.path is None:
            return None
        time.sleep(0.05)  # lets PyTorch's threads stop spinning
        command = [self.path, "bench", *map(str, arguments), "--json"]
        try:
            result = subprocess.run(command, capture_output=True, text=True, timeout=600)
            answer = json.loads(result.stdout)
            answer["medianSeconds"] = float(answer["medianSeconds"])
            return answer
        except (OSError, ValueError, KeyError, TypeError, subprocess.TimeoutExpired) as error:
            message = (result.stderr.strip().splitlines() or [str(error)])[-1] if "result" in locals() else str(error)
            say(f"  failed: {' '.join(command)}: {message}")
            return None


def version(package):
    from importlib import metadata
    try:
        return metadata.version(package)
    except metadata.PackageNotFoundError:
        return None
