"""Options shared by the steps that run networks."""

import argparse
from pathlib import Path

import torch


def parser(description: str) -> argparse.ArgumentParser:
    options = argparse.ArgumentParser(description=description, formatter_class=argparse.RawDescriptionHelpFormatter)
    options.add_argument("--cache", type=Path, required=True, help="directory with faces/ from prepare.py; results are written next to it")
    options.add_argument("--device", type=torch.device, default="cuda" if torch.cuda.is_available() else "cpu")
    options.add_argument("--threads", type=int, default=2, help="number of threads on a CPU")
    options.add_argument("--no-compile", action="store_true")
    return options


def parsed(options: argparse.ArgumentParser) -> tuple[argparse.Namespace, Path]:
    """Returns the arguments and the cache directory, after setting the number of threads."""
    arguments = options.parse_args()
    torch.set_num_threads(arguments.threads)
    return arguments, arguments.cache.expanduser()
