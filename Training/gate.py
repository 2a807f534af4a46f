"""Measures all that `README.md` promises of a face and a voice, and how far conflict could show at all.

    python gate.py --cache ~/.cache/emenet/training ../checkpoints/emenet-v-*.safetensors

Needs voice-all.pt of hear.py, and voice-faces.pt and voice-columns.pt of pairing.py. Everything is measured as with a
presence of 1: the program also fades out all sound that is no voice (Sources/Reading/Sound).
"""

import json
from pathlib import Path

import numpy as np
import torch
from sklearn.metrics import roc_auc_score
from torch import Tensor

import checkpoint
import options
from data import Faces
from evaluate import concordance, entropy, majority
from hear import Hearing, load, outputs_of, windows_of
from marblenet import FEATURES, SPREAD, mfcc
from model import expectation
from pairing import Member, Pairs, Sounds
from sounds import Microphone, music, noises
from voices import SPOKEN, Voices

DRAWS = 4  # voices for each face


@torch.no_grad()
def read(members: list[Member], faces: Tensor, sound: Tensor) -> tuple[np.ndarray, np.ndarray]:
    """faces (members, n, 512), sound (n, 1, 128): the ensemble's probabilities (n, 7), valence and arousal (n, 2)."""
    both = [member.run(own, sound) for member, own in zip(members, faces)]
    p = torch.stack([e[:, -1].softmax(-1) for e, _ in both]).mean(0)
    va = torch.stack([expectation(v[:, -1]) for _, v in both]).mean(0)
    return p.double().numpy(), va.double().numpy()


@torch.no_grad()
def without_voice(encoder: Hearing, voices: Voices, n: int) -> dict[str, Tensor]:
    """Features (n, 128) of silence, noise, and synthetic and recorded music and sounds that no training used."""
    random = torch.Generator().manual_seed(90_001)

    def features(sound: Tensor) -> Tensor:
        gain = 10 ** -(6 + 34 * torch.rand(len(sound), 1, generator=random)).div(20)
        return outputs_of(encoder, mfcc((sound[:, -10080:] * gain * 0.3).clamp(-1, 1)) / SPREAD[:, None])[1]

    def drawn(make, *more) -> Tensor:
        return torch.cat([features(make(count, *more)) for count in [250] * (n // 250) + [n % 250] if count])

    def recorded(count: int) -> Tensor:
        clip = held.other[torch.randint(0, len(held.other), (count,), generator=random)]
        sound = held.raw(clip, random)
        return sound / sound.square().mean(1, keepdim=True).sqrt().clamp(min=1e-7)

    held = Microphone(voices, (voices.held & (voices.corpus >= SPOKEN)).nonzero().flatten())
    silence = outputs_of(encoder, mfcc(torch.zeros(1, 10080)) / SPREAD[:, None])[1].expand(n, -1)
    return {"silence": silence, "noise": drawn(noises, random), "music": drawn(music, random), "recorded": drawn(recorded)}


def paired(members: list[Member], faces: Tensor, label: Tensor, pairs: Pairs, said: Sounds | None = None) -> dict[str, list]:
    """For matched and mismatched pairs, DRAWS voices for each face: the ensemble's probabilities (n, 7) and, of the
    same windows, what `said` has (n, ...)."""
    random = torch.Generator().manual_seed(77)
    result: dict[str, list] = {}
    for kind in ("matched", "mismatched"):
        found = []
        for _ in range(DRAWS):
            other = torch.randint(1, 7, (len(label),), generator=random) if kind == "mismatched" else 0
            which = pairs.voice((label + other) % 7, random)
            state = random.get_state()
            p, _ = read(members, faces, pairs.sounds.of(which, 1, random))
            random.set_state(state)
            found.append((p, (said or pairs.sounds).of(which, 1, random)[:, 0].numpy()))
        result[kind] = [np.concatenate(parts) for parts in zip(*found)]
    return result


def separation(matched: np.ndarray, mismatched: np.ndarray) -> float:
    """AUROC of mismatched pairs having the larger values."""
    truth = np.r_[np.zeros(len(matched)), np.ones(len(mismatched))]
    return round(float(roc_auc_score(truth, np.r_[matched, mismatched])), 3)


def gate(members: list[Member], faces: Tensor, rows: Tensor, labelled: Faces, encoder: Hearing, voices: Voices) -> dict:
    """Every line that faces and voices must hold. faces (members, n, 512) of the val crops `rows`."""
    labels = {k: v[rows].numpy() for k, v in labelled.labels.items()}
    truth, clear = majority(labels)
    alone, alone_va = read(members, faces, torch.zeros(len(rows), 1, FEATURES))
    known = ~np.isnan(labels["va"]).any(1)

    def scores(p, va):
        return np.array([(p.argmax(1) == truth)[clear].mean(), *(concordance(va[known, k], labels["va"][known, k]) for k in (0, 1))])

    result = {"faces": len(rows), "with a majority": int(clear.sum()), "visual": scores(alone, alone_va).round(4).tolist()}
    for name, features in without_voice(encoder, voices, len(rows)).items():
        p, va = read(members, faces, features[:, None])
        result[f"without a voice: {name}"] = {
            "change of accuracy, CCC V, A": (scores(p, va) - scores(alone, alone_va)).round(4).tolist(),
            "probability, 95 %": round(float(np.quantile(np.abs(p - alone).max(1), 0.95)), 4),
        }
    clips = (voices.held & (voices.corpus < SPOKEN)).nonzero().flatten()
    clips = clips[(voices.corpus[clips] < SPOKEN - 1) | (clips % 3 == 0)]  # of the talkers, who have many, a third
    coefficients, owner = windows_of(voices, clips)
    outputs, features = outputs_of(encoder, coefficients)
    pairs = Pairs(torch.from_numpy(truth), Sounds(features, owner), voices)
    some = np.flatnonzero(clear)
    label = torch.from_numpy(truth[some])
    found = paired(members, faces[:, some], label, pairs, Sounds(outputs[:, :7].softmax(1), owner))
    (both, voice), (apart, other) = found["matched"], found["mismatched"]
    wanted, face = np.tile(label.numpy(), DRAWS), np.tile(alone[some], (DRAWS, 1))
    result["matched"] = {
        name: round(float((p.argmax(1) == wanted).mean()), 4) for name, p in (("face", face), ("voice", voice), ("both", both))
    }
    result["mismatch AUROC"] = {
        "total uncertainty": separation(entropy(both), entropy(apart)),
        # The best that can be told from what the two networks say: the chance that they mean different things.
        "from both outputs": separation(1 - (face * voice).sum(1), 1 - (face * other).sum(1)),
        **bound(face, wanted),
    }
    talk = features[voices.corpus[owner] == SPOKEN - 1]
    talk = talk[torch.randint(0, len(talk), (len(rows),), generator=torch.Generator().manual_seed(78))]
    p, _ = read(members, faces, talk[:, None])
    result["calm talkers: labels that change"] = round(float((p.argmax(1) != alone.argmax(1)).mean()), 4)
    return result


def bound(face: np.ndarray, label: np.ndarray) -> dict[str, float]:
    """AUROC of mismatch for the best judge of what the face says (n, 7) and of a voice that is heard right in a share of
    the cases, and otherwise as any other emotion."""
    random = np.random.default_rng(3)
    other = (label + random.integers(1, 7, len(label))) % 7

    def disagreement(emotion: np.ndarray, right: float) -> np.ndarray:
        wrong = (emotion + random.integers(1, 7, len(emotion))) % 7
        heard = np.where(random.random(len(emotion)) < right, emotion, wrong)
        voice = np.full(face.shape, (1 - right) / 6)
        voice[np.arange(len(heard)), heard] = right
        return 1 - (face * voice).sum(1)

    return {f"{right} heard right": separation(disagreement(label, right), disagreement(other, right)) for right in (0.41, 0.5, 0.6, 0.7, 0.8, 0.9, 1)}


def main() -> None:
    parser = options.parser(__doc__)
    parser.add_argument("checkpoints", nargs="+", type=Path)
    arguments, cache = options.parsed(parser)
    labelled, voices = Faces(cache / "faces"), Voices(cache)
    networks = [checkpoint.load(path)[0] for path in arguments.checkpoints]
    faces = torch.load(cache / "voice-faces.pt", weights_only=True)
    encoder = load(cache / "voice-all.pt")
    members = [Member(network.tmodels) for network in networks]
    for member, (expression, affect) in zip(members, torch.load(cache / "voice-columns.pt", weights_only=True)):
        member.expression.sound.data, member.affect.sound.data = expression, affect
    print(json.dumps(gate(members, faces["val"], faces["val_rows"], labelled, encoder, voices), indent=1))


if __name__ == "__main__":
    main()
