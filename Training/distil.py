"""What earlier members see on the training crops, as `distilled.npy` (n, 7): the mean of their
expression probabilities. Students of the next generation learn from it beside people's votes
(iterative distillation, arXiv 2108.04228 section 3.3); ten votes are a noisy distribution.

    python distil.py --cache ~/.cache/emenet/training a b        # members of the plan, or files
"""

import argparse
from pathlib import Path

import numpy as np
import torch

import checkpoint
from data import Faces
from evaluate import logits_of


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("teachers", nargs="+", help="checkpoints, or names in the cache")
    parser.add_argument("--cache", type=Path, required=True)
    parser.add_argument("--threads", type=int, default=2)
    arguments = parser.parse_args()
    torch.set_num_threads(arguments.threads)
    cache = arguments.cache.expanduser()
    faces = Faces(cache / "faces")
    rows = torch.arange(len(faces.pictures))
    probabilities = []
    for name in arguments.teachers:
        path = Path(name) if Path(name).exists() else cache / f"{name}.safetensors"
        network, _ = checkpoint.load(path)
        network.to(memory_format=torch.channels_last)
        with torch.autocast("cpu", torch.bfloat16):
            logits = logits_of(network, (faces.aligned(batch)[0] for batch in rows.split(128)))
        probabilities.append(logits["EXPR"].softmax(-1).numpy())
        print(f"{path.name}: {len(rows)} crops", flush=True)
    np.save(cache / "faces" / "distilled.npy", np.mean(probabilities, 0).astype(np.float32))


if __name__ == "__main__":
    main()
