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
import prepare
import sequences
import train
from data import Faces
from model import EMENetV
from outliers import Outliers
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
        member = {"init": None, "frozen": None, "epochs": 2, "rate": 1e-3, "seed": 1}
        later = {**member, "init": "x", "epochs": 1}
        siblings = {**later, "name": "s", "frozen": "trunk", "siblings": 2, "outliers": 0.25, "taught": 0.3}
        cls.plan.write_text(json.dumps([{**member, "name": "x"}, {**later, "name": "y", "frozen": "early"}, siblings]))

    @classmethod
    def tearDownClass(cls):
        cls.folder.cleanup()

    def member(self, name: str) -> train.Run:
        line = next(l for l in json.loads(self.plan.read_text()) if l["name"] == name)
        faces = Faces(self.cache / "faces")
        return train.Run(train.Member(**line), faces, Outliers(None), Path("."), self.cache, compiled=False)

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
        through = self.member("x")
        for _ in range(3):
            through.advance()
        stopped = self.member("x")
        stopped.advance()
        stopped.save()
        resumed = self.member("x")
        self.assertEqual(resumed.step, 1)
        resumed.advance()
        resumed.advance()
        stopped.state_file.unlink()
        for name, wanted in through.average.state_dict().items():
            found = resumed.average.state_dict()[name]
            self.assertLess((found.float() - wanted.float()).abs().max().item(), 1e-5, name)

    def test_3_the_plan_is_trained_and_a_second_run_finds_nothing_to_do(self):
        checkpoint.save(EMENetV(), self.cache / "teacher.safetensors", {})
        run(distil, "--cache", self.cache, "teacher")
        run(train, "--cache", self.cache, "--plan", self.plan, "--no-compile")
        networks = {name: checkpoint.load(self.cache / f"{name}.safetensors")[0] for name in ("x", "y", "s0", "s1")}
        trunk, last = "backbone.conv_4.model.0.conv.conv.weight", "backbone.conv_6_sep.conv.weight"
        weights = {name: network.state_dict() for name, network in networks.items()}
        self.assertTrue(torch.equal(weights["x"][trunk], weights["s0"][trunk]))
        self.assertFalse(torch.equal(weights["s0"][last], weights["s1"][last]))
        self.assertFalse(torch.equal(weights["x"][trunk], weights["y"][trunk]))
        self.assertEqual(run(train, "--cache", self.cache, "--plan", self.plan, "--no-compile"), "")

    def test_4_recurrent_weights_learn_time_and_the_rest_stays(self):
        printed = run(
            sequences, "--cache", self.cache, "s0", "s1", "--crops", 16, "--steps", 2, "--tracks", 3, "--no-compile"
        )
        measures = json.loads(printed.splitlines()[-1])
        self.assertEqual(set(measures), {"reset", "carry"})
        before, _ = checkpoint.load(self.cache / "s0.safetensors")
        after, metadata = checkpoint.load(self.cache / "s0-carry.safetensors")
        self.assertEqual(metadata["temporal"], "carry")
        for (name, old), new in zip(before.state_dict().items(), after.state_dict().values()):
            learned = name.endswith("weight_hh_l0") and not name.startswith("tmodels.3.")
            self.assertEqual(torch.equal(old, new), not learned, name)

    def test_5_export_folds_temperatures_and_bias_and_nothing_else(self):
        with mock.patch.object(evaluate, "STRANGE", 16):
            out = Path(self.folder.name) / "checkpoints"
            printed = run(export, "--cache", self.cache, "--out", out, "x", "y")
            fitted = json.loads(printed)
            temperatures, bias = json.loads(fitted["temperatures"]), json.loads(fitted["expression_bias"])
            self.assertEqual(set(temperatures), {"EXPR", "AU", "V", "A"})
            files = sorted(out.glob("*.safetensors"))
            self.assertEqual([f.name for f in files], ["emenet-v-0.safetensors", "emenet-v-1.safetensors"])
            before, _ = checkpoint.load(self.cache / "x.safetensors")
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
