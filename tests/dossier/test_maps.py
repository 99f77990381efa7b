"""The maps of a report, made by shipped networks on a face that ships."""

from __future__ import annotations

import pytest

from detector.dossier import with_maps
from detector.explain.trust import read_trust
from detector.pipeline import judge, load_detector, scan
from tests.dossier.made import answered, photo
from tests.makers import make_detector


@pytest.mark.parametrize("name, maps", [("unblend-lite2", 1), ("deit-distill-tiny", 2)])
def test_a_judgement_has_the_face_and_the_maps_its_network_has(assets, name, maps):
    detector = load_detector(name)
    scanned = scan(assets / "portrait_hopper.jpg", cropped=True)
    judgement = with_maps(judge(scanned, detector), detector, read_trust())
    assert sum(each.is_map for each in judgement.maps) == maps
    assert judgement.maps[0].title == "The face as the network gets it"
    assert all(each.picture.startswith("data:image/jpeg;base64,") for each in judgement.maps)
    assert all(each.caption and each.trust for each in judgement.maps if each.is_map)


def test_an_engine_without_a_network_has_no_maps():
    assert with_maps(answered(photo(0.8)), make_detector(), read_trust()).maps == ()


def test_without_a_face_there_is_nothing_to_draw():
    assert with_maps(answered(photo()), make_detector(), read_trust()).maps == ()
