"""Compares the extracted detector with the published ONNX file, if that file and onnxruntime are
available."""

import importlib.util
import os
import unittest
from pathlib import Path

import numpy as np
import torch
from safetensors.torch import load_file

import detector

HERE = Path(__file__).resolve()
SHARED = Path(os.environ.get("EMENET_SHARED", HERE.parents[3] / "shared"))
ONNX = SHARED / "detector/yunet_s_dynamic.onnx"
WEIGHTS = HERE.parents[2] / "checkpoints/detector/yunet-s.safetensors"


class DetectorTest(unittest.TestCase):
    def test_has_every_number(self):
        weights = load_file(WEIGHTS)
        self.assertEqual(len(weights), 106)
        self.assertEqual(sum(tensor.numel() for tensor in weights.values()), 53104)

    @unittest.skipUnless(
        ONNX.exists() and importlib.util.find_spec("onnxruntime"), "onnxruntime or the file is absent"
    )
    def test_equals_the_published_network_but_for_rounding(self):
        import onnxruntime

        session = onnxruntime.InferenceSession(str(ONNX))
        names = [output.name for output in session.get_outputs()]
        picture = detector.made_picture(320, 256).transpose(2, 0, 1)[None].astype(np.float32)
        found = detector.forward(load_file(WEIGHTS), torch.from_numpy(picture))
        for name, expected in zip(names, session.run(None, {"input": picture})):
            with self.subTest(name):
                difference = np.abs(found[name].numpy() - expected[0]).max()
                self.assertLess(difference, 0.1)  # of a cell, or of one for scores


if __name__ == "__main__":
    unittest.main()
