"""Train the members of plan.json one after another, each from where its saved state stands.

    CXX=g++ nice -n 19 python train.py --cache ~/.cache/emenet/training --until 22:00

The same command starts and resumes. State is saved every few minutes, at the end, and on SIGTERM;
a finished member is MEMBER.safetensors (float average of the weights, no temperature yet).
"""

import json
import os
import signal
import time
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import torch
from torch import Tensor, nn

import checkpoint
import evaluate
import options
from data import Faces
from losses import class_weights, losses, outlier_loss
from model import EMENetV, MobileFaceNet
from outliers import Outliers

BATCH = 64
SAVE_EVERY_SECONDS = 180
AVERAGE_DECAY = 0.998
WEIGHT_DECAY = 0.02


@dataclass
class Member:
    """One line of plan.json: one member, or several siblings on the same trunk."""

    name: str
    init: str | None  # a checkpoint under --shared, an earlier member's name, or null for random weights
    frozen: str | None  # null, "early" (the first three stages stay as they are) or "trunk" (all but the last)
    epochs: int
    rate: float
    seed: int
    taught: float = 0  # share of the teachers of distil.py in the expression's targets
    siblings: int = 1  # more: each with last stages and heads of its own, from random weights
    outliers: float = 0  # crops without a face for each face
    claim: int = 0  # what it says of those: a row of outliers.py; siblings take it and the following ones

    def names(self) -> list[str]:
        return [self.name] if self.siblings == 1 else [f"{self.name}{k}" for k in range(self.siblings)]


def frozen_stages(backbone: MobileFaceNet, frozen: str | None) -> list[nn.Module]:
    early = [backbone.conv1, backbone.conv2_dw, backbone.conv_23]
    middle = [backbone.conv_3, backbone.conv_34, backbone.conv_4, backbone.conv_45]
    return {None: [], "early": early, "trunk": early + middle}[frozen]


def renew(network: EMENetV) -> None:
    """Random weights after the trunk."""
    fresh = EMENetV()
    for stage in ("conv_5", "conv_6_sep", "output_layer"):
        setattr(network.backbone, stage, getattr(fresh.backbone, stage))
    network.tmodels = fresh.tmodels


class Run:
    """A line of the plan in training: networks, their running average, optimiser and step, saved as
    one file. Siblings see the same crops; what is frozen is computed once for all of them."""

    def __init__(self, member: Member, faces: Faces, outliers: Outliers, shared: Path, folder: Path, compiled: bool):
        self.member, self.faces, self.outliers, self.folder = member, faces, outliers, folder
        self.state_file = folder / f"{member.name}.state"
        self.log_file = folder / f"{member.name}.jsonl"
        torch.manual_seed(member.seed)
        self.networks = nn.ModuleList(self.start(shared) for _ in range(member.siblings))
        self.networks.to(memory_format=torch.channels_last).train()
        for network in self.networks:
            for stage in frozen_stages(network.backbone, member.frozen):
                stage.eval().requires_grad_(False)
        trained = [p for p in self.networks.parameters() if p.requires_grad]
        self.steps_per_epoch = len(faces.train) // BATCH
        self.steps = member.epochs * self.steps_per_epoch
        groups = [
            {"params": [p for p in trained if p.ndim > 1], "weight_decay": WEIGHT_DECAY},
            {"params": [p for p in trained if p.ndim == 1], "weight_decay": 0.0},
        ]
        self.optimiser = torch.optim.AdamW(groups, lr=member.rate)
        fine_tuned = member.init and member.siblings == 1
        self.schedule = torch.optim.lr_scheduler.OneCycleLR(
            self.optimiser, member.rate, self.steps, pct_start=0.1 if fine_tuned else 0.25
        )
        self.average = torch.optim.swa_utils.AveragedModel(
            self.networks, avg_fn=self.running_average, use_buffers=True
        )
        self.step = 0
        self.expression = faces.expression_targets(member.taught)
        self.classes = class_weights(self.expression[faces.train])
        compile = torch.compile if compiled else lambda function: function
        self.trunk = compile(self.frozen_part)
        self.rest = [compile(partial(self.trained_part, network)) for network in self.networks]
        if self.state_file.exists():
            self.resume()

    def start(self, shared: Path) -> EMENetV:
        if not self.member.init:
            return EMENetV()
        earlier = self.folder / f"{self.member.init}.safetensors"
        network = checkpoint.load(earlier if earlier.exists() else shared / self.member.init)[0]
        if self.member.siblings > 1:
            renew(network)
        return network

    @staticmethod
    def running_average(average: Tensor, current: Tensor, count: Tensor | int) -> Tensor:
        if not average.is_floating_point():
            return current
        decay = min(AVERAGE_DECAY, (1 + int(count)) / (10 + int(count)))
        return torch.lerp(current, average, decay)

    def frozen_part(self, x: Tensor) -> Tensor:
        backbone = self.networks[0].backbone
        return backbone.trunk(x) if self.member.frozen == "trunk" else backbone.early(x)

    def trained_part(self, network: EMENetV, x: Tensor) -> dict[str, Tensor]:
        backbone = network.backbone
        if self.member.frozen is None:
            x = backbone.early(x)
        if self.member.frozen != "trunk":
            x = backbone.middle(x)
        return network.heads(backbone.late(x))[0]

    def resume(self) -> None:
        saved = torch.load(self.state_file, weights_only=True)
        self.networks.load_state_dict(saved["networks"])
        self.average.load_state_dict(saved["average"])
        self.optimiser.load_state_dict(saved["optimiser"])
        self.schedule.load_state_dict(saved["schedule"])
        self.step = saved["step"]

    def save(self) -> None:
        parts = {name: getattr(self, name).state_dict() for name in ("networks", "average", "optimiser", "schedule")}
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
        rows = self.rows()
        crops, targets = self.faces.augmented(rows, random)
        targets["expression_target"] = self.expression[rows]
        strange = rows[: int(BATCH * self.member.outliers)]
        if len(strange):
            crops = torch.cat([crops, self.outliers.draw(self.faces.read(strange), random)])
        x = crops.expand(-1, 3, -1, -1).contiguous(memory_format=torch.channels_last)
        total: dict[str, Tensor] = {}
        with torch.autocast("cpu", torch.bfloat16):
            if self.member.frozen:
                with torch.no_grad():
                    x = self.trunk(x)
            logits = [rest(x) for rest in self.rest]
        for sibling, own in enumerate(logits):
            faces = {task: values[: len(rows)] for task, values in own.items()}
            terms = losses(faces, targets, self.classes, self.faces.au_confidence)
            if len(strange):
                claims = {task: values[len(rows) :] for task, values in own.items()}
                terms["outliers"] = outlier_loss(claims, self.member.claim + sibling)
            for name, value in terms.items():
                total[name] = total.get(name, 0) + value
        sum(total.values()).backward()
        for network in self.networks:
            torch.nn.utils.clip_grad_norm_(network.parameters(), 5.0)
        self.optimiser.step()
        self.optimiser.zero_grad()
        self.schedule.step()
        self.average.update_parameters(self.networks)
        self.step += 1
        return {name: value.detach() / len(self.networks) for name, value in total.items()}

    def finished(self) -> bool:
        return self.step >= self.steps

    def log(self, **entry) -> None:
        entry = {"member": self.member.name, "step": self.step, "of": self.steps, **entry}
        print(json.dumps(entry), flush=True)
        with open(self.log_file, "a") as file:
            file.write(json.dumps(entry) + "\n")

    def publish(self) -> None:
        """The averages so far, as checkpoints."""
        epochs = self.step / self.steps_per_epoch
        start = f"from {Path(self.member.init).stem}" if self.member.init else "from random weights"
        if self.member.siblings > 1:
            start += "'s trunk, the rest from random weights"
        for name, network in zip(self.member.names(), self.average.module):
            metadata = {
                "input_channels": "luma",
                "temporal": "reset",
                "landmarks": "detector box",
                "member": name,
                "training": f"{epochs:.1f} epochs {start}, seed {self.member.seed}, people's votes as targets",
                "licence": "research and non-commercial use; see the model card",
            }
            checkpoint.save(network, self.folder / f"{name}.safetensors", metadata)


def seconds_until(clock: str) -> float:
    """Seconds from now to the next HH:MM."""
    now = time.localtime()
    hour, minute = map(int, clock.split(":"))
    ahead = (hour * 60 + minute) * 60 - (now.tm_hour * 3600 + now.tm_min * 60 + now.tm_sec)
    return ahead % 86400


def main() -> None:
    parser = options.parser(__doc__)
    parser.add_argument("--shared", type=Path, default=Path(os.environ.get("EMENET_SHARED", "../../shared")))
    parser.add_argument("--plan", type=Path, default=Path(__file__).with_name("plan.json"))
    parser.add_argument("--until", help="HH:MM to stop at")
    arguments, cache, faces, outliers = options.opened(parser)
    end = time.monotonic() + seconds_until(arguments.until) if arguments.until else float("inf")
    stop = []
    signal.signal(signal.SIGTERM, lambda *_: stop.append(True))
    signal.signal(signal.SIGINT, lambda *_: stop.append(True))

    for line in json.loads(arguments.plan.read_text()):
        run = Run(Member(**line), faces, outliers, arguments.shared, cache, not arguments.no_compile)
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
                run.log(val=evaluate.brief(run.average.module[0], faces))
        run.save()
        if stop or time.monotonic() >= end:
            run.publish()
            print("saved; the same command resumes", flush=True)
            return


if __name__ == "__main__":
    main()
