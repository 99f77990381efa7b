"""The tools that measure maps: which faces are taken, and what the page says of them."""

from __future__ import annotations

from itertools import islice
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest

from detector.explain.faithfulness import altered_place
from detector.explain.measures import CENTRE, RANDOM, Faithfulness, KeptFace, summarised
from detector.explain.trust import TrustFile
from tests.explain.networks import RedMeansFake, detector_of
from tools.maps import is_whole, samples
from tools.maps_page import branches_table, chosen_table, of_detector

PICTURE = np.zeros((200, 200, 3), np.uint8)
BRANCHES = ("backbone", "scales", "frequencies", "edges")


def kept(number: int) -> KeptFace:
    """A face with two maps, of which LayerCAM has the larger gap."""
    step = number / 100
    maps = {
        "gradcam": Faithfulness(0.5, 0.6 + step, 0.3, 0.0, ms=40.0, likeness=0.2),
        "layercam": Faithfulness(0.4, 0.8 + step, 0.1, 0.0, ms=50.0, likeness=0.1),
        RANDOM: Faithfulness(0.5, 0.5, 0.1, 0.0),
        CENTRE: Faithfulness(0.5, 0.55, 0.6, 1.0),
    }
    fake, real = (dict.fromkeys(BRANCHES, value) for value in (1.0 + step, -1.0))
    return KeptFace(number, f"person {number}", 0.7, maps, fake, real)


FACES = [kept(number) for number in range(30)]


def measured() -> SimpleNamespace:
    detector = detector_of(RedMeansFake())
    detector.entry = SimpleNamespace(thresholds=detector.info.thresholds)
    return detector


@pytest.mark.parametrize(
    "box, whole",
    [
        ((60, 50, 130, 140), True),
        ((0, 0, 200, 200), False),  # three quarters of its square would be mirrored
        ((80, 80, 130, 130), False),  # small
    ],
)
def test_a_face_is_taken_where_it_is_large_and_has_surroundings(box: tuple[int, ...], whole: bool) -> None:
    assert is_whole(PICTURE, np.array(box, np.float32)) is whole


def test_samples_are_the_same_whoever_asks_and_one_a_person(shared: Path) -> None:
    first, second = (list(islice(samples(shared / "data" / "train"), 3)) for _ in range(2))
    for one, other in zip(first, second, strict=True):
        np.testing.assert_array_equal(one.fake, other.fake)
        assert one.group == other.group
    assert len({one.group for one in first}) == 3
    assert all(altered_place(one.mask).any() for one in first)
    assert all(one.fake.shape == one.real.shape for one in first)


def test_the_page_says_by_which_map_a_detector_is_shown() -> None:
    detector, file = measured(), TrustFile({"red": summarised(FACES, "0" * 64)})
    table = chosen_table([detector], file)
    assert "| `red` | 30 | LayerCAM | beats both controls | 0.545 (" in table


def test_the_tables_of_a_detector_have_every_map_and_both_controls() -> None:
    detector, file = measured(), TrustFile({"red": summarised(FACES, "0" * 64)})
    head, curves, places, branches = of_detector(detector, FACES, file)
    assert "30 faces" in head and "100% of the blends are called fake" in head
    assert [line.split(" | ")[0].strip("| ") for line in curves.splitlines()[2:]] == [
        "Grad-CAM",
        "LayerCAM",
        "control: centre",
        "control: random",
    ]
    assert "| LayerCAM | 0.100 (0.100 to 0.100) | -0.500 (-0.500 to -0.500) |" in places
    assert "| backbone | +1.145 | -1.000 |" in branches and branches.endswith("1.000 |")


def test_branches_that_say_the_same_of_both_tell_nothing() -> None:
    alike = [KeptFace(0, "p", 0.5, FACES[0].maps, FACES[0].branches, FACES[0].branches)] * 3
    assert branches_table(alike).splitlines()[-1].endswith("+0.000 (+0.000 to +0.000) | 0.500 |")
