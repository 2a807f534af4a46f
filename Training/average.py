"""Averages the weights of finished members that began as the same one and were fine-tuned with different
seeds: a better network than each of them, for the price of one (Wortsman et al. 2022, arXiv 2203.05482).

    python average.py --cache ~/.cache/emenet/training a6 a3 a4 a5    # writes a6.safetensors
"""

import argparse
from pathlib import Path

import torch

import checkpoint
from model import EMENetV


@torch.no_grad()
def averaged(networks: list[EMENetV]) -> EMENetV:
    """The mean of all weights and of batch norm's statistics; the networks themselves are used up."""
    result = networks[0].state_dict()
    for name, values in result.items():
        if values.is_floating_point():
            values.copy_(torch.stack([network.state_dict()[name] for network in networks]).mean(0))
    return networks[0]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--cache", type=Path, required=True, help="directory of finished members")
    parser.add_argument("name", help="name of the new member")
    parser.add_argument("members", nargs="+")
    arguments = parser.parse_args()
    cache = arguments.cache.expanduser()
    loaded = [checkpoint.load(cache / f"{name}.safetensors") for name in arguments.members]
    if len({(type(network), metadata.get("temporal")) for network, metadata in loaded}) > 1:
        raise SystemExit("the members differ in their decoders or in whether they carry state; average only members of one start")
    metadata = loaded[0][1] | {
        "member": arguments.name,
        "training": f"mean of {len(loaded)}: " + "; ".join(f"{name}: {metadata['training']}" for name, (_, metadata) in zip(arguments.members, loaded)),
    }
    checkpoint.save(averaged([network for network, _ in loaded]), cache / f"{arguments.name}.safetensors", metadata)


if __name__ == "__main__":
    main()
