"""The page of conditions: ROC, shares and false alarms from faces measured by hand."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from detector.conditions import Measures
from detector.data.labels import Row
from detector.evidence import Variant
from detector.structures import Condition
from tools.conditions import alarm_table, page, roc_table, share_table
from tools.measured_faces import CARTOON, H264, PENCIL, Measured

ORDINARY = Measures(0.05, 30.0, 0.1, 0.0, None, 200.0)
STUDIO = Measures(0.6, 30.0, 0.1, 0.0, None, 200.0)
COMPRESSED = Measures(0.05, 30.0, 0.1, 0.7, 30.0, 200.0)
SMALL = Measures(0.05, 30.0, 0.1, 0.0, None, 48.0)
DRAWN = Measures(0.05, 60.0, 0.01, 0.0, None, 200.0)
OF_VARIANT = {
    Variant.JPEG_30: COMPRESSED,
    Variant.SMALL_48: SMALL,
    Variant.DRAWN: DRAWN,
    CARTOON: DRAWN,
    PENCIL: ORDINARY,
    H264: COMPRESSED,
}


def row(
    number: int, *, label: int = 0, kind: str = "snapshot", source: str = "a", compression: str = ""
) -> Row:
    """What an index says of one picture."""
    return Row(
        f"{kind}/{number}.jpg",
        label,
        source,
        source,
        group=f"{kind} {number}",
        compression=compression,
        category=kind,
    )


def faces() -> list[Measured]:
    """Ten snapshots, laboratory portraits that score high, frames at c40, and every version of the first."""
    shown = []
    for number in range(10):
        parts = (
            (row(number), ORDINARY, 0.0),
            (row(number, kind="studio", source="diffusion"), STUDIO, 9.0),
            (row(number, label=1, kind="swap", source="ffpp", compression="c40"), COMPRESSED, 5.0),
        )
        shown += [Measured(of, Variant.PLAIN, measures, {"made": z + number}) for of, measures, z in parts]
        shown += [Measured(row(number), variant, measures, {}) for variant, measures in OF_VARIANT.items()]
    return shown


def test_a_measure_that_tells_everything_has_an_auc_of_one() -> None:
    lines = roc_table(faces()).splitlines()[2:]
    assert len(lines) == 9
    laboratory = next(line for line in lines if "laboratory" in line)
    assert "1.000" in laboratory and laboratory.count("100%") >= 4
    assert "0.500" in next(line for line in lines if "pencil" in line)
    assert all("1.000" in line for line in lines if "pencil" not in line and "JPEG 30" not in line)


def test_every_set_and_kind_has_its_shares() -> None:
    lines = share_table([face for face in faces() if face.variant == Variant.PLAIN]).splitlines()[2:]
    assert lines == [
        "| a | snapshot | genuine | 10 | 0% | 0% | 0% | 0% | 100% |",
        "| diffusion | studio | genuine | 10 | 100% | 0% | 0% | 0% | 0% |",
        "| ffpp | swap | fake | 10 | 0% | 100% | 0% | 0% | 0% |",
    ]


def test_false_alarms_are_counted_in_the_condition_and_beside_it() -> None:
    others = [Measured(row(n, kind="portrait"), Variant.PLAIN, STUDIO, {"made": 0.0}) for n in range(5)]
    shown = [face for face in faces() if face.variant == Variant.PLAIN]
    head, _, line = alarm_table([*shown, *others]).splitlines()
    assert "studio-like (15)" in head and "without laboratory portraits (5)" in head
    cells = [cell.strip() for cell in line.strip("|").split("|")]
    assert cells[0] == "`made`" and cells[1].startswith("67%") and cells[2].startswith("0%")
    assert cells[3].startswith("10%")


def test_the_page_names_its_command_and_the_time(tmp_path: Path) -> None:
    told = page(faces(), 0.61, tmp_path / "cross" / "index.csv")
    assert "python -m tools.conditions cross/index.csv" in told
    assert "30 faces of 3 sets" in told and "0.6 ms of one core" in told
    assert str(Condition.STUDIO) in told and not np.any([part in told for part in ("nan", "None")])
