"""Reads and writes EMENet-V as safetensors, with the layout of the official release's state dict."""

from pathlib import Path

import torch
from safetensors import safe_open
from safetensors.torch import save_file

from model import EMENetV, TwoWitnesses


def load(path: Path | str) -> tuple[EMENetV, dict[str, str]]:
    """The network in evaluation mode, float32, and its metadata, from a `.safetensors` file or the official
    `.pth`."""
    path = Path(path)
    if path.suffix == ".safetensors":
        with safe_open(path, "pt") as file:
            # The estimate of cover.py is not part of the network.
            tensors = {name: file.get_tensor(name) for name in file.keys() if not name.startswith("cover.")}
            metadata = file.metadata() or {}
    else:
        tensors = torch.load(path, map_location="cpu", weights_only=True)["state_dict"]
        metadata = {}
    network = TwoWitnesses() if "second.weight" in tensors else EMENetV()
    problem = network.load_state_dict({name: t.float() for name, t in tensors.items()}, strict=False)
    missing = [name for name in problem.missing_keys if not name.endswith("num_batches_tracked")]
    if missing or problem.unexpected_keys:
        raise ValueError(f"{path}: missing {missing}, unexpected {problem.unexpected_keys}")
    return network.eval(), metadata


def save(network: EMENetV, path: Path | str, metadata: dict[str, str]) -> None:
    """Writes bfloat16, without batch norm's step counters."""
    tensors = {
        name: tensor.detach().cpu().to(torch.bfloat16).contiguous()
        for name, tensor in network.state_dict().items()
        if not name.endswith("num_batches_tracked")
    }
    save_file(tensors, path, metadata={"format": "pt", "architecture": "EMENet-V", **metadata})
    Path(path).chmod(0o644)
