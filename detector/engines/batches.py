"""What every engine asks of a batch."""

from __future__ import annotations

import numpy as np

from detector.structures import Floats


def check_batch(batch: Floats, size: int | None) -> None:
    """ValueError unless `batch` is (B, 3, S, S) float32 in 0..1; S is `size`, None: any."""
    if (
        batch.ndim != 4
        or batch.shape[1] != 3
        or batch.shape[2] != batch.shape[3]
        or size not in (None, batch.shape[2])
    ):
        side = size or "S"
        raise ValueError(f"a batch is (B, 3, {side}, {side}), not {batch.shape}")
    if batch.dtype != np.float32:
        raise ValueError(f"a batch is float32, not {batch.dtype}")
    if batch.size and not (batch.min() >= 0 and batch.max() <= 1):  # also refuses nan
        raise ValueError(f"a batch lies in 0..1, not {batch.min()}..{batch.max()}")
