"""Fits the constants for verifying faces in Sources/FaceCrop/Track/Proof.swift.

    EMENET_PROOF=FOLDER swift test -c release --filter collectEvidence
    python proof.py FOLDER…

Each folder has evidence.csv, with a row for each detection, and faces.json as read by `Benchmarks/wider`;
without faces.json, nothing in its pictures is a face. Detections that are near a marked face but do not
match it, and those that match one marked invalid, are left out.
"""

import csv
import json
import sys
from pathlib import Path

import numpy as np
from scipy.optimize import minimize

# The sign that each weight may have: a clearer, larger face never counts against itself.
FEATURES = {"score": 1, "disagreement": -1, "non_face": -1, "size": 1, "contrast": 1}
# The cost of a false face relative to a missed one.
COST = 10
DECAY = 0.02


def fit(x: np.ndarray, y: np.ndarray) -> np.ndarray:
    """Weights and bias of a logistic regression whose weights have the signs of FEATURES."""
    weight = np.where(y, 1, COST)

    def loss(w):
        z = x @ w[:-1] + w[-1]
        error = weight * (1 / (1 + np.exp(-z)) - y)
        value = (weight * np.logaddexp(0, np.where(y, -z, z))).sum()
        gradient = np.append(x.T @ error + 2 * DECAY * w[:-1], error.sum())
        return value + DECAY * (w[:-1] ** 2).sum(), gradient

    bounds = [(0, None) if sign > 0 else (None, 0) for sign in FEATURES.values()]
    start = np.zeros(len(FEATURES) + 1)
    return minimize(loss, start, jac=True, bounds=[*bounds, (None, None)], method="L-BFGS-B").x


def label(box: list[float], faces: list[dict]) -> bool | None:
    x, y = box[0] + box[2] / 2, box[1] + box[3] / 2
    near = False
    for face in faces:
        left, top, width, height = face["box"]
        if left <= x <= left + width and top <= y <= top + height and 0.4 < box[3] / height < 2.5:
            return None if face.get("invalid") else True
        near |= (
            left - width / 2 <= x <= left + 1.5 * width
            and top - height / 2 <= y <= top + 1.5 * height
        )
    return None if near else False


def main() -> None:
    features, labels = [], []
    for folder in map(Path, sys.argv[1:]):
        marked = folder / "faces.json"
        faces = json.loads(marked.read_text()) if marked.exists() else {}
        for row in csv.DictReader((folder / "evidence.csv").open()):
            box = [float(row[name]) for name in ["x", "y", "width", "height"]]
            is_face = label(box, faces.get(row["picture"], []))
            if is_face is None:
                continue
            labels.append(is_face)
            features.append([float(row[name]) for name in FEATURES])
    x, y = np.array(features), np.array(labels)
    *weights, bias = fit(x, y).round(2)
    print(f"{y.sum()} faces, {(~y).sum()} others")
    print("weights", dict(zip(FEATURES, map(float, weights))), "bias", float(bias))
    quality = 1 / (1 + np.exp(-(x @ weights + bias)))
    for limit in [0.1, 0.3, 0.5, 0.7]:
        kept, false = (quality[y] > limit).mean(), (quality[~y] > limit).sum()
        print(f"above {limit}: {kept:.3f} of the faces, {false} others")


if __name__ == "__main__":
    main()
