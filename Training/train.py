"""Train the members of plan.json one after another, each from where its saved state stands.

    CXX=g++ nice -n 19 python train.py --cache ~/.cache/emenet/training --until 22:00

The same command starts and resumes. State is saved every few minutes, at the end, and on SIGTERM;
a finished member is MEMBER.safetensors (float average of the weights, no temperature yet).
"""

import argparse
import json
import os
import signal
import time
from dataclasses import dataclass
from pathlib import Path

import torch
from torch import Tensor

import checkpoint
import evaluate
from data import Faces
from losses import class_weights, losses
from model import EMENetV

BATCH = 64
SAVE_EVERY_SECONDS = 180
AVERAGE_DECAY = 0.998
WEIGHT_DECAY = 0.02


@dataclass
class Member:
    """One line of plan.json."""

    name: str
    init: str | None  # a checkpoint under --shared, an earlier member's name, or null for random weights
    frozen_early: bool  # leave the first three stages as they are: twice as fast
    epochs: int
    rate: float
    seed: int


def freeze_early(network: EMENetV) -> None:
    backbone = network.backbone
    for stage in (backbone.conv1, backbone.conv2_dw, backbone.conv_23):
        stage.eval().requires_grad_(False)


class Run:
    """A member in training: network, its running average, optimiser and step, saved as one file."""

    def __init__(self, member: Member, faces: Faces, shared: Path, folder: Path, compiled: bool):
        self.member, self.faces = member, faces
        self.state_file = folder / f"{member.name}.state"
        self.result_file = folder / f"{member.name}.safetensors"
        self.log_file = folder / f"{member.name}.jsonl"
        torch.manual_seed(member.seed)
        self.network = EMENetV()
        if member.init:
            earlier = folder / f"{member.init}.safetensors"
            self.network = checkpoint.load(earlier if earlier.exists() else shared / member.init)[0]
        self.network.to(memory_format=torch.channels_last).train()
        if member.frozen_early:
            freeze_early(self.network)
        trained = [p for p in self.network.parameters() if p.requires_grad]
        self.steps_per_epoch = len(faces.train) // BATCH
        self.steps = member.epochs * self.steps_per_epoch
        groups = [
            {"params": [p for p in trained if p.ndim > 1], "weight_decay": WEIGHT_DECAY},
            {"params": [p for p in trained if p.ndim == 1], "weight_decay": 0.0},
        ]
        self.optimiser = torch.optim.AdamW(groups, lr=member.rate)
        self.schedule = torch.optim.lr_scheduler.OneCycleLR(
            self.optimiser, member.rate, self.steps, pct_start=0.1 if member.init else 0.25
        )
        self.average = torch.optim.swa_utils.AveragedModel(
            self.network, avg_fn=self.running_average, use_buffers=True
        )
        self.step = 0
        self.classes = class_weights(faces.labels["expression_target"][faces.train])
        self.forward = torch.compile(self.predict) if compiled else self.predict
        self.early = torch.compile(self.network.backbone.early) if compiled else self.network.backbone.early
        if self.state_file.exists():
            self.resume()

    @staticmethod
    def running_average(average: Tensor, current: Tensor, count: Tensor | int) -> Tensor:
        if not average.is_floating_point():
            return current
        decay = min(AVERAGE_DECAY, (1 + int(count)) / (10 + int(count)))
        return torch.lerp(current, average, decay)

    def predict(self, x: Tensor) -> dict[str, Tensor]:
        features = self.network.backbone.late(x) if self.member.frozen_early else self.network.backbone(x)
        return self.network.heads(features)[0]

    def resume(self) -> None:
        saved = torch.load(self.state_file, weights_only=True)
        self.network.load_state_dict(saved["network"])
        self.average.load_state_dict(saved["average"])
        self.optimiser.load_state_dict(saved["optimiser"])
        self.schedule.load_state_dict(saved["schedule"])
        self.step = saved["step"]

    def save(self) -> None:
        parts = {name: getattr(self, name).state_dict() for name in ("network", "average", "optimiser", "schedule")}
        unfinished = self.state_file.with_suffix(".unfinished")
        torch.save({**parts, "step": self.step}, unfinished)
        os.replace(unfinished, self.state_file)

    def rows(self) -> Tensor:
        """The crops of this step: the order of an epoch follows from seed and epoch alone."""
        epoch, step = divmod(self.step, self.steps_per_epoch)
        random = torch.Generator().manual_seed(self.member.seed * 1000 + epoch)
        order = torch.randperm(len(self.faces.train), generator=random)
        return self.faces.train[order[step * BATCH : (step + 1) * BATCH]]

    def advance(self) -> dict[str, Tensor]:
        random = torch.Generator().manual_seed(self.member.seed * 1_000_000 + self.step)
        crops, targets = self.faces.augmented(self.rows(), random)
        x = crops.expand(-1, 3, -1, -1).contiguous(memory_format=torch.channels_last)
        with torch.autocast("cpu", torch.bfloat16):
            if self.member.frozen_early:
                with torch.no_grad():
                    x = self.early(x)
            logits = self.forward(x)
        terms = losses(logits, targets, self.classes, self.faces.au_confidence)
        sum(terms.values()).backward()
        torch.nn.utils.clip_grad_norm_(self.network.parameters(), 5.0)
        self.optimiser.step()
        self.optimiser.zero_grad()
        self.schedule.step()
        self.average.update_parameters(self.network)
        self.step += 1
        return terms

    def finished(self) -> bool:
        return self.step >= self.steps

    def log(self, **entry) -> None:
        entry = {"member": self.member.name, "step": self.step, "of": self.steps, **entry}
        print(json.dumps(entry), flush=True)
        with open(self.log_file, "a") as file:
            file.write(json.dumps(entry) + "\n")

    def publish(self) -> None:
        """The average so far, as a checkpoint."""
        epochs = self.step / self.steps_per_epoch
        start = f"from {Path(self.member.init).stem}" if self.member.init else "from random weights"
        checkpoint.save(
            self.average.module,
            self.result_file,
            {
                "input_channels": "luma",
                "temporal": "reset",
                "member": self.member.name,
                "training": f"{epochs:.1f} epochs {start}, seed {self.member.seed}, people's votes as targets",
                "licence": "research and non-commercial use; see the model card",
            },
        )


def seconds_until(clock: str) -> float:
    """Seconds from now to the next HH:MM."""
    now = time.localtime()
    hour, minute = map(int, clock.split(":"))
    ahead = (hour * 60 + minute) * 60 - (now.tm_hour * 3600 + now.tm_min * 60 + now.tm_sec)
    return ahead % 86400


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--cache", type=Path, required=True, help="has faces/ of prepare.py; states go beside it")
    parser.add_argument("--shared", type=Path, default=Path(os.environ.get("EMENET_SHARED", "../../shared")))
    parser.add_argument("--plan", type=Path, default=Path(__file__).with_name("plan.json"))
    parser.add_argument("--until", help="HH:MM to stop at")
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--no-compile", action="store_true")
    arguments = parser.parse_args()
    torch.set_num_threads(arguments.threads)
    cache = arguments.cache.expanduser()
    faces = Faces(cache / "faces")
    end = time.monotonic() + seconds_until(arguments.until) if arguments.until else float("inf")
    stop = []
    signal.signal(signal.SIGTERM, lambda *_: stop.append(True))
    signal.signal(signal.SIGINT, lambda *_: stop.append(True))

    for line in json.loads(arguments.plan.read_text()):
        run = Run(Member(**line), faces, arguments.shared, cache, not arguments.no_compile)
        saved = shown = time.monotonic()
        shown_step = run.step
        sums: dict[str, float] = {}
        while not run.finished() and not stop and time.monotonic() < end:
            for name, value in run.advance().items():
                sums[name] = sums.get(name, 0) + value.item()
            now = time.monotonic()
            if run.step % 100 == 0:
                count = run.step - shown_step
                milliseconds = (now - shown) / count / BATCH * 1e3
                run.log(milliseconds=round(milliseconds, 1), **{k: round(v / count, 4) for k, v in sums.items()})
                sums, shown, shown_step = {}, now, run.step
            if now - saved > SAVE_EVERY_SECONDS:
                run.save()
                saved = now
            if run.step % run.steps_per_epoch == 0:
                run.save()
                run.publish()
                run.log(val=evaluate.brief(run.average.module, faces))
        run.save()
        if stop or time.monotonic() >= end:
            run.publish()
            print("saved; the same command resumes", flush=True)
            return


if __name__ == "__main__":
    main()
