"""A small set in the documented format: ovals with mouths that show the expression."""

import io
import tarfile
from pathlib import Path

import numpy as np
from PIL import Image, ImageDraw


def write(folder: Path, count: int = 120, seed: int = 0) -> None:
    random = np.random.default_rng(seed)
    folder.mkdir(parents=True)
    expression = np.arange(count) % 7
    names = np.array([f"{k:06}.png" for k in range(count)])
    points = random.uniform(40, 112, (count, 68, 2))
    with tarfile.open(folder / "faces-00.tar", "w") as archive:
        for name, mouth in zip(names, expression):
            picture = Image.new("L", (152, 152), int(random.integers(20, 90)))
            draw = ImageDraw.Draw(picture)
            draw.ellipse((30, 20, 122, 140), fill=180)
            draw.arc((50, 80, 102, 80 + 5 * mouth + 6), 0, 180, fill=10, width=4)
            data = io.BytesIO()
            picture.save(data, "PNG")
            entry = tarfile.TarInfo(str(name))
            entry.size = data.tell()
            data.seek(0)
            archive.addfile(entry, data)
    teacher = random.dirichlet(np.ones(7), count)
    votes = np.zeros((count, 10), np.uint8)
    # FER+ columns of Neutral, Anger, Disgust, Fear, Happiness, Sadness, Surprise.
    column = np.array([0, 4, 5, 6, 1, 3, 2])[expression]
    votes[np.arange(count), column] = 8
    votes[:, 0] += 2
    votes[count // 2 :: 3] = 0
    np.savez(
        folder / "labels.npz",
        name=names,
        source=np.full(count, "fer2013"),
        split=np.where(np.arange(count) % 3 == 2, "val", "train"),
        expression=expression.astype(np.int8),
        expression_teacher=teacher,
        va=random.uniform(-1, 1, (count, 2)),
        au=random.uniform(0, 1, (count, 12)),
        au_confidence=np.ones(12),
        weight=np.ones(count),
        landmarks=points,
    )
    np.savez(folder / "votes.npz", votes=votes)
    # Neutral, happiness, sadness, surprise, fear, disgust, anger, contempt.
    column = np.array([0, 6, 5, 4, 1, 2, 3])[expression]
    said = np.full((count, 8), 0.05)
    said[np.arange(count), column] = 0.65
    np.savez(folder / "expression_teachers.npz", mean=said.astype(np.float16))
