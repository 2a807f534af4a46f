"""Fine-tunes the last stages of finished members on a CPU, in minutes instead of hours. The first stages,
which take two thirds of the time of a step and hardly change, run once over each crop, and their output is
kept. Each augmentation of a crop counts as a crop of its own.

    CXX=g++ python late.py --cache ~/.cache/emenet/training a3 b3 c3 d3 e3

Entries of the plan have `crops`: how many crops each member sees, drawn without replacement, with a
preference for rare expressions. A finished member is MEMBER.safetensors, as in train.py; kept maps are
MEMBER.maps, 50 KB a crop, and may be deleted.
"""

import json
from copy import deepcopy
from pathlib import Path

import torch
from torch import Tensor, nn

import checkpoint
import options
from data import Faces
from losses import class_weights, losses, outlier_loss
from model import EMENetV, TwoWitnesses
from train import BATCH, WEIGHT_DECAY, Member

KEPT = 6  # all blocks of conv_4 stay as they are, and so do all stages before it
AVERAGE_DECAY = 0.98


def early(network: EMENetV, crops: Tensor) -> Tensor:
    """Computes maps (n, 128, 14, 14) from crops (n, 1, 112, 112)."""
    stages = network.backbone
    x = stages.conv_23(stages.conv2_dw(stages.conv1(crops.expand(-1, 3, -1, -1).contiguous(memory_format=torch.channels_last))))
    return stages.conv_4.model[:KEPT](stages.conv_34(stages.conv_3(x)))


def late(network: EMENetV, maps: Tensor) -> dict[str, Tensor]:
    """Computes logits by task from maps (n, 128, 14, 14)."""
    stages = network.backbone
    x = stages.conv_45(stages.conv_4.model[KEPT:](maps))
    return network.heads(stages.output_layer(stages.conv_6_sep(stages.conv_5(x))))[0]


@torch.inference_mode()
def maps_of(network: EMENetV, crops: Tensor) -> Tensor:
    with torch.autocast("cpu", torch.bfloat16):
        return early(network, crops).bfloat16().contiguous()


def chosen(faces: Faces, member: Member) -> Tensor:
    """The rows that a member learns from; the rarer an expression, the more likely its crops are drawn
    (exponential keys, Efraimidis and Spirakis 2006)."""
    targets = faces.labels["expression_target"][faces.train]
    weights = targets @ class_weights(targets)
    random = torch.Generator().manual_seed(member.seed)
    keys = torch.rand(len(weights), generator=random).log() / weights
    return faces.train[keys.argsort(descending=True)[: member.crops]]


def keep(network: EMENetV, faces: Faces, member: Member) -> dict[str, Tensor]:
    """Maps of the augmented crops with their landmarks, and maps of crops without a face."""
    rows = chosen(faces, member)
    random = torch.Generator().manual_seed(member.seed * 1000)
    kept: dict[str, list[Tensor]] = {"train": [], "landmarks": []}
    for some in rows.split(BATCH):
        crops, targets = faces.augmented(some, random)
        kept["train"].append(maps_of(network, crops))
        kept["landmarks"].append(targets["landmarks"])
    strange = faces.strange(round(member.crops * member.outliers), random)
    return {
        **{name: torch.cat(parts) for name, parts in kept.items()},
        "rows": rows,
        "strange": torch.cat([maps_of(network, crops) for crops in strange.split(BATCH)]),
    }


def fine_tune(
    network: TwoWitnesses, kept: dict[str, Tensor], faces: Faces, member: Member, say=print, compiled: bool = False
) -> TwoWitnesses:
    """Returns the running average of the network during training."""
    torch.manual_seed(member.seed)
    for name, parameter in network.named_parameters():
        stage = name.removeprefix("backbone.")
        block = int(stage.split(".")[2]) if stage.startswith("conv_4.") else None
        kept_stage = stage.startswith(("conv1.", "conv2_dw.", "conv_23.", "conv_3.", "conv_34."))
        parameter.requires_grad_(not (kept_stage or (block is not None and block < KEPT)))
    network.train()
    average = deepcopy(network).requires_grad_(False)
    learned = [p for p in network.parameters() if p.requires_grad]
    groups = [
        {"params": [p for p in learned if p.ndim > 1], "weight_decay": WEIGHT_DECAY},
        {"params": [p for p in learned if p.ndim == 1], "weight_decay": 0.0},
    ]
    optimiser = torch.optim.AdamW(groups, lr=member.rate)
    per_epoch = len(kept["rows"]) // BATCH
    steps = round(member.epochs * per_epoch)
    schedule = torch.optim.lr_scheduler.OneCycleLR(optimiser, member.rate, steps, pct_start=0.1)
    targets = faces.labels["expression_target"]
    classes = class_weights(targets[faces.train])
    strange = round(BATCH * member.outliers)
    random = torch.Generator().manual_seed(member.seed)
    forward, terms_of = (torch.compile(late), torch.compile(losses)) if compiled else (late, losses)
    order = torch.empty(0, dtype=torch.long)
    sums: dict[str, Tensor] = {}
    for step in range(1, steps + 1):
        if len(order) < BATCH:
            order = torch.randperm(len(kept["rows"]), generator=random)
        some, order = order[:BATCH], order[BATCH:]
        outside = torch.randint(0, max(1, len(kept["strange"])), (strange,), generator=random)
        wanted = {name: values[kept["rows"][some]] for name, values in faces.labels.items()}
        wanted["landmarks"] = kept["landmarks"][some]
        maps = torch.cat([kept["train"][some], kept["strange"][outside]]).contiguous(memory_format=torch.channels_last)
        logits = forward(network, maps.float())
        terms = terms_of({task: values[:BATCH] for task, values in logits.items()}, wanted, classes, faces.au_confidence)
        if strange:
            terms["outliers"] = outlier_loss({task: values[BATCH:] for task, values in logits.items()}, member.claim)
        sum(terms.values()).backward()
        nn.utils.clip_grad_norm_(learned, 5.0)
        optimiser.step()
        optimiser.zero_grad()
        schedule.step()
        follow(average, network, min(AVERAGE_DECAY, (1 + step) / (10 + step)))
        for term, value in terms.items():
            sums[term] = sums.get(term, 0) + value.detach()
        if step % 10 == 0 or step == steps:
            count = 10 if step % 10 == 0 else step % 10
            say(json.dumps({"member": member.name, "step": step, "of": steps, **{t: round(v.item() / count, 4) for t, v in sums.items()}}))
            sums = {}
    return average.eval()


@torch.no_grad()
def follow(average: EMENetV, network: EMENetV, decay: float) -> None:
    for old, new in zip(average.state_dict().values(), network.state_dict().values()):
        if old.is_floating_point():
            old.lerp_(new, 1 - decay)


def main() -> None:
    parser = options.parser(__doc__)
    parser.add_argument("members", nargs="+", help="names in plan.json")
    parser.add_argument("--plan", type=Path, default=Path(__file__).with_name("plan.json"))
    arguments, cache = options.parsed(parser)
    faces = Faces(cache / "faces")
    plan = {line["name"]: Member(**line) for line in json.loads(arguments.plan.read_text())}
    for name in arguments.members:
        member, out, file = plan[name], cache / f"{name}.safetensors", cache / f"{name}.maps"
        if out.exists():
            continue
        network = member.start(cache).to(memory_format=torch.channels_last)
        if file.exists():
            kept = torch.load(file, weights_only=True)
        else:
            kept = keep(network.eval(), faces, member)
            torch.save(kept, file)
        # Recurrent weights see no state here and do not change, so members that carried state still do.
        temporal = checkpoint.load(member.source(cache))[1].get("temporal", "reset")
        average = fine_tune(network, kept, faces, member, lambda line: print(line, flush=True), not arguments.no_compile)
        checkpoint.save(average, out, member.metadata(member.epochs * member.crops / len(faces.train), temporal))


if __name__ == "__main__":
    main()
