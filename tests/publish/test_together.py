"""Several who publish into one folder: none clears or overwrites what another is at."""

from __future__ import annotations

import shutil
from dataclasses import replace
from pathlib import Path

import pytest

from detector.errors import DetectorError
from detector.publish.measure import Sources
from detector.publish.weights import publish
from detector.weights import read_manifest
from tests.publish.conftest import Published


def test_a_second_publish_of_a_detector_is_refused_and_the_first_goes_on(
    published: Published, tmp_path: Path
) -> None:
    run = shutil.copytree(published.run, tmp_path / "run")
    weights = shutil.copytree(published.weights, tmp_path / "weights")
    refused: list[str] = []
    for kept in run.glob("*.csv"):
        kept.unlink()

    def publish_too(*_: object) -> None:
        if not refused:
            with pytest.raises(DetectorError, match="is being published") as caught:
                publish(run, Sources(published.data), weights, checkpoint=run / "last.ckpt")
            refused.append(str(caught.value))

    entry = publish(run, Sources(published.data), weights, checkpoint=run / "last.ckpt", progress=publish_too)
    assert refused and "\n" not in refused[0]
    assert read_manifest(weights)["unblend-lite2"] == entry == replace(published.entry, speed=entry.speed)
