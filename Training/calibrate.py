"""Turns raw logits into readings, with parameters fitted on the validation crops: the mixture of the two
witnesses' decoders, a temperature per task (Guo et al. 2017, arXiv 1706.04599) and a bias per expression,
so that the ensemble's mean fits people's votes best; the prior under which the exported weights hold;
thresholds of action units; the probability that a label is right; and the largest disagreement that a face
causes. Decoders are linear, so mixture, temperature, bias and prior are folded into their weights and
biases, and the network remains an EMENet-V.

    python calibrate.py --cache ~/.cache/emenet/training MEMBER.safetensors …    # prints them
"""

import argparse
import json
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import torch
from scipy.optimize import minimize, minimize_scalar
from sklearn.linear_model import LogisticRegression
from torch import Tensor

from data import Faces
from evaluate import entropy, epistemic, labels_of, majority, measure
from losses import soft_bins
from model import SECOND, TASKS, EMENetV, expectation

SHARE = 0.5  # share of the AffectNet decoder in an expression's logits
PRIOR_SHARE = 0.35  # share of the votes' frequencies in the default prior; the rest is balanced


def fitted(loss) -> float:
    """The positive number in [1/3, 3] that minimizes the loss."""
    found = minimize_scalar(lambda t: loss(np.exp(t)), bounds=(-np.log(3), np.log(3)), method="bounded")
    return round(float(np.exp(found.x)), 4)


def mixed(logits: dict[str, Tensor], share: float) -> dict[str, Tensor]:
    """Logits by task, with the two expression decoders mixed into one."""
    if SECOND not in logits:
        return logits
    rest = {task: values for task, values in logits.items() if task != SECOND}
    return {**rest, "EXPR": torch.lerp(logits["EXPR"], logits[SECOND], share)}


def expression(members: list[Tensor], labels: dict[str, np.ndarray]) -> tuple[float, list[float]]:
    """The temperature, and the bias (7,) added after it, that fit the votes best; the bias of neutral is 0.
    members: logits (n, 7)."""
    votes = torch.from_numpy(labels["votes"]).double()
    voted = votes.sum(1) > 0
    shares = votes[voted] / votes[voted].sum(1, keepdim=True)
    logits = torch.stack(members).double()[:, voted]
    values = torch.zeros(7, dtype=torch.double, requires_grad=True)

    def loss(numbers: np.ndarray) -> tuple[float, np.ndarray]:
        values.grad = None
        with torch.no_grad():
            values.copy_(torch.from_numpy(numbers))
        bias = torch.cat([torch.zeros(1, dtype=torch.double), values[1:]])
        p = (logits / values[0].exp() + bias).softmax(-1).mean(0)
        result = -(shares * p.log()).sum(1).mean()
        result.backward()
        return result.item(), values.grad.numpy().copy()

    found = minimize(loss, np.zeros(7), jac=True, method="L-BFGS-B", bounds=[(-1, 1)] + [(-4, 4)] * 6).x
    return round(float(np.exp(found[0])), 4), [0.0, *(round(float(b), 4) for b in found[1:])]


def temperatures(members: list[dict[str, Tensor]], labels: dict[str, np.ndarray], confidence: Tensor) -> dict[str, float]:
    """members: logits by task on the crops of `labels`. Fits AU to its soft labels, and V and A to their
    soft bins."""
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


def thresholds(found: np.ndarray, labels: np.ndarray) -> list[float]:
    """(12,) thresholds that maximize the expected F1; labels (n, 12) are the probabilities of the units.
    The optimum is half the best F1 (Lipton et al. 2014, arXiv 1402.1892), so at most 0.5."""
    known = ~np.isnan(labels).any(1)
    best = []
    for p, y in zip(found[known].T, labels[known].T):
        steps = np.arange(0.05, 0.501, 0.01)
        f1 = [2 * y[p > t].sum() / max((p > t).sum() + y.sum(), 1e-9) for t in steps]
        best.append(round(float(steps[int(np.argmax(f1))]), 2))
    return best


def divergence(p: np.ndarray, q: np.ndarray) -> np.ndarray:
    """Jensen-Shannon divergence (n,) in bits."""
    return np.clip((entropy((p + q) / 2) - (entropy(p) + entropy(q)) / 2) / np.log(2), 0, 1)


@dataclass
class Readings:
    """The ensemble's outputs for n crops: expression (n, 7), action units (n, 12), valence and arousal (n,
    2), epistemic uncertainty (n,)."""

    expression: np.ndarray
    units: np.ndarray
    affect: np.ndarray
    epistemic: np.ndarray

    @staticmethod
    def of(members: list[dict[str, Tensor]]) -> "Readings":
        def mean(task: str, transform) -> np.ndarray:
            return torch.stack([transform(m[task].double()) for m in members]).mean(0).numpy()

        return Readings(
            mean("EXPR", lambda z: z.softmax(-1)),
            mean("AU", torch.sigmoid),
            mean("VA", lambda z: expectation(z).double()),
            epistemic(members)["all"] if len(members) > 1 else np.zeros(len(members[0]["EXPR"])),
        )

    def inputs(self) -> np.ndarray:
        """(n, 15): the witness's inputs: 1, action units, valence and arousal."""
        return np.c_[np.ones(len(self.units)), self.units, self.affect]


def witness(readings: Readings, affectnet: np.ndarray) -> np.ndarray:
    """(7, 15) weights that predict the expression from action units, valence and arousal alone, as logits
    under a balanced prior: soft multinomial regression on the predictions of networks trained on balanced
    classes."""
    known = ~np.isnan(affectnet).any(1)
    x, y = torch.from_numpy(readings.inputs()[known]), torch.from_numpy(affectnet[known]).double()
    weights = torch.zeros(7, 15, dtype=torch.double, requires_grad=True)
    optimiser = torch.optim.LBFGS([weights], max_iter=200, line_search_fn="strong_wolfe")

    def loss() -> Tensor:
        optimiser.zero_grad()
        result = -(y * (x @ weights.T).log_softmax(-1)).sum(1).mean() + 1e-3 * weights.square().mean()
        result.backward()
        return result

    optimiser.step(loss)
    return weights.detach().numpy().round(4)


@dataclass
class Confidence:
    """The probability that the label is right: logistic regression on the log-odds of its probability, its
    contradiction with the face's other outputs, and the members' disagreement."""

    bias: float
    log_odds: float
    contradiction: float
    epistemic: float

    @staticmethod
    def features(readings: Readings, contradiction: np.ndarray) -> np.ndarray:
        top = np.clip(readings.expression.max(1), 1e-6, 1 - 1e-6)
        return np.c_[np.log(top / (1 - top)), contradiction, readings.epistemic]

    @staticmethod
    def fit(readings: Readings, contradiction: np.ndarray, truths: list[tuple[np.ndarray, np.ndarray]]) -> "Confidence":
        """truths: which labels are right (n,) and where that is known (n,), from people with different
        labelling habits. Each truth has the same weight, however many crops it covers."""
        features, found = Confidence.features(readings, contradiction), readings.expression.argmax(1)
        truths = [(truth, known) for truth, known in truths if known.any()]
        x = np.concatenate([features[known] for _, known in truths])
        right = np.concatenate([(found == truth)[known] for truth, known in truths])
        weight = np.concatenate([np.full(known.sum(), 1 / known.sum()) for _, known in truths]) * len(right) / len(truths)
        if right.all() or not right.any():
            return Confidence(float(4 * right[0] - 2), 0, 0, 0)
        model = LogisticRegression(C=10, max_iter=1000).fit(x, right, weight)
        return Confidence(*(round(float(v), 4) for v in (model.intercept_[0], *model.coef_[0])))

    def of(self, readings: Readings, contradiction: np.ndarray) -> np.ndarray:
        """(n,) probabilities."""
        sum = self.bias + self.features(readings, contradiction) @ [self.log_odds, self.contradiction, self.epistemic]
        return 1 / (1 + np.exp(-sum))


@dataclass
class Calibration:
    share: float  # of the second decoder
    temperatures: dict[str, float]
    bias: list[float]  # (7,) added to the expression's logits after the temperature, to fit the votes
    votes_prior: list[float]  # (7,) frequencies that those logits assume
    prior: list[float]  # (7,) frequencies that the exported weights assume
    thresholds: list[float] = field(default_factory=lambda: [0.5] * 12)
    witness: np.ndarray | None = None  # (7, 15)
    confidence: Confidence | None = None
    face_limit: float | None = None  # largest epistemic uncertainty at which a crop counts as a face

    @staticmethod
    def fit(
        members: list[dict[str, dict[str, Tensor]]], faces: Faces, share: float = SHARE, prior_share: float = PRIOR_SHARE
    ) -> "Calibration":
        """members: the result of `measure` for each."""
        labels = labels_of(faces, faces.val)
        aligned = [mixed(m["aligned"], share) for m in members]
        temperature, bias = expression([m["EXPR"] for m in aligned], labels)
        frequency = faces.labels["expression_target"][faces.train].double().mean(0).clamp(min=1e-3).numpy()
        votes = frequency / frequency.sum()
        result = Calibration(
            share,
            {"EXPR": temperature, **temperatures(aligned, labels, faces.au_confidence)},
            bias,
            [round(float(f), 4) for f in votes],
            [round(float(f), 4) for f in prior_share * votes + (1 - prior_share) / 7],
        )
        readings = Readings.of([result.applied(m["aligned"]) for m in members])
        if not np.isnan(labels["au"]).all():
            result.thresholds = thresholds(readings.units, labels["au"])
        affectnet = labels.get("affectnet", np.full((len(faces.val), 7), np.nan))
        truths = [majority(labels), (labels["expression"], (labels["expression"] >= 0) & (labels["source"] == "muxspace"))]
        if not np.isnan(affectnet).all():
            result.witness = witness(readings, affectnet)
            truths.append((affectnet.argmax(1), ~np.isnan(affectnet).any(1)))
        result.confidence = Confidence.fit(readings, result.contradiction(readings), truths)
        if len(members) > 1:
            # Twice the value that 199 of 200 faces stay below, when placed as inexactly as a detector's
            # box.
            disagreement = epistemic([result.applied(m["perturbed"]) for m in members])["all"]
            result.face_limit = round(2 * float(np.quantile(disagreement, 0.995)), 4)
        return result

    def contradiction(self, readings: Readings) -> np.ndarray:
        """(n,) contradiction between the expression and the face's other outputs, in [0, 1]."""
        if self.witness is None:
            return np.zeros(len(readings.units))
        logits = readings.inputs() @ self.witness.T + np.log(np.array(self.prior) * 7)
        other = np.exp(logits - logits.max(1, keepdims=True))
        return divergence(readings.expression, other / other.sum(1, keepdims=True))

    def scale(self, task: str) -> Tensor:
        """The divisor of each logit of a task."""
        if task == "VA":
            return torch.tensor([self.temperatures.get(name, 1.0) for name in ("V", "A")]).repeat_interleave(20)
        return torch.tensor([self.temperatures.get(task, 1.0)]).expand(TASKS[task])

    def shift(self, prior: list[float] | None = None) -> Tensor:
        """(7,) added to the expression's logits: the bias, and the change from the votes' prior to
        `prior`."""
        return torch.tensor(self.bias) + torch.tensor(prior or self.prior).log() - torch.tensor(self.votes_prior).log()

    def applied(self, logits: dict[str, Tensor], prior: list[float] | None = None) -> dict[str, Tensor]:
        """Logits by task (n, ...) as the network has them once this is folded in, optionally under another
        prior."""
        scaled = {task: values.double() / self.scale(task) for task, values in mixed(logits, self.share).items()}
        return {**scaled, "EXPR": scaled["EXPR"] + self.shift(prior)}

    @torch.no_grad()
    def folded(self, network: EMENetV) -> EMENetV:
        """The network with all of this folded into its decoders."""
        network = network.mixed(self.share) if hasattr(network, "mixed") else network
        heads = dict(zip(TASKS, network.tmodels))
        for task, head in heads.items():
            head.decoder.weight /= self.scale(task)[:, None]
            head.decoder.bias /= self.scale(task)
        heads["EXPR"].decoder.bias += self.shift()
        return network

    def metadata(self) -> dict[str, str]:
        def numbers(values) -> str:
            return json.dumps([round(float(v), 4) for v in values])

        confidence = self.confidence
        return {
            "second_decoder_share": str(self.share),
            "temperatures": json.dumps(self.temperatures),
            "expression_bias": json.dumps(self.bias),
            "expression_prior": json.dumps(self.prior),
            "expression_prior.fer+": json.dumps(self.votes_prior),
            "action_unit_thresholds": json.dumps(self.thresholds),
            **({"expression_witness": numbers(self.witness.flatten())} if self.witness is not None else {}),
            **(
                {"confidence": numbers([confidence.bias, confidence.log_odds, confidence.contradiction, confidence.epistemic])}
                if confidence
                else {}
            ),
            **({"face_limit": str(self.face_limit)} if self.face_limit else {}),
        }


def options(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--share", type=float, default=SHARE, help="share of the second decoder in an expression's logits")
    parser.add_argument("--prior-share", type=float, default=PRIOR_SHARE, help="0: balanced, 1: frequencies of people's votes")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("checkpoints", nargs="+", type=Path)
    parser.add_argument("--cache", type=Path, required=True)
    options(parser)
    arguments = parser.parse_args()
    cache = arguments.cache.expanduser()
    faces = Faces(cache / "faces")
    members = [measure(path, faces, cache, fast=True) for path in arguments.checkpoints]
    print(json.dumps(Calibration.fit(members, faces, arguments.share, arguments.prior_share).metadata()))


if __name__ == "__main__":
    main()
