"""Temperature scaling (Guo et al. 2017, arXiv 1706.04599): one temperature per task, the same for all
members, fitted so that the ensemble's mean probabilities fit the validation labels best. A decoder
is linear, so dividing its weight and bias by the temperature is the same thing as dividing logits:
the network stays EMENet-V.

    python calibrate.py --cache ~/.cache/emenet/training MEMBER.safetensors …    # prints them
"""

import argparse
import json
from pathlib import Path

import numpy as np
import torch
from scipy.optimize import minimize_scalar
from torch import Tensor

from data import Faces
from evaluate import labels_of, majority, measure
from losses import soft_bins
from model import TASKS, EMENetV


def fitted(loss) -> float:
    """The positive number in [1/3, 3] with the least loss."""
    found = minimize_scalar(lambda t: loss(np.exp(t)), bounds=(-np.log(3), np.log(3)), method="bounded")
    return round(float(np.exp(found.x)), 4)


def temperatures(members: list[dict[str, Tensor]], labels: dict[str, np.ndarray], confidence: Tensor) -> dict[str, float]:
    """members: logits by task on the crops that labels describe. EXPR against the votes, AU against
    its soft labels, V and A against the soft bins of theirs."""
    votes = torch.from_numpy(labels["votes"]).double()
    voted = votes.sum(1) > 0
    shares = votes[voted] / votes[voted].sum(1, keepdim=True)
    stacked = {task: torch.stack([m[task] for m in members]).double() for task in ("EXPR", "AU", "VA")}

    def expression(t: float) -> float:
        p = (stacked["EXPR"][:, voted] / t).softmax(-1).mean(0)
        return -(shares * p.log()).sum(1).mean().item()

    result = {"EXPR": fitted(expression)}

    au = torch.from_numpy(labels["au"]).double()
    known = ~au.isnan().any(1)
    if known.any():
        share = (confidence / confidence.sum()).double()

        def action_units(t: float) -> float:
            p = (stacked["AU"][:, known] / t).sigmoid().mean(0)
            return torch.nn.functional.binary_cross_entropy(p, au[known], reduction="none").mean(0).dot(share).item()

        result["AU"] = fitted(action_units)

    va = torch.from_numpy(labels["va"])
    known = ~va.isnan().any(1)
    if known.any():
        bins = soft_bins(va[known]).double()
        logits = stacked["VA"][:, known].unflatten(-1, (2, 20))
        for k, name in enumerate(("V", "A")):

            def continuous(t: float) -> float:
                p = (logits[:, :, k] / t).softmax(-1).mean(0)
                return -(bins[:, k] * p.log()).sum(-1).mean().item()

            result[name] = fitted(continuous)
    return result


def confidence_exponent(members: list[Tensor], labels: dict[str, np.ndarray], temperature: float) -> float:
    """The probabilities are shares of people, and a majority is surer than its share; to which power
    they are how likely the label is the majority's. members: logits (n, 7) of expression."""
    p = torch.stack([(m.double() / temperature).softmax(-1) for m in members]).mean(0).numpy()
    truth, clear = majority(labels)
    p, truth = p[clear], truth[clear]
    right = p.argmax(1) == truth

    def loss(exponent: float) -> float:
        confidence = np.clip(p.max(1) ** exponent / (p**exponent).sum(1), 1e-6, 1 - 1e-6)
        return -np.where(right, np.log(confidence), np.log(1 - confidence)).mean()

    return fitted(loss)


@torch.no_grad()
def fold(network: EMENetV, temperatures: dict[str, float]) -> None:
    """Divide the decoders by the temperatures."""
    heads = dict(zip(TASKS, network.tmodels))
    rows = {"EXPR": ("EXPR", slice(0, 7)), "AU": ("AU", slice(0, 12)), "V": ("VA", slice(0, 20)), "A": ("VA", slice(20, 40))}
    for name, temperature in temperatures.items():
        task, outputs = rows[name]
        decoder = heads[task].decoder
        decoder.weight[outputs] /= temperature
        decoder.bias[outputs] /= temperature


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("checkpoints", nargs="+", type=Path)
    parser.add_argument("--cache", type=Path, required=True)
    arguments = parser.parse_args()
    cache = arguments.cache.expanduser()
    faces = Faces(cache / "faces")
    members = [measure(path, faces, cache)["aligned"] for path in arguments.checkpoints]
    labels = labels_of(faces, faces.val)
    fit = temperatures(members, labels, faces.au_confidence)
    print(json.dumps({**fit, "confidence_exponent": confidence_exponent([m["EXPR"] for m in members], labels, fit["EXPR"])}))


if __name__ == "__main__":
    main()
