"""The sound side on synthetic data: the front end and encoder as specified, microphones, pairs, and that a member
without a voice stays exactly the visual one."""

import tempfile
import time
import unittest
from pathlib import Path

import numpy as np
import torch
import torch.nn.functional as F

from gate import bound, paired, separation
from hear import Hearing, Training, allowed, loss, masked, measured, shifted
from join import joined
from marblenet import LATE, SPREAD, WINDOW, Depthwise, MarbleNet, exported, mfcc
from model import EMENetV
from pairing import Member, Pairs, Sounds
from pairs import People, conflicting, target
from sounds import Microphone, level, music, noises
from voices import CORPORA, Voices

SHARED = Path(__file__).parents[3] / "shared" / "parity-va"


def small_set(folder: Path) -> Voices:
    """Two clips of each emotion for each of the voices' corpora, and two of each other sound: tones."""
    random = np.random.default_rng(1)
    emotions = ["neutral", "anger", "happiness", "sadness"]
    rows = [(c, e, s) for c in range(7) for e in (emotions if c < 4 else [""]) for s in "ab"]
    length = 12_000
    time = np.arange(length) / 16000
    clips = [np.sin(2 * np.pi * (100 + 40 * c + 5 * len(e)) * time) * random.uniform(3000, 9000) for c, e, _ in rows]
    whole = np.concatenate([np.pad(clip, (0, 8000)) for clip in clips]).astype(np.int16)
    np.save(folder / "voice-clips.npy", whole)
    np.save(folder / "voice-coded.npy", whole // 2)
    n = len(rows)
    np.savez(
        folder / "voice-clips.npz", start=np.arange(n) * 20_000, length=np.full(n, length), corpus=np.array([r[0] for r in rows]),
        speaker=np.array([r[2] for r in rows]), emotion=np.array([r[1] or ("neutral" if r[0] == 4 else "") for r in rows]),
        intensity=np.zeros(n), recognised=np.full(n, np.nan), held=np.array([r[2] == "b" for r in rows]),
    )
    return Voices(folder)


class VoiceTests(unittest.TestCase):
    def setUp(self):
        torch.manual_seed(3)
        self.random = torch.Generator().manual_seed(4)
        scratch = tempfile.TemporaryDirectory()
        self.addCleanup(scratch.cleanup)
        self.voices = small_set(Path(scratch.name))

    def test_banded_products_are_convolutions(self):
        for taps, dilation in ((11, 1), (29, 2)):
            layer = Depthwise(4, taps, dilation)
            x = torch.randn(4, 3, 63)
            wanted = F.conv1d(x.transpose(0, 1), layer.conv.weight, padding=dilation * (taps - 1) // 2, dilation=dilation, groups=4)
            torch.testing.assert_close(layer(x), wanted.transpose(0, 1), atol=1e-5, rtol=1e-5)

    @unittest.skipUnless(SHARED.exists(), "needs ../shared/parity-va")
    def test_front_end_and_encoder_give_the_golden_features(self):
        from safetensors.torch import load_file

        golden = load_file(SHARED / "expected.safetensors")
        sound = golden["audio_i16"].float() / 32768
        windows = torch.stack([sound[s : s + WINDOW] for s in golden["window_start"].tolist()])
        self.assertLess((mfcc(windows) - golden["mfcc"][:, :, :63]).abs().max(), 2e-4)
        tensors = torch.load(SHARED / "net_epoch_3_student_round_2_exp_1.pth", map_location="cpu", weights_only=True)["state_dict"]
        encoder, prefix = MarbleNet(), "audio_backbone.encoder."
        encoder.load_state_dict({k.removeprefix(prefix): v for k, v in tensors.items() if k.startswith(prefix)})
        self.assertLess((encoder.eval()(mfcc(windows)) - golden["audio_features"]).abs().max(), 1e-4)

    def test_exported_encoders_take_plain_coefficients(self):
        encoder, other = MarbleNet().eval(), MarbleNet().eval()
        x = torch.randn(3, 64, 63) * SPREAD[:, None]
        other.load_state_dict({k.removeprefix("audio_backbone.encoder."): v for k, v in exported(encoder).items()})
        torch.testing.assert_close(other(x), encoder(x / SPREAD[:, None]), atol=1e-4, rtol=1e-4)

    def test_transparent_blocks_pass_the_coefficients_on(self):
        """Also while the whole network learns, with the statistics of a batch."""
        network, x = Hearing(), torch.randn(64, 64, 63) * torch.rand(64, 1) + 2
        network.audio.transparent(x)
        wanted = network.audio.passed(x)
        self.assertLess((wanted == 0).float().mean(), 0.01)
        for learning, tolerance in ((False, 1e-4), (True, 0.05)):
            y = x.transpose(0, 1)
            for block in network.audio.train(learning).encoder[:LATE]:
                y = block(y)
            torch.testing.assert_close(y.transpose(0, 1), wanted, atol=tolerance, rtol=0)
        network.eval()
        torch.testing.assert_close(network(wanted, LATE)[0], network(x)[0], atol=1e-3, rtol=1e-3)

    def test_microphones_deliver_voices_and_other_sound(self):
        drawn = Microphone(self.voices, (~self.voices.held).nonzero().flatten()).draw(64, self.random)
        self.assertEqual(drawn.windows.shape, (64, WINDOW))
        self.assertTrue(drawn.windows.isfinite().all() and drawn.windows.abs().max() <= 1)
        self.assertEqual((drawn.clip < 0).sum(), 64 - round(64 * 0.76))
        self.assertFalse(self.voices.held[drawn.clip[drawn.clip >= 0]].any())
        for made in (noises(4, self.random), music(4, self.random)):
            self.assertTrue((level(made) > 0.1).all())

    def test_the_loss_falls(self):
        network = Hearing().train()
        x = torch.randn(32, 64, 63)
        clip = torch.arange(32) % 32
        batch = {
            "expression": self.voices.expression[clip], "plane": self.voices.plane[clip], "weight": torch.ones(32),
            "allowed": allowed(self.voices)[self.voices.corpus[clip]], "quiet": torch.arange(32) % 4 == 0,
        }
        optimiser = torch.optim.Adam(network.parameters(), 3e-3)
        values = []
        for _ in range(12):
            value = loss(*network(masked(shifted(x, self.random), self.random)), batch)
            values.append(value.item())
            value.backward()
            optimiser.step()
            optimiser.zero_grad()
        self.assertLess(np.mean(values[-3:]), np.mean(values[:3]))

    def test_a_run_ends_in_time_and_goes_on_where_it_stopped(self):
        with tempfile.TemporaryDirectory() as scratch:
            cache, n = Path(scratch), 256
            some = torch.randint(0, 24, (n,), generator=self.random)
            torch.save({"coefficients": torch.randn(n, 64, 63).half(), "clip": some - 1, "faint": some == 3}, cache / "voice-pool-0.pt")

            def run(deadline: float | None) -> Training:
                return Training("all", self.voices, cache, 2, 1, False, deadline=deadline, late=True)

            self.assertEqual(run(time.time() - 1).progress(), 1)
            training = run(None)
            for step in range(3):
                self.assertAlmostEqual(training.progress(), step / training.steps)
                self.assertTrue(np.isfinite(training.advance()))
            self.assertEqual(training.network.audio.encoder[LATE - 1].mconv[-1].weight.abs().max(), 0)
            training.save()
            again = run(time.time() + 1000)
            self.assertEqual(again.step, 3)
            self.assertAlmostEqual(again.progress(), 3 / training.steps, places=2)
            self.assertEqual(run(time.time() - 1).progress(), 1)

    def test_right_answers_score_1(self):
        owner = torch.arange(32)
        outputs = torch.zeros(32, 10)
        outputs[owner, self.voices.expression[owner]] = 5
        outputs[:, 8:] = self.voices.plane[owner]
        scores = measured(outputs, owner, self.voices)
        self.assertEqual(set(scores), set(CORPORA[:4]))
        for line in scores.values():
            self.assertEqual((line["windows"], line["clips"], line["arousal"], line["chance"]), (1, 1, 1, 0.25))

    def test_a_voice_that_says_nothing_changes_no_target(self):
        heard = torch.softmax(torch.randn(7, 7), 1)
        people = People(1.0, 0.5, heard, (0, 0, 0), {})
        face = torch.softmax(torch.randn(5, 7), 1)
        torch.testing.assert_close(target(people, face, heard.mean(0).expand(5, -1)), face)
        torch.testing.assert_close(conflicting(face, face).sum(1), torch.ones(5))

    def test_pairs_match_or_conflict(self):
        """Voices whose features are their emotion: the matched ones have the face's label, the others another."""
        clips = (self.voices.corpus < 5).nonzero().flatten().repeat(3)
        sounds = Sounds(F.one_hot(self.voices.expression[clips], 128).float(), clips)
        label = torch.tensor([0, 1, 4, 5])
        pairs = Pairs(label, sounds, self.voices)
        pairs.of = [of if len(of) else pairs.of[0] for of in pairs.of]  # the small set has four expressions
        found = paired([Member(EMENetV().eval().tmodels)], torch.randn(1, 4, 512), label, pairs)
        heard = {kind: voice.argmax(1) for kind, (_, voice) in found.items()}
        self.assertTrue((heard["matched"] == np.tile(label, 4)).all())
        self.assertTrue((heard["mismatched"] != np.tile(label, 4)).any())
        self.assertEqual((separation(np.zeros(3), np.ones(3)), separation(np.ones(3), np.zeros(3))), (1, 0))

    def test_conflict_shows_as_far_as_face_and_voice_are_known(self):
        label = np.tile(np.arange(7), 60)
        for face, low, high in ((np.eye(7)[label], 1, 1), (np.full((420, 7), 1 / 7), 0.4, 0.6)):
            found = list(bound(face, label).values())
            self.assertTrue(low <= found[-1] <= high, found)
        self.assertEqual(list(bound(np.eye(7)[label], label).values()), sorted(bound(np.eye(7)[label], label).values()))

    def test_members_begin_as_the_visual_ones_and_are_so_in_silence(self):
        network = EMENetV().eval()
        member, faces = Member(network.tmodels), torch.randn(4, 512)
        with torch.no_grad():
            wanted, states = network.heads(faces)
            again, _ = network.heads(faces, states)
            loud, affect = member.run(faces, torch.randn(4, 2, 128))
            torch.testing.assert_close(loud, torch.stack([wanted["EXPR"], again["EXPR"]], 1), atol=1e-5, rtol=1e-4)
            torch.testing.assert_close(affect, torch.stack([wanted["VA"], again["VA"]], 1), atol=1e-5, rtol=1e-4)
            member.expression.sound.normal_()
            quiet, _ = member.run(faces, torch.zeros(4, 2, 128))
            torch.testing.assert_close(quiet, loud, atol=1e-5, rtol=1e-4)
        columns = [member.expression.sound, member.affect.sound]
        tensors = joined(network, MarbleNet(), columns)
        self.assertEqual(tensors["tmodels.0.rnn.weight_ih_l0"].shape, (384, 640))
        self.assertEqual(tensors["tmodels.1.rnn.weight_ih_l0"][:, 512:].abs().max(), 0)
        self.assertEqual(tensors["tmodels.3.rnn.weight_ih_l0"][:, 512:].abs().max(), 0)


if __name__ == "__main__":
    unittest.main()
