"""Scores checkpoints and their ensemble on the validation crops: every measure of the model card.

    python evaluate.py --cache ~/.cache/emenet/training ../checkpoints/*.safetensors
    python evaluate.py --cache … --prior fer+ --crops ../../shared/faces-ck/labels.csv ../checkpoints/*.safetensors
"""

import argparse
import csv
import hashlib
import json
from pathlib import Path

import numpy as np
import torch
from PIL import Image
from scipy.stats import spearmanr
from sklearn.metrics import f1_score, roc_auc_score
from torch import Tensor

import checkpoint
from data import CROP, SIDE, Faces
from model import EMENetV, expectation
from outliers import enlarged, photographs
from prepare import EXPRESSIONS

TRUSTED_AU = [0, 1, 2, 3, 4, 5, 6, 7, 10, 11]  # all but AU 23 and 24, whose labels are weak


def logits_of(network: EMENetV, batches, fast: bool = False) -> dict[str, Tensor]:
    """Logits by task, (n, ...), float32, on the CPU, for an iterable of crops (b, 1, 112, 112); computed in
    bfloat16 if `fast`."""
    parts: dict[str, list[Tensor]] = {}
    was_training, device = network.training, next(network.parameters()).device
    network.eval()
    with torch.no_grad():
        for crops in batches:
            x = crops.to(device).expand(-1, 3, -1, -1).contiguous(memory_format=torch.channels_last)
            with torch.autocast(device.type, torch.bfloat16, enabled=fast):
                logits = network(x)
            for task, values in logits.items():
                parts.setdefault(task, []).append(values.float().cpu())
    network.train(was_training)
    return {task: torch.cat(values) for task, values in parts.items()}


def concordance(found: np.ndarray, wanted: np.ndarray) -> float:
    """Lin's concordance correlation coefficient."""
    covariance = np.mean((found - found.mean()) * (wanted - wanted.mean()))
    return float(2 * covariance / (found.var() + wanted.var() + (found.mean() - wanted.mean()) ** 2))


def entropy(p: np.ndarray) -> np.ndarray:
    """Entropy in nats, over the last axis."""
    return -(p * np.log(np.clip(p, 1e-12, 1))).sum(-1)


def calibration_error(p: np.ndarray, truth: np.ndarray, bins: int = 15) -> float:
    """Expected calibration error of the winning class, with bins of equal width."""
    confidence, right = p.max(1), p.argmax(1) == truth
    which = np.minimum((confidence * bins).astype(int), bins - 1)
    gaps = [abs(right[which == b].mean() - confidence[which == b].mean()) * (which == b).mean() for b in set(which)]
    return float(sum(gaps))


def majority(labels: dict[str, np.ndarray]) -> tuple[np.ndarray, np.ndarray]:
    """The expression that most people saw (n,), and whether it is valid (n,): one of the seven has at least
    half of all votes."""
    votes = labels["votes"]
    return votes.argmax(1), (votes.sum(1) > 0) & (votes.max(1).astype(int) * 2 >= labels["votes_total"])


def recall_of(found: np.ndarray, truth: np.ndarray) -> list[float]:
    """(7,) recall of each expression; nan for one that does not occur."""
    return [float((found[truth == c] == c).mean()) if (truth == c).any() else float("nan") for c in range(7)]


def expression_scores(p: np.ndarray, labels: dict[str, np.ndarray]) -> dict[str, float]:
    """Compares p (n, 7) with people: with the majority, and with the distribution wherever anyone voted for
    one of the seven."""
    votes = labels["votes"].astype(np.float64)
    voted = votes.sum(1) > 0
    label, clear = majority(labels)
    truth, found = label[clear], p[clear].argmax(1)
    shares = votes[voted] / votes[voted].sum(1, keepdims=True)
    divergence = (shares * (np.log(np.clip(shares, 1e-12, 1)) - np.log(np.clip(p[voted], 1e-12, 1)))).sum(1)
    recall = recall_of(found, truth)
    fer, muxspace = ((labels["expression"] >= 0) & (labels["source"] == source) for source in ("fer2013", "muxspace"))
    return {
        "crops_with_majority": int(clear.sum()),
        "accuracy": float((found == truth).mean()),
        "balanced_accuracy": float(np.nanmean(recall)),
        "macro_f1": float(f1_score(truth, found, average="macro", labels=range(7), zero_division=0)),
        "recall": [round(r, 3) for r in recall],
        "kl_to_votes": float(divergence.mean()),
        "entropy_rank_correlation": float(spearmanr(entropy(p[voted]), entropy(shares)).statistic),
        "calibration_error": calibration_error(p[clear], truth),
        "error_auroc": float(roc_auc_score(found != truth, entropy(p[clear]))),
        "accuracy_fer2013_labels": float((p[fer].argmax(1) == labels["expression"][fer]).mean()) if fer.any() else None,
        "accuracy_muxspace": float((p[muxspace].argmax(1) == labels["expression"][muxspace]).mean()) if muxspace.any() else None,
    }


def labels_of(faces: Faces, rows: Tensor) -> dict[str, np.ndarray]:
    return {**{k: v[rows].cpu().numpy() for k, v in faces.labels.items()}, "source": faces.source[rows.cpu().numpy()]}


def brief(network: EMENetV, faces: Faces) -> dict[str, float]:
    """The few scores worth watching during training."""
    with torch.autocast(faces.device.type, torch.bfloat16):
        logits = logits_of(network, (faces.aligned(rows)[0] for rows in faces.val.split(128)))
    labels = labels_of(faces, faces.val)
    scores = expression_scores(logits["EXPR"].softmax(-1).double().numpy(), labels)
    found = logits["FA"].unflatten(-1, (68, 2)) * CROP
    wanted = torch.from_numpy(labels["landmarks"]) - (SIDE - CROP) / 2
    va = expectation(logits["VA"]).numpy()
    scores = {k: scores[k] for k in ("accuracy", "macro_f1", "kl_to_votes", "recall")}
    scores["landmarks_px"] = (found - wanted).abs().mean().item()
    scores["valence"], scores["arousal"] = (concordance(va[:, k], labels["va"][:, k]) for k in (0, 1))
    return {k: round(v, 4) if isinstance(v, float) else v for k, v in scores.items()}


def member_entropies(p: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Aleatoric and epistemic uncertainty (n,) in [0, 1] from p (members, n, classes): the mean of the
    members' entropies, and the entropy of their mean minus that; in base 2, divided by log2 of the number
    of classes."""
    scale = np.log(p.shape[-1])
    aleatoric = entropy(p).mean(0) / scale
    total = entropy(p.mean(0)) / scale
    return aleatoric, np.maximum(total - aleatoric, 0)


def epistemic(logits: list[dict[str, Tensor]]) -> dict[str, np.ndarray]:
    """Epistemic uncertainty (n,) by head, and `all`: the mean of the three."""

    def stacked(task: str, shape: tuple[int, ...]) -> Tensor:
        return torch.stack([member[task] for member in logits]).unflatten(-1, shape).double()

    au = stacked("AU", (12, 1)).sigmoid()
    parts = {
        "expression": member_entropies(stacked("EXPR", (7,)).softmax(-1).numpy())[1],
        "action_units": member_entropies(torch.cat([1 - au, au], -1).numpy())[1].mean(-1),
        "valence_arousal": member_entropies(stacked("VA", (2, 20)).softmax(-1).numpy())[1].mean(-1),
    }
    return {**parts, "all": np.mean(list(parts.values()), 0)}


def not_faces(faces: Faces, rows: Tensor, backgrounds: list[Tensor], random: torch.Generator) -> Tensor:
    """The same number of crops in which a person could see no face: equal shares of noise at several
    scales, wedges and stripes, shuffled or heavily blurred faces, faces 80 % covered and, if there are any,
    patches of photographs."""
    crops, _ = faces.aligned(rows)
    for k in range(len(rows)):
        kind = k % (5 if backgrounds else 4)
        if kind == 0:
            side = int(torch.randint(3, 113, (), generator=random))
            noise = torch.rand(1, 1, side, side, generator=random)
            crops[k] = torch.nn.functional.interpolate(noise, size=CROP, mode="bilinear")[0]
        elif kind == 1:
            y, x = torch.meshgrid(torch.linspace(0, 1, CROP), torch.linspace(0, 1, CROP), indexing="ij")
            a, b, phase, count = torch.rand(4, generator=random).tolist()
            wave = torch.sin(6.28 * (phase + (0.5 + 12 * count) * ((a - 0.5) * x + (b - 0.5) * y)))
            crops[k, 0] = 0.5 + 0.5 * wave
        elif kind == 4:
            photograph = backgrounds[int(torch.randint(0, len(backgrounds), (), generator=random))]
            side = int(torch.randint(40, min(photograph.shape) // 2 + 1, (), generator=random))
            y, x = (int(torch.randint(0, length - side + 1, (), generator=random)) for length in photograph.shape)
            crops[k, 0] = enlarged(photograph[y : y + side, x : x + side])
        elif kind == 2 and torch.rand((), generator=random) < 0.5:
            tiles = crops[k, 0].unfold(0, 28, 28).unfold(1, 28, 28).reshape(16, 28, 28)
            tiles = tiles[torch.randperm(16, generator=random)].view(4, 4, 28, 28)
            crops[k, 0] = tiles.permute(0, 2, 1, 3).reshape(CROP, CROP)
        elif kind == 2:
            small = torch.nn.functional.interpolate(crops[k : k + 1], size=5, mode="area")
            crops[k] = torch.nn.functional.interpolate(small, size=CROP, mode="bilinear")[0]
        else:
            keep = crops[k].clone()
            crops[k] = torch.rand((), generator=random)
            y, x = torch.randint(0, CROP - 50, (2,), generator=random).tolist()
            crops[k, :, y : y + 50, x : x + 50] = keep[:, y : y + 50, x : x + 50]
    return crops


STRANGE = 800  # crops in the test of epistemic uncertainty


def crops_of(file: Path) -> tuple[Tensor, np.ndarray]:
    """Crops (n, 1, 112, 112) and labels (n,) from a CSV file with the columns path and expression."""
    rows = list(csv.DictReader(file.open()))
    pictures = [Image.open(file.parent / row["path"]).convert("L").resize((CROP, CROP), Image.Resampling.BILINEAR) for row in rows]
    crops = torch.from_numpy(np.stack([np.asarray(picture) for picture in pictures])).unsqueeze(1).float() / 255
    return crops, np.array([EXPRESSIONS.index(row["expression"]) for row in rows])


def measure(
    path: Path, faces: Faces, cache: Path, backgrounds: list[Tensor] = [], fast: bool = False
) -> dict[str, dict[str, Tensor]]:
    """One checkpoint's logits on the validation crops as they are (`aligned`), displaced like a detector's
    box (`perturbed`), and on crops without a face (`strange`); computed in bfloat16 if `fast`, which is
    precise enough for fitting. Results are cached by the content of the file."""
    digest = hashlib.sha256(path.read_bytes()).hexdigest()[:16]
    kept = cache / "logits" / f"{digest}-{len(backgrounds)}{'-fast' * fast}.pt"
    if kept.exists():
        return torch.load(kept, weights_only=True)
    network, _ = checkpoint.load(path)
    network.to(memory_format=torch.channels_last)
    random = torch.Generator().manual_seed(1)
    batches = faces.val.split(128)
    result = {
        "aligned": logits_of(network, (faces.aligned(rows)[0] for rows in batches), fast),
        "perturbed": logits_of(network, (faces.perturbed(rows, random)[0] for rows in batches), fast),
        "strange": logits_of(network, not_faces(faces, faces.val[:STRANGE], backgrounds, random).split(128), fast),
    }
    kept.parent.mkdir(exist_ok=True)
    torch.save(result, kept)
    return result


def perturbed_landmarks(faces: Faces) -> Tensor:
    """The landmarks for `perturbed` of `measure`: the same random draws in the same order."""
    random = torch.Generator().manual_seed(1)
    return torch.cat([faces.perturbed(rows, random)[1]["landmarks"] for rows in faces.val.split(128)])


def scores(
    members: list[dict[str, dict[str, Tensor]]], faces: Faces, wanted_perturbed: Tensor, shift: Tensor = torch.zeros(7)
) -> dict:
    """All measures, for the mean of the members' probabilities (for landmarks, of their positions). `shift`
    (7,) is added to the expression's logits."""
    labels = labels_of(faces, faces.val)
    aligned = [member["aligned"] for member in members]

    def average(task: str, transform) -> np.ndarray:
        return torch.stack([transform(member[task].double()) for member in aligned]).mean(0).numpy()

    result = expression_scores(average("EXPR", lambda z: (z + shift).softmax(-1)), labels)
    va = average("VA", lambda z: expectation(z).double())
    known = ~np.isnan(labels["va"]).any(1)
    result["valence_ccc"], result["arousal_ccc"] = (concordance(va[known, k], labels["va"][known, k]) for k in (0, 1))
    au = average("AU", torch.sigmoid)
    known = ~np.isnan(labels["au"]).any(1)
    correlation = [np.corrcoef(au[known, k], labels["au"][known, k])[0, 1] for k in range(12)]
    result["au_correlation"] = float(np.mean([correlation[k] for k in TRUSTED_AU]))
    result["au_correlation_all"] = float(np.mean(correlation))

    def off(which: str, wanted: Tensor) -> float:
        found = torch.stack([m[which]["FA"] for m in members]).mean(0).unflatten(-1, (68, 2)) * CROP
        return (found - wanted).abs().nanmean().item()

    result["landmarks_px"] = off("aligned", torch.from_numpy(labels["landmarks"]) - (SIDE - CROP) / 2)
    result["landmarks_perturbed_px"] = off("perturbed", wanted_perturbed)
    if len(members) > 1:
        inside, outside = epistemic(aligned), epistemic([member["strange"] for member in members])
        result["out_of_domain_auroc"] = {
            task: float(roc_auc_score(np.r_[np.zeros(len(inside[task])), np.ones(STRANGE)], np.r_[inside[task], outside[task]]))
            for task in inside
        }
    return result


def rounded(value):
    if isinstance(value, dict):
        return {k: rounded(v) for k, v in value.items()}
    return round(value, 4) if isinstance(value, float) else value


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("checkpoints", nargs="+", type=Path, help="best first")
    parser.add_argument("--cache", type=Path, required=True, help="directory with faces/ from prepare.py; logits are cached there")
    parser.add_argument("--backgrounds", type=Path, help="directory of photographs without people that were not used in training")
    parser.add_argument("--crops", type=Path, action="append", default=[], help="CSV file with the columns path and expression")
    parser.add_argument("--prior", help="name of a prior stored in the first checkpoint, such as fer+")
    arguments = parser.parse_args()
    cache = arguments.cache.expanduser()
    faces = Faces(cache / "faces")
    wanted = perturbed_landmarks(faces)
    backgrounds = photographs(arguments.backgrounds) if arguments.backgrounds else []
    members = []
    shift = torch.zeros(7)
    if arguments.prior:
        metadata = checkpoint.load(arguments.checkpoints[0])[1]
        ours, theirs = (torch.tensor(json.loads(metadata["expression_prior" + name])) for name in ("", "." + arguments.prior))
        shift = theirs.log() - ours.log()
    for path in arguments.checkpoints:
        members.append(measure(path, faces, cache, backgrounds))
        print(json.dumps({"checkpoint": path.name, **rounded(scores(members[-1:], faces, wanted, shift))}), flush=True)
    if len(members) > 1:
        print(json.dumps({"ensemble": len(members), **rounded(scores(members, faces, wanted, shift))}), flush=True)
    for file in arguments.crops:
        crops, truth = crops_of(file)
        networks = [checkpoint.load(path)[0] for path in arguments.checkpoints]
        p = torch.stack([(logits_of(n, crops.split(128))["EXPR"] + shift).softmax(-1) for n in networks]).mean(0).numpy()
        found, recall = p.argmax(1), recall_of(p.argmax(1), truth)
        confused = float((found[truth == 1] == 0).mean()) if (truth == 1).any() else float("nan")
        result = {"accuracy": float((found == truth).mean()), "mean_recall": float(np.nanmean(recall)), "anger_called_neutral": confused}
        print(json.dumps({"crops": str(file), **rounded(result), "recall": [round(r, 3) for r in recall]}), flush=True)


if __name__ == "__main__":
    main()
