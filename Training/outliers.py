"""Writes crops in which a person could see no face, as `outliers.npy` (n, 112, 112) uint8. Members learn to
disagree about them (as in Jain et al. 2020, arXiv 1906.07380), each in its own way, so that the ensemble's
epistemic uncertainty is high for non-faces. `evaluate.py` tests this with its own random draws and
pictures.

    python outliers.py --cache ~/.cache/emenet/training --backgrounds PHOTOGRAPHS
"""

import argparse
from functools import partial
from multiprocessing import Pool

from pathlib import Path

import numpy as np
import torch
import torch.nn.functional as F
from PIL import Image, ImageDraw, ImageFont
from torch import Tensor

from data import CROP, Faces

# What member k predicts for a non-face: its expression, the twelve action units, valence and arousal.
EXPRESSION = [0, 4, 5, 6, 1]
VALENCE_AROUSAL = torch.tensor([[-0.6, 0.6], [0.6, -0.6], [0.6, 0.6], [-0.6, -0.6], [0.0, 0.0]])
ACTION_UNITS = torch.tensor(
    [[int(bit) for bit in row] for row in ("000000111111", "111000000111", "001100110011", "010101010101", "110011001100")]
)


def photographs(folder: Path) -> list[Tensor]:
    """Pictures without people, (h, w) in [0, 1], at most 1,024 px wide."""
    found = []
    for file in sorted(p for p in folder.rglob("*") if p.suffix in {".jpg", ".png", ".jpeg"}):
        picture = Image.open(file).convert("L")
        picture.thumbnail((1024, 1024))
        if min(picture.size) >= CROP:
            found.append(torch.from_numpy(np.array(picture)).float() / 255)
    return found


def enlarged(patch: Tensor) -> Tensor:
    """Resizes (h, w) to (112, 112)."""
    return F.interpolate(patch[None, None], size=CROP, mode="bilinear", antialias=True)[0, 0]


class Outliers:
    """Draws crops without a face: patches of photographs or of the surroundings of faces, noise, stripes,
    lettering, faces blurred or covered beyond recognition, and faces in pieces."""

    def __init__(self, photographs: list[Tensor], random: torch.Generator):
        self.photographs, self.random = photographs, random

    def draw(self, pictures: Tensor) -> Tensor:
        """Turns each of the pictures (n, 1, 152, 152) of faces into one crop (n, 1, 112, 112)."""
        kinds = [self.surroundings, self.noise, self.stripes, self.lettering, self.blurred, self.covered, self.pieces]
        kinds += [self.photograph] * 3 if self.photographs else []
        crops = []
        for picture in pictures[:, 0]:
            crop = kinds[self.whole(0, len(kinds))](picture).clamp(0, 1)
            gain, lift = self.real(0.6, 1.3), self.real(-0.15, 0.15)
            crops.append(((crop - 0.5) * gain + 0.5 + lift).clamp(0, 1))
        return torch.stack(crops)[:, None]

    def whole(self, low: int, high: int) -> int:
        return int(torch.randint(low, high, (), generator=self.random))

    def real(self, low: float, high: float) -> float:
        return low + (high - low) * float(torch.rand((), generator=self.random))

    def patch(self, picture: Tensor, side: int) -> Tensor:
        h, w = picture.shape
        y, x = self.whole(0, h - side + 1), self.whole(0, w - side + 1)
        return enlarged(picture[y : y + side, x : x + side])

    def photograph(self, _: Tensor) -> Tensor:
        picture = self.photographs[self.whole(0, len(self.photographs))]
        return self.patch(picture, self.whole(CROP // 4, min(picture.shape) // 2 + 1))

    def surroundings(self, picture: Tensor) -> Tensor:
        """A corner of the picture: hair, shoulder or wall."""
        side = self.whole(20, 40)
        corner = picture[:side] if self.whole(0, 2) else picture[-side:]
        corner = corner[:, :side] if self.whole(0, 2) else corner[:, -side:]
        return enlarged(corner)

    def noise(self, _: Tensor) -> Tensor:
        """Noise at all scales: a sum of octaves with a random slope."""
        total, slope = torch.zeros(CROP, CROP), self.real(0, 2)
        for octave in range(self.whole(1, 6)):
            side = min(CROP, self.whole(2, 8) * 2**octave)
            total += enlarged(torch.randn(side, side, generator=self.random)) * 2 ** (-slope * octave)
        return 0.5 + self.real(0.05, 0.4) * total / total.std().clamp(min=1e-3)

    def stripes(self, _: Tensor) -> Tensor:
        """Stripes, a checkerboard or a smooth ramp, sharp or soft."""
        axis = torch.linspace(0, 1, CROP)
        angle, count = self.real(0, 6.28), self.real(0, 14)
        t = axis[:, None] * np.sin(angle) + axis * np.cos(angle)
        u = axis[:, None] * np.cos(angle) - axis * np.sin(angle)
        wave = torch.sin(6.28 * count * t + self.real(0, 6.28))
        if self.whole(0, 2):
            wave = wave * torch.sin(6.28 * self.real(0, 14) * u)
        if self.whole(0, 2):
            wave = wave.sign()
        return 0.5 + self.real(0, 0.5) * wave

    def lettering(self, _: Tensor) -> Tensor:
        """A few lines of letters, as in titles."""
        ink, paper = self.whole(0, 256), self.whole(0, 256)
        sheet = Image.new("L", (CROP, CROP), paper)
        size = self.whole(10, 70)
        lines = ["".join(chr(self.whole(65, 91) + 32 * self.whole(0, 2)) for _ in range(12)) for _ in range(3)]
        at = (self.whole(-CROP // 2, CROP // 4), self.whole(-size // 2, CROP // 2))
        ImageDraw.Draw(sheet).multiline_text(at, "\n".join(lines), ink, ImageFont.load_default(size))
        return torch.from_numpy(np.array(sheet)).float() / 255

    def blurred(self, picture: Tensor) -> Tensor:
        side = self.whole(3, 8)
        small = F.interpolate(picture[None, None, 20:-20, 20:-20], size=side, mode="area")
        mode = "bicubic" if self.whole(0, 2) else "nearest"
        return F.interpolate(small, size=CROP, mode=mode)[0, 0]

    def covered(self, picture: Tensor) -> Tensor:
        crop = picture[20:-20, 20:-20].clone()
        cover = torch.full_like(crop, self.real(0, 1)) if self.whole(0, 2) else self.noise(crop)
        h, w = self.whole(84, CROP + 1), self.whole(84, CROP + 1)
        y, x = self.whole(0, CROP - h + 1), self.whole(0, CROP - w + 1)
        crop[y : y + h, x : x + w] = cover[y : y + h, x : x + w]
        return crop

    def pieces(self, picture: Tensor) -> Tensor:
        """Tiles of the face in another order."""
        k = self.whole(3, 6)
        side = CROP // k + 1
        tiles = F.pad(picture[20:-20, 20:-20], (0, k * side - CROP, 0, k * side - CROP))
        tiles = tiles.unfold(0, side, side).unfold(1, side, side).reshape(k * k, side, side)
        tiles = tiles[torch.randperm(k * k, generator=self.random)].view(k, k, side, side)
        return tiles.permute(0, 2, 1, 3).reshape(k * side, k * side)[:CROP, :CROP]


BLOCK = 256


def block(cache: Path, photographs: list[Tensor], number: int) -> np.ndarray:
    """(256, 112, 112) uint8; the same number always gives the same crops."""
    torch.set_num_threads(1)
    random = torch.Generator().manual_seed(number)
    faces = Faces(cache / "faces")
    rows = faces.train[torch.randint(0, len(faces.train), (BLOCK,), generator=random)]
    crops = Outliers(photographs, random).draw(faces.read(rows))
    return (crops[:, 0] * 255).round().byte().numpy()


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--cache", type=Path, required=True, help="directory with faces/ from prepare.py")
    parser.add_argument("--backgrounds", type=Path, help="directory of photographs without people")
    parser.add_argument("--blocks", type=int, default=128, help=f"of {BLOCK} crops")
    arguments = parser.parse_args()
    cache = arguments.cache.expanduser()
    pictures = photographs(arguments.backgrounds) if arguments.backgrounds else []
    with Pool() as pool:
        blocks = pool.map(partial(block, cache, pictures), range(arguments.blocks), 1)
    np.save(cache / "faces" / "outliers.npy", np.concatenate(blocks))
    print(f"{len(blocks) * BLOCK} crops without a face, patches of {len(pictures)} photographs among them")


if __name__ == "__main__":
    main()
