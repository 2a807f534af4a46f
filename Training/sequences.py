"""Trains the GRUs on sequences. There are no labelled videos, so tracks are synthetic: frames of one crop
with small motion, noise, blur, drifting light and dropped frames, then abruptly another crop, like a change
of expression. Everything else stays fixed and features are cached, so this takes minutes.

    CXX=g++ python sequences.py --cache ~/.cache/emenet/training a2 b2 c2 d2 e2

Name members in the order of their claims (`outliers.py`), starting with 0. Writes MEMBER-carry.safetensors
with `temporal: carry`. Only the GRUs' recurrent weights are trained. They are multiplied by the state,
which is 0 for single pictures and for the first frame of a track, so those give exactly the same outputs as
before.
"""

import json
from dataclasses import dataclass
from pathlib import Path

import torch
import torch.nn.functional as F
from torch import Tensor, nn

import checkpoint
import options
from data import Faces, Placement, coarse
from losses import class_weights, losses, outlier_loss
from model import TASKS, EMENetV, expectation

VARIANTS = 8  # frames kept per crop; a track goes through them forwards and backwards
LENGTH = 24  # frames per track in training
BATCH = 48  # tracks
RATE = 3e-3
STEADINESS = 0.08  # weight of the difference between neighbouring frames of one crop


def walk(n: int, length: int, step: float, random: torch.Generator) -> Tensor:
    """(n, length): a random walk with jitter that starts at 0 and has steps of `step` per frame; every
    twelfth frame on average follows dropped frames and has four times the step."""
    dropped = torch.rand(n, length, generator=random) < 1 / 12
    steps = torch.randn(n, length, generator=random) * step * (1 + 3 * dropped)
    return steps.cumsum(1) - steps[:, :1] + torch.randn(n, length, generator=random) * step


def spells(n: int, length: int, random: torch.Generator) -> Tensor:
    """(n, length) bool: periods of three frames on average that cover an eighth of all frames."""
    chance = torch.rand(n, length, generator=random)
    inside = [chance[:, 0] < 1 / 8]
    for t in range(1, length):
        inside.append(chance[:, t] < torch.where(inside[-1], 2 / 3, 1 / 21))
    return torch.stack(inside, 1)


def frames(faces: Faces, rows: Tensor, length: int, random: torch.Generator) -> tuple[Tensor, Tensor]:
    """A track of each crop as a poor camera and the tracker would produce it: (n, length, 1, 112, 112) in
    [0, 1], and the landmarks (n, length, 68, 2) in px of each frame's crop."""
    n = len(rows)
    base = Placement.detector_box(n, random, 0.3)
    placement = Placement(
        (base.shift[:, None] + torch.stack([walk(n, length, 0.4, random) for _ in "xy"], 2)).flatten(0, 1),
        (base.angle[:, None] + walk(n, length, 0.01, random)).flatten(),
        (base.scale[:, None] * (1 + walk(n, length, 0.008, random))).flatten(),
        (torch.rand(n, 1, generator=random) < 0.5).expand(n, length).flatten(),
    )
    pictures = faces.read(rows).repeat_interleave(length, 0)
    crops = placement.crops(pictures)

    def per_track(low: float, high: float) -> Tensor:
        return (low + (high - low) * torch.rand(n, generator=random)).repeat_interleave(length).view(-1, 1, 1, 1)

    light = per_track(0.75, 1.2) + walk(n, length, 0.015, random).flatten().view(-1, 1, 1, 1)
    crops = crops.clamp(1e-3, 1) ** torch.exp(per_track(-0.3, 0.3)) * light
    small = torch.rand(n * length, generator=random) < 0.3
    unfocused = spells(n, length, random).flatten()  # or moving fast
    for blurred, low, high in ((small & ~unfocused, 18, 60), (unfocused, 8, 18)):
        if blurred.any():
            side = int(torch.randint(low, high, (), generator=random))
            crops[blurred] = coarse(crops[blurred], side)
    crops = crops + torch.randn(crops.shape, generator=random) * per_track(0.01, 0.14)
    points = faces.labels["landmarks"][rows].repeat_interleave(length, 0)
    return crops.clamp(0, 1).unflatten(0, (n, length)), placement.landmarks(points).unflatten(0, (n, length))


class Backbones:
    """The members' backbones on a separate device; the heads stay on the CPU."""

    def __init__(self, networks: list[EMENetV], device: torch.device, compiled: bool):
        self.device = device
        backbones = [network.backbone.to(device, memory_format=torch.channels_last) for network in networks]
        self.backbones = [torch.compile(b) if compiled else b for b in backbones]

    @torch.no_grad()
    def features(self, crops: Tensor) -> Tensor:
        """Computes features (members, n, 512) of crops (n, 1, 112, 112)."""
        parts = []
        for some in crops.split(64):
            padded = F.pad(some, (0, 0, 0, 0, 0, 0, 0, 64 - len(some)))  # a fixed shape, compiled once
            x = padded.to(self.device).expand(-1, 3, -1, -1).contiguous(memory_format=torch.channels_last)
            with torch.autocast(self.device.type, torch.bfloat16):
                parts.append(torch.stack([backbone(x)[: len(some)].float().cpu() for backbone in self.backbones]))
        return torch.cat(parts, 1)


@dataclass
class Cached:
    """Features of frames of `rows`, (members, n, frames, 512), with the landmarks of each frame, and
    features of crops without a face, (members, m, 512)."""

    rows: Tensor
    features: Tensor
    landmarks: Tensor
    outliers: Tensor

    @staticmethod
    def made(file: Path, backbones: Backbones, faces: Faces, rows: Tensor, length: int, seed: int) -> "Cached":
        if file.exists():
            return Cached(**torch.load(file, weights_only=True))
        random = torch.Generator().manual_seed(seed)
        features, landmarks = [], []
        for k, some in enumerate(rows.split(64 // length or 1)):
            crops, points = frames(faces, some, length, random)
            features.append(backbones.features(crops.flatten(0, 1)).unflatten(1, crops.shape[:2]).bfloat16())
            landmarks.append(points)
            if k % 50 == 0:
                print(f"features: {k * len(some)} of {len(rows)} crops", flush=True)
        strange = backbones.features(faces.strange(len(rows) // 2, random)).bfloat16()
        made = Cached(rows, torch.cat(features, 1), torch.cat(landmarks), strange)
        torch.save(vars(made), file)
        return made


def changes(tracks: int, length: int, random: torch.Generator) -> Tensor:
    """(tracks, length) bool: the frames at which another crop starts; some tracks never change."""
    change = torch.rand(tracks, length, generator=random) < 0.08
    change[:, 0] = True
    change[torch.rand(tracks, generator=random) < 0.2, 1:] = False
    return change


class Teacher:
    """Trains one member's heads on tracks drawn from cached features."""

    def __init__(self, heads: nn.ModuleList, member: int, cached: Cached, faces: Faces, steps: int, seed: int):
        self.heads, self.member, self.cached, self.faces = heads, member, cached, faces
        self.random = torch.Generator().manual_seed(seed)
        self.recurrent = [head.rnn.weight_hh_l0 for task, head in zip(TASKS, heads) if task != "FA"]
        heads.requires_grad_(False)
        for weight in self.recurrent:
            weight.requires_grad_(True)
        self.optimiser = torch.optim.Adam(self.recurrent, lr=RATE)
        self.schedule = torch.optim.lr_scheduler.OneCycleLR(self.optimiser, RATE, steps, pct_start=0.1)
        self.classes = class_weights(faces.labels["expression_target"][faces.train])

    def step(self) -> dict[str, Tensor]:
        change = changes(BATCH, LENGTH, self.random)
        segment = change.cumsum(1) - 1 + torch.arange(BATCH)[:, None] * LENGTH
        crop = torch.randint(0, len(self.cached.rows), (BATCH * LENGTH,), generator=self.random)[segment]
        last = self.cached.features.shape[2] - 1
        begin = torch.randint(0, 2 * last, (BATCH * LENGTH,), generator=self.random)[segment]
        variant = ((begin + torch.arange(LENGTH)) % (2 * last) - last).abs()
        features = self.cached.features[self.member][crop, variant].float()
        rows = self.cached.rows[crop].flatten()
        targets = {name: values[rows] for name, values in self.faces.labels.items()}
        targets["landmarks"] = self.cached.landmarks[crop, variant].flatten(0, 1)
        logits, states = [], None
        for t in range(LENGTH):
            now, states = run(self.heads, features[:, t], states)
            logits.append(now)
        stacked = {task: torch.stack([l[task] for l in logits], 1) for task in TASKS}
        terms = losses({k: v.flatten(0, 1) for k, v in stacked.items()}, targets, self.classes, self.faces.au_confidence)
        same = ~change[:, 1:]
        terms["unsteady"] = STEADINESS * sum(
            ((v[:, 1:] - v[:, :-1]).abs().sum(-1) * same).sum() / same.sum()
            for v in (expectation(stacked["VA"].flatten(0, 1)).unflatten(0, same.shape[:1] + (-1,)), stacked["EXPR"].softmax(-1))
        )
        m = self.cached.outliers.shape[1]
        strange = self.cached.outliers[self.member][torch.randint(0, m, (BATCH * 4,), generator=self.random)].float()
        before = {task: s[torch.randint(0, BATCH, (BATCH * 4,), generator=self.random)].detach() for task, s in states.items()}
        terms["outliers"] = outlier_loss(run(self.heads, strange, before)[0], self.member)
        sum(terms.values()).backward()
        nn.utils.clip_grad_norm_(self.recurrent, 5.0)
        self.optimiser.step()
        self.optimiser.zero_grad()
        self.schedule.step()
        return {name: value.detach() for name, value in terms.items()}


def run(heads: nn.ModuleList, features: Tensor, states: dict[str, Tensor] | None) -> tuple[dict[str, Tensor], dict[str, Tensor]]:
    """Landmarks are those of each frame alone: their state is always 0."""
    logits, carried = {}, {}
    for task, head in zip(TASKS, heads):
        logits[task], carried[task] = head(features, states[task] if states and task != "FA" else None)
    return logits, carried


@torch.no_grad()
def measured(networks: list[EMENetV], features: Tensor, majority: Tensor, change: int) -> dict[str, dict[str, float]]:
    """Measures the effect of carried state on held-out tracks. features (members, tracks, frames, 512) are
    of tracks that show one crop before frame `change` and another from then on; majority is (tracks, 2)."""
    result = {}
    length = features.shape[2]
    for name in ("reset", "carry"):
        probabilities, values = 0, 0
        for network, own in zip(networks, features):
            states, expression, va = None, [], []
            for t in range(length):
                logits, now = network.heads(own[:, t].float(), states)
                states = now if name == "carry" else None
                expression.append(logits["EXPR"].softmax(-1))
                va.append(expectation(logits["VA"]))
            probabilities = probabilities + torch.stack(expression, 1) / len(networks)
            values = values + torch.stack(va, 1) / len(networks)
        label = probabilities.argmax(-1)
        wanted = majority.repeat_interleave(torch.tensor([change, length - change]), 1)
        step = (values[:, 1:] - values[:, :-1]).abs()
        steady = torch.arange(1, length) != change
        # Among tracks that end with the new expression but did not show it before: its first frame.
        seen = (label[:, -1] == majority[:, 1]) & (label[:, change - 1] != majority[:, 1])
        first = (label[:, change:] == majority[:, 1:]).int().argmax(1)[seen].float() + 1
        first = first if len(first) else torch.tensor([float("nan")])
        result[name] = {
            "accuracy": (label == wanted).float().mean().item(),
            "jitter_valence": step[:, steady, 0].mean().item(),
            "jitter_arousal": step[:, steady, 1].mean().item(),
            "response_ms_median": first.median().item() * 1000 / 30,
            "response_ms_95": first.quantile(0.95).item() * 1000 / 30,
        }
    return result


def held_out(faces: Faces, backbones: Backbones, tracks: int, change: int, length: int) -> tuple[Tensor, Tensor]:
    """Synthetic tracks of validation crops on which people agree: features and majority for `measured`."""
    random = torch.Generator().manual_seed(7)
    votes = faces.labels["votes"][faces.val].float()
    clear = votes.max(1).values * 2 >= faces.labels["votes_total"][faces.val]
    clear &= votes.sum(1) > 0
    rows, label = faces.val[clear], votes[clear].argmax(1)
    # Drawn evenly over expressions, so that most changes of crop change the expression.
    weight = 1 / label.bincount(minlength=7)[label].float()
    first = torch.multinomial(weight, tracks, replacement=True, generator=random)
    other = (label[None] != label[first, None]) * weight
    second = torch.multinomial(other, 1, generator=random).flatten()
    parts = []
    for pair in range(tracks):
        before, _ = frames(faces, rows[first[pair]][None], change, random)
        after, _ = frames(faces, rows[second[pair]][None], length - change, random)
        parts.append(backbones.features(torch.cat([before[0], after[0]])))
    return torch.stack(parts, 1), torch.stack([label[first], label[second]], 1)


def main() -> None:
    parser = options.parser(__doc__)
    parser.add_argument("members", nargs="+", help="names of members with a MEMBER.safetensors in the cache")
    parser.add_argument("--crops", type=int, default=12000)
    parser.add_argument("--steps", type=int, default=600)
    parser.add_argument("--tracks", type=int, default=200, help="held-out tracks for the measurement")
    arguments, cache = options.parsed(parser)
    faces = Faces(cache / "faces")
    loaded = [checkpoint.load(cache / f"{name}.safetensors") for name in arguments.members]
    networks = [network for network, _ in loaded]
    backbones = Backbones(networks, arguments.device, not arguments.no_compile)
    random = torch.Generator().manual_seed(3)
    rows = faces.train[torch.randperm(len(faces.train), generator=random)[: arguments.crops]]
    file = cache / f"features-{'-'.join(arguments.members)}.pt"
    cached = Cached.made(file, backbones, faces, rows, VARIANTS, 5)
    for index, (name, (network, metadata)) in enumerate(zip(arguments.members, loaded)):
        network.tmodels.train()
        teacher = Teacher(network.tmodels, index, cached, faces, arguments.steps, 40 + index)
        sums: dict[str, float] = {}
        for step in range(1, arguments.steps + 1):
            for term, value in teacher.step().items():
                sums[term] = sums.get(term, 0) + value.item()
            if step % 100 == 0:
                print(json.dumps({"member": name, "step": step, **{k: round(v / 100, 4) for k, v in sums.items()}}), flush=True)
                sums = {}
        network.eval()
        metadata = metadata | {"temporal": "carry"}
        metadata.pop("format", None)
        checkpoint.save(network, cache / f"{name}-carry.safetensors", metadata)
    change, length = 30, 60  # one second of each crop
    features, majority = held_out(faces, backbones, arguments.tracks, change, length)
    print(json.dumps(measured(networks, features, majority, change)))


if __name__ == "__main__":
    main()
