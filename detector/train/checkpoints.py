"""A checkpoint to a file that is whole or not there, wherever the process is killed."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import torch
from pytorch_lightning.plugins.io import TorchCheckpointIO


class WholeCheckpoints(TorchCheckpointIO):
    """Writes beside the old file, then renames it.

    Lightning's own writes to the temporary folder first; where that is another disk, the file is then copied, and can be cut short.
    """

    def save_checkpoint(self, checkpoint: dict[str, Any], path: str | os.PathLike[str], storage_options: Any | None = None) -> None:
        whole = Path(path)
        part = whole.with_name(whole.name + ".part")
        whole.parent.mkdir(parents=True, exist_ok=True)
        torch.save(checkpoint, part)
        os.replace(part, whole)
