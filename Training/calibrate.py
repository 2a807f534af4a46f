"""Temperature scaling (Guo et al. 2017, arXiv 1706.04599): one temperature per task, the same for all
members, fitted so that the ensemble's mean probabilities fit the validation labels best; a bias per
expression; how surely a label is the majority's; and how much disagreement no face causes. A decoder
is linear, so temperature and bias go into its weight and bias: the network stays EMENet-V.

    python calibrate.py --cache ~/.cache/emenet/training MEMBER.safetensors …    # prints them
"""

import argparse
import json
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from scipy.optimize import minimize, minimize_scalar
from torch import Tensor

from data import Faces
from evaluate import epistemic, expression_scores, labels_of, majority, measure
from losses import soft_bins
from model import TASKS, EMENetV


def fitted(loss) -> float:
    """The positive number in [1/3, 3] with the least loss."""
    found = minimize_scalar(lambda t: loss(np.exp(t)), bounds=(-np.log(3), np.log(3)), method="bounded")
    return round(float(np.exp(found.x)), 4)


RARE = 0.05  # share of an expression in the training targets
LEAST_RECALL = 0.55


def expression(members: list[Tensor], labels: dict[str, np.ndarray], frequency: Tensor) -> tuple[float, list[float]]:
    """Temperature, and bias (7,) of the logits after it, that fit the votes best while rare expressions
    are found: the votes alone would have them named hardly ever, so their bias rises in steps of 0.05
    until LEAST_RECALL of the crops that most people call so are called so. Neutral's bias is 0.
    members: logits (n, 7); frequency (7,) in the training targets."""
    votes = torch.from_numpy(labels["votes"]).double()
    voted = votes.sum(1) > 0
    shares = votes[voted] / votes[voted].sum(1, keepdim=True)
    logits = torch.stack(members).double()
    rare = [c for c in range(1, 7) if frequency[c] < RARE]
    common = [c for c in range(1, 7) if c not in rare]

    def probabilities(values: np.ndarray) -> Tensor:
        bias[common] = torch.from_numpy(values[1:])
        return (logits / np.exp(values[0]) + bias).softmax(-1).mean(0)

    def loss(values: np.ndarray) -> float:
        return -(shares * probabilities(values)[voted].log()).sum(1).mean().item()

    bias = torch.zeros(7, dtype=torch.double)
    values = np.zeros(1 + len(common))
    while True:
        values = minimize(loss, values, method="L-BFGS-B", bounds=[(-1, 1)] * len(values)).x
        recall = expression_scores(probabilities(values).numpy(), labels)["recall"]
        missed = [c for c in rare if recall[c] < LEAST_RECALL and bias[c] < 1]
        if not missed:
            break
        bias[missed] += 0.05
    return round(float(np.exp(values[0])), 4), [round(b, 4) for b in bias.tolist()]


def temperatures(members: list[dict[str, Tensor]], labels: dict[str, np.ndarray], confidence: Tensor) -> dict[str, float]:
    """members: logits by task on the crops that labels describe. AU against its soft labels, V and A
    against the soft bins of theirs."""
    stacked = {task: torch.stack([m[task] for m in members]).double() for task in ("AU", "VA")}
    result = {}

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
    confidence_exponent: float = 1
    face_limit: float | None = None  # epistemic uncertainty up to which a crop shows a face

    @staticmethod
    def fit(members: list[dict[str, dict[str, Tensor]]], faces: Faces) -> "Calibration":
        """members: `measure` of each."""
        labels = labels_of(faces, faces.val)
        aligned = [m["aligned"] for m in members]
        frequency = faces.labels["expression_target"][faces.train].mean(0)
        temperature, bias = expression([m["EXPR"] for m in aligned], labels, frequency)
        result = Calibration({"EXPR": temperature, **temperatures(aligned, labels, faces.au_confidence)}, bias)
        result.confidence_exponent = confidence_exponent([result.applied(m)["EXPR"] for m in aligned], labels)
        if len(members) > 1:
            # Twice what all but one in 200 faces cause, off as a detector's box is.
            disagreement = epistemic([result.applied(m["perturbed"]) for m in members])["all"]
            result.face_limit = round(2 * float(np.quantile(disagreement, 0.995)), 4)
        return result

    def scale(self, task: str) -> Tensor:
        """What the logits of a task are divided by, for each."""
        if task == "VA":
            return torch.tensor([self.temperatures.get(name, 1.0) for name in ("V", "A")]).repeat_interleave(20)
        return torch.tensor([self.temperatures.get(task, 1.0)]).expand(TASKS[task])

    def applied(self, logits: dict[str, Tensor]) -> dict[str, Tensor]:
        """Logits by task (n, ...) as the network with this folded in has them."""
        scaled = {task: values.double() / self.scale(task) for task, values in logits.items()}
        return {**scaled, "EXPR": scaled["EXPR"] + torch.tensor(self.bias)}

    @torch.no_grad()
    def fold(self, network: EMENetV) -> None:
        """Into the decoders."""
        heads = dict(zip(TASKS, network.tmodels))
        for task, head in heads.items():
            head.decoder.weight /= self.scale(task)[:, None]
            head.decoder.bias /= self.scale(task)
        heads["EXPR"].decoder.bias += torch.tensor(self.bias)

    def metadata(self) -> dict[str, str]:
        return {
            "temperatures": json.dumps(self.temperatures),
            "expression_bias": json.dumps(self.bias),
            "confidence_exponent": str(self.confidence_exponent),
            **({"face_limit": str(self.face_limit)} if self.face_limit else {}),
        }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("checkpoints", nargs="+", type=Path)
    parser.add_argument("--cache", type=Path, required=True)
    arguments = parser.parse_args()
    cache = arguments.cache.expanduser()
    faces = Faces(cache / "faces")
    members = [measure(path, faces, cache) for path in arguments.checkpoints]
    print(json.dumps(Calibration.fit(members, faces).metadata()))


if __name__ == "__main__":
    main()
