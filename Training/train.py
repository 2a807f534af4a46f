"""Trains members of plan.json one after another, resuming from their saved states.

    CXX=g++ nice -n 19 python train.py --cache ~/.cache/emenet/training --until 22:00 a1 b1 c1 d1 e1

The same command starts and resumes. State is saved every few minutes, at the end, and on SIGTERM. A
finished member is MEMBER.safetensors (float average of the weights, no temperature yet). Several processes
may share one GPU, each with its own members.
"""

import json
import os
import signal
import time
from copy import deepcopy
from dataclasses import dataclass
from pathlib import Path

import torch
from torch import Tensor, nn
from torch.optim.swa_utils import get_ema_multi_avg_fn

import checkpoint
import evaluate
import options
from data import Faces
from losses import class_weights, losses, outlier_loss
from model import EMENetV, TwoWitnesses

BATCH = 128
SAVE_EVERY_SECONDS = 180
AVERAGE_DECAY = 0.998
WEIGHT_DECAY = 0.02


@dataclass
class Member:
    """An entry of plan.json."""

    name: str
    init: str | None  # name of an earlier member, a checkpoint, or null for random weights
    epochs: float
    rate: float
    seed: int
    taught: float = 0  # share of distil.py's teachers in the expression's targets
    outliers: float = 0  # crops without a face per face
    claim: int = 0  # its answer for those: a row of outliers.py
    witnesses: int = 1  # 2: a second decoder learns the predictions of networks trained on AffectNet
    crops: int = 0  # for late.py: number of crops; only the last stages are trained

    def start(self, folder: Path) -> EMENetV:
        """The initial network; with two witnesses, the second decoder is a copy of the first."""
        network = checkpoint.load(self.source(folder))[0] if self.init else EMENetV()
        return TwoWitnesses.starting_from(network) if self.witnesses == 2 else network

    def source(self, folder: Path) -> Path:
        """The file that `init` refers to."""
        earlier = folder / f"{self.init}.safetensors"
        return earlier if earlier.exists() else Path(self.init)

    def metadata(self, epochs: float, temporal: str = "reset") -> dict[str, str]:
        start = f"from {Path(self.init).stem}" if self.init else "from random weights"
        what = "epochs of the last stages" if self.crops else "epochs"
        second = " and a second decoder on networks trained on AffectNet" if self.witnesses == 2 else ""
        return {
            "input_channels": "luma",
            "temporal": temporal,
            "landmarks": "detector box",
            "member": self.name,
            "training": f"{epochs:.1f} {what} {start}, seed {self.seed}, people's votes as targets{second}",
            "licence": "research and non-commercial use; see the model card",
        }


PARTS = ("network", "average", "optimiser", "schedule")  # of a saved state


class Run:
    """A member in training: network, running average, optimiser and step, saved as one file."""

    def __init__(self, member: Member, faces: Faces, folder: Path, compiled: bool):
        self.member, self.faces, self.folder = member, faces, folder
        self.state_file = folder / f"{member.name}.state"
        self.log_file = folder / f"{member.name}.jsonl"
        torch.manual_seed(member.seed)
        self.network = member.start(folder).to(faces.device, memory_format=torch.channels_last).train()
        self.average = deepcopy(self.network).requires_grad_(False)
        self.steps_per_epoch = len(faces.train) // BATCH
        self.steps = round(member.epochs * self.steps_per_epoch)
        groups = [
            {"params": [p for p in self.network.parameters() if p.ndim > 1], "weight_decay": WEIGHT_DECAY},
            {"params": [p for p in self.network.parameters() if p.ndim == 1], "weight_decay": 0.0},
        ]
        self.optimiser = torch.optim.AdamW(groups, lr=member.rate, fused=True)
        rise = 0.1 if member.init else 0.25
        self.schedule = torch.optim.lr_scheduler.OneCycleLR(self.optimiser, member.rate, self.steps, pct_start=rise)
        self.step, self.epoch = 0, -1
        if member.witnesses == 2 and faces.labels["affectnet"].isnan().all():
            raise SystemExit("a line of the plan has two witnesses, and the set has no expression_teachers.npz")
        self.expression = faces.expression_targets(member.taught)
        self.classes = class_weights(self.expression[faces.train])
        compile = torch.compile if compiled else lambda function: function
        self.forward, self.losses = compile(self.network), compile(losses)
        if self.state_file.exists():
            self.resume()

    def resume(self) -> None:
        saved = torch.load(self.state_file, weights_only=True, map_location=self.faces.device)
        for part in PARTS:
            getattr(self, part).load_state_dict(saved[part])
        self.step = saved["step"]

    def save(self) -> None:
        unfinished = self.state_file.with_suffix(".unfinished")
        torch.save({**{part: getattr(self, part).state_dict() for part in PARTS}, "step": self.step}, unfinished)
        os.replace(unfinished, self.state_file)

    def rows(self) -> Tensor:
        """The crops of this step. The order within an epoch depends only on the seed and the epoch."""
        epoch, step = divmod(self.step, self.steps_per_epoch)
        if epoch != self.epoch:
            random = torch.Generator().manual_seed(self.member.seed * 1000 + epoch)
            order = torch.randperm(len(self.faces.train), generator=random)
            self.epoch, self.order = epoch, self.faces.train[order.to(self.faces.device)]
        return self.order[step * BATCH : (step + 1) * BATCH]

    def advance(self) -> dict[str, Tensor]:
        faces, member = self.faces, self.member
        random = torch.Generator(faces.device).manual_seed(member.seed * 1_000_000 + self.step)
        rows = self.rows()
        crops, targets = faces.augmented(rows, random)
        targets["expression_target"] = self.expression[rows]
        strange = round(BATCH * member.outliers)
        if strange:
            crops = torch.cat([crops, faces.strange(strange, random)])
        x = crops.expand(-1, 3, -1, -1).contiguous(memory_format=torch.channels_last)
        with torch.autocast(faces.device.type, torch.bfloat16):
            logits = self.forward(x)
        known = {task: values[: len(rows)] for task, values in logits.items()}
        terms = self.losses(known, targets, self.classes, faces.au_confidence)
        if strange:
            terms["outliers"] = outlier_loss({task: values[len(rows) :] for task, values in logits.items()}, member.claim)
        sum(terms.values()).backward()
        nn.utils.clip_grad_norm_(self.network.parameters(), 5.0)
        self.optimiser.step()
        self.optimiser.zero_grad()
        self.schedule.step()
        self.follow()
        self.step += 1
        return {name: value.detach() for name, value in terms.items()}

    @torch.no_grad()
    def follow(self) -> None:
        """Moves the average towards the network."""
        decay = min(AVERAGE_DECAY, (1 + self.step) / (10 + self.step))
        averaged, current = (
            [t for t in network.state_dict().values() if t.is_floating_point()] for network in (self.average, self.network)
        )
        get_ema_multi_avg_fn(decay)(averaged, current, None)

    def finished(self) -> bool:
        return self.step >= self.steps

    def log(self, **entry) -> None:
        entry = {"member": self.member.name, "step": self.step, "of": self.steps, **entry}
        print(json.dumps(entry), flush=True)
        with open(self.log_file, "a") as file:
            file.write(json.dumps(entry) + "\n")

    def publish(self) -> None:
        """Writes the current average as a checkpoint."""
        metadata = self.member.metadata(self.step / self.steps_per_epoch)
        checkpoint.save(self.average, self.folder / f"{self.member.name}.safetensors", metadata)


def seconds_until(clock: str) -> float:
    """Seconds from now to the next HH:MM."""
    now = time.localtime()
    hour, minute = map(int, clock.split(":"))
    ahead = (hour * 60 + minute) * 60 - (now.tm_hour * 3600 + now.tm_min * 60 + now.tm_sec)
    return ahead % 86400


def main() -> None:
    parser = options.parser(__doc__)
    parser.add_argument("members", nargs="+", help="names in plan.json")
    parser.add_argument("--plan", type=Path, default=Path(__file__).with_name("plan.json"))
    parser.add_argument("--until", help="time to stop at, HH:MM")
    arguments, cache = options.parsed(parser)
    faces = Faces(cache / "faces", arguments.device)
    plan = {line["name"]: Member(**line) for line in json.loads(arguments.plan.read_text())}
    unknown = [name for name in arguments.members if name not in plan]
    if unknown:
        parser.error(f"{arguments.plan} has no {', '.join(unknown)}; it has {', '.join(plan)}")
    end = time.monotonic() + seconds_until(arguments.until) if arguments.until else float("inf")
    stop = []
    signal.signal(signal.SIGTERM, lambda *_: stop.append(True))
    signal.signal(signal.SIGINT, lambda *_: stop.append(True))

    for name in arguments.members:
        run = Run(plan[name], faces, cache, not arguments.no_compile)
        if run.finished():
            continue
        saved = shown = time.monotonic()
        shown_step = run.step
        sums: dict[str, Tensor] = {}
        while not run.finished() and not stop and time.monotonic() < end:
            for term, value in run.advance().items():
                sums[term] = sums.get(term, 0) + value
            if run.step % 100 == 0:
                count = run.step - shown_step
                means = {term: round(value.item() / count, 4) for term, value in sums.items()}
                milliseconds = (time.monotonic() - shown) / count / BATCH * 1e3
                run.log(milliseconds=round(milliseconds, 3), **means)
                sums, shown, shown_step = {}, time.monotonic(), run.step
            if time.monotonic() - saved > SAVE_EVERY_SECONDS:
                run.save()
                saved = time.monotonic()
            if run.step % run.steps_per_epoch == 0:
                run.publish()
        run.save()
        if stop or time.monotonic() >= end:
            run.publish()
            print("saved; the same command resumes", flush=True)
            return
        run.log(val=evaluate.brief(run.average, faces))


if __name__ == "__main__":
    main()
