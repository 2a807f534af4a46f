"""Crops and labels from the cache of prepare.py, and the augmentation of crops.

Crops are returned as (n, 1, 112, 112) luma in [0, 1]. Positions are in px with (0, 0) at the top-left
corner of the top-left pixel; the canonical crop is the centre of the 152 px picture.
"""

from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
import torch.nn.functional as F
from torch import Tensor

SIDE = 152
CROP = 112
MARGIN = (SIDE - CROP) // 2

# The index of each of the 68 iBUG landmarks after mirroring.
MIRROR = torch.tensor(
    [*range(16, -1, -1), *range(26, 16, -1), 27, 28, 29, 30, *range(35, 30, -1)]
    + [45, 44, 43, 42, 47, 46, 39, 38, 37, 36, 41, 40, 54, 53, 52, 51, 50, 49, 48]
    + [59, 58, 57, 56, 55, 64, 63, 62, 61, 60, 67, 66, 65]
)


@dataclass
class Placement:
    """The position of the crop in the picture: crop px p is picture px centre + shift + scale *
    rotation(angle) * (p - 56), mirrored first if `mirrored`."""

    shift: Tensor  # (n, 2) px
    angle: Tensor  # (n,) radians
    scale: Tensor  # (n,)
    mirrored: Tensor  # (n,) bool

    @staticmethod
    def canonical(n: int, device: torch.device = torch.device("cpu")) -> "Placement":
        shift, angle = torch.zeros(n, 2, device=device), torch.zeros(n, device=device)
        return Placement(shift, angle, torch.ones_like(angle), torch.zeros_like(angle, dtype=torch.bool))

    @staticmethod
    def detector_box(n: int, random: torch.Generator, strength: Tensor | float = 1.0) -> "Placement":
        """As inexact as a detector's box; at strength 1 up to 15 px, 25 degrees, 20 % scale."""

        def uniform(*shape: int) -> Tensor:
            return draws(random, *shape) * 2 - 1

        direction = uniform(n) * torch.pi
        distance = 15 * strength * draws(random, n).sqrt()
        shift = torch.stack([direction.cos(), direction.sin()], 1) * distance[:, None]
        angle = uniform(n) * strength * (25 * torch.pi / 180)
        scale = 1 + uniform(n) * strength * 0.2
        return Placement(shift, angle, scale, torch.zeros_like(angle, dtype=torch.bool))

    def matrix(self) -> Tensor:
        """(n, 2, 2): rotation, scale and mirror."""
        c, s = self.angle.cos() * self.scale, self.angle.sin() * self.scale
        flip = 1 - 2 * self.mirrored.float()
        return torch.stack([c * flip, -s, s * flip, c], 1).view(-1, 2, 2)

    def crops(self, pictures: Tensor) -> Tensor:
        """Converts pictures (n, 1, 152, 152) to crops (n, 1, 112, 112)."""
        matrix = self.matrix() * (CROP / SIDE)
        theta = torch.cat([matrix, (self.shift * (2 / SIDE))[:, :, None]], 2)
        grid = F.affine_grid(theta, (len(pictures), 1, CROP, CROP), align_corners=False)
        return F.grid_sample(pictures, grid, padding_mode="reflection", align_corners=False)

    def landmarks(self, points: Tensor) -> Tensor:
        """Converts points (n, 68, 2) from picture px to crop px."""
        centred = points - SIDE / 2 - self.shift[:, None]
        # A rotation times a scale, possibly mirrored: its inverse is its transpose over the scale squared.
        moved = centred @ (self.matrix() / self.scale[:, None, None] ** 2) + CROP / 2
        return torch.where(self.mirrored[:, None, None], moved[:, MIRROR.to(moved.device)], moved)


def draws(random: torch.Generator, *shape: int) -> Tensor:
    """Uniform random numbers in [0, 1), on the generator's device."""
    return torch.rand(*shape, generator=random, device=random.device)


LOW_RESOLUTIONS = (24, 32, 44, 58, 76)  # px


def coarse(crops: Tensor, side: int) -> Tensor:
    """Crops (n, 1, 112, 112), resampled as if they had been `side` px wide."""
    small = F.interpolate(crops, size=side, mode="bilinear", antialias=True)
    return F.interpolate(small, size=CROP, mode="bilinear")


def disturb(crops: Tensor, random: torch.Generator) -> Tensor:
    """Applies light, contrast, low resolution, blur, noise and covered patches, each to some crops. Nothing
    here synchronizes with a GPU: chance decides which crops are selected, but not how many."""
    n = len(crops)

    def uniform(low: float, high: float, count: int = n) -> Tensor:
        return (low + (high - low) * draws(random, count)).view(count, 1, 1, 1)

    def some(share: float) -> Tensor:
        return torch.randperm(n, generator=random, device=crops.device)[: round(n * share)]

    gamma = torch.exp(uniform(-0.35, 0.35))
    crops = crops.clamp(1e-3, 1) ** gamma
    mean = crops.mean((2, 3), keepdim=True)
    crops = (crops - mean) * uniform(0.65, 1.25) + mean * uniform(0.75, 1.25)

    for side, low in zip(LOW_RESOLUTIONS, some(0.3).chunk(len(LOW_RESOLUTIONS))):
        crops[low] = coarse(crops[low], side)

    blurred = some(0.2)
    k = len(blurred)
    taps = torch.arange(-4.0, 5.0, device=crops.device)
    kernel = torch.exp(-0.5 * (taps / uniform(0.5, 2.0, k).view(k, 1)) ** 2)
    kernel /= kernel.sum(1, keepdim=True)
    x = crops[blurred].view(1, k, CROP, CROP)
    x = F.conv2d(F.pad(x, (4, 4, 0, 0), mode="replicate"), kernel.view(k, 1, 1, 9), groups=k)
    x = F.conv2d(F.pad(x, (0, 0, 4, 4), mode="replicate"), kernel.view(k, 1, 9, 1), groups=k)
    crops[blurred] = x.view(k, 1, CROP, CROP)

    noisy = some(0.4)
    noise = torch.randn(len(noisy), 1, CROP, CROP, generator=random, device=crops.device)
    crops[noisy] += noise * uniform(0.0, 0.07, len(noisy))

    covered = some(0.15)
    k = len(covered)
    length = 12 + 36 * draws(random, 2, k, 1)
    start = draws(random, 2, k, 1) * (CROP - length)
    axis = torch.arange(CROP, device=crops.device)
    y, x = (axis >= start) & (axis < start + length)
    patch = (y[:, :, None] & x[:, None, :])[:, None]
    crops[covered] = torch.where(patch, uniform(0, 1, k), crops[covered])
    return crops.clamp(0, 1)


class Faces:
    """The cache. On a CPU its pictures are mapped from the file; on any other device they are in its
    memory. Labels missing from a set are NaN or have weight 0."""

    def __init__(self, cache: Path, device: torch.device = torch.device("cpu")):
        cache = Path(cache).expanduser()
        self.device = device

        def mapped(name: str) -> Tensor | None:
            file = cache / name
            return torch.from_numpy(np.load(file, mmap_mode="c")).to(device) if file.exists() else None

        self.pictures = mapped("crops.npy")  # (n, 152, 152) uint8
        self.outliers = mapped("outliers.npy")  # (m, 112, 112) uint8, of outliers.py
        self.distilled = mapped("distilled.npy")  # (n, 7), of distil.py
        labels = np.load(cache / "labels.npz")
        self.source = labels["source"]
        self.labels = {k: torch.from_numpy(v).to(device) for k, v in labels.items() if v.dtype.kind != "U"}
        self.au_confidence = self.labels.pop("au_confidence")
        train = self.labels.pop("train")
        self.train = train.nonzero().flatten()
        self.val = (~train).nonzero().flatten()

    def expression_targets(self, taught: float) -> Tensor:
        """(n, 7): the labels' distribution, with a share `taught` from distil.py's teachers."""
        targets = self.labels["expression_target"]
        if not taught:
            return targets
        if self.distilled is None:
            raise SystemExit("a line of the plan has `taught`, and there is no distilled.npy: run distil.py first")
        return torch.lerp(targets, self.distilled, taught)

    def read(self, rows: Tensor) -> Tensor:
        """(n, 1, 152, 152) in [0, 1]."""
        return self.pictures[rows].unsqueeze(1).float().div_(255)

    def strange(self, count: int, random: torch.Generator) -> Tensor:
        """Crops without a face: (count, 1, 112, 112) in [0, 1]."""
        if self.outliers is None:
            raise SystemExit("crops without a face are asked for, and there is no outliers.npy: run outliers.py first")
        which = torch.randint(0, len(self.outliers), (count,), generator=random, device=self.device)
        return self.outliers[which].unsqueeze(1).float().div_(255)

    def targets(self, rows: Tensor, placement: Placement) -> dict[str, Tensor]:
        """Labels of the rows, including `landmarks` (n, 68, 2) in px of the crop."""
        targets = {name: values[rows] for name, values in self.labels.items()}
        targets["landmarks"] = placement.landmarks(targets["landmarks"])
        return targets

    def aligned(self, rows: Tensor) -> tuple[Tensor, dict[str, Tensor]]:
        placement = Placement.canonical(len(rows), self.device)
        return self.read(rows)[:, :, MARGIN:-MARGIN, MARGIN:-MARGIN], self.targets(rows, placement)

    def perturbed(self, rows: Tensor, random: torch.Generator) -> tuple[Tensor, dict[str, Tensor]]:
        placement = Placement.detector_box(len(rows), random)
        return placement.crops(self.read(rows)), self.targets(rows, placement)

    def augmented(self, rows: Tensor, random: torch.Generator) -> tuple[Tensor, dict[str, Tensor]]:
        """Most crops slightly displaced, as after tracking, the rest as far as a detector's box may be."""
        n = len(rows)
        strength = torch.where(draws(random, n) < 0.6, 0.3, 1.0)
        placement = Placement.detector_box(n, random, strength)
        placement.mirrored = draws(random, n) < 0.5
        return disturb(placement.crops(self.read(rows)), random), self.targets(rows, placement)
