"""Fits head yaw to 68 landmarks: the constants in Sources/FaceCrop/Track/HeadPose.swift.

    python pose.py ../../shared/faces/labels.npz

Yaw is a curve of one number: the position of the nose tip between the ends of the jaw. The same crops tell
how far the tip protrudes from the face, from which pitch is derived.
"""

import sys

import numpy as np


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


def main() -> None:
    labels = np.load(sys.argv[1])
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


if __name__ == "__main__":
    main()
