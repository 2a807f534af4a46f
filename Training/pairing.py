"""Teaches the visual members to hear: trains the sound's columns of their GRUs on pairs of faces and voices. `gate.py`
measures the result.

    python pairing.py --cache ~/.cache/emenet/training --voices ../../shared/voices ../checkpoints/emenet-v-*.safetensors

Needs voice-all.pt of hear.py. Backbone, encoder, decoders and all other columns stay as they are, and the columns start
at 0, so that a member begins as the visual one; those of action units and landmarks stay 0. Half of the samples are
without a voice or with one that talks calmly, with the visual member's own distribution as target; a fifth of the pairs contradict each other. A
sample is a track of STEPS frames of one face and one voice, with the state carried.
"""

import json
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
import torch.nn.functional as F
from torch import Tensor, nn

import checkpoint
import options
from data import Faces
from hear import Hearing, load, outputs_of, pool
from losses import class_weights, soft_bins
from marblenet import FEATURES
from model import HIDDEN, Head, expectation
from pairs import People, conflicting, fit, target
from voices import SPOKEN, Voices

FACES = {"train": 600, "val": 1500}  # crops
STEPS = 3
BATCH = 192
RATE = 4e-3


class HearingHead(nn.Module):
    """A visual head whose GRU also takes 128 features of sound."""

    def __init__(self, head: Head):
        super().__init__()
        self.head = head.requires_grad_(False)
        self.sound = nn.Parameter(torch.zeros(3 * HIDDEN, FEATURES))

    def forward(self, face: Tensor, sound: Tensor, state: Tensor | None) -> tuple[Tensor, Tensor]:
        """face (n, 384): the input's part of the gates; sound (n, 128); returns logits and state."""
        rnn = self.head.rnn
        own = (face + sound @ self.sound.T).chunk(3, -1)
        back = (rnn.bias_hh_l0 if state is None else F.linear(state, rnn.weight_hh_l0, rnn.bias_hh_l0)).chunk(3, -1)
        update = torch.sigmoid(own[1] + back[1])
        hidden = (1 - update) * torch.tanh(own[2] + torch.sigmoid(own[0] + back[0]) * back[2])
        hidden = hidden if state is None else hidden + update * state
        return self.head.decoder(hidden), hidden

    def gates(self, features: Tensor) -> Tensor:
        return F.linear(features, self.head.rnn.weight_ih_l0, self.head.rnn.bias_ih_l0)


@dataclass
class Sounds:
    """Features (n, 128) of windows and the clip of each, -1 without a voice; `first`, `count`: the rows of a clip
    among those sorted by clip."""

    features: Tensor
    clip: Tensor

    def __post_init__(self):
        order = self.clip.argsort()
        self.features, self.clip = self.features[order], self.clip[order]
        self.quiet = self.features[self.clip < 0]
        self.voiced, self.owner = self.features[self.clip >= 0], self.clip[self.clip >= 0]
        self.clips, self.count = self.owner.unique_consecutive(return_counts=True)
        self.first = self.count.cumsum(0) - self.count

    def of(self, which: Tensor, steps: int, random: torch.Generator) -> Tensor:
        """(n, steps, 128): windows of the clips `self.clips[which]`."""
        draws = torch.rand(len(which), steps, generator=random)
        return self.voiced[self.first[which, None] + (draws * self.count[which, None]).long()]


class Pairs:
    """Draws faces and voices, matching or contradicting each other."""

    def __init__(self, label: Tensor, sounds: Sounds, voices: Voices):
        self.label, self.sounds = label, sounds  # label (faces,): -1 unknown
        self.emotion = voices.expression[sounds.clips]
        spoken = voices.corpus[sounds.clips] < SPOKEN - 1
        self.of = [((self.emotion == e) & spoken).nonzero().flatten() for e in range(7)]
        self.calm = (voices.corpus[sounds.clips] == SPOKEN - 1).nonzero().flatten()

    def voice(self, emotion: Tensor, random: torch.Generator) -> Tensor:
        """Rows of `sounds.clips`, one for each emotion."""
        result = torch.zeros_like(emotion)
        for e in emotion.unique().tolist():
            some = (emotion == e).nonzero().flatten()
            result[some] = self.of[e][torch.randint(0, len(self.of[e]), (len(some),), generator=random)]
        return result


class Member(nn.Module):
    """The expression and valence-arousal heads of one member."""

    def __init__(self, heads: nn.ModuleList):
        super().__init__()
        self.expression, self.affect = HearingHead(heads[0]), HearingHead(heads[2])

    def run(self, faces: Tensor, sound: Tensor) -> tuple[Tensor, Tensor]:
        """faces (n, 512), sound (n, steps, 128): logits (n, steps, 7) and (n, steps, 40)."""
        results = []
        for head in (self.expression, self.affect):
            gates, state, logits = head.gates(faces), None, []
            for t in range(sound.shape[1]):
                now, state = head(gates, sound[:, t], state)
                logits.append(now)
            results.append(torch.stack(logits, 1))
        return results[0], results[1]


def train(member: Member, faces: Tensor, pairs: Pairs, voices: Voices, people: People, steps: int, seed: int) -> float:
    """faces (n, 512): features of the training crops. Returns the mean loss of the last 50 steps."""
    random = torch.Generator().manual_seed(seed)
    columns = [member.expression.sound, member.affect.sound]
    optimiser = torch.optim.Adam(columns, lr=RATE)
    schedule = torch.optim.lr_scheduler.OneCycleLR(optimiser, RATE, steps, pct_start=0.1)
    known = (pairs.label >= 0).nonzero().flatten()
    sounds, last = pairs.sounds, []
    for _ in range(steps):
        face = known[torch.randint(0, len(known), (BATCH,), generator=random)]
        label = pairs.label[face]
        chance = torch.rand(BATCH, generator=random)
        conflict = chance < 0.2
        emotion = torch.where(conflict, (label + torch.randint(1, 7, (BATCH,), generator=random)) % 7, label)
        which = pairs.voice(emotion, random)
        heard = sounds.of(which, STEPS, random)
        quiet = torch.rand(BATCH, 1, generator=random) < 0.5
        quiet = quiet | (torch.rand(BATCH, STEPS, generator=random) < 0.1)
        silence = sounds.quiet[torch.randint(0, len(sounds.quiet), (BATCH, STEPS), generator=random)]
        if len(pairs.calm):
            talk = sounds.of(pairs.calm[torch.randint(0, len(pairs.calm), (BATCH,), generator=random)], STEPS, random)
            silence = torch.where(torch.rand(BATCH, 1, 1, generator=random) < 0.35, talk, silence)
        heard = torch.where(quiet[..., None], silence, heard)
        with torch.no_grad():
            own, own_va = member.run(faces[face], torch.zeros_like(heard))
            own = own.softmax(-1)
            sharp = 0.6 * own + 0.4 * F.one_hot(label, 7).float()[:, None]
            said = people.heard[emotion][:, None].expand_as(own)
            wanted = torch.where(conflict[:, None, None], conflicting(own.flatten(0, 1), said.flatten(0, 1)).view_as(own),
                                 target(people, sharp.flatten(0, 1), said.flatten(0, 1)).view_as(own))
            wanted = torch.where(quiet[..., None], own, wanted)
            place = expectation(own_va.flatten(0, 1)).view(BATCH, STEPS, 2)
            arousal = 0.6 * place[..., 1] + 0.4 * voices.plane[sounds.clips[which], 1][:, None]
            bins = own_va.unflatten(-1, (2, 20)).softmax(-1)
            bins[..., 1, :] = torch.where(quiet[..., None], bins[..., 1, :], soft_bins(arousal, 0.25))
        found, found_va = member.run(faces[face], heard)
        weight = torch.where(quiet, 2.0, 1.0)
        kl = (wanted * (wanted.clamp(min=1e-8).log() - found.log_softmax(-1))).sum(-1)
        kl_va = (bins * (bins.clamp(min=1e-8).log() - found_va.unflatten(-1, (2, 20)).log_softmax(-1))).sum((-1, -2))
        value = (weight * (kl + 0.5 * kl_va)).mean() + 1e-4 * sum(c.square().sum() for c in columns)
        value.backward()
        optimiser.step()
        optimiser.zero_grad()
        schedule.step()
        last = [*last[-49:], value.item()]
    return float(np.mean(last))


@torch.no_grad()
def sounds_of_pool(encoder: Hearing, cache: Path) -> Sounds:
    """Features of windows of the pool."""
    drawn = pool(cache)
    some = (~drawn["faint"]).nonzero().flatten()
    some = some[torch.randperm(len(some), generator=torch.Generator().manual_seed(4))[:24_000]]
    return Sounds(outputs_of(encoder, drawn["coefficients"][some])[1], drawn["clip"][some])


def labels_of(labelled: Faces, rows: Tensor) -> Tensor:
    """(n,): the expression that at least half of the votes name, or -1."""
    best = labelled.labels["expression_target"][rows].max(1)
    return torch.where(best.values >= 0.5, best.indices, -1)


@torch.no_grad()
def faces_of(networks: list, labelled: Faces, file: Path) -> dict[str, Tensor]:
    """Features (members, n, 512) of augmented training crops, rarer expressions more often, and of val crops as they
    are, with their rows."""
    if file.exists():
        return torch.load(file, weights_only=True)
    random = torch.Generator().manual_seed(31)
    val = labelled.val[torch.randperm(len(labelled.val), generator=random)[: FACES["val"]]]
    targets = labelled.labels["expression_target"][labelled.train]
    train_rows = labelled.train[torch.multinomial(targets @ class_weights(targets, 0.8), FACES["train"], generator=random)]

    def features(network, crops: Tensor) -> Tensor:
        with torch.autocast("cpu", torch.bfloat16, enabled=torch.cpu._is_avx512_bf16_supported()):
            return network.backbone(crops.expand(-1, 3, -1, -1).contiguous(memory_format=torch.channels_last)).float()

    result = {"train_rows": train_rows, "val_rows": val}
    parts: dict[str, list[Tensor]] = {"train": [], "val": []}
    for network in networks:
        random = torch.Generator().manual_seed(32)
        parts["train"].append(torch.cat([features(network, labelled.augmented(some, random)[0]) for some in train_rows.split(64)]))
        parts["val"].append(torch.cat([features(network, labelled.aligned(some)[0]) for some in val.split(64)]))
    result |= {name: torch.stack(values) for name, values in parts.items()}
    torch.save(result, file)
    return result


def main() -> None:
    parser = options.parser(__doc__)
    parser.add_argument("checkpoints", nargs="+", type=Path)
    parser.add_argument("--voices", type=Path, required=True)
    parser.add_argument("--steps", type=int, default=500)
    arguments, cache = options.parsed(parser)
    labelled, voices = Faces(cache / "faces"), Voices(cache)
    people = fit(arguments.voices / "cremad-votes.csv.gz")
    print(json.dumps({"people": {"face": people.face, "voice": people.voice, "agreement": people.agreement, **people.divergence}}))
    networks = [checkpoint.load(path)[0] for path in arguments.checkpoints]
    faces = faces_of(networks, labelled, cache / "voice-faces.pt")
    sounds = sounds_of_pool(load(cache / "voice-all.pt"), cache)
    pairs = Pairs(labels_of(labelled, faces["train_rows"]), sounds, voices)
    members = []
    for index, network in enumerate(networks):
        member = Member(network.tmodels)
        loss = train(member, faces["train"][index], pairs, voices, people, arguments.steps, 60 + index)
        print(json.dumps({"member": index, "loss": round(loss, 4)}), flush=True)
        members.append(member)
    torch.save([[m.expression.sound.detach(), m.affect.sound.detach()] for m in members], cache / "voice-columns.pt")


if __name__ == "__main__":
    main()
