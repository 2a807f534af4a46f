"""Runs every step on a synthetic set: prepare, train, stop, resume, evaluate, export."""

import json
import sys
import tempfile
import unittest
from contextlib import redirect_stdout
from io import StringIO
from pathlib import Path
from unittest import mock

import numpy as np
import torch
from safetensors.torch import load_file

import calibrate
import checkpoint
import cover
import distil
import evaluate
import export
import late
import outliers
import prepare
import sequences
import train
from data import Faces
from model import SECOND, EMENetV, TwoWitnesses
from tests import synthetic


def run(step, *arguments: object) -> str:
    """Runs a step with its command line and returns what it printed."""
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
        third = {**first, "epochs": 2, "outliers": 0.25, "witnesses": 2, "crops": 48, "rate": 1e-2}
        lines += [{**third, "name": "x3", "init": "x2"}, {**third, "name": "y3", "init": "y2", "claim": 1}]
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
        affectnet = faces.labels["affectnet"]
        self.assertEqual(affectnet.argmax(1).tolist(), faces.labels["expression"].tolist())

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

    def test_5_only_the_last_stages_and_the_second_decoder_learn(self):
        with mock.patch.object(late, "BATCH", 16):
            printed = run(late, "--cache", self.cache, "--plan", self.plan, "--no-compile", "x3", "y3")
            self.assertEqual(json.loads(printed.splitlines()[-1])["of"], 6)
            self.assertEqual(run(late, "--cache", self.cache, "--plan", self.plan, "--no-compile", "x3", "y3"), "")
        before, _ = checkpoint.load(self.cache / "x2.safetensors")
        after, _ = checkpoint.load(self.cache / "x3.safetensors")
        self.assertIsInstance(after, TwoWitnesses)
        learned = [n for n, old in before.state_dict().items() if not torch.equal(old, after.state_dict()[n])]
        for stage in ("conv1.", "conv2_dw.", "conv_23.", "conv_3.", "conv_34.", "conv_4."):
            self.assertFalse([name for name in learned if name.startswith("backbone." + stage)], stage)
        for part in ("backbone.conv_45.", "backbone.output_layer.", "tmodels.0.decoder", "tmodels.3.decoder"):
            self.assertTrue([name for name in learned if name.startswith(part)], part)
        crops = torch.rand(3, 1, 112, 112)
        with torch.no_grad():
            whole, parts = after(crops), late.late(after, late.early(after, crops))
            for share in (0, 0.3, 1):
                mixed = after.mixed(share)(crops)["EXPR"]
                self.assertLess((mixed - torch.lerp(whole["EXPR"], whole[SECOND], share)).abs().max().item(), 1e-4)
        for task in whole:
            self.assertLess((whole[task] - parts[task]).abs().max().item(), 1e-4, task)

    def test_7_calibration_finds_what_the_labels_were_made_from(self):
        random = np.random.default_rng(0)
        p = random.beta(0.5, 0.5, (4000, 12))
        for found, wanted in ((p, p), (p**2, p)):
            steps = np.array(calibrate.thresholds(found, wanted))
            f1 = lambda t: 2 * wanted[found > t].sum() / ((found > t).sum() + wanted.sum())
            self.assertTrue((steps < 0.5).all())
            self.assertGreater(f1(steps[None]), f1(np.full((1, 12), 0.5)))
        z = torch.from_numpy(random.normal(0, 2, (4000, 7)))
        truth = torch.tensor([0.0, 0.5, -0.5, 1, -1, 0.3, 0.2]).double()
        votes = (10000 * (z / 1.5 + truth).softmax(-1)).round().numpy()
        temperature, bias = calibrate.expression([z], {"votes": votes})
        self.assertAlmostEqual(temperature, 1.5, delta=0.01)
        self.assertLess(np.abs(np.array(bias) - truth.numpy()).max(), 0.01)
        same = np.full((2, 7), 1 / 7)
        self.assertLess(calibrate.divergence(same, same).max(), 1e-9)
        self.assertAlmostEqual(calibrate.divergence(np.eye(7)[:1], np.eye(7)[1:2])[0], 1, places=6)

    def test_6_export_folds_mixture_temperatures_bias_and_prior_and_nothing_else(self):
        with mock.patch.object(evaluate, "STRANGE", 16):
            out = Path(self.folder.name) / "checkpoints"
            printed = run(export, "--cache", self.cache, "--out", out, "--share", 0.4, "x3", "y3")
            fitted = json.loads(printed)
            temperatures, bias = json.loads(fitted["temperatures"]), json.loads(fitted["expression_bias"])
            prior, votes = (np.array(json.loads(fitted["expression_prior" + name])) for name in ("", ".fer+"))
            self.assertLess(np.abs(prior - 0.35 * votes - 0.65 / 7).max(), 1e-3)
            self.assertEqual(len(json.loads(fitted["expression_witness"])), 7 * 15)
            self.assertEqual(len(json.loads(fitted["confidence"])), 4)
            self.assertEqual(len(json.loads(fitted["action_unit_thresholds"])), 12)
            bias = np.array(bias) + np.log(prior / votes)
            self.assertEqual(set(temperatures), {"EXPR", "AU", "V", "A"})
            self.assertGreater(float(fitted["face_limit"]), 0)
            files = sorted(out.glob("*.safetensors"))
            self.assertEqual([f.name for f in files], ["emenet-v-0.safetensors", "emenet-v-1.safetensors"])
            before, _ = checkpoint.load(self.cache / "x3.safetensors")
            after, metadata = checkpoint.load(files[0])
            self.assertNotIsInstance(after, TwoWitnesses)
            self.assertEqual((metadata["input_channels"], metadata["temporal"]), ("luma", "reset"))
            self.assertEqual(metadata["expression_bias"], fitted["expression_bias"])
            crops = torch.rand(4, 1, 112, 112)
            with torch.no_grad():
                old, new = calibrate.mixed(before(crops), 0.4), after(crops)
            scale = {"EXPR": [temperatures["EXPR"]] * 7, "AU": [temperatures["AU"]] * 12, "FA": [1.0] * 136}
            scale["VA"] = [temperatures["V"]] * 20 + [temperatures["A"]] * 20
            for task in old:
                expected = old[task] / torch.tensor(scale[task]) + torch.tensor(bias if task == "EXPR" else 0.0).float()
                self.assertLess((new[task] - expected).abs().max().item(), 0.02, task)
            entries = json.loads((out / "MANIFEST.json").read_text())["checkpoints"]
            self.assertEqual([e["file"] for e in entries], [f.name for f in files])
            lines = run(evaluate, "--cache", self.cache, *files).splitlines()
            self.assertEqual(json.loads(lines[-1])["ensemble"], 2)
            self.assertIn("out_of_domain_auroc", json.loads(lines[-1]))

    def test_8_the_estimate_of_covers_leaves_the_network_as_it_is(self):
        file = Path(self.folder.name) / "covered" / "emenet-v-0.safetensors"
        file.parent.mkdir()
        checkpoint.save(EMENetV(), file, {"member": "0"})
        before = load_file(file)
        self.assertIn("AUROC", run(cover, "--cache", self.cache, "--faces", 24, file))
        after = load_file(file)
        self.assertEqual({name: after.pop(f"cover.{name}").shape for name in ("weight", "bias")}, {"weight": (1, 512), "bias": (1,)})
        self.assertEqual(set(before), set(after))
        for name, values in before.items():
            self.assertTrue(values.dtype == after[name].dtype and torch.equal(values, after[name]), name)
        self.assertEqual(checkpoint.load(file)[1]["member"], "0")
        (entry,) = json.loads((file.parent / "MANIFEST.json").read_text())["checkpoints"]
        self.assertEqual(entry["bytes"], file.stat().st_size)


if __name__ == "__main__":
    unittest.main()
