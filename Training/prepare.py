"""Converts a set of labelled face crops to a cache for training: `crops.npy` (n, 152, 152) uint8 BT.601
luma and `labels.npz`, one row per crop. README.md describes the format of a set.

    python prepare.py --faces ../../shared/faces --cache ~/.cache/emenet/training/faces
"""

import argparse
import io
import tarfile
from pathlib import Path

import numpy as np
from PIL import Image

SIDE = 152
EXPRESSIONS = ["Neutral", "Anger", "Disgust", "Fear", "Happiness", "Sadness", "Surprise"]
# FER+ columns are neutral, happiness, surprise, sadness, anger, disgust, fear, contempt, unknown,
# not a face; this picks the seven in the order of EXPRESSIONS.
FER_PLUS_TO_EXPRESSION = [0, 4, 5, 6, 1, 3, 2]
# Networks trained on AffectNet use the order neutral, happiness, sadness, surprise, fear, disgust, anger,
# contempt.
AFFECTNET_TO_EXPRESSION = [0, 6, 5, 4, 1, 2, 3]


def luma(picture: Image.Image) -> np.ndarray:
    """(152, 152) uint8; Pillow's L is BT.601."""
    grey = picture.convert("L")
    if grey.size != (SIDE, SIDE):
        grey = grey.resize((SIDE, SIDE), Image.Resampling.BILINEAR)
    return np.asarray(grey)


def pictures(faces: Path):
    """Yields (name, picture) from a set's tar files, or from its individual files."""
    tars = sorted(faces.glob("*.tar"))
    for tar in tars:
        with tarfile.open(tar) as archive:
            for entry in archive:
                if entry.isfile():
                    yield Path(entry.name).name, Image.open(io.BytesIO(archive.extractfile(entry).read()))
    if not tars:
        for file in sorted(p for p in faces.rglob("*") if p.suffix in {".jpg", ".jpeg", ".png"}):
            yield str(file.relative_to(faces)), Image.open(file)


def labels_of_folders(faces: Path) -> dict[str, np.ndarray]:
    """Labels of a set that consists only of directories: SPLIT/EXPRESSION/picture."""
    names = [name for name, _ in pictures(faces)]
    parts = [Path(name).parts for name in names]
    classes = {name.lower(): index for index, name in enumerate(EXPRESSIONS)}
    return {
        "name": np.array(names),
        "split": np.array([p[0] for p in parts]),
        "expression": np.array([classes.get(p[1].lower(), -1) for p in parts], np.int8),
    }


def softmax(logits: np.ndarray, temperature: float) -> np.ndarray:
    z = logits.astype(np.float32) / temperature
    z = np.exp(z - z.max(1, keepdims=True))
    return z / z.sum(1, keepdims=True)


def expression_targets(raw: dict[str, np.ndarray], votes: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Soft targets (n, 7) and their weights (n,): people's votes if there are any, otherwise the single
    human label and the teacher networks' predictions."""
    n = len(raw["name"])
    human = np.zeros((n, 7), np.float32)
    known = raw["expression"] >= 0
    human[known, raw["expression"][known]] = 1
    teachers = [raw["expression_teacher"].astype(np.float32)] if "expression_teacher" in raw else []
    if "expression_teacher2_logits" in raw:
        # Its softmax saturates; 3 is the temperature that the set's README recommends.
        teachers.append(softmax(raw["expression_teacher2_logits"], 3))
    target, weight = human, known.astype(np.float32)
    if teachers:
        taught = np.mean(teachers, 0)
        taught /= taught.sum(1, keepdims=True)
        # FER2013's own labels agree with the majority of ten people in only 65 % of cases.
        trust = np.where(raw.get("source", np.full(n, "")) == "fer2013", 0.45, 0.7)[:, None]
        trust = np.where(known[:, None], trust, 0)
        target = trust * human + (1 - trust) * taught
        weight = np.where(known, 0.7, 0.3).astype(np.float32)
    seven = votes[:, FER_PLUS_TO_EXPRESSION].astype(np.float32)
    voted = seven.sum(1) > 0
    target = np.where(voted[:, None], seven / np.maximum(seven.sum(1, keepdims=True), 1), target)
    # A crop that most people called "unknown" or "not a face" gets little weight.
    weight = np.where(voted, seven.sum(1) / np.maximum(votes.sum(1), 1), weight)
    return target.astype(np.float32), weight.astype(np.float32)


def affectnet_targets(file: Path, n: int) -> np.ndarray:
    """(n, 7) predictions of networks trained on AffectNet, without contempt; NaN if unknown."""
    if not file.exists():
        return np.full((n, 7), np.nan, np.float32)
    seven = np.load(file)["mean"].astype(np.float32)[:, AFFECTNET_TO_EXPRESSION]
    return seven / seven.sum(1, keepdims=True)


def prepare(faces: Path, cache: Path) -> None:
    cache.mkdir(parents=True, exist_ok=True)
    if (faces / "labels.npz").exists():
        raw = dict(np.load(faces / "labels.npz"))
    else:
        raw = labels_of_folders(faces)
    n = len(raw["name"])
    votes_file = faces / "votes.npz"
    votes = np.load(votes_file)["votes"] if votes_file.exists() else np.zeros((n, 10), np.uint8)
    target, target_weight = expression_targets(raw, votes)

    crops = np.lib.format.open_memmap(cache / "crops.npy", mode="w+", dtype=np.uint8, shape=(n, SIDE, SIDE))
    row = {name: k for k, name in enumerate(raw["name"])}
    found = 0
    for name, picture in pictures(faces):
        if name in row:
            crops[row[name]] = luma(picture)
            found += 1
    if found != n:
        raise SystemExit(f"{faces}: labels name {n} pictures, {found} of them were found")
    crops.flush()

    def optional(key: str, shape: tuple[int, ...]) -> np.ndarray:
        return raw[key].astype(np.float32) if key in raw else np.full((n, *shape), np.nan, np.float32)

    np.savez(
        cache / "labels.npz",
        train=raw["split"] == "train",
        source=raw.get("source", np.full(n, "")),
        expression=raw["expression"],  # (n,) one human label; -1: none
        expression_target=target,  # (n, 7)
        expression_weight=target_weight,  # (n,)
        affectnet=affectnet_targets(faces / "expression_teachers.npz", n),  # (n, 7)
        votes=votes[:, FER_PLUS_TO_EXPRESSION],  # (n, 7) all zero: none
        votes_total=votes.sum(1, dtype=np.int64),  # of all ten columns
        va=optional("va", (2,)),  # NaN: none, also below
        au=optional("au", (12,)),
        au_confidence=raw.get("au_confidence", np.ones(12)).astype(np.float32),
        landmarks=optional("landmarks", (68, 2)),  # px of the 152 px crop
        weight=raw["weight"].astype(np.float32) if "weight" in raw else np.ones(n, np.float32),
    )
    print(f"{n} crops, {int((raw['split'] == 'train').sum())} to train on, in {cache}")


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--faces", type=Path, required=True)
    parser.add_argument("--cache", type=Path, required=True)
    arguments = parser.parse_args()
    prepare(arguments.faces.expanduser(), arguments.cache.expanduser())
