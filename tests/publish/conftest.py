"""One tiny run on drawn faces that the tests of publishing share, and what was published of it."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path

import pytest

from detector.publish.measure import Sources
from detector.publish.weights import publish
from detector.train.run import train
from detector.weights import Entry
from tests.train.makers import make_data, tiny, turn_towards_fakes


@dataclass(frozen=True)
class Published:
    """The folders of a run, of its data and of the weights, and the entry. Nothing in them may be changed."""

    run: Path
    data: Path
    weights: Path
    entry: Entry


@pytest.fixture(scope="session")
def published(tmp_path_factory: pytest.TempPathFactory) -> Published:
    """Trained and published once by each worker that has a test of it."""
    folder = tmp_path_factory.mktemp("published")
    data, recipe = make_data(folder / "data", each=8), folder / "recipe.json"
    recipe.write_text(
        json.dumps(tiny(epochs=3, epoch_steps=12, learning_rate=0.002, synthesis={"share": 0.0}))
    )
    run = train(recipe, data, folder / "run", workers=0)
    turn_towards_fakes(run / "last.ckpt", data, 64)
    weights = folder / "weights"
    entry = publish(run, Sources(data), weights, checkpoint=run / "last.ckpt")
    return Published(run, data, weights, entry)
