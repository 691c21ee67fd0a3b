#!/usr/bin/env python3
"""Turns tensors that torch.save wrote into safetensors: a state_dict, or OpenLTH's model_ep0_it0.pth and mask.pth.

    python3 Tests/PyTorch/convert.py IN.pth OUT.safetensors
"""
import sys

import safetensors.torch
import torch

tensors = torch.load(sys.argv[1], map_location="cpu", weights_only=True)
tensors = tensors.get("state_dict", tensors)  # as checkpoints of training loops often hold it
safetensors.torch.save_file({name: values.contiguous().clone() for name, values in tensors.items()}, sys.argv[2])
