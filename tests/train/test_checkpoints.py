"""A checkpoint is written whole, or the one before it stays."""

from __future__ import annotations

from pathlib import Path

import pytest
import torch

from detector.errors import WeightsError
from detector.train.checkpoints import WholeCheckpoints, load_averaged


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


def test_what_is_no_checkpoint_is_refused_in_one_line(tmp_path: Path) -> None:
    (tmp_path / "text.ckpt").write_bytes(b"abc")
    torch.save({"state_dict": {"network.other": torch.zeros(1)}}, tmp_path / "other.ckpt")
    for name, told in (
        ("absent", "does not exist; name a checkpoint of a run"),
        ("text", "is no checkpoint"),
        ("other", "is of another network"),
    ):
        with pytest.raises(WeightsError, match=told) as caught:
            load_averaged(torch.nn.Linear(1, 1), tmp_path / f"{name}.ckpt")
        assert "\n" not in str(caught.value)
