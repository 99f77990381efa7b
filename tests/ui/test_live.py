"""The camera live: frames that are judged and dropped."""

from __future__ import annotations

import base64
import io
from pathlib import Path

import pytest
from PIL import Image as Pictures

from detector.settings import Settings
from detector.ui import live
from detector.ui.backend import Backend


def address(path: Path) -> str:
    buffer = io.BytesIO()
    Pictures.open(path).convert("RGB").resize((480, 480)).save(buffer, "jpeg")
    return "data:image/jpeg;base64," + base64.b64encode(buffer.getvalue()).decode("ascii")


def test_a_frame_has_its_faces_with_words_and_no_number_and_gives_way_to_others(assets: Path) -> None:
    backend = Backend(Settings.from_env({}))
    (seen,) = live.glance(backend, address(assets / "portrait_obama.jpg"))
    assert 0 < seen["place"][0] < 100 and not any(sign.isdigit() for sign in seen["words"])
    assert backend.visits._visits == {}
    backend.lane.join("photo")
    assert live.glance(backend, address(assets / "portrait_obama.jpg")) == []


@pytest.mark.parametrize(
    "sent",
    ["", "data:image/jpeg;base64,", "data:;base64,####", "data:;base64,AAAA", "x;base64," + "A" * 400_001],
)
def test_what_is_no_frame_is_nobody(sent: str) -> None:
    assert live.decoded(sent) is None
