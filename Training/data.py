"""Crops and labels from the cache of prepare.py, and what training does to them.

A crop leaves here as (n, 1, 112, 112) luma in [0, 1]. Positions are in px with (0, 0) at the
top-left corner of the top-left pixel; the canonical crop is the centre of the 152 px picture.
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

# Where each of the 68 iBUG landmarks lands in a mirror.
MIRROR = torch.tensor(
    [*range(16, -1, -1), *range(26, 16, -1), 27, 28, 29, 30, *range(35, 30, -1)]
    + [45, 44, 43, 42, 47, 46, 39, 38, 37, 36, 41, 40, 54, 53, 52, 51, 50, 49, 48]
    + [59, 58, 57, 56, 55, 64, 63, 62, 61, 60, 67, 66, 65]
)


@dataclass
class Placement:
    """Where the crop lies in the picture: crop px p is picture px
    centre + shift + scale * rotation(angle) * (p - 56), mirrored first when `mirrored`."""

    shift: Tensor  # (n, 2) px
    angle: Tensor  # (n,) radians
    scale: Tensor  # (n,)
    mirrored: Tensor  # (n,) bool

    @staticmethod
    def canonical(n: int) -> "Placement":
        return Placement(torch.zeros(n, 2), torch.zeros(n), torch.ones(n), torch.zeros(n, dtype=torch.bool))

    @staticmethod
    def detector_box(n: int, random: torch.Generator, strength: Tensor | float = 1.0) -> "Placement":
        """How far off a detector's box is at strength 1: up to 15 px, 25 degrees, 20 % scale."""

        def uniform(*shape: int) -> Tensor:
            return torch.rand(*shape, generator=random) * 2 - 1

        direction = uniform(n) * torch.pi
        distance = 15 * strength * torch.rand(n, generator=random).sqrt()
        shift = torch.stack([direction.cos(), direction.sin()], 1) * distance[:, None]
        angle = uniform(n) * strength * (25 * torch.pi / 180)
        scale = 1 + uniform(n) * strength * 0.2
        return Placement(shift, angle, scale, torch.zeros(n, dtype=torch.bool))

    def matrix(self) -> Tensor:
        """(n, 2, 2): rotation, scale and mirror."""
        c, s = self.angle.cos() * self.scale, self.angle.sin() * self.scale
        flip = 1 - 2 * self.mirrored.float()
        return torch.stack([c * flip, -s, s * flip, c], 1).view(-1, 2, 2)

    def crops(self, pictures: Tensor) -> Tensor:
        """pictures (n, 1, 152, 152) to crops (n, 1, 112, 112)."""
        matrix = self.matrix() * (CROP / SIDE)
        theta = torch.cat([matrix, (self.shift * (2 / SIDE))[:, :, None]], 2)
        grid = F.affine_grid(theta, (len(pictures), 1, CROP, CROP), align_corners=False)
        return F.grid_sample(pictures, grid, padding_mode="reflection", align_corners=False)

    def landmarks(self, points: Tensor) -> Tensor:
        """points (n, 68, 2) in picture px to crop px."""
        centred = points - SIDE / 2 - self.shift[:, None]
        # A rotation times a scale, mirrored or not: its inverse is its transpose over the scale squared.
        moved = centred @ (self.matrix() / self.scale[:, None, None] ** 2) + CROP / 2
        return torch.where(self.mirrored[:, None, None], moved[:, MIRROR], moved)


def disturb(crops: Tensor, random: torch.Generator) -> Tensor:
    """Light, contrast, low resolution, blur, noise and covered patches, each for some crops."""
    n = len(crops)

    def uniform(low: float, high: float) -> Tensor:
        return (low + (high - low) * torch.rand(n, generator=random)).view(n, 1, 1, 1)

    def some(share: float) -> Tensor:
        return torch.rand(n, generator=random) < share

    gamma = torch.exp(uniform(-0.35, 0.35))
    crops = crops.clamp(1e-3, 1) ** gamma
    mean = crops.mean((2, 3), keepdim=True)
    crops = (crops - mean) * uniform(0.65, 1.25) + mean * uniform(0.75, 1.25)

    for side, share in [(int(torch.randint(24, 80, (), generator=random)), 0.3)]:
        low = some(share)
        if low.any():
            small = F.interpolate(crops[low], size=side, mode="bilinear", antialias=True)
            crops[low] = F.interpolate(small, size=CROP, mode="bilinear")

    blurred = some(0.2)
    if blurred.any():
        k = int(blurred.sum())
        taps = torch.arange(-4.0, 5.0)
        sigma = uniform(0.5, 2.0)[blurred].view(k, 1)
        kernel = torch.exp(-0.5 * (taps / sigma) ** 2)
        kernel /= kernel.sum(1, keepdim=True)
        x = crops[blurred].view(1, k, CROP, CROP)
        x = F.conv2d(F.pad(x, (4, 4, 0, 0), mode="replicate"), kernel.view(k, 1, 1, 9), groups=k)
        x = F.conv2d(F.pad(x, (0, 0, 4, 4), mode="replicate"), kernel.view(k, 1, 9, 1), groups=k)
        crops[blurred] = x.view(k, 1, CROP, CROP)

    noisy = some(0.4)
    if noisy.any():
        x = crops[noisy]
        noise = torch.randn(x.shape, generator=random)
        crops[noisy] = x + noise * uniform(0.0, 0.07)[noisy]

    for k in some(0.15).nonzero().flatten().tolist():
        w, h, grey = torch.rand(3, generator=random).tolist()
        w, h = int(12 + w * 36), int(12 + h * 36)
        x = int(torch.randint(0, CROP - w, (), generator=random))
        y = int(torch.randint(0, CROP - h, (), generator=random))
        crops[k, :, y : y + h, x : x + w] = grey
    return crops.clamp(0, 1)


class Faces:
    """The cache in memory-mapped form. Labels that a set does not have are NaN or weigh nothing."""

    def __init__(self, cache: Path):
        cache = Path(cache).expanduser()
        self.pictures = np.load(cache / "crops.npy", mmap_mode="r")  # (n, 152, 152) uint8
        self.labels = {k: torch.from_numpy(v) for k, v in np.load(cache / "labels.npz").items() if v.dtype.kind != "U"}
        self.source = np.load(cache / "labels.npz")["source"]
        self.au_confidence = self.labels.pop("au_confidence")
        train = self.labels.pop("train")
        self.train = train.nonzero().flatten()
        self.val = (~train).nonzero().flatten()
        distilled = cache / "distilled.npy"
        self.distilled = torch.from_numpy(np.load(distilled)) if distilled.exists() else None  # (n, 7)

    def expression_targets(self, taught: float) -> Tensor:
        """(n, 7): the labels' distribution, a share `taught` of it by distil.py's teachers."""
        targets = self.labels["expression_target"]
        if not taught:
            return targets
        if self.distilled is None:
            raise SystemExit("a line of the plan has `taught`, and there is no distilled.npy: run distil.py first")
        return torch.lerp(targets, self.distilled, taught)

    def read(self, rows: Tensor) -> Tensor:
        """(n, 1, 152, 152) in [0, 1]."""
        pictures = self.pictures[rows.numpy()]
        return torch.from_numpy(pictures).unsqueeze(1).float().div_(255)

    def targets(self, rows: Tensor, placement: Placement) -> dict[str, Tensor]:
        """Labels of the rows; `landmarks` (n, 68, 2) in px of the crop."""
        targets = {name: values[rows] for name, values in self.labels.items()}
        targets["landmarks"] = placement.landmarks(targets["landmarks"])
        return targets

    def aligned(self, rows: Tensor) -> tuple[Tensor, dict[str, Tensor]]:
        placement = Placement.canonical(len(rows))
        return self.read(rows)[:, :, MARGIN:-MARGIN, MARGIN:-MARGIN], self.targets(rows, placement)

    def perturbed(self, rows: Tensor, random: torch.Generator) -> tuple[Tensor, dict[str, Tensor]]:
        placement = Placement.detector_box(len(rows), random)
        return placement.crops(self.read(rows)), self.targets(rows, placement)

    def augmented(self, rows: Tensor, random: torch.Generator) -> tuple[Tensor, dict[str, Tensor]]:
        """Most crops a little off, as tracking leaves them, the rest as a detector's box does."""
        n = len(rows)
        strength = torch.where(torch.rand(n, generator=random) < 0.6, 0.3, 1.0)
        placement = Placement.detector_box(n, random, strength)
        placement.mirrored = torch.rand(n, generator=random) < 0.5
        return disturb(placement.crops(self.read(rows)), random), self.targets(rows, placement)
