"""What the steps that train share: options, and the data that these name."""

import argparse
from pathlib import Path

import torch

from data import Faces
from outliers import Outliers


def parser(description: str) -> argparse.ArgumentParser:
    options = argparse.ArgumentParser(description=description, formatter_class=argparse.RawDescriptionHelpFormatter)
    options.add_argument("--cache", type=Path, required=True, help="has faces/ of prepare.py; results go beside it")
    options.add_argument("--backgrounds", type=Path, help="a folder of photographs without people")
    options.add_argument("--threads", type=int, default=2)
    options.add_argument("--no-compile", action="store_true")
    return options


def opened(options: argparse.ArgumentParser) -> tuple[argparse.Namespace, Path, Faces, Outliers]:
    """The arguments, with the threads set; the cache, its faces, and crops without one."""
    arguments = options.parse_args()
    torch.set_num_threads(arguments.threads)
    cache = arguments.cache.expanduser()
    return arguments, cache, Faces(cache / "faces"), Outliers(arguments.backgrounds)
