"""The environment into Settings: defaults, values, and what is said of impossible ones."""

from __future__ import annotations

from dataclasses import fields
from pathlib import Path

import pytest

from detector.errors import SettingsError
from detector.faces.finder import FinderOptions
from detector.media.limits import Limits
from detector.settings import MEANINGS, PREFIX, Settings, given


def test_an_empty_environment_gives_the_defaults() -> None:
    settings = Settings.from_env({})
    assert settings == Settings()
    assert settings.limits == Limits()
    assert settings.finder == FinderOptions()
    assert (settings.frames, settings.port, settings.queue_size, settings.keep_uploads_s) == (
        32,
        7860,
        20,
        600,
    )


def test_every_variable_is_read(tmp_path: Path) -> None:
    values = {
        "WEIGHTS": str(tmp_path),
        "DETECTOR": "sbi-efficientnet-b4",
        "ENGINE": "pytorch",
        "CACHE": str(tmp_path / "compiled"),
        "DEVICE": "cuda:1",
        "FRAMES": "16",
        "PHOTO_MB": "1",
        "VIDEO_MB": "2",
        "MEGAPIXELS": "3",
        "MINUTES": "4",
        "DECODE_WORKER": "off",
        "DECODE_S": "5",
        "DECODE_MB": "512",
        "MIN_FACE_PX": "50",
        "QUEUE": "6",
        "HOST": "0.0.0.0",
        "PORT": "8000",
        "KEEP_UPLOADS_S": "60",
        "THREADS": "2",
    }
    assert values.keys() == MEANINGS.keys()
    settings = Settings.from_env({PREFIX + name: value for name, value in values.items()})
    assert settings == Settings(
        weights=tmp_path,
        detector="sbi-efficientnet-b4",
        engine="pytorch",
        cache=tmp_path / "compiled",
        device="cuda:1",
        frames=16,
        limits=Limits(
            photo_mb=1,
            video_mb=2,
            megapixels=3,
            minutes=4,
            in_worker=False,
            decode_s=5,
            decode_mb=512,
        ),
        finder=FinderOptions(min_side_px=50),
        queue_size=6,
        host="0.0.0.0",
        port=8000,
        keep_uploads_s=60,
        threads=2,
    )
    untouched = [
        field.name
        for field in fields(Settings)
        if getattr(settings, field.name) == getattr(Settings(), field.name)
    ]
    assert untouched == []


def test_an_empty_variable_counts_as_not_set() -> None:
    assert Settings.from_env({"UNBLEND_FRAMES": " ", "UNBLEND_WEIGHTS": ""}) == Settings()


def test_other_programs_variables_are_left_alone() -> None:
    assert Settings.from_env({"FRAMES": "-1", "GRADIO_SERVER_PORT": "x"}) == Settings()
    assert given({"FRAMES": "-1", "UNBLEND_FRAMES": " 8 "}) == {"FRAMES": "8"}


@pytest.mark.parametrize(
    ("name", "value", "allowed"),
    [
        ("FRAMES", "0", "a whole number from 1 to 1000"),
        ("FRAMES", "-3", "a whole number"),
        ("FRAMES", "3.5", "a whole number"),
        ("FRAMES", "many", "a whole number"),
        ("PORT", "65536", "a whole number from 1 to 65535"),
        ("PHOTO_MB", "²", "a whole number"),
        ("DETECTOR", "b4", "one of unblend-lite2, unblend-generated"),
        ("ENGINE", "tensorflow", "one of pytorch, openvino"),
        ("DEVICE", "gpu", "cpu, cuda, cuda:N or mps"),
        ("DEVICE", "cuda:", "cpu, cuda, cuda:N or mps"),
        ("DEVICE", "cpu:1", "cpu, cuda, cuda:N or mps"),
        ("WEIGHTS", "/no/such/folder", "an existing folder"),
    ],
)
def test_an_impossible_value_names_variable_value_and_what_is_allowed(
    name: str, value: str, allowed: str
) -> None:
    with pytest.raises(SettingsError) as caught:
        Settings.from_env({PREFIX + name: value})
    words = str(caught.value)
    assert words.startswith(f"UNBLEND_{name} is {value!r}; it must be {allowed}")
    assert "\n" not in words


def test_a_misspelt_variable_is_told_with_the_nearest() -> None:
    with pytest.raises(SettingsError, match=r"unknown key 'UNBLEND_FRAME'; did you mean 'UNBLEND_FRAMES'\?"):
        Settings.from_env({"UNBLEND_FRAME": "8"})


def test_an_unknown_variable_is_told_with_all_that_are_known() -> None:
    with pytest.raises(
        SettingsError, match="unknown key 'UNBLEND_XYZZY'; there are UNBLEND_WEIGHTS, .*UNBLEND_THREADS"
    ):
        Settings.from_env({"UNBLEND_XYZZY": "8"})
