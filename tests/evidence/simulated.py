"""Simulated collections of pictures whose likelihood ratios are known: a logit is its own log ratio."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from detector.evidence import Score

SPREAD = 2.2
"""Logits of fakes are normal about SPREAD^2 / 2 with this deviation, those of reals about minus that."""


def collection(
    name,
    seed,
    *,
    fakes=60,
    reals=60,
    spread=SPREAD,
    shift=0.0,
    source="",
    kinds=("snapshot", "swap"),
    **more,
):
    """The scores of one set, a group each; all of its logits are moved by `shift`."""
    rng = np.random.default_rng(seed)
    rows = []
    for is_fake, count in ((False, reals), (True, fakes)):
        middle = spread**2 / 2 if is_fake else -(spread**2) / 2
        rows += [
            Score(
                file=f"{name}/{is_fake:d}-{number}.jpg",
                logit=float(logit) + shift,
                is_fake=is_fake,
                set=name,
                source=source or name,
                kind=kinds[is_fake],
                group=f"{is_fake:d}-{number}",
                **more,
            )
            for number, logit in enumerate(rng.normal(middle, spread, count))
        ]
    return rows


def collections(count=6, *, shifts=None, **made):
    """Several sets, each a source of its own."""
    moves = shifts if shifts is not None else [0.0] * count
    return [
        row
        for number, shift in enumerate(moves)
        for row in collection(f"set{number}", 100 + number, shift=shift, **made)
    ]


def studio(count=60, logit=3.0, seed=77, **more):
    """Genuine portraits of a studio that score high."""
    rows = collection("studio", seed, fakes=0, reals=count, kinds=("studio", ""), **more)
    return [replace(row, logit=logit + row.logit / 10) for row in rows]
