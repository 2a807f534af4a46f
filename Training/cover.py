"""Fits an estimate of whether something covers the face, a hand or a mask, and writes it into members: a
logistic regression on the features of the frozen network, `cover.weight` (1, 512) and `cover.bias` (1,). The
network and its outputs stay as they are.

    python cover.py --cache ~/.cache/emenet/training ../checkpoints/emenet-v-0.safetensors

Crops of `train` are covered by half planes, patches, hands, masks and dark glasses. Others are only dim, blurred,
coarse, noisy or lit from the side, which must not count. What the estimate finds is printed for crops of `val`
under covers of other kinds as well.
"""

from pathlib import Path

import numpy as np
import torch
import torch.nn.functional as F
from PIL import Image, ImageDraw
from safetensors import safe_open
from safetensors.torch import save_file
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import roc_auc_score
from torch import Tensor

import checkpoint
import manifest
import options
from data import MARGIN, SIDE, Faces, Placement

EXPECTED = 0.25  # share of covered faces for which the log-odds hold
LEAST = 0.03  # share of the crop's centre that a cover must hide to count
Y, X = torch.meshgrid(torch.arange(SIDE) + 0.5, torch.arange(SIDE) + 0.5, indexing="ij")
BATCH = 50


def ellipse(x: float, y: float, width: float, height: float, angle: float = 0.0) -> Tensor:
    """(152, 152): 0 at the centre, 1 on the ellipse."""
    u = (X - x) * np.cos(angle) + (Y - y) * np.sin(angle)
    v = (Y - y) * np.cos(angle) - (X - x) * np.sin(angle)
    return (u / width) ** 2 + (v / height) ** 2


class Covers:
    """Draws covers for pictures (152, 152): the share of each pixel that they hide, and what is seen there.
    `points` are the face's landmarks (68, 2), `others` pictures of other faces (n, 152, 152)."""

    def __init__(self, seed: int):
        self.random = torch.Generator().manual_seed(seed)
        self.trained = [self.half, self.half, self.patch, self.hand, self.hand, self.mask, self.glasses]
        self.unseen = [self.box, self.box, self.bars, self.blob, self.neighbour, self.scarf]

    def real(self, low: float, high: float) -> float:
        return low + (high - low) * float(torch.rand((), generator=self.random))

    def whole(self, low: int, high: int) -> int:
        return int(torch.randint(low, high, (), generator=self.random))

    def normal(self, *shape: int) -> Tensor:
        return torch.randn(*shape, generator=self.random)

    def noise(self) -> Tensor:
        """Noise at several scales, of deviation 1."""
        total, slope = torch.zeros(SIDE, SIDE), self.real(0.3, 2)
        for octave in range(self.whole(1, 6)):
            side = min(SIDE, self.whole(2, 8) * 2**octave)
            layer = F.interpolate(self.normal(1, 1, side, side), size=SIDE, mode="bilinear")[0, 0]
            total += layer * 2 ** (-slope * octave)
        return total / total.std().clamp(min=1e-3)

    def shade(self, level: float, strength: float) -> Tensor:
        """A level that rises to one side."""
        angle, strength = self.real(0, 6.28), self.real(0, strength)
        return level * (1 + strength * ((X - 76) / 76 * np.cos(angle) + (Y - 76) / 76 * np.sin(angle)))

    def soft(self, distance: Tensor) -> Tensor:
        return torch.sigmoid(distance / self.real(0.2, 2.0))

    def texture(self, picture: Tensor, others: Tensor) -> Tensor:
        kind = self.whole(0, 5)
        if kind == 0:
            return torch.full((SIDE, SIDE), self.real(0, 1))
        if kind == 1:
            return self.shade(self.real(0.1, 0.9), 0.8)
        if kind == 2:
            return self.real(0.1, 0.9) + self.real(0.02, 0.3) * self.noise()
        if kind == 3:
            other, side = others[self.whole(0, len(others))], self.whole(30, 110)
            y, x = self.whole(0, SIDE - side + 1), self.whole(0, SIDE - side + 1)
            part = other[None, None, y : y + side, x : x + side]
            part = F.interpolate(part, size=SIDE, mode="bilinear", antialias=True)[0, 0]
            return torch.rot90(part, self.whole(0, 4))
        return self.shade(self.skin(picture) * self.real(0.7, 1.25), 0.4) + 0.02 * self.noise()

    @staticmethod
    def skin(picture: Tensor) -> float:
        return float(picture[40:110, 40:110].mean())

    def half(self, picture: Tensor, points: Tensor, others: Tensor):
        x, y = points.mean(0)
        angle = self.whole(0, 4) * np.pi / 2 + (self.real(-0.4, 0.4) if self.whole(0, 2) else 0)
        distance = (X - x) * np.cos(angle) + (Y - y) * np.sin(angle) - self.real(-28, 28)
        return self.soft(distance), self.texture(picture, others)

    def patch(self, picture: Tensor, points: Tensor, others: Tensor):
        x, y = points[self.whole(0, 68)]
        if self.whole(0, 2):
            share = (((X - x).abs() < self.real(8, 36)) & ((Y - y).abs() < self.real(8, 36))).float()
        else:
            inside = 1 - ellipse(float(x), float(y), self.real(10, 40), self.real(10, 40), self.real(0, 3.14))
            share = self.soft(inside * 15)
        return share, self.texture(picture, others)

    def hand(self, picture: Tensor, points: Tensor, others: Tensor):
        """A palm with two to five fingers."""
        x, y = map(float, points[self.whole(0, 68)])
        angle, size = self.real(0, 6.28), self.real(14, 26)
        level = self.skin(picture) * self.real(0.75, 1.2)
        share = self.soft((1 - ellipse(x, y, size, size * 1.15, angle)) * 12)
        seen = self.shade(level, 0.4)
        for k in range(self.whole(2, 6)):
            way = angle + (k - 2) * self.real(0.2, 0.32)
            length = size * self.real(0.8, 1.2)
            middle = x + np.cos(way) * size * 1.5, y + np.sin(way) * size * 1.5
            finger = ellipse(*middle, length, size * self.real(0.18, 0.3), way)
            own = self.soft((1 - finger) * 8)
            seen = seen * (1 - own) + own * level * (1.05 - 0.25 * finger.clamp(0, 1))
            share = torch.maximum(share, own)
        return share, seen + 0.015 * self.noise()

    def mask(self, picture: Tensor, points: Tensor, others: Tensor):
        """From the nose to below the chin."""
        top, first = points[self.whole(28, 30)], self.whole(1, 4)
        below = [point + torch.tensor([0.0, 3.0]) for point in points[first + 1 : 16 - first]]
        outline = [points[first], *below, points[16 - first], top]
        sheet = Image.new("L", (2 * SIDE, 2 * SIDE))
        ImageDraw.Draw(sheet).polygon([(2 * float(x), 2 * float(y)) for x, y in outline], fill=255)
        share = torch.from_numpy(np.array(sheet.resize((SIDE, SIDE)))).float() / 255
        level = [self.real(0.7, 0.95), self.real(0.02, 0.3), self.real(0.3, 0.7)][self.whole(0, 3)]
        seen = self.shade(level, 0.4) + self.real(0, 0.06) * self.noise()
        return share, seen + self.real(0, 0.05) * torch.sin(Y / self.real(1.5, 4))

    def glasses(self, picture: Tensor, points: Tensor, others: Tensor):
        eyes = [points[36:42].mean(0), points[42:48].mean(0)]
        distance = float((eyes[1] - eyes[0]).norm())
        width = self.real(0.3, 0.45) * distance
        height = width * self.real(0.6, 1)
        share = torch.zeros(SIDE, SIDE)
        for x, y in eyes:
            share = torch.maximum(share, self.soft((1 - ellipse(float(x), float(y) + 2, width, height)) * 10))
        level = float((eyes[0] + eyes[1])[1]) / 2
        bridge = ((Y - level).abs() < 1.5) & (X > float(eyes[0][0])) & (X < float(eyes[1][0]))
        seen = self.shade(self.real(0, 0.15), 0.5)
        seen = seen + 0.1 * torch.exp(-ellipse(self.real(40, 110), self.real(50, 70), 6, 3, 0.5))
        return torch.maximum(share, bridge.float()) * self.real(0.7, 1.0), seen

    # Only for validation:

    def box(self, picture: Tensor, points: Tensor, others: Tensor):
        """A grey half of the face."""
        low, high = points.min(0).values, points.max(0).values
        low = low - torch.tensor([0.0, 0.2 * float(high[1] - low[1])])
        x, y = (low + high) / 2
        side = [X < x, X >= x, Y < y, Y >= y][self.whole(0, 4)]
        return (side & (X > low[0]) & (X < high[0]) & (Y > low[1]) & (Y < high[1])).float(), torch.full((SIDE, SIDE), 0.46)

    def bars(self, picture: Tensor, points: Tensor, others: Tensor):
        x, y = points[self.whole(17, 68)]
        angle = self.real(0, 3.14)
        distance = (X - x) * np.cos(angle) + (Y - y) * np.sin(angle)
        checks = torch.sign(torch.sin(X / self.real(1, 5)) * torch.sin(Y / self.real(1, 5)))
        return (distance.abs() < self.real(6, 18)).float(), 0.5 + 0.4 * checks * self.real(0, 1)

    def blob(self, picture: Tensor, points: Tensor, others: Tensor):
        smooth = F.avg_pool2d(self.noise()[None, None], 15, 1, 7)[0, 0]
        share = (smooth > smooth.quantile(self.real(0.5, 0.8))).float()
        return share, others[self.whole(0, len(others))].flip(1)

    def neighbour(self, picture: Tensor, points: Tensor, others: Tensor):
        """Another head in front."""
        x, y = points.mean(0)
        angle = self.real(0, 6.28)
        way = 45 * np.cos(angle), 45 * np.sin(angle)
        share = self.soft((1 - ellipse(float(x) + way[0], float(y) + way[1], 36, 46)) * 10)
        return share, torch.roll(others[self.whole(0, len(others))], (int(way[1]), int(way[0])), (0, 1))

    def scarf(self, picture: Tensor, points: Tensor, others: Tensor):
        edge = float(points[self.whole(27, 34)][1]) + self.real(-2, 6)
        waves = torch.sin((X * self.real(-1, 1) + Y) / self.real(2, 8))
        seen = 0.5 + 0.25 * waves + 0.1 * self.noise()
        return (Y > edge + 4 * torch.sin(X / self.real(8, 25))).float(), seen

    def unclear(self, picture: Tensor) -> Tensor:
        """The picture (152, 152), dim, blurred, coarse, noisy, lit from the side, or of other contrast."""
        kind, x = self.whole(0, 6), picture[None, None]
        if kind == 0:
            x = x * self.real(0.05, 0.4) + self.normal(1, 1, SIDE, SIDE) * 0.01
            x = (x * 255).round() / 255
            x = x * min(8, 0.35 / max(float(x.mean()), 0.01))
        elif kind == 1:
            kernel = torch.exp(-0.5 * (torch.arange(-12.0, 13.0) / self.real(0.8, 5)) ** 2)
            kernel /= kernel.sum()
            x = F.conv2d(F.pad(x, (12, 12, 0, 0), mode="replicate"), kernel.view(1, 1, 1, -1))
            x = F.conv2d(F.pad(x, (0, 0, 12, 12), mode="replicate"), kernel.view(1, 1, -1, 1))
        elif kind == 2:
            x = F.interpolate(x, size=self.whole(16, 60), mode="bilinear", antialias=True)
            x = F.interpolate(x, size=SIDE, mode="bicubic")
        elif kind == 3:
            x = x + self.normal(1, 1, SIDE, SIDE) * self.real(0.02, 0.1)
        elif kind == 4:
            angle, strength = self.real(0, 6.28), self.real(0.3, 1.5)
            slope = (X - 76) / 50 * np.cos(angle) + (Y - 76) / 50 * np.sin(angle)
            x = x * torch.exp(strength * slope).clamp(0.1, 2)
        else:
            x = x.clamp(1e-3, 1) ** self.real(0.4, 2.2)
        return x[0, 0].clamp(0, 1)


def draw(faces: Faces, rows: Tensor, covers: Covers, kinds: list) -> tuple[Tensor, np.ndarray, np.ndarray]:
    """Four crops of each face, placed as inexactly as by the tracker: bare, covered in two ways, and unclear.
    Returns the crops (4 n, 112, 112) uint8, the share that is hidden (4 n,), and which are unclear (4 n,)."""
    crops, hidden, is_unclear = [], [], []
    everybody, points = faces.train, faces.labels["landmarks"]
    for some in rows.split(BATCH):
        pictures = faces.read(some)[:, 0]
        others = faces.read(everybody[torch.randint(0, len(everybody), (16,), generator=covers.random)])[:, 0]
        for version in range(4):
            shown = []
            for picture, row in zip(pictures, some):
                share = torch.zeros(SIDE, SIDE)
                if version in (1, 2):
                    kind = kinds[covers.whole(0, len(kinds))]
                    share, seen = kind(picture, points[row], others)
                    picture = torch.lerp(picture, seen.clamp(0, 1), share)
                if version == 3 or (version == 2 and covers.whole(0, 2)):
                    picture = covers.unclear(picture)
                shown.append(picture)
                hidden.append(float(share[MARGIN + 10 : -MARGIN - 6, MARGIN + 14 : -MARGIN - 14].mean()))
                is_unclear.append(version == 3)
            strength = torch.where(torch.rand(len(some), generator=covers.random) < 0.6, 0.15, 0.45)
            placement = Placement.detector_box(len(some), covers.random, strength)
            crops.append((placement.crops(torch.stack(shown)[:, None])[:, 0] * 255).round().byte())
    return torch.cat(crops), np.array(hidden), np.array(is_unclear)


@torch.no_grad()
def features(network: torch.nn.Module, crops: Tensor) -> np.ndarray:
    """(n, 512) of crops (n, 112, 112) uint8."""
    parts = []
    for some in crops.split(BATCH):
        x = (some[:, None].float() / 255).expand(-1, 3, -1, -1)
        parts.append(network.backbone(x.contiguous(memory_format=torch.channels_last)))
    return torch.cat(parts).numpy()


def fit(found: np.ndarray, is_covered: np.ndarray) -> tuple[np.ndarray, float]:
    """Weights (512,) and bias of the log-odds that the face is covered, if a share EXPECTED is."""
    mean, deviation = found.mean(0), found.std(0) + 1e-6
    model = LogisticRegression(C=0.03, max_iter=3000).fit((found - mean) / deviation, is_covered)
    weights = model.coef_[0] / deviation
    odds = EXPECTED / (1 - EXPECTED) / (is_covered.mean() / (1 - is_covered.mean()))
    return weights.astype(np.float32), float(model.intercept_[0] - weights @ mean + np.log(odds))


def write(path: Path, weights: np.ndarray, bias: float) -> None:
    """Adds the estimate to a member's file, whose other tensors stay as they are."""
    with safe_open(path, "pt") as file:
        tensors, metadata = {name: file.get_tensor(name) for name in file.keys()}, file.metadata()
    tensors["cover.weight"], tensors["cover.bias"] = torch.from_numpy(weights)[None], torch.tensor([bias])
    save_file(tensors, path, metadata)
    path.chmod(0o644)


def main() -> None:
    parser = options.parser(__doc__)
    parser.add_argument("checkpoints", nargs="+", type=Path, help="members to write to")
    parser.add_argument("--faces", type=int, default=1800, help="to train on; a sixth of it to validate")
    parser.add_argument("--seed", type=int, default=1)
    arguments, cache = options.parsed(parser)
    faces = Faces(cache / "faces")
    covers = Covers(arguments.seed)

    def some(rows: Tensor, count: int) -> Tensor:
        # Sharp crops are rare, and those of muxspace are the sharper ones.
        known = ~faces.labels["landmarks"][rows].isnan().flatten(1).any(1)
        weight = known * torch.from_numpy(np.where(faces.source[rows.numpy()] == "muxspace", 2.0, 1.0))
        return rows[torch.multinomial(weight, min(count, int(known.sum())), generator=covers.random)]

    crops, hidden, _ = draw(faces, some(faces.train, arguments.faces), covers, covers.trained)
    tests, truth, is_unclear = draw(faces, some(faces.val, arguments.faces // 6), covers, covers.unseen)
    for path in arguments.checkpoints:
        network = checkpoint.load(path)[0].to(memory_format=torch.channels_last)
        weights, bias = fit(features(network, crops), hidden > LEAST)
        write(path, weights, bias)
        odds = features(network, tests) @ weights + bias
        bare, covered = truth == 0, truth > 0.1
        print(f"{path.name}: covers of other kinds against none, AUROC {roc_auc_score(covered[bare | covered], odds[bare | covered]):.3f}")
        for name, which in (("bare", bare & ~is_unclear), ("unclear", is_unclear), ("covered", covered)):
            print(f"  {name}: {which.sum()} crops, {(odds[which] > 0).mean():.2f} more likely covered than not")
    for folder in {path.parent for path in arguments.checkpoints}:
        manifest.write(folder)


if __name__ == "__main__":
    main()
