"""Temperature scaling (Guo et al. 2017, arXiv 1706.04599): one temperature per task, the same for all
members, fitted so that the ensemble's mean probabilities fit the validation labels best; then a bias
for rare expressions, and how surely a label is the majority's. A decoder is linear, so temperature
and bias go into its weight and bias: the network stays EMENet-V.

    python calibrate.py --cache ~/.cache/emenet/training MEMBER.safetensors …    # prints them
"""

import argparse
import json
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from scipy.optimize import minimize_scalar
from torch import Tensor

from data import Faces
from evaluate import expression_scores, labels_of, majority, measure
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


def rare_bias(members: list[Tensor], labels: dict[str, np.ndarray], frequency: Tensor) -> list[float]:
    """(7,) to add to the logits of expression: the same for every class that is rarer than one in
    twenty, 0 for the others; the least with a macro-F1 against the majority within 0.01 of the best.
    Weights during training go half of the way to evenness, and the KL pays for more. members: logits
    (n, 7) after the temperature; frequency (7,) in the training targets."""
    rare = (frequency < 0.05).double()

    def macro_f1(bias: float) -> float:
        p = torch.stack([(m + bias * rare).softmax(-1) for m in members]).mean(0)
        return expression_scores(p.numpy(), labels)["macro_f1"]

    tried = {round(k * 0.05, 2): macro_f1(k * 0.05) for k in range(21)}
    least = next(bias for bias, score in tried.items() if score >= max(tried.values()) - 0.01)
    return (least * rare).tolist()


def confidence_exponent(members: list[Tensor], labels: dict[str, np.ndarray]) -> float:
    """The probabilities are shares of people, and a majority is surer than its share; to which power
    they are how likely the label is the majority's. members: logits (n, 7) after temperature and bias."""
    p = torch.stack([m.softmax(-1) for m in members]).mean(0).numpy()
    truth, clear = majority(labels)
    p, truth = p[clear], truth[clear]
    right = p.argmax(1) == truth

    def loss(exponent: float) -> float:
        confidence = np.clip(p.max(1) ** exponent / (p**exponent).sum(1), 1e-6, 1 - 1e-6)
        return -np.where(right, np.log(confidence), np.log(1 - confidence)).mean()

    return fitted(loss)


@dataclass
class Calibration:
    temperatures: dict[str, float]
    bias: list[float]  # (7,) of the expression's logits, after the temperature
    confidence_exponent: float

    @staticmethod
    def fit(members: list[dict[str, Tensor]], faces: Faces) -> "Calibration":
        """members: logits by task on the aligned validation crops."""
        labels = labels_of(faces, faces.val)
        fit = temperatures(members, labels, faces.au_confidence)
        logits = [m["EXPR"].double() / fit["EXPR"] for m in members]
        bias = rare_bias(logits, labels, faces.labels["expression_target"][faces.train].mean(0))
        exponent = confidence_exponent([l + torch.tensor(bias) for l in logits], labels)
        return Calibration(fit, bias, exponent)

    @torch.no_grad()
    def fold(self, network: EMENetV) -> None:
        """Into the decoders."""
        heads = dict(zip(TASKS, network.tmodels))
        rows = {"EXPR": ("EXPR", slice(0, 7)), "AU": ("AU", slice(0, 12)), "V": ("VA", slice(0, 20)), "A": ("VA", slice(20, 40))}
        for name, temperature in self.temperatures.items():
            task, outputs = rows[name]
            decoder = heads[task].decoder
            decoder.weight[outputs] /= temperature
            decoder.bias[outputs] /= temperature
        heads["EXPR"].decoder.bias += torch.tensor(self.bias)

    def metadata(self) -> dict[str, str]:
        return {
            "temperatures": json.dumps(self.temperatures),
            "expression_bias": json.dumps(self.bias),
            "confidence_exponent": str(self.confidence_exponent),
        }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("checkpoints", nargs="+", type=Path)
    parser.add_argument("--cache", type=Path, required=True)
    arguments = parser.parse_args()
    cache = arguments.cache.expanduser()
    faces = Faces(cache / "faces")
    members = [measure(path, faces, cache)["aligned"] for path in arguments.checkpoints]
    print(json.dumps(Calibration.fit(members, faces).metadata()))


if __name__ == "__main__":
    main()
