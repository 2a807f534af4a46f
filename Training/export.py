"""Writes the directory of checkpoints that the program uses: bfloat16, with the results of calibrate.py
folded in, metadata and manifest. Name the members best first; `emenet --members N` uses the first N.

    python export.py --cache ~/.cache/emenet/training --out ../checkpoints a b c
"""

import argparse
import json
from pathlib import Path

import checkpoint
from calibrate import Calibration, options
from data import Faces
from evaluate import measure
from manifest import write


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("members", nargs="+", help="finished members of plan.json, best first")
    parser.add_argument("--cache", type=Path, required=True)
    parser.add_argument("--out", type=Path, required=True)
    options(parser)
    arguments = parser.parse_args()
    cache = arguments.cache.expanduser()
    faces = Faces(cache / "faces")
    paths = [cache / f"{name}.safetensors" for name in arguments.members]
    calibration = Calibration.fit([measure(path, faces, cache, fast=True) for path in paths], faces, arguments.share, arguments.prior_share)
    print(json.dumps(calibration.metadata()))

    arguments.out.mkdir(exist_ok=True)
    for old in arguments.out.glob("emenet-v-*.safetensors"):
        old.unlink()
    for index, path in enumerate(paths):
        network, metadata = checkpoint.load(path)
        network = calibration.folded(network)
        metadata |= {"member": str(index), "members": str(len(paths)), **calibration.metadata()}
        checkpoint.save(network, arguments.out / f"emenet-v-{index}.safetensors", metadata)
    write(arguments.out)


if __name__ == "__main__":
    main()
