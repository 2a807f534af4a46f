"""Fits head yaw to 68 landmarks: the constants in Sources/FaceCrop/Track/HeadPose.swift.

    python pose.py ../../shared/faces

Yaw is a curve of one number: the position of the nose tip between the ends of the jaw. The same crops tell
how far the tip protrudes from the face, from which pitch is derived.

The crops show no head turned further than 40 degrees. The detector's five points go on to profiles: the
tangent of yaw is in proportion to how far the nose lies from the middle of the eyes, as a share of their
distance. That proportion, in Sources/FaceCrop/Track/Sighting.swift, is fitted as well.
"""

import io
import sys
import tarfile
from pathlib import Path

import numpy as np
import torch
from PIL import Image
from safetensors.torch import load_file

import detector

WEIGHTS = Path(__file__).resolve().parents[1] / "checkpoints/detector/yunet-s.safetensors"
EACH = 150  # crops of each ten degrees of yaw
SIDE = 320  # px of the picture that the detector sees a crop in


def features(landmarks: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """From (n, 68, 2) computes the nose's position between the ends of the jaw, from -0.5 to 0.5, and its
    offsets to the right of and below the middle of the eyes, as fractions of the distance from eyes to
    mouth."""
    left, right = landmarks[:, 36:42].mean(1), landmarks[:, 42:48].mean(1)
    across = (right - left) / np.linalg.norm(right - left, axis=1, keepdims=True)
    down = np.stack([-across[:, 1], across[:, 0]], 1)

    def place(points):
        way = points - (left + right) / 2
        return (way * across).sum(1), (way * down).sum(1)

    jaw_left, jaw_right = place(landmarks[:, :3].mean(1))[0], place(landmarks[:, 14:17].mean(1))[0]
    (nose_x, nose_y), (_, mouth_y) = place(landmarks[:, 30]), place(landmarks[:, [48, 54]].mean(1))
    share = (nose_x - (jaw_left + jaw_right) / 2) / (jaw_right - jaw_left)
    return share, nose_x / mouth_y, nose_y / mouth_y


def best_points(weights: dict[str, torch.Tensor], crop: np.ndarray) -> np.ndarray | None:
    """Five points (5, 2) of the face that the detector is surest of, in a crop (152, 152, 3) of red, green
    and blue; None if it is not sure."""
    picture = np.full((SIDE, SIDE, 3), 90, np.float32)
    start = (SIDE - crop.shape[0]) // 2
    picture[start : start + crop.shape[0], start : start + crop.shape[1]] = crop[:, :, ::-1]
    found = detector.forward(weights, torch.from_numpy(picture).permute(2, 0, 1)[None])
    scores = {s: (found[f"cls_{s}"] * found[f"obj_{s}"]).sqrt().flatten() for s in (8, 16, 32)}
    stride = max(scores, key=lambda s: float(scores[s].max()))
    cell = int(scores[stride].argmax())
    if scores[stride][cell] < 0.5:
        return None
    corner = np.array([cell % (SIDE // stride), cell // (SIDE // stride)])
    return (corner + found[f"kps_{stride}"][cell].numpy().reshape(5, 2)) * stride


@torch.no_grad()
def fit_points(folder: Path, yaw: np.ndarray) -> None:
    """Fits the proportion to EACH crops of each ten degrees of `yaw` (n,), in degrees."""
    random, chosen = np.random.default_rng(0), set()
    for low in range(-40, 40, 10):
        some = np.flatnonzero((yaw >= low) & (yaw < low + 10))
        chosen |= set(random.choice(some, min(EACH, len(some)), replace=False).tolist())
    weights, rows = load_file(WEIGHTS), []
    for path in sorted(folder.glob("faces-*.tar")):
        with tarfile.open(path) as archive:
            for member in archive:
                index = int(Path(member.name).stem)
                if index not in chosen:
                    continue
                crop = Image.open(io.BytesIO(archive.extractfile(member).read())).convert("RGB")
                points = best_points(weights, np.asarray(crop))
                if points is not None:
                    eyes = points[1] - points[0]
                    rows.append(((points[2] - (points[0] + points[1]) / 2) @ eyes / (eyes @ eyes), yaw[index]))
    share, truth = np.array(rows).T
    length = np.polyfit(np.tan(np.radians(truth)), share, 1)[0]
    seen = np.degrees(np.arctan(share / length))
    print("detector's points:", len(rows), "crops, nose length", length.round(2))
    print("  error, degrees: median", np.median(np.abs(seen - truth)).round(1))
    for low in (0, 10, 20, 30):
        which = (np.abs(truth) >= low) & (np.abs(truth) < low + 10)
        print(f"  of {low} to {low + 10} degrees, beyond 50: {(np.abs(seen[which]) > 50).mean():.3f}")


def main() -> None:
    folder = Path(sys.argv[1])
    labels = np.load(folder / "labels.npz")
    landmarks = labels["landmarks"].astype(float)
    # There positive means towards the left of the picture, here towards the person's left.
    yaw = -np.degrees(labels["yaw"].astype(float))
    held_out = labels["split"] == "val"
    share, nose_x, nose_y = features(landmarks)
    table = np.stack([share, share * np.abs(share), np.ones_like(share)], 1)
    fit = np.linalg.lstsq(table[~held_out], yaw[~held_out], rcond=None)[0]
    error = np.abs(table @ fit - yaw)[held_out]
    print("slope, curve, offset", fit.round(2))
    print("held out, degrees: median", np.median(error).round(2), "mean", error.mean().round(2))
    small = ~held_out & (np.abs(yaw) < 40)
    print("level nose", np.median(nose_y).round(2))
    print("nose length", np.polyfit(np.tan(np.radians(yaw[small])), nose_x[small], 1)[0].round(2))
    fit_points(folder, yaw)


if __name__ == "__main__":
    main()
