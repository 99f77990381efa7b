"""A checkpoint is written whole, or the one before it stays."""

from __future__ import annotations

from pathlib import Path

import pytest
import torch

from detector.train.checkpoints import WholeCheckpoints


class Broken:
    """What cannot be written, halfway through a file."""

    def __reduce__(self) -> tuple[object, ...]:
        raise RuntimeError("killed here")


def test_a_write_that_breaks_off_leaves_the_checkpoint_before_it(tmp_path: Path) -> None:
    files, path = WholeCheckpoints(), tmp_path / "run" / "last.ckpt"
    files.save_checkpoint({"step": 1}, path)
    with pytest.raises(RuntimeError, match="killed here"):
        files.save_checkpoint({"step": 2, "weights": torch.zeros(1000), "broken": Broken()}, path)
    assert torch.load(path, weights_only=True) == {"step": 1}
    files.save_checkpoint({"step": 3}, path)
    assert torch.load(path, weights_only=True) == {"step": 3}
    assert [file.name for file in path.parent.iterdir()] == ["last.ckpt"]
