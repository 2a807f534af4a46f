"""Joins visual members, the encoder of hear.py and the columns of pairing.py to checkpoints of EMENet-VA.

    python join.py --cache ~/.cache/emenet/training --out FOLDER ../checkpoints/emenet-v-*.safetensors

Only do so for `checkpoints/` if gate.py's figures hold every line of README.md. The metadata `sound: voices` ask the
program to scale the 128 features by the presence of a voice.
"""

import argparse
from pathlib import Path

import torch
from safetensors.torch import save_file
from torch import Tensor

import checkpoint
from hear import load
from marblenet import FEATURES, MarbleNet, exported
from model import EMENetV

HEARING = (0, 2)  # expression, valence and arousal; the others' columns are 0


def joined(network: EMENetV, encoder: MarbleNet, columns: list[Tensor]) -> dict[str, Tensor]:
    """Tensors by name. columns: (384, 128) of each head of HEARING."""
    tensors = {name.replace("backbone.", "video_backbone.", 1): value for name, value in network.state_dict().items()} | exported(encoder)
    for index in range(len(network.tmodels)):
        name = f"tmodels.{index}.rnn.weight_ih_l0"
        sound = columns[HEARING.index(index)] if index in HEARING else torch.zeros(len(tensors[name]), FEATURES)
        tensors[name] = torch.cat([tensors[name], sound], 1)
    return {k: v.detach().to(torch.bfloat16).contiguous() for k, v in tensors.items() if not k.endswith("num_batches_tracked")}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("checkpoints", nargs="+", type=Path)
    parser.add_argument("--cache", type=Path, required=True)
    parser.add_argument("--out", type=Path, required=True)
    arguments = parser.parse_args()
    cache = arguments.cache.expanduser()
    encoder = load(cache / "voice-all.pt").audio
    arguments.out.mkdir(exist_ok=True)
    for index, (path, columns) in enumerate(zip(arguments.checkpoints, torch.load(cache / "voice-columns.pt", weights_only=True))):
        network, metadata = checkpoint.load(path)
        metadata |= {"format": "pt", "architecture": "EMENet-VA", "sound": "voices"}
        save_file(joined(network, encoder, columns), arguments.out / f"emenet-va-{index}.safetensors", metadata=metadata)


if __name__ == "__main__":
    main()
