"""Compares the network with the golden tensors of the reference implementation."""

import os
import unittest
from pathlib import Path

import torch
from safetensors.torch import load_file

import checkpoint

PARITY = Path(os.environ.get("EMENET_SHARED", Path(__file__).parents[3] / "shared")) / "parity"


@unittest.skipUnless(PARITY.exists(), f"{PARITY} is not there")
class Parity(unittest.TestCase):
    def test_both_members_stateless_and_carried(self):
        expected = load_file(PARITY / "expected.safetensors")
        crops = expected["frames_u8"].permute(0, 3, 1, 2).float() / 255
        for member, name in enumerate(["student_round_3_exp_0", "student_round_3_exp_3"]):
            network, _ = checkpoint.load(next((PARITY / name).glob("*.pth")))
            with torch.no_grad():
                features = network.backbone(crops)
                stateless, _ = network.heads(features)
                self.close(features, expected[f"member{member}/features"], "features")
                states = None
                for frame in range(len(crops)):
                    logits, states = network.heads(features[frame : frame + 1], states)
                    for task, values in logits.items():
                        self.close(values[0], expected[f"member{member}/carried/{task}"][frame], task)
                for task, values in stateless.items():
                    self.close(values, expected[f"member{member}/stateless/{task}"], task)

    def close(self, found, wanted, what):
        self.assertLess((found - wanted).abs().max().item(), 1e-4, what)


if __name__ == "__main__":
    unittest.main()
