import json

import pytest

from detector.errors import WeightsError
from detector.evidence import read, write
from detector.evidence.fitted import to_bytes
from tests.evidence.made import fitted, without_fit


@pytest.mark.parametrize("made", [fitted(tau=0.5), without_fit()])
def test_what_is_written_is_read_again(tmp_path, made):
    write(tmp_path / "made.evidence.json", made)
    assert read(tmp_path / "made.evidence.json") == made


def test_the_same_evidence_gives_the_same_bytes():
    assert to_bytes(fitted()) == to_bytes(fitted())


@pytest.mark.parametrize(
    "key, value, told",
    [
        (("fit", "model", "a"), "high", r"\$\.fit\.model\.a"),
        (("question",), "who", r"\$\.question"),
        (("schema",), 2, r"\$\.schema"),
    ],
)
def test_a_file_with_a_fault_names_the_key(tmp_path, key, value, told):
    content = json.loads(to_bytes(fitted()))
    place = content
    for name in key[:-1]:
        place = place[name]
    place[key[-1]] = value
    (tmp_path / "made.evidence.json").write_text(json.dumps(content))
    with pytest.raises(WeightsError, match=rf"made\.evidence\.json cannot be read.*{told}.*fetch it again"):
        read(tmp_path / "made.evidence.json")


def test_a_file_that_is_not_there_is_told_in_one_line(tmp_path):
    with pytest.raises(WeightsError, match="made.evidence.json cannot be read"):
        read(tmp_path / "made.evidence.json")
