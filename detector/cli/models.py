"""`models`: the table of detectors, from their specs and the manifest."""

from __future__ import annotations

import argparse
import json
from argparse import ArgumentParser, Namespace
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING

from detector.errors import WeightsError
from detector.manifest import Entry
from detector.metrics import mean_auc
from detector.settings import Settings
from detector.weights import default_name, find_weights, read_manifest
from detector.zoo.claims import Claims
from detector.zoo.specs import SPECS, DetectorSpec, with_head

if TYPE_CHECKING:
    from detector.zoo.build import Sizes

HEADINGS = ("detector", "input", "params", "GMAC", "file", "as fp16", "AUC in-domain", "AUC across", "")


@dataclass(frozen=True)
class SizesMB:
    """Megabytes (1e6 bytes) of a file at four precisions, counted; see `detector.zoo.build`. `packed` is None
    but for binary networks.
    """

    fp32: float
    fp16: float
    int8: float
    packed: float | None


@dataclass(frozen=True)
class ModelRow:
    """One detector: `input_px` square, `gmacs` 1e9 multiply-adds a face, `auc_*` means over sources and sets
    (None: not measured).

    `file_mb` is the file that ships (None: not trained). `claims` is what the published system says of
    itself.
    """

    name: str
    title: str
    system: str
    paper: str
    good_for: str
    input_px: int
    params: int
    gmacs: float
    trained: bool
    default: bool
    file_mb: float | None
    sizes_mb: SizesMB
    auc_in_domain: float | None
    auc_cross: float | None
    claims: Claims


def add_parser(commands: argparse._SubParsersAction[ArgumentParser]) -> None:
    """The arguments of `models`."""
    models = commands.add_parser("models", help="the table of detectors")
    models.add_argument("--json", action="store_true", help="as JSON")
    models.set_defaults(command=models_command)


def models_command(args: Namespace) -> int:
    """Print the table of detectors."""
    rows = model_rows(Settings.from_env())
    print(json.dumps([asdict(row) for row in rows], indent=2) if args.json else as_text(rows))
    return 0


def model_rows(settings: Settings) -> list[ModelRow]:
    """Every detector of the zoo, trained or not, in its order; without a manifest none counts as trained."""
    try:
        manifest = read_manifest(find_weights(settings.weights))
    except WeightsError:
        if settings.weights is not None:
            raise
        return [_row(spec, None, False) for spec in SPECS.values()]
    chosen = settings.detector or (default_name(manifest) if manifest else None)
    return [_row(spec, manifest.get(spec.name), spec.name == chosen) for spec in SPECS.values()]


def as_text(rows: list[ModelRow]) -> str:
    """The rows as an aligned table for people."""
    cells = [HEADINGS, *(_cells(row) for row in rows)]
    widths = [max(len(line[column]) for line in cells) for column in range(len(HEADINGS))]
    lines = [
        "  ".join(
            cell.rjust(width) if 0 < column < 8 else cell.ljust(width)
            for column, (cell, width) in enumerate(zip(line, widths, strict=True))
        )
        for line in cells
    ]
    return "\n".join(line.rstrip() for line in lines)


def _row(spec: DetectorSpec, entry: Entry | None, default: bool) -> ModelRow:
    from detector.zoo.build import cost

    if entry is None:
        counted = cost(spec)
        size, params, gmacs = spec.input.size, counted.params, counted.gmacs
    else:
        counted = cost(with_head(spec, entry.head), entry.input.size)
        size, params, gmacs = entry.input.size, entry.params, entry.gmacs
    return ModelRow(
        name=spec.name,
        title=spec.title,
        system=spec.system,
        paper=spec.paper,
        good_for=spec.good_for,
        input_px=size,
        params=params,
        gmacs=round(gmacs, 3),
        trained=entry is not None,
        default=default,
        file_mb=None if entry is None else round(entry.bytes / 1e6, 1),
        sizes_mb=_in_mb(counted.sizes),
        auc_in_domain=None if entry is None else mean_auc(entry.metrics.test),
        auc_cross=None if entry is None else mean_auc(entry.metrics.cross),
        claims=spec.claims,
    )


def _in_mb(sizes: Sizes) -> SizesMB:
    packed = None if sizes.packed is None else round(sizes.packed / 1e6, 2)
    return SizesMB(round(sizes.fp32 / 1e6, 2), round(sizes.fp16 / 1e6, 2), round(sizes.int8 / 1e6, 2), packed)


def _cells(row: ModelRow) -> tuple[str, ...]:
    return (
        row.name,
        str(row.input_px),
        f"{row.params / 1e6:.2f} M",
        f"{row.gmacs:.2f}",
        "-" if row.file_mb is None else f"{row.file_mb:.1f} MB",
        f"{row.sizes_mb.fp16:.1f} MB",
        "-" if row.auc_in_domain is None else f"{row.auc_in_domain:.3f}",
        "-" if row.auc_cross is None else f"{row.auc_cross:.3f}",
        ", ".join(
            word for word, holds in (("default", row.default), ("not trained", not row.trained)) if holds
        ),
    )
