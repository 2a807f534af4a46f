"""Clips of emotional speech and other sounds, decoded once to 16 kHz mono, in the cache.

    python voices.py --cache ~/.cache/emenet/training --voices ../../shared/voices --sounds SOUNDS

SOUNDS has the folders `music`, `noise` (anything but speech) and `talk` (people who talk calmly), with sound
files in any format, at any depth; each speaker of `talk` is a folder of its own. Needs ffmpeg. Writes
voice-clips.npy, voice-coded.npy (the same clips after a lossy codec, in the same places) and voice-clips.npz.
"""

import argparse
import csv
import hashlib
import io
import subprocess
import tarfile
from pathlib import Path

import numpy as np
import torch
from torch import Tensor

RATE = 16000  # Hz
CORPORA = ["emodb", "ravdess", "nemo", "urdu", "talk", "music", "noise"]
SPOKEN = 5  # the corpora before this are voices
ACTED = 3  # the corpora before this are acted
EXPRESSIONS = ["neutral", "anger", "disgust", "fear", "happiness", "sadness", "surprise"]
# Speakers that no training sees. Of the other sounds, every fifth file, and whole folders of `talk`.
HELD_OUT = {
    "emodb": {"E08", "E15"},
    "ravdess": {"R21", "R22", "R23", "R24"},
    "nemo": {"KD0", "WR0"},
    "urdu": {"USM4", "USF6", "USM20", "USF1", "USM2"},
    "talk": {"asterisk-ru", "stamps-ca", "stamps-el", "stamps-ro", "stamps-be"},
}
# Where acted emotions lie on the plane of valence and arousal (Russell 1980; Scherer 2005, rounded).
PLANE = {
    "neutral": (0.0, -0.1), "calm": (0.2, -0.4), "boredom": (-0.3, -0.5), "anger": (-0.6, 0.7), "disgust": (-0.6, 0.2),
    "fear": (-0.6, 0.6), "happiness": (0.7, 0.6), "sadness": (-0.6, -0.4), "surprise": (0.2, 0.7),
}
CODECS = [
    ("ogg", ["-c:a", "libopus", "-b:a", "12k", "-application", "voip"]),
    ("mp3", ["-c:a", "libmp3lame", "-b:a", "24k"]),
    ("gsm", ["-c:a", "libgsm", "-ar", "8000"]),
    ("wav", ["-c:a", "pcm_mulaw", "-ar", "8000"]),
]
GAP = RATE // 2  # samples of silence after each clip


def read(file: Path | io.BytesIO) -> np.ndarray:
    """(n,) int16 at 16 kHz, mono, by libsndfile, which is much faster than a process for each file."""
    import soundfile
    from scipy.signal import resample_poly

    sound, rate = soundfile.read(file, dtype="float32", always_2d=True)
    sound = resample_poly(sound.mean(1), RATE, rate) if rate != RATE else sound[:, 0]
    return np.round(np.clip(sound, -1, 1) * 32767).astype(np.int16)


def decoded(source: Path | bytes) -> np.ndarray:
    """The same by ffmpeg, which knows more formats."""
    name, data = (str(source), None) if isinstance(source, Path) else ("pipe:0", source)
    command = ["ffmpeg", "-v", "error", "-i", name, "-ac", "1", "-ar", str(RATE), "-f", "s16le", "-"]
    return np.frombuffer(subprocess.run(command, input=data, capture_output=True).stdout, np.int16)


def coded(sound: np.ndarray, codec: tuple[str, list[str]]) -> np.ndarray:
    """(n,) int16 after encoding and decoding."""
    kind, options = codec
    raw = ["-f", "s16le", "-ar", str(RATE), "-ac", "1"]
    encode = ["ffmpeg", "-v", "error", *raw, "-i", "pipe:0", *options, "-f", kind, "-"]
    data = subprocess.run(encode, input=sound.tobytes(), capture_output=True, check=True).stdout
    result = decoded(data)[: len(sound)]
    return np.pad(result, (0, len(sound) - len(result)))


def clips_of(voices: Path):
    """Yields labels and samples of each clip of the corpora."""
    rows = list(csv.DictReader((voices / "labels.csv").open()))
    with tarfile.open(voices / "voices.tar") as archive:
        files = {name.removeprefix("./"): name for name in archive.getnames()}
        for row in rows:
            sound = read(io.BytesIO(archive.extractfile(files[row["path"]]).read()))
            yield {**row, "speaker": row["speaker"].strip()}, sound


def sounds_of(folder: Path, seconds: float = 20):
    """Yields labels and the first seconds of each other sound; files of less than 0.2 s are left out."""
    for kind in CORPORA[SPOKEN - 1 :]:
        for file in sorted(f for f in (folder / kind).rglob("*") if f.is_file()):
            sound = (read(file) if file.suffix in {".wav", ".ogg", ".oga"} else decoded(file))[: int(seconds * RATE)]
            if len(sound) < RATE // 5:
                continue
            inside = file.relative_to(folder / kind)
            every_fifth = hashlib.sha256(str(inside).encode()).digest()[0] % 5 == 0
            speaker = inside.parts[0] if kind == "talk" else ("held" if every_fifth else "")
            yield {"corpus": kind, "speaker": speaker, "emotion": "neutral" if kind == "talk" else "", "intensity": "", "recognised_percent": ""}, sound


def prepare(voices: Path, sounds: Path | None, cache: Path) -> None:
    rows, parts = [], []
    for row, sound in [*clips_of(voices), *(sounds_of(sounds) if sounds else [])]:
        rows.append(row)
        parts.append(np.pad(sound, (0, GAP)))
    lengths = np.array([len(part) - GAP for part in parts])
    starts = np.cumsum([0] + [len(part) for part in parts])[:-1]
    whole = np.concatenate(parts)
    np.save(cache / "voice-clips.npy", whole)
    corpora = np.array([CORPORA.index(row["corpus"]) for row in rows])
    spoken = np.flatnonzero(corpora < SPOKEN)
    changed = whole.copy()
    for k, codec in enumerate(CODECS):
        own = spoken[k :: len(CODECS)]
        place = np.concatenate([np.arange(starts[c], starts[c] + lengths[c] + GAP) for c in own])
        changed[place] = coded(whole[place], codec)
    np.save(cache / "voice-coded.npy", changed)
    np.savez(
        cache / "voice-clips.npz",
        start=starts,
        length=lengths,
        corpus=corpora,
        speaker=np.array([row["speaker"] for row in rows]),
        emotion=np.array([row["emotion"] for row in rows]),
        intensity=np.array([float(row["intensity"] or 0) for row in rows]),
        recognised=np.array([float(row["recognised_percent"] or "nan") / 100 for row in rows]),
        held=np.array([row["speaker"] in HELD_OUT.get(row["corpus"], {"held"}) for row in rows]),
    )


class Voices:
    """The cache: samples and labels of n clips. `expression` is -1 where the clip shows none of the seven;
    calm counts as neutral."""

    def __init__(self, cache: Path):
        self.clean = torch.from_numpy(np.load(cache / "voice-clips.npy", mmap_mode="c"))
        self.coded = torch.from_numpy(np.load(cache / "voice-coded.npy", mmap_mode="c"))
        labels = np.load(cache / "voice-clips.npz")
        self.start, self.length, self.corpus, self.held = (torch.from_numpy(labels[k]) for k in ("start", "length", "corpus", "held"))
        self.emotion, self.speaker = labels["emotion"], labels["speaker"]
        self.recognised, self.intensity = torch.from_numpy(labels["recognised"]), torch.from_numpy(labels["intensity"])
        names = ["neutral" if e == "calm" else e for e in self.emotion]
        self.expression = torch.tensor([EXPRESSIONS.index(e) if e in EXPRESSIONS else -1 for e in names])
        self.plane = torch.tensor([PLANE.get(e, (float("nan"),) * 2) for e in self.emotion])  # (n, 2)

    def windows(self, position: Tensor, size: int, clip: Tensor, use_coded: Tensor, speed: Tensor) -> Tensor:
        """(n, size) in [-1, 1]: the sound of each clip from sample `position` (n,) on, played at `speed`
        (n,); 0 outside the clip."""
        at = position[:, None] + torch.arange(size) * speed[:, None]
        low = at.floor()
        mix = (at - low).float()
        low = low.long()
        length, start = self.length[clip, None], self.start[clip, None]

        def samples(index: Tensor) -> Tensor:
            place = start + index.clamp(min=0).minimum(length - 1)
            values = torch.empty(place.shape)
            values[use_coded], values[~use_coded] = self.coded[place[use_coded]].float(), self.clean[place[~use_coded]].float()
            return values * ((index >= 0) & (index < length)) / 32768

        return torch.lerp(samples(low), samples(low + 1), mix)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--voices", type=Path, required=True)
    parser.add_argument("--sounds", type=Path)
    parser.add_argument("--cache", type=Path, required=True)
    arguments = parser.parse_args()
    prepare(arguments.voices, arguments.sounds, arguments.cache.expanduser())


if __name__ == "__main__":
    main()
