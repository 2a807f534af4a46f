"""Trains the encoder of EMENet-VA on voices, with a temporary head, and measures it on speakers, or a whole corpus,
that it never heard.

    python hear.py --cache ~/.cache/emenet/training pool 0 1 2 3       # parts of the pool, from several processes
    CXX=g++ python hear.py --cache … train all --epochs 5
    CXX=g++ python hear.py --cache … train longer --init all --epochs 4
    CXX=g++ python hear.py --cache … train ravdess --epochs 2          # without that corpus

Windows are drawn and disturbed once, as voice-pool-K.pt. Writes voice-NAME.pt, the running average; a second run of
the same command resumes. The head tells the seven expressions and `no voice` apart, and places the voice on the
plane; it is thrown away. A window without a voice has the target that every feature is 0, so that such sound says
nothing to the network's heads.
"""

import json
import math
import os
import time
from copy import deepcopy
from pathlib import Path

import numpy as np
import torch
import torch.nn.functional as F
from torch import Tensor, nn

import options
from marblenet import FEATURES, LATE, SPREAD, WINDOW, MarbleNet, mfcc
from sounds import Microphone
from train import seconds_until
from voices import ACTED, CORPORA, EXPRESSIONS, RATE, SPOKEN, Voices

PART = 2048  # windows in a part of the pool
BATCH = 32
RATE_OF_LEARNING = 2.5e-3
QUIET = 0.15  # weight of the features' size where there is no voice
PARTS = ("network", "average", "optimiser")  # of a run's state
STEP = 2560  # samples between the windows that are measured


class Hearing(nn.Module):
    """The encoder with its temporary head: 7 expressions and no voice, valence and arousal."""

    def __init__(self):
        super().__init__()
        self.audio = MarbleNet()
        self.head = nn.Linear(FEATURES, len(EXPRESSIONS) + 1 + 2)

    def forward(self, coefficients: Tensor, first: int = 0) -> tuple[Tensor, Tensor]:
        """coefficients (n, 64, 63) / SPREAD; returns outputs (n, 10) and features (n, 128)."""
        features = self.audio(coefficients, first)
        return self.head(F.dropout(features, 0.2, self.training)), features


def allowed(voices: Voices) -> Tensor:
    """(corpora, 8) bool: the expressions that occur in a corpus, and no voice."""
    result = torch.zeros(len(CORPORA), 8, dtype=torch.bool)
    result[:, 7] = True
    for corpus in range(SPOKEN - 1):
        result[corpus, voices.expression[(voices.corpus == corpus) & (voices.expression >= 0)]] = True
    result[SPOKEN - 1 :, :7] = True
    return result


def make_pool(voices: Voices, cache: Path, parts: list[int]) -> None:
    microphone = Microphone(voices, (~voices.held).nonzero().flatten())
    for part in parts:
        random = torch.Generator().manual_seed(500 + part)
        drawn = [microphone.draw(1024, random) for _ in range(PART // 1024)]
        save(
            {
                "coefficients": torch.cat([mfcc(d.windows) / SPREAD[:, None] for d in drawn]).half(),
                "clip": torch.cat([d.clip for d in drawn]),
                "faint": torch.cat([d.faint for d in drawn]),
            },
            cache / f"voice-pool-{part}.pt",
        )
        print(f"pool: part {part}", flush=True)


def save(content: dict, file: Path) -> None:
    """All of the file or nothing."""
    torch.save(content, file.with_suffix(".unfinished"))
    os.replace(file.with_suffix(".unfinished"), file)


def pool(cache: Path) -> dict[str, Tensor]:
    parts = [torch.load(file, weights_only=True) for file in sorted(cache.glob("voice-pool-*.pt"))]
    return {name: torch.cat([part[name] for part in parts]) for name in parts[0]}


def loss(outputs: Tensor, features: Tensor, batch: dict[str, Tensor]) -> Tensor:
    logits = outputs[:, :8].float().masked_fill(~batch["allowed"], -30)
    known = batch["expression"] >= 0
    target = batch["expression"].clamp(min=0)
    entropy = F.cross_entropy(logits, target, reduction="none", label_smoothing=0.02) * known * batch["weight"]
    place = outputs[:, 8:].float()
    spoken = ~batch["plane"].isnan().any(1)
    off = ((place - batch["plane"].nan_to_num()) ** 2 @ torch.tensor([0.5, 1.0])) * spoken
    quiet = batch["quiet"].float()
    size = (features.float().sum(1) * quiet).sum() / quiet.sum().clamp(min=1)
    return entropy.sum() / known.sum() + 2 * off.sum() / spoken.sum() + QUIET * size / 16


class Training:
    def __init__(self, name: str, voices: Voices, cache: Path, epochs: float, seed: int, compiled: bool, init: str | None = None, deadline: float | None = None, late: bool = False):
        torch.manual_seed(seed)
        self.name, self.voices, self.cache, self.seed = name, voices, cache, seed
        self.data = pool(cache)
        clip = self.data["clip"]
        corpus = torch.where(clip >= 0, voices.corpus[clip], -1)
        left_out = CORPORA.index(name) if name in CORPORA else -2
        self.rows = (~self.data["faint"] & (corpus != left_out)).nonzero().flatten()
        self.corpus = corpus
        self.allowed = allowed(voices)
        self.network = load(cache / f"voice-{init}.pt") if init else Hearing()
        self.first = LATE if late else 0
        if not init:
            self.network.audio.transparent(self.data["coefficients"][self.rows[:4000]].float())
        self.network.train()
        self.network.audio.encoder[: self.first].requires_grad_(False)
        self.average = deepcopy(self.network).requires_grad_(False)
        learning = [p for p in self.network.parameters() if p.requires_grad]
        groups = [
            {"params": [p for p in learning if p.ndim > 1], "weight_decay": 0.03},
            {"params": [p for p in learning if p.ndim == 1], "weight_decay": 0.0},
        ]
        self.optimiser = torch.optim.AdamW(groups, lr=RATE_OF_LEARNING)
        self.steps = round(epochs * (len(self.rows) // BATCH))
        self.deadline, self.began = deadline, time.time()
        self.step, self.before = 0, 0.0
        self.forward = torch.compile(self.network) if compiled else self.network
        self.file = cache / f"voice-{name}.state"
        if self.file.exists():
            saved = torch.load(self.file, weights_only=True)
            for part in PARTS:
                getattr(self, part).load_state_dict(saved[part])
            self.step, self.before = saved["step"], saved["progress"]

    def save(self) -> None:
        parts = {part: getattr(self, part).state_dict() for part in PARTS}
        save({**parts, "step": self.step, "progress": self.progress()}, self.file)

    def progress(self) -> float:
        """From 0 to 1, by steps or by the clock, whichever is ahead."""
        by_clock = 0.0
        if self.deadline:
            left = (self.deadline - time.time()) / max(1e-3, self.deadline - self.began)
            by_clock = 1 - (1 - self.before) * max(0.0, left)
        return min(1.0, max(self.step / self.steps, by_clock))

    def batch(self) -> tuple[Tensor, dict[str, Tensor]]:
        per_epoch = len(self.rows) // BATCH
        epoch, k = divmod(self.step, per_epoch)
        order = torch.randperm(len(self.rows), generator=torch.Generator().manual_seed(self.seed * 100 + epoch))
        some = self.rows[order[k * BATCH : (k + 1) * BATCH]]
        random = torch.Generator().manual_seed(self.seed * 1_000_000 + self.step)
        x = self.data["coefficients"][some].float()
        x = masked(shifted(x, random), random)
        clip = self.data["clip"][some]
        voiced = clip >= 0
        corpus = self.corpus[some]
        expression = torch.where(voiced, self.voices.expression[clip], 7)
        recognised = self.voices.recognised[clip].nan_to_num(0.8).float()
        plane = torch.where(voiced[:, None], self.voices.plane[clip], torch.nan)
        allow = self.allowed[torch.where(voiced, corpus, len(CORPORA) - 1)]
        weight = torch.where(voiced, recognised, 1.0)
        return x, {"expression": expression, "plane": plane, "allowed": allow, "weight": weight, "quiet": ~voiced}

    def advance(self) -> float:
        x, batch = self.batch()
        x = self.network.audio.passed(x) if self.first else x
        with torch.autocast("cpu", torch.bfloat16, enabled=torch.cpu._is_avx512_bf16_supported()):
            outputs, features = self.forward(x, self.first)
        value = loss(outputs, features, batch)
        value.backward()
        nn.utils.clip_grad_norm_(self.network.parameters(), 5.0)
        done = self.progress()
        for group in self.optimiser.param_groups:
            # One cycle: up for the first tenth, then down to 0.
            group["lr"] = RATE_OF_LEARNING * min((done + 0.004) / 0.1, 0.5 + 0.5 * math.cos(math.pi * max(0.0, done - 0.1) / 0.9))
        self.optimiser.step()
        self.optimiser.zero_grad()
        decay = min(0.99, (1 + self.step) / (10 + self.step))
        with torch.no_grad():
            for old, new in zip(self.average.state_dict().values(), self.network.state_dict().values()):
                if old.is_floating_point():
                    old.lerp_(new, 1 - decay)
        self.step += 1
        return value.item()


def shifted(x: Tensor, random: torch.Generator) -> Tensor:
    """As by another gain and another microphone: the same amount in all columns of the first eight coefficients."""
    spread = torch.tensor([0.25, 0.2, 0.15, 0.12, 0.1, 0.1, 0.1, 0.1])
    x = x.clone()
    x[:, :8] += (torch.randn(len(x), 8, generator=random) * spread)[:, :, None]
    return x


def masked(x: Tensor, random: torch.Generator) -> Tensor:
    """Hides one band of up to 0.1 s and one of up to 8 coefficients above the first three, in most windows."""
    n = len(x)
    first, count = torch.randint(0, 60, (n, 1), generator=random), torch.randint(0, 11, (n, 1), generator=random)
    column = torch.arange(x.shape[2])
    hidden = ((column >= first) & (column < first + count))[:, None]
    first, count = torch.randint(3, 60, (n, 1), generator=random), torch.randint(0, 9, (n, 1), generator=random)
    row = torch.arange(64)
    hidden = hidden | ((row >= first) & (row < first + count))[:, :, None]
    return torch.where(hidden, x.mean(2, keepdim=True), x)


def windows_of(voices: Voices, clips: Tensor) -> tuple[Tensor, Tensor]:
    """Coefficients (n, 64, 63) / SPREAD, in half precision, of windows STEP apart within 20 dB of their clip's
    loudest, and their clips (n,); shorter clips have one window."""
    parts, owners = [], []
    for clip in clips.tolist():
        start, length = int(voices.start[clip]), int(voices.length[clip])
        sound = F.pad(voices.clean[start : start + length].float() / 32768, (0, max(0, WINDOW - length)))
        windows = sound.unfold(0, WINDOW, STEP)
        loud = windows.square().mean(1)
        windows = windows[loud > loud.max() / 100] if loud.max() > 0 else windows[:1]
        parts.append((mfcc(windows) / SPREAD[:, None]).half())
        owners += [clip] * len(windows)
    return torch.cat(parts), torch.tensor(owners)


@torch.no_grad()
def outputs_of(network: Hearing, coefficients: Tensor) -> tuple[Tensor, Tensor]:
    network.eval()
    results = [network(some.float()) for some in coefficients.split(512)]
    return torch.cat([r[0] for r in results]), torch.cat([r[1] for r in results])


def recall(found: Tensor, truth: Tensor) -> float:
    return float(np.mean([(found[truth == c] == c).float().mean().item() for c in truth.unique().tolist()]))


def correlation(a: Tensor, b: Tensor) -> float:
    return float(np.corrcoef(a.numpy(), b.numpy())[0, 1])


def measured(outputs: Tensor, owner: Tensor, voices: Voices) -> dict:
    """Per corpus: mean recall of windows and clips, with chance; correlation of valence and arousal, of clips."""
    result = {}
    choices = allowed(voices)
    clips, inverse = owner.unique(return_inverse=True)
    logits = outputs[:, :8].masked_fill(~choices[voices.corpus[owner]], -30)
    logits[:, 7] = -30
    probability = logits.log_softmax(1)
    mean = torch.zeros(len(clips), 10).index_reduce_(0, inverse, torch.cat([probability, outputs[:, 8:]], 1), "mean", include_self=False)
    for corpus in range(SPOKEN - 1):
        of_clip = voices.corpus[clips] == corpus
        if not of_clip.any():
            continue
        plane = voices.plane[clips]
        known = of_clip & (voices.expression[clips] >= 0)
        window = (voices.corpus[owner] == corpus) & (voices.expression[owner] >= 0)
        truth = voices.expression[clips[known]]
        result[CORPORA[corpus]] = {
            "windows": recall(logits[window].argmax(1), voices.expression[owner[window]]),
            "clips": recall(mean[known, :8].argmax(1), truth),
            "chance": 1 / len(truth.unique()),
            "count": int(of_clip.sum()),
            "arousal": correlation(mean[of_clip, 9], plane[of_clip, 1]),
            "arousal_windows": correlation(outputs[voices.corpus[owner] == corpus, 9], voices.plane[owner][voices.corpus[owner] == corpus, 1]),
            "valence": correlation(mean[of_clip, 8], plane[of_clip, 0]),
        }
    return {k: {n: round(v, 3) for n, v in line.items()} for k, line in result.items()}


def unheard(name: str, voices: Voices) -> Tensor:
    """The clips to measure with: those of held-out speakers, or all of the corpus that was left out."""
    spoken = voices.corpus < SPOKEN - 1
    inside = voices.corpus == CORPORA.index(name) if name in CORPORA else spoken & voices.held
    return inside.nonzero().flatten()


def load(file: Path) -> Hearing:
    network = Hearing()
    network.load_state_dict(torch.load(file, weights_only=True))
    return network.eval()


def main() -> None:
    parser = options.parser(__doc__)
    parser.add_argument("step", choices=["pool", "train", "measure"])
    parser.add_argument("names", nargs="+", help="parts of the pool, or `all`, or the corpus to leave out")
    parser.add_argument("--epochs", type=float, default=5)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--late", action="store_true", help="train only the last two blocks, behind four that pass the coefficients on")
    parser.add_argument("--until", help="HH:MM by which to finish: the rate of learning falls in time for it")
    parser.add_argument("--init", help="name of a finished run to go on from")
    arguments, cache = options.parsed(parser)
    voices = Voices(cache)
    deadline = time.time() + seconds_until(arguments.until) if arguments.until else None
    if arguments.step == "pool":
        return make_pool(voices, cache, [int(name) for name in arguments.names])
    for name in arguments.names:
        out = cache / f"voice-{name}.pt"
        if not out.exists():
            training = Training(name, voices, cache, arguments.epochs, arguments.seed, not arguments.no_compile, arguments.init, deadline, arguments.late)
            began, sum, saved = time.monotonic(), 0.0, time.monotonic()
            while training.progress() < 1:
                sum += training.advance()
                if training.step % 50 == 0:
                    line = {"name": name, "step": training.step, "of": training.steps, "loss": round(sum / 50, 4)}
                    print(json.dumps({**line, "seconds": round(time.monotonic() - began)}), flush=True)
                    sum = 0.0
                if time.monotonic() - saved > 120:
                    training.save()
                    saved = time.monotonic()
            torch.save(training.average.state_dict(), out)
        coefficients, owner = windows_of(voices, unheard(name, voices))
        print(json.dumps({"name": name, **measured(outputs_of(load(out), coefficients)[0], owner, voices)}), flush=True)


if __name__ == "__main__":
    main()
