"""Searches and certificates of arrays."""
import pathlib
import unittest

import numpy

import tombola
from support import Case, digits


class FindTests(Case):
    def test_a_search_has_curves_and_tickets(self):
        x, y = digits()
        search = self.find(x, y, seeds=2, controls="random")
        self.assertTrue(search.verdict)
        self.assertEqual({"dense", "ticket", "reinit", "shuffled", "random"}, set(search.curves))
        for curve in search.curves.values():
            self.assertEqual((2, 2), curve.values.shape)
            self.assertTrue(numpy.all((curve.low <= curve.mean) & (curve.mean <= curve.high)))
            self.assertTrue(numpy.allclose(curve.values.mean(1), curve.mean))
        self.assertEqual({(0, 1), (0, 2), (1, 1), (1, 2)}, set(search.tickets))
        self.assertTrue(search.report.is_file())
        self.assertEqual((), search.failures)
        for (seed, level), path in search.tickets.items():
            ticket = tombola.load(path)
            self.assertEqual((seed, level), (ticket.seed, ticket.round))
            self.assertAlmostEqual(search.densities[level - 1], ticket.density)
        if search.ticket is not None:
            self.assertIn(search.ticket.digest, {tombola.load(path).digest for path in search.tickets.values()})

    def test_the_command_finds_the_same_tickets_in_a_file(self):
        x, y = digits()
        found = tombola.load(self.find(x, y).tickets[0, 2])
        file = self.out / "digits.npz"
        numpy.savez(file, x=x, y=y)
        record = self.find_by_command(data=f"npz:{file}", normalisation=found.settings["normalisation"])
        path = pathlib.Path(record["ticket"]["path"]).parent if "ticket" in record else None
        folder = path or next(folder for folder in self.out.glob("find-*") if f"npz:{file}" in (folder / "run.json").read_text())
        again = tombola.load(folder / "seed-0" / "round-02.safetensors")
        self.assertEqual(found.digest, again.digest)
        for name, values in found.trained.items():
            self.assertEqual(values.tobytes(), again.trained[name].tobytes(), name)

    def test_what_is_done_is_not_done_again(self):
        x, y = digits()
        first = self.find(x, y)
        seen = []
        second = self.find(x.copy(), y.astype(numpy.uint8), progress=seen.append)
        self.assertEqual(first.folder, second.folder)
        self.assertEqual(first.verdict, second.verdict)
        other = self.find(255 - x, y)
        self.assertNotEqual(first.folder, other.folder)

    def test_density_says_how_many_rounds(self):
        x, y = digits()
        search = self.find(x, y, rounds=None, density=0.3)
        self.assertAlmostEqual(0.3, search.densities[-1], places=2)
        self.assertEqual(6, len(search.densities))

    def test_channels_first_and_last_are_the_same_samples(self):
        x, y = digits()
        images = numpy.stack([x, x[:, ::-1], x[:, :, ::-1]], axis=1)
        first, last = images, numpy.ascontiguousarray(images.transpose(0, 2, 3, 1))
        digest = {tombola.load(self.find(array, y, model="mlp:8", rounds=1).tickets[0, 1]).settings["data"]
                  for array in [first, last]}
        self.assertEqual(1, len(digest))

    def test_floats_count_as_they_are(self):
        x, y = digits()
        search = self.find((x / 16).astype(numpy.float32).reshape(len(x), 64), y)
        self.assertTrue(tombola.load(search.tickets[0, 1]).settings["data"].startswith("arrays:float32-"))
        self.assertGreater(search.curves["dense"].mean[0], 0.5)

    def test_a_certificate_has_conditions(self):
        x, y = digits()
        search = self.find(x, y, rounds=2, fraction=0.5)
        certificate = tombola.certify(
            search.tickets[0, 2], x, y, seeds=2, lr_sweep=[0.1, 0.3], checks="shuffled", out=self.out, progress=False)
        (density, verdict), = certificate.verdicts.items()
        self.assertIn(verdict, {"jackpot", "secondary prize", "none", "undecided"})
        self.assertLessEqual({1, 2, 3, 4, 5}, {part.number for part in certificate.conditions[density]})
        self.assertEqual(["shuffled"], [lead.control for lead in certificate.leads[density]])
        self.assertEqual(2, len(certificate.leads[density][0].value.values))
        self.assertTrue(certificate.path.is_file() and certificate.report.is_file())
        with self.assertRaises(tombola.MissingInputError):
            tombola.certify(search.tickets[0, 2], seeds=2, out=self.out, progress=False)


class RefusalTests(Case):
    def refused(self, kind, part, *arguments, **settings):
        with self.assertRaisesRegex(kind, part):
            self.find(*arguments, **settings)

    def test_what_can_be_read_in_two_ways_is_refused(self):
        x, y = digits()
        self.refused(tombola.UsageError, "first or the last", x.reshape(-1, 4, 4, 4), y)
        self.refused(tombola.UsageError, "neither", x, y, channels="middle")
        self.refused(tombola.UsageError, "no effect", x, y, channels="last")

    def test_arrays_are_checked(self):
        x, y = digits()
        self.refused(tombola.UsageError, "astype", x.astype(float), y)
        self.refused(tombola.UsageError, "shape", x[0, 0], y[:8])
        self.refused(tombola.UsageError, "whole number", x, y.astype(numpy.float32))
        self.refused(tombola.UsageError, "whole number", x, numpy.eye(10)[y])
        self.refused(tombola.BadDataError, "labels", x, y[:-1])
        self.refused(tombola.BadDataError, "nan", numpy.full((20, 3), numpy.nan, numpy.float32), numpy.arange(20) % 2)
        self.refused(tombola.UsageError, "belong together", x)
        self.refused(tombola.UsageError, "belong together", x, y, x_test=x)
        self.refused(tombola.UsageError, "no effect", x, y, x_test=x, y_test=y, test_share=0.5)
        self.refused(tombola.UsageError, "out of range", x, y, test_share=2)
        self.refused(tombola.UsageError, "twice", x, y, data="digits")

    def test_settings_are_checked(self):
        x, y = digits()
        self.refused(tombola.UsageError, "criterion", x, y, criteron="magnitude")
        self.refused(tombola.UsageError, "out of range", x, y, fraction=2)
        self.refused(tombola.UsageError, "Leave one of them out", x, y, density=0.5)
        self.refused(tombola.UsageError, "density", x, y, rounds=None, density=5)
        self.refused(tombola.MissingInputError, "nowhere", data="csv:/nowhere.csv")
        self.assertEqual([], list(self.out.iterdir()))


if __name__ == "__main__":
    unittest.main()
