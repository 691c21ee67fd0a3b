"""Progress, and how runs are stopped."""
import pathlib
import signal
import subprocess
import sys
import threading
import time
import unittest

import numpy

import tombola
from support import Case, digits

LONG = dict(steps="600ep", rounds=2)


class ProgressTests(Case):
    def test_progress_is_told(self):
        x, y = digits()
        seen, threads = [], set()

        def callback(progress):
            seen.append(progress)
            threads.add(threading.current_thread())

        self.find(x, y, **LONG, progress=callback)
        self.assertEqual({threading.current_thread()}, threads)
        self.assertTrue(any("1 295 training" in progress.announcement for progress in seen))
        fractions = [progress.fraction for progress in seen]
        self.assertEqual(sorted(fractions), fractions)
        self.assertTrue(0 <= fractions[0] and 0.5 < fractions[-1] <= 1)

    def test_a_callback_stops_a_run_that_goes_on_later(self):
        x, y = digits()
        with self.assertRaises(tombola.Interrupted):
            self.find(x, y, **LONG, progress=lambda progress: progress.fraction < 0.1)
        with self.assertRaisesRegex(KeyError, "of the caller"):
            self.find(x, y, **LONG, progress=self.fail_later)
        again = self.find(x, y, **LONG)
        whole = tombola.find(x, y, out=self.out / "whole", model="mlp:24,16", batch=64, seeds=1, progress=False, **LONG)
        for place, path in again.tickets.items():
            mine, other = tombola.load(path), tombola.load(whole.tickets[place])
            self.assertEqual(mine.digest, other.digest)
            self.assertTrue(all(numpy.array_equal(mine.trained[name], other.trained[name]) for name in mine.trained))

    @staticmethod
    def fail_later(progress):
        if progress.fraction > 0.2:
            raise KeyError("of the caller")

    def test_one_run_at_a_time(self):
        x, y = digits()
        errors = []

        def callback(_progress):
            try:
                tombola.find(x, y, out=self.out, model="mlp:8", progress=False)
            except tombola.UsageError as error:
                errors.append(str(error))
            return False

        with self.assertRaises(tombola.Interrupted):
            self.find(x, y, **LONG, progress=callback)
        self.assertRegex(errors[0], "Another run")

    def test_control_c_saves_and_the_same_call_goes_on(self):
        script = f"""
import sys
sys.path.insert(0, {str(pathlib.Path(__file__).parent)!r})
import tombola
from support import digits
x, y = digits()
def tell(progress):
    if progress.fraction > 0.05: print("at work", flush=True)
search = tombola.find(x, y, model="mlp:64", steps="2000ep", rounds=3, batch=64, seeds=1, out={str(self.out)!r}, progress=tell)
"""
        # A shell's job in the background ignores the signal, and so would what it starts.
        job = subprocess.Popen(
            [sys.executable, "-c", script], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
            preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_DFL))
        self.assertEqual("at work\n", job.stdout.readline())
        began = time.monotonic()
        job.send_signal(signal.SIGINT)
        _, errors = job.communicate(timeout=60)
        self.assertNotEqual(0, job.returncode)
        self.assertIn("KeyboardInterrupt", errors)
        self.assertLess(time.monotonic() - began, 30)
        kept = [path.name for path in self.out.glob("find-*/seed-0/*")]
        self.assertTrue(any("checkpoint" in name or name == "dense.safetensors" for name in kept), kept)


if __name__ == "__main__":
    unittest.main()
