"""Every step on a synthetic set: prepare, train, stop, resume, evaluate, export."""

import json
import sys
import tempfile
import unittest
from contextlib import redirect_stdout
from io import StringIO
from pathlib import Path
from unittest import mock

import torch

import checkpoint
import distil
import evaluate
import export
import outliers
import prepare
import sequences
import train
from data import Faces
from tests import synthetic


def run(step, *arguments: object) -> str:
    """A step with its command line; what it printed."""
    printed = StringIO()
    with mock.patch.object(sys, "argv", ["step", *map(str, arguments)]), redirect_stdout(printed):
        step.main()
    return printed.getvalue()


@mock.patch.object(train, "BATCH", 16)
class Steps(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.folder = tempfile.TemporaryDirectory()
        cls.cache = Path(cls.folder.name) / "cache"
        synthetic.write(Path(cls.folder.name) / "set")
        with redirect_stdout(StringIO()):
            prepare.prepare(Path(cls.folder.name) / "set", cls.cache / "faces")
        torch.manual_seed(0)
        cls.plan = Path(cls.folder.name) / "plan.json"
        first = {"init": None, "epochs": 2, "rate": 1e-3, "seed": 1}
        second = {**first, "epochs": 1, "outliers": 0.25, "taught": 0.3}
        lines = [{**first, "name": "x1"}, {**first, "name": "y1", "seed": 2}]
        lines += [{**second, "name": "x2", "init": "x1"}, {**second, "name": "y2", "init": "y1", "claim": 1}]
        cls.plan.write_text(json.dumps(lines))

    @classmethod
    def tearDownClass(cls):
        cls.folder.cleanup()

    def member(self, name: str) -> train.Run:
        line = next(l for l in json.loads(self.plan.read_text()) if l["name"] == name)
        return train.Run(train.Member(**line), Faces(self.cache / "faces"), self.cache, compiled=False)

    def test_1_votes_become_targets(self):
        faces = Faces(self.cache / "faces")
        self.assertEqual((len(faces.train), len(faces.val)), (80, 40))
        target, votes = faces.labels["expression_target"], faces.labels["votes"].float()
        voted = votes.sum(1) > 0
        self.assertTrue(voted.any() and not voted.all())
        shares = votes[voted] / votes[voted].sum(1, keepdim=True)
        self.assertLess((target[voted] - shares).abs().max().item(), 1e-6)
        self.assertLess((target.sum(1) - 1).abs().max().item(), 1e-5)

    def test_2_resuming_is_the_same_as_never_having_stopped(self):
        through = self.member("x1")
        for _ in range(3):
            through.advance()
        stopped = self.member("x1")
        stopped.advance()
        stopped.save()
        resumed = self.member("x1")
        self.assertEqual(resumed.step, 1)
        resumed.advance()
        resumed.advance()
        stopped.state_file.unlink()
        for name, wanted in through.average.state_dict().items():
            found = resumed.average.state_dict()[name]
            self.assertLess((found.float() - wanted.float()).abs().max().item(), 1e-5, name)

    def train(self, *members: str) -> str:
        return run(train, "--cache", self.cache, "--plan", self.plan, "--no-compile", *members)

    def test_3_the_second_round_learns_from_the_first_and_a_run_again_finds_nothing_to_do(self):
        self.train("x1", "y1")
        with self.assertRaisesRegex(SystemExit, "run distil.py first"):
            self.train("x2")
        run(distil, "--cache", self.cache, "x1", "y1")
        with self.assertRaisesRegex(SystemExit, "run outliers.py first"):
            self.train("x2")
        run(outliers, "--cache", self.cache, "--blocks", 1)
        self.assertEqual(len(Faces(self.cache / "faces").outliers), outliers.BLOCK)
        self.train("x2", "y2")
        weights = {name: checkpoint.load(self.cache / f"{name}.safetensors")[0].state_dict() for name in ("x1", "x2", "y2")}
        kernel = "backbone.conv_4.model.0.conv.conv.weight"
        self.assertFalse(torch.equal(weights["x1"][kernel], weights["x2"][kernel]))
        self.assertLess((weights["x1"][kernel] - weights["x2"][kernel]).abs().mean(), 0.1 * weights["x1"][kernel].std())
        self.assertGreater((weights["x2"][kernel] - weights["y2"][kernel]).abs().mean(), weights["x2"][kernel].std())
        before = weights["x2"]
        self.assertEqual(self.train("x1", "y1", "x2", "y2"), "")
        after = checkpoint.load(self.cache / "x2.safetensors")[0].state_dict()
        self.assertTrue(all(torch.equal(before[name], after[name]) for name in before))

    def test_4_recurrent_weights_learn_time_and_the_rest_stays(self):
        printed = run(
            sequences, "--cache", self.cache, "x2", "y2", "--crops", 16, "--steps", 2, "--tracks", 3, "--no-compile"
        )
        measures = json.loads(printed.splitlines()[-1])
        self.assertEqual(set(measures), {"reset", "carry"})
        before, _ = checkpoint.load(self.cache / "x2.safetensors")
        after, metadata = checkpoint.load(self.cache / "x2-carry.safetensors")
        self.assertEqual(metadata["temporal"], "carry")
        for (name, old), new in zip(before.state_dict().items(), after.state_dict().values()):
            learned = name.endswith("weight_hh_l0") and not name.startswith("tmodels.3.")
            self.assertEqual(torch.equal(old, new), not learned, name)

    def test_5_export_folds_temperatures_and_bias_and_nothing_else(self):
        with mock.patch.object(evaluate, "STRANGE", 16):
            out = Path(self.folder.name) / "checkpoints"
            printed = run(export, "--cache", self.cache, "--out", out, "x2", "y2")
            fitted = json.loads(printed)
            temperatures, bias = json.loads(fitted["temperatures"]), json.loads(fitted["expression_bias"])
            self.assertEqual(set(temperatures), {"EXPR", "AU", "V", "A"})
            self.assertGreater(float(fitted["face_limit"]), 0)
            files = sorted(out.glob("*.safetensors"))
            self.assertEqual([f.name for f in files], ["emenet-v-0.safetensors", "emenet-v-1.safetensors"])
            before, _ = checkpoint.load(self.cache / "x2.safetensors")
            after, metadata = checkpoint.load(files[0])
            self.assertEqual((metadata["input_channels"], metadata["temporal"]), ("luma", "reset"))
            self.assertEqual(metadata["expression_bias"], fitted["expression_bias"])
            crops = torch.rand(4, 1, 112, 112)
            with torch.no_grad():
                old, new = before(crops), after(crops)
            scale = {"EXPR": [temperatures["EXPR"]] * 7, "AU": [temperatures["AU"]] * 12, "FA": [1.0] * 136}
            scale["VA"] = [temperatures["V"]] * 20 + [temperatures["A"]] * 20
            for task in old:
                expected = old[task] / torch.tensor(scale[task]) + torch.tensor(bias if task == "EXPR" else 0.0)
                self.assertLess((new[task] - expected).abs().max().item(), 0.02, task)
            entries = json.loads((out / "MANIFEST.json").read_text())["checkpoints"]
            self.assertEqual([e["file"] for e in entries], [f.name for f in files])
            lines = run(evaluate, "--cache", self.cache, *files).splitlines()
            self.assertEqual(json.loads(lines[-1])["ensemble"], 2)
            self.assertIn("out_of_domain_auroc", json.loads(lines[-1]))


if __name__ == "__main__":
    unittest.main()
