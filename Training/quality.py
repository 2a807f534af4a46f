"""Fits how far a face's quality lowers the confidence of its reading: the constant in
Sources/FaceCrop/Track/Legibility.swift.

    ../Benchmarks/robustness --json READINGS.json EMENET PICTURE…
    python quality.py READINGS.json…

Take the readings of a program in which the constant is 0: they then have the confidence that the network
itself has in the crop. A clear face is the truth for what is made of it: a label that differs is wrong. If
confidence is right on clear faces, a label of a face made unclear is right with the odds of the network's
confidence, less what the change cost: odds * quality ** doubt. `doubt` maximizes the likelihood of the
labels that stayed and those that did not, with a bias for how often labels stay at all. The program leaves
the bias out, so that the confidence in a clear face remains as it is.
"""

import json
import sys
from pathlib import Path

import numpy as np
from scipy.optimize import minimize

LIKELY = 0.6


def fit(confidence: np.ndarray, quality: np.ndarray, stayed: np.ndarray) -> tuple[float, float]:
    """The power of quality, and the bias, from (n,) confidences, qualities and whether labels stayed."""
    log_odds = np.log(confidence / (1 - confidence))

    def loss(weights):
        z = weights[1] + log_odds + weights[0] * np.log(quality)
        return np.logaddexp(0, np.where(stayed, -z, z)).sum() + 0.01 * (weights**2).sum()

    doubt, bias = minimize(loss, [1.0, 1.0], bounds=[(0, None), (None, None)], method="L-BFGS-B").x
    return float(doubt), float(bias)


def lowered(confidence: np.ndarray, quality: np.ndarray, doubt: float) -> np.ndarray:
    trust = confidence * quality**doubt
    return trust / (trust + 1 - confidence)


def main() -> None:
    readings = [
        reading
        for path in map(Path, sys.argv[1:])
        for row in json.loads(path.read_text())["rows"]
        for reading in row["readings"]
        if reading
    ]
    confidence = np.clip([reading["confidence"] for reading in readings], 1e-6, 1 - 1e-6)
    quality = np.clip([reading["quality"] for reading in readings], 1e-4, 1)
    stayed = ~np.array([reading["flip"] for reading in readings])
    doubt, bias = fit(confidence, quality, stayed)
    print(f"doubt {doubt:.2f}, bias {bias:.2f}: {len(stayed)} readings, {(~stayed).sum()} other labels")
    for power in (0, round(doubt, 1), 1, 2, 3, 4):
        kept = lowered(confidence, quality, power) >= LIKELY
        wrong = (kept & ~stayed).sum()
        print(f"  quality ** {power}: {kept.sum()} sure or likely, {wrong} of them another label")


if __name__ == "__main__":
    main()
