"""Writes the expression probabilities that earlier members predict for the training crops as
`distilled.npy` (n, 7), averaged over the members and over each crop and its mirror image. The next round
learns from them in addition to people's votes (iterative distillation, arXiv 2108.04228 section 3.3), since
ten votes are a noisy distribution.

    python distil.py --cache ~/.cache/emenet/training a b        # members of the plan, or files
"""

from pathlib import Path

import numpy as np
import torch

import checkpoint
import options
from data import Faces
from evaluate import logits_of


def main() -> None:
    parser = options.parser(__doc__)
    parser.add_argument("teachers", nargs="+", help="checkpoint files, or names of members in the cache")
    arguments, cache = options.parsed(parser)
    faces = Faces(cache / "faces", arguments.device)
    rows = torch.arange(len(faces.pictures), device=faces.device)
    probabilities = []
    for name in arguments.teachers:
        path = Path(name) if Path(name).exists() else cache / f"{name}.safetensors"
        network, _ = checkpoint.load(path)
        network.to(faces.device, memory_format=torch.channels_last)
        for flip in (lambda crops: crops, lambda crops: crops.flip(-1)):
            with torch.autocast(faces.device.type, torch.bfloat16):
                logits = logits_of(network, (flip(faces.aligned(batch)[0]) for batch in rows.split(128)))
            probabilities.append(logits["EXPR"].softmax(-1).numpy())
        print(f"{path.name}: {len(rows)} crops", flush=True)
    np.save(cache / "faces" / "distilled.npy", np.mean(probabilities, 0).astype(np.float32))


if __name__ == "__main__":
    main()
