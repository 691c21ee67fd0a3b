"""PyTorch modules: skipped, aloud, where torch is not installed."""
import pathlib
import runpy
import sys
import unittest
from unittest import mock

import numpy

import tombola
from support import Case

try:
    import torch
    from torch.nn.utils import prune
except ImportError:
    torch = None
try:
    import onnx
except ImportError:
    onnx = None


def module():
    net = torch.nn.Sequential()
    net.add_module("fc1", torch.nn.Linear(64, 24))
    net.add_module("relu1", torch.nn.ReLU())
    net.add_module("fc2", torch.nn.Linear(24, 10))
    return net


@unittest.skipIf(torch is None, "torch is not installed")
class TorchTests(Case):
    def ticket(self):
        # The output's layer of mlp:24 is called fc2 in the ticket as well.
        return tombola.load(self.find(data="digits", model="mlp:24", rounds=1, fraction=0.5).tickets[0, 1])

    def test_tickets_go_in_and_out(self):
        ticket, net = self.ticket(), module()
        self.assertEqual(set(dict(net.named_parameters())), set(ticket.shapes))
        for keeps in [True, False, True]:
            tombola.to_torch(net, ticket, prune=keeps)
            self.assertEqual(keeps, "fc1.weight_mask" in net.state_dict())
            state = tombola.from_torch(net)
            for name, values in ticket.trained.items():
                self.assertEqual(values.tobytes(), state.weights[name].tobytes(), name)
            self.assertEqual(set(ticket.masks) if keeps else set(), set(state.masks))
            for name, mask in state.masks.items():
                self.assertTrue(numpy.array_equal(mask, ticket.masks[name]), name)
        again = ticket.with_state(tombola.from_torch(net), self.out / "again.safetensors")
        self.assertEqual({name: values.tobytes() for name, values in ticket.trained.items()},
                         {name: values.tobytes() for name, values in again.trained.items()})

    def test_masks_of_prune_are_understood(self):
        net = module()
        prune.random_unstructured(net.fc1, "weight", 0.3)
        state = tombola.from_torch(net)
        self.assertEqual({"fc1.weight"}, set(state.masks))
        self.assertTrue(numpy.array_equal(state.weights["fc1.weight"], net.fc1.weight.detach().numpy()))
        self.assertEqual({"fc1.weight", "fc1.bias", "fc2.weight", "fc2.bias"}, set(state.weights))

    def test_other_names_and_shapes_are_refused_at_once(self):
        ticket, net = self.ticket(), module()
        net.fc2 = torch.nn.Linear(24, 11)
        net.add_module("fc3", torch.nn.Linear(2, 2))
        before = net.fc1.weight.detach().clone()
        with self.assertRaisesRegex(tombola.UsageError, r"left over: fc3.weight, fc3.bias; of another shape: fc2.weight"):
            tombola.to_torch(net, ticket)
        self.assertTrue(torch.equal(before, net.fc1.weight))

    @unittest.skipIf(onnx is None, "onnx is not installed")
    def test_the_example_of_a_module(self):
        path = pathlib.Path(__file__).parent.parent / "examples" / "torch_module.py"
        with mock.patch.object(sys, "argv", [str(path), "--epochs", "2"]):
            runpy.run_path(str(path), run_name="__main__")


if __name__ == "__main__":
    unittest.main()
