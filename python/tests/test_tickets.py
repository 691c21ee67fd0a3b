"""Tickets as arrays, and predictions."""
import pathlib
import threading
import time
import unittest

import numpy

import tombola
from support import Case, command, digits, same


class TicketTests(Case):
    def test_arrays_are_those_that_the_command_exports(self):
        path = self.find(data="digits").tickets[0, 2]
        ticket = tombola.load(path)
        command("export", path, "--to", "npz", "--normalised", "--output", self.out / "net.npz")
        arrays = numpy.load(self.out / "net.npz")
        self.assertEqual(set(arrays.files), set(ticket.trained) | {f"{name}_mask" for name in ticket.masks})
        for name, values in ticket.trained.items():
            self.assertTrue(same(values, arrays[name]), name)
        for name, mask in ticket.masks.items():
            self.assertTrue(numpy.array_equal(mask, arrays[f"{name}_mask"] == 1), name)
            self.assertFalse(numpy.any(ticket.start[name][~mask]))
        self.assertEqual(sum(int(mask.sum()) for mask in ticket.masks.values()), ticket.remaining)
        self.assertEqual((1, 8, 8), ticket.input_shape)

    def test_a_state_becomes_a_ticket(self):
        ticket = tombola.load(self.find(data="digits").tickets[0, 1])
        state = ticket.state()
        masks = {name: mask & (numpy.arange(mask.size).reshape(mask.shape) % 2 == 0) for name, mask in state.masks.items()}
        weights = {name: values + numpy.float32(1) for name, values in state.weights.items()}
        new = ticket.with_state(tombola.State(weights, masks), self.out / "new.safetensors")
        for name, values in new.trained.items():
            wanted = weights[name] * masks[name] if name in masks else weights[name]
            self.assertTrue(numpy.array_equal(values, wanted), name)
        self.assertEqual({}, new.metrics)
        self.assertLess(new.density, ticket.density)
        for broken in [{**weights, "more": numpy.zeros(3)}, dict(list(weights.items())[1:]),
                       {**weights, "fc1.bias": numpy.zeros(5)}]:
            with self.assertRaisesRegex(tombola.UsageError, "does not fit"):
                ticket.with_state(tombola.State(broken, masks), self.out / "no.safetensors")
        self.assertFalse((self.out / "no.safetensors").exists())

    def test_files_that_are_no_tickets_are_refused(self):
        (self.out / "x.safetensors").write_bytes(b"no ticket")
        with self.assertRaises(tombola.BadDataError):
            tombola.load(self.out / "x.safetensors")
        with self.assertRaises(FileNotFoundError):
            tombola.load(self.out / "nothing.safetensors")


class PredictorTests(Case):
    def test_bits_are_those_of_the_command(self):
        for model in ["mlp:24,16", "conv-2:0.25", "bn-mlp:16"]:
            path = self.find(data="digits", model=model, rounds=1, steps="1ep").tickets[0, 1]
            x = tombola.dataset("digits").x_test
            command("predict", path, "--output", self.out / "p.npz")
            wanted = numpy.load(self.out / "p.npz")
            for options in [{}, dict(threads=1, batch=7), dict(batch=400)]:
                predictor = tombola.Predictor(path, **options)
                self.assertTrue(same(predictor(x), wanted["probabilities"]), model)
                self.assertTrue(same(predictor.outputs(x), wanted["outputs"]), model)
                self.assertTrue(numpy.array_equal(predictor.predict(x), wanted["predicted"]), model)
                self.assertTrue(same(predictor(x[:1]), wanted["probabilities"][:1]), model)
                self.assertTrue(same(predictor(x[::2]), wanted["probabilities"][::2]), model)

    def test_a_ticket_of_arrays_needs_no_data(self):
        x, y = digits()
        path = self.find(x, y).tickets[0, 1]
        numpy.savez(self.out / "digits.npz", x=x, y=y, x_test=x, y_test=y)
        command("predict", path, f"npz:{self.out / 'digits.npz'}", "--output", self.out / "p.npz")
        wanted = numpy.load(self.out / "p.npz")["outputs"]
        self.assertTrue(same(tombola.Predictor(path).outputs(x), wanted))
        # Inputs that are normalised by hand differ by their rounding alone.
        mean, deviation = map(float, tombola.load(path).settings["normalisation"].split("/"))
        inputs = ((x / 255 - mean) / deviation).astype(numpy.float32)
        own = tombola.Predictor(path, normalised=True).outputs(inputs)
        self.assertLess(abs(own - wanted).max(), 1e-5 * abs(wanted).max())

    def test_samples_are_checked(self):
        x, y = digits()
        predictor = tombola.Predictor(self.find(x, y).tickets[0, 1])
        for wrong, part in [(x.astype(numpy.float32), "uint8"), (x.astype(int), "astype"), (x[:, :4], "the network takes"), (x[0, 0], "shape")]:
            with self.assertRaisesRegex(tombola.UsageError, part):
                predictor(wrong)
        self.assertEqual((len(x), 10), predictor(x.reshape(len(x), 64)).shape)

    def test_python_goes_on_meanwhile(self):
        x, y = digits()
        predictor = tombola.Predictor(self.find(x, y).tickets[0, 1], threads=1)
        many, done = numpy.tile(x, (100, 1, 1)), threading.Event()
        seconds = []

        def work():
            began = time.monotonic()
            predictor(many)
            seconds.append(time.monotonic() - began)
            done.set()

        thread, laps, longest, last = threading.Thread(target=work), 0, 0.0, time.monotonic()
        thread.start()
        while not done.is_set():
            now = time.monotonic()
            laps, longest, last = laps + 1, max(longest, now - last), now
        thread.join()
        self.assertGreater(laps, 100)
        self.assertLess(longest, max(0.9 * seconds[0], 0.05), "Python's lock was held")

    def test_threads_may_share_a_predictor(self):
        x, y = digits()
        predictor = tombola.Predictor(self.find(x, y).tickets[0, 1])
        wanted, results = predictor(x), [None] * 4

        def work(place):
            results[place] = predictor(x)

        threads = [threading.Thread(target=work, args=(place,)) for place in range(4)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        self.assertTrue(all(same(result, wanted) for result in results))


if __name__ == "__main__":
    unittest.main()
