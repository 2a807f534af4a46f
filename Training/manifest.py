"""Writes MANIFEST.json for a directory of checkpoints: name, size in bytes and SHA-256 of each, best first.

    python manifest.py ../checkpoints
"""

import hashlib
import json
import sys
from pathlib import Path

from safetensors import safe_open


def manifest(folder: Path) -> dict:
    entries = []
    # The members come first, then the detector.
    files = sorted(folder.glob("*.safetensors")) + sorted(folder.glob("detector/*.safetensors"))
    for file in files:
        with safe_open(file, "pt") as opened:
            metadata = opened.metadata() or {}
        entries.append(
            {
                "file": str(file.relative_to(folder)),
                "bytes": file.stat().st_size,
                "sha256": hashlib.sha256(file.read_bytes()).hexdigest(),
                "metadata": dict(sorted(metadata.items())),
            }
        )
    return {"format": 1, "checkpoints": entries}


def write(folder: Path) -> None:
    (folder / "MANIFEST.json").write_text(json.dumps(manifest(folder), indent=2) + "\n")


if __name__ == "__main__":
    write(Path(sys.argv[1]))
