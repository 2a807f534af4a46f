"""The losses of each head. Every term is a mean over crops, weighted by the reliability of their labels;
crops without a label have weight 0."""

import torch
import torch.nn.functional as F
from torch import Tensor

from data import CROP
from model import SECOND, VALUES, expectation
from outliers import ACTION_UNITS, EXPRESSION, VALENCE_AROUSAL

BIN = 2 / 19  # distance between neighbouring VALUES


def class_weights(targets: Tensor, power: float = 0.5) -> Tensor:
    """(7,) inverse frequencies raised to `power`, with a mean of 1 over the crops."""
    frequency = targets.mean(0)
    weights = frequency.clamp(min=1e-4) ** -power
    return weights / (weights * frequency).sum()


def soft_bins(values: Tensor, width: float = BIN) -> Tensor:
    """Converts values in [-1, 1] to a Gaussian over the twenty bins, adding an axis."""
    distance = (values[..., None] - VALUES.to(values.device)) / width
    return F.softmax(-0.5 * distance**2, -1)


def concordance(found: Tensor, wanted: Tensor, weight: Tensor) -> Tensor:
    """Lin's concordance correlation of the columns of (n, k) under weights (n,): (k,)."""
    w = (weight / weight.sum().clamp(min=1e-6))[:, None]
    mean_f, mean_w = (w * found).sum(0), (w * wanted).sum(0)
    f, t = found - mean_f, wanted - mean_w
    covariance = (w * f * t).sum(0)
    spread = (w * f * f).sum(0) + (w * t * t).sum(0) + (mean_f - mean_w) ** 2
    return 2 * covariance / spread.clamp(min=1e-6)


def mean(values: Tensor, weight: Tensor) -> Tensor:
    return (values * weight).sum() / weight.sum().clamp(min=1e-6)


def losses(
    logits: dict[str, Tensor], targets: dict[str, Tensor], classes: Tensor, au_confidence: Tensor
) -> dict[str, Tensor]:
    """The terms by name; their sum is the loss. `classes` (7,) are the class weights."""
    trust = targets["weight"]
    logits = {task: values.float() for task, values in logits.items()}

    expression = targets["expression_target"]
    weight = targets["expression_weight"] * (expression @ classes)
    terms = {"expression": mean(-(expression * F.log_softmax(logits["EXPR"], -1)).sum(-1), weight)}

    if SECOND in logits:
        affectnet = targets["affectnet"]
        known = trust * ~affectnet.isnan().any(1)
        terms["affectnet"] = mean(-(affectnet.nan_to_num() * F.log_softmax(logits[SECOND], -1)).sum(-1), known)

    va = targets["va"]
    known = trust * ~va.isnan().any(1)
    va = va.nan_to_num()
    bins = F.log_softmax(logits["VA"].unflatten(-1, (2, 20)), -1)
    terms["va_bins"] = 0.25 * mean(-(soft_bins(va) * bins).sum(-1).mean(-1), known)
    terms["va_concordance"] = (1 - concordance(expectation(logits["VA"]), va, known)).mean()

    au = targets["au"]
    known = trust * ~au.isnan().any(1)
    au = au.nan_to_num()
    share = au_confidence / au_confidence.sum()
    binary = F.binary_cross_entropy_with_logits(logits["AU"], au, reduction="none")
    terms["au"] = mean(binary @ share, known)
    terms["au_concordance"] = (1 - concordance(logits["AU"].sigmoid(), au, known)) @ share

    landmarks = targets["landmarks"]
    known = trust * ~landmarks.isnan().flatten(1).any(1)
    off = (logits["FA"].unflatten(-1, (68, 2)) * CROP - landmarks.nan_to_num()).abs()
    terms["landmarks"] = 0.5 * mean(off.mean((1, 2)), known)
    return terms


def outlier_loss(logits: dict[str, Tensor], member: int) -> Tensor:
    """For crops without a face: each member is sure of a different answer."""
    logits = {task: values.float() for task, values in logits.items()}
    n, device = len(logits["EXPR"]), logits["EXPR"].device
    label = torch.full((n,), EXPRESSION[member], device=device)
    decoders = [logits[task] for task in ("EXPR", SECOND) if task in logits]
    expression = sum(F.cross_entropy(values, label, label_smoothing=0.1) for values in decoders)
    units = 0.1 + 0.8 * ACTION_UNITS[member].to(device)
    au = F.binary_cross_entropy_with_logits(logits["AU"], units.expand(n, -1))
    bins = soft_bins(VALENCE_AROUSAL[member].to(device))
    va = -(bins * F.log_softmax(logits["VA"].unflatten(-1, (2, 20)), -1)).sum(-1).mean()
    return 0.3 * expression + 0.3 * au + 0.1 * va
