"""Write the predictions behind the tables as Parquet, without pictures or names.

Usage: python -m tools.kept_predictions KEPT.csv docs/results/cross.parquet

KEPT.csv is what `evaluate --out` kept.
"""

from __future__ import annotations

import hashlib
import sys
from pathlib import Path

import pandas as pd

DIGITS = 16
"""Hexadecimal digits of a hash: enough to tell files and people apart, and to find a file that one has."""

KEPT = ("set", "label", "compression", "detector", "weights", "verdict", "faces", "p_fake", "logit")


def hashed(texts: pd.Series[str]) -> pd.Series[str]:
    """The first digits of the SHA-256 of each text."""
    return texts.map(lambda text: hashlib.sha256(text.encode()).hexdigest()[:DIGITS])


def without_names(kept: pd.DataFrame) -> pd.DataFrame:
    """A row a file and detector: hashes in place of names, `kind` of picture, label (1 fake), scores."""
    rows = pd.DataFrame({"name": hashed(kept["file"]), "sha256": kept["file_sha256"].str[:DIGITS]})
    rows["kind"], rows["group"] = kept["category"], hashed(kept["group"])
    for column in KEPT:
        rows[column] = kept[column]
    return rows.sort_values(["detector", "set", "name"], ignore_index=True)


def main(source: Path, out: Path) -> None:
    """Read `source` and write `out`."""
    rows = without_names(pd.read_csv(source, low_memory=False))
    rows.to_parquet(out, engine="pyarrow", index=False, compression="zstd")
    print(f"{out}: {len(rows)} rows, {rows['name'].nunique()} files, {rows['detector'].nunique()} detectors")


if __name__ == "__main__":
    main(*map(Path, sys.argv[1:3]))
