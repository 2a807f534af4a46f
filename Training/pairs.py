"""How people combine a face with a voice, and the targets of pairs made from that.

CREMA-D's votes say what people make of the same clip's voice alone, face alone and both. A weighted geometric mean
of the first two with a bias per expression predicts the third (`fit`). For a pair of our own, the face's part is the
visual members' prediction sharpened by its label, the voice's part what people hear in voices of that emotion.
"""

import csv
import gzip
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from scipy.optimize import minimize
from torch import Tensor

VOTED = "NADFHS"  # CREMA-D's letters in the order of the expressions, of which surprise is missing
WORDS = {"NEU": 0, "ANG": 1, "DIS": 2, "FEA": 3, "HAP": 4, "SAD": 5}


@dataclass
class People:
    """`face` and `voice`: exponents of the two; `heard` (7, 7): what is heard in a voice of each emotion; `agreement`:
    share of clips whose votes' majority is the intended emotion, from voice, face and both."""

    face: float
    voice: float
    heard: Tensor
    agreement: tuple[float, float, float]
    divergence: dict[str, float]  # from the votes for both, nats


def votes_of(file: Path) -> tuple[np.ndarray, np.ndarray]:
    """(3, clips, 6) votes from voice, face and both, and the intended emotion (clips,)."""
    tables: list[dict[str, list[float]]] = [{}, {}, {}]
    with gzip.open(file, "rt") as lines:
        for row in csv.reader(lines):
            if not row[0].isdigit() or len(row) < 8:
                continue
            counts = dict(zip("ADFHNS", map(float, row[1:7])))
            tables[int(row[0][0]) - 1][row[7]] = [counts[letter] for letter in VOTED]
    names = sorted(set(tables[0]) & set(tables[1]) & set(tables[2]))
    truth = np.array([WORDS[name.split("_")[2]] for name in names])
    return np.array([[table[name] for name in names] for table in tables]), truth


def fit(file: Path) -> People:
    votes, truth = votes_of(file)
    shares = (votes + 0.3) / (votes + 0.3).sum(2, keepdims=True)
    logs = np.log(shares)
    both = votes[2] / votes[2].sum(1, keepdims=True)

    def combined(v: np.ndarray) -> np.ndarray:
        z = v[0] * logs[1] + v[1] * logs[0] + v[2:]
        return z - np.log(np.exp(z).sum(1, keepdims=True))

    def loss(v: np.ndarray) -> float:
        return -(both * combined(v)).sum(1).mean()

    found = minimize(loss, np.r_[1.0, 0.5, np.zeros(6)]).x
    own = (both * np.log(np.maximum(both, 1e-9))).sum(1).mean()
    face_alone = minimize(lambda v: loss(np.r_[v[0], 0, v[1:]]), np.r_[1.0, np.zeros(6)]).fun
    heard = np.full((7, 7), 0.02)
    for emotion in range(6):
        heard[emotion, :6] = votes[0][truth == emotion].sum(0) / votes[0][truth == emotion].sum()
    # Surprise is not in CREMA-D; it is heard about as well as fear, and taken for happiness and fear.
    heard[6] = [0.2, 0.03, 0.03, 0.15, 0.15, 0.04, 0.4]
    heard /= heard.sum(1, keepdims=True)
    agreement = tuple(float((v.argmax(1) == truth).mean()) for v in votes)
    return People(
        float(found[0]), float(found[1]), torch.from_numpy(heard).float(), agreement,
        {"face alone": float(face_alone + own), "face and voice": float(loss(found) + own)},
    )


def target(people: People, face: Tensor, heard: Tensor) -> Tensor:
    """(n, 7): the distribution for faces and voices (n, 7) of one emotion. The voices' part is taken relative to
    what voices are heard as on average, so that a voice that says nothing changes nothing."""
    ratio = heard.log() - people.heard.mean(0).log()
    return (people.face * face.clamp(min=1e-4).log() + people.voice * ratio).softmax(1)


def conflicting(face: Tensor, heard: Tensor) -> Tensor:
    """(n, 7): both halves' answers side by side with a fifth of nothing in particular."""
    sharp = heard.square() / heard.square().sum(1, keepdim=True)
    return 0.4 * face + 0.4 * sharp + 0.2 / 7
