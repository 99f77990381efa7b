"""A report on one file: what it says, that it holds all it shows, and that its command repeats it."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import numpy as np
import pytest
from PIL import Image as Pictures

from detector.cli import main
from detector.dossier import FaceMap, Judgement, file_report
from detector.structures import Question, Scan, Verdict
from tests.dossier.made import GENUINE, MUTED, WEAK, Page, answered, clip, photo, tagged
from tests.makers import make_scan

ROOT = Path(__file__).resolve().parent.parent.parent
NASTY = "<script>alert(1)</script><img src=http://a.example/b onerror=alert(2)>\"'&"


def report_on(scan: Scan, *evidences: object, **about: object) -> Page:
    judgements = [Judgement(answered(scan, each)) for each in evidences or (WEAK,)]  # type: ignore[arg-type]
    return Page(file_report(scan, judgements, **about))  # type: ignore[arg-type]


def test_a_report_needs_an_answer():
    with pytest.raises(ValueError, match="answer"):
        file_report(photo(0.8), [])


def test_it_says_the_evidence_and_what_it_is_worth():
    text = report_on(photo(0.8)).text
    assert "Weak support for fake" in text
    assert "about 3 times as common" in text and "(in other collections 1.8 to 5.2)" in text
    assert "Of 100 genuine snapshots 4 score as high." in text
    assert "It is no proof" in text


def test_references_stand_by_kind_the_nearest_first():
    page = report_on(photo(0.8))
    told = [each["aria-label"] for each in page.all("svg") if "score" in (each.get("aria-label") or "")]
    assert told == [
        "Of 100 genuine snapshots 4 score as high.",
        "Of 100 genuine studio portraits 52 score as high.",
        "Of 24 genuine frames of videos (few) none scores as high.",
        "Of 100 face swaps 31 score as high.",
    ]
    assert "most like this face" in page.text
    assert "24 people or videos tested, which is few" in page.text


def test_support_for_genuine_counts_those_that_score_as_low():
    page = report_on(photo(0.2), GENUINE)
    assert "Moderate support for genuine" in page.text
    assert "score as low" in page.text and "score as high" not in page.text


def test_what_was_withheld_is_told_with_its_reason():
    page = report_on(photo(0.8), MUTED)
    assert "No support either way" in page.text
    assert (
        "The picture looks like a studio portrait; on such pictures this detector raises false alarms"
        in page.text
    )
    assert "studio-like" in page.text


def test_several_detectors_have_a_row_each_and_are_no_vote():
    altered = replace(WEAK, question=Question.ALTERED)
    page = report_on(photo(0.8), WEAK, altered, MUTED)
    assert "Each detector on this file" in page.text
    assert "Altered?" in page.text
    assert "3 are not 3 witnesses" in page.text
    assert len(page.commands) == 3
    assert "Each detector on this file" not in report_on(photo(0.8)).text


def test_every_face_has_its_number_in_the_picture_and_in_the_table():
    page = report_on(photo(0.2, 0.9))
    boxes = [each for each in page.all("span") if each.get("class") == "box"]
    assert len(boxes) == 2
    assert {each.get("alt") for each in page.all("img")} >= {"Face 1", "Face 2"}
    assert "p_fake 0.2000" in page.text and "p_fake 0.9020" in page.text


def test_a_crowd_is_cut_and_counted():
    assert "8 more faces are not listed" in report_on(photo(*[0.5] * 20)).text


def test_no_face_is_told_without_a_scale():
    page = report_on(photo())
    assert "No face found" in page.text
    assert page.all("svg") == []
    assert "Where the file comes from" in page.text


def test_evidence_that_was_never_fitted_has_no_scale():
    page = report_on(photo(0.8), replace(WEAK, lr=None, lr_low=None, lr_high=None, references=()))
    assert page.all("svg") == []


def test_a_video_has_a_curve_and_faces_of_each_person_that_decides():
    page = report_on(clip([[0.2, 0.3, 0.9, 0.9], [0.5, 0.5, 0.5], [0.99]]))
    assert len(page.all("polyline")) == 2
    assert "Person 1" in page.text and "Person 2" in page.text and "Person 3" not in page.text
    assert "The face at 2.0 s" in {each.get("alt") for each in page.all("img")}
    assert "The sound" in page.text
    assert not [each for each in page.all("span") if each.get("class") == "box"]


def test_maps_stand_with_what_they_show_and_how_far_to_believe_them():
    maps = (
        FaceMap("The face", "data:image/png;base64,AA==", ""),
        FaceMap("Grad-CAM", "data:image/png;base64,AA==", "Pushed to fake: mouth.", is_map=True),
        FaceMap("Attention", "data:image/png;base64,AA==", "Eyes.", is_map=True, trust="It is trusted."),
    )
    page = Page(file_report(photo(0.8), [Judgement(answered(photo(0.8)), maps)]))
    assert "Grad-CAM Pushed to fake: mouth. How far this map can be believed was not measured" in page.text
    assert "Attention Eyes. It is trusted." in page.text


def test_the_origin_stands_beside_the_answer():
    text = report_on(photo(0.8, provenance=tagged("Leica"))).text
    assert "The file names a camera." in text and "Leica (EXIF Make)" in text
    assert "None of it is part of the answer above." in text


def test_hashes_versions_settings_and_date_are_told():
    analysis = answered(photo(0.8))
    page = report_on(
        photo(0.8),
        settings={"frames": 7},
        file="folder/a b.jpg",
        made_at=datetime(2026, 5, 4, 3, 2, tzinfo=UTC),
    )
    assert analysis.media.sha256 in page.text and analysis.detector.weights_sha256 in page.text
    assert "torch 2" in page.text and "frames: 7" in page.text and "2026-05-04 03:02 UTC" in page.text
    assert page.commands == [
        "UNBLEND_FRAMES=7 python -m detector analyze 'folder/a b.jpg' --detector unblend-lite2 --json"
    ]


def test_everything_from_the_file_is_escaped():
    scan = photo(0.8, provenance=tagged(NASTY))
    named = replace(scan, media=replace(scan.media, name=NASTY, format=NASTY))
    maps = (FaceMap(NASTY, "data:image/png;base64,AA==", NASTY, is_map=True, trust=NASTY),)
    page = Page(file_report(named, [Judgement(answered(named), maps)], {"frames": NASTY}, NASTY))
    assert page.all("script") == []
    assert not any("onerror" in attributes for _, attributes in page.elements)
    assert page.text.count("<script>alert(1)</script>") >= 6
    assert all(str(each["src"]).startswith("data:image/") for each in page.all("img"))


def test_nothing_is_fetched_and_no_script_may_run():
    page = report_on(photo(0.8), WEAK, MUTED)
    addresses = [
        value
        for _, attributes in page.elements
        for name, value in attributes.items()
        if name in ("src", "href", "xlink:href", "action", "data")
    ]
    assert addresses and all(str(value).startswith("data:") for value in addresses)
    policies = [each.get("content") for each in page.all("meta") if each.get("http-equiv")]
    assert policies == ["default-src 'none'; img-src data:; style-src 'unsafe-inline'"]


def test_a_report_carries_no_metadata_of_the_file(tmp_path, capsys):
    path = tmp_path / "a.jpg"
    block = Pictures.Exif()
    block.get_ifd(0x8825)[29] = "1999:01:02"
    Pictures.fromarray(np.full((90, 120, 3), 99, np.uint8)).save(path, exif=block)
    out = tmp_path / "out.html"
    words = ["analyze", str(path), "--detector", "unblend-lite2", "--no-face-crop", "--report", str(out)]
    assert main(words) == 0
    assert "The file says where it was taken; that is not shown." in Page(out.read_text()).text
    assert "1999:01:02" not in out.read_text()


@pytest.mark.parametrize("name, fault", [("a.pdf", "no .html"), ("nowhere/a.html", "does not exist")])
def test_a_report_that_cannot_be_written_is_refused_before_the_work(assets, tmp_path, capsys, name, fault):
    words = ["analyze", str(assets / "no_face.jpg"), "--report", str(tmp_path / name)]
    assert main(words) == 2
    assert fault in capsys.readouterr().err


def test_the_command_in_a_report_repeats_its_numbers(assets, tmp_path, capsys):
    path = tmp_path / "a picture; with 'signs'.jpg"
    path.write_bytes((assets / "portrait_hopper.jpg").read_bytes())
    out = tmp_path / "out.html"
    assert main(["analyze", str(path), "--detector", "unblend-lite2", "--json", "--report", str(out)]) == 0
    told = json.loads(capsys.readouterr().out)
    page = Page(out.read_text())
    (command,) = page.commands
    environment = {**os.environ, "PATH": f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"}
    done = subprocess.run(
        command, shell=True, cwd=ROOT, env=environment, capture_output=True, text=True, check=True
    )
    repeated = json.loads(done.stdout)
    for changing in ("seconds",):
        told.pop(changing), repeated.pop(changing)
    assert repeated == told
    found = re.search(r"p_fake ([\d.]+), logit (-?[\d.]+) of the face", page.text)
    assert found is not None
    assert float(found[1]) == repeated["p_fake"]
    assert float(found[2]) == repeated["deciding"]["logit"]
    assert repeated["media"]["sha256"] in page.text
    assert repeated["detector"]["weights_sha256"] in page.text


def test_an_answer_without_a_face_is_written_too(assets, tmp_path, capsys):
    out = tmp_path / "out.html"
    assert (
        main(["analyze", str(assets / "no_face.jpg"), "--detector", "unblend-lite2", "--report", str(out)])
        == 0
    )
    assert Verdict.NO_FACE.capitalize() in Page(out.read_text()).text


def test_a_scan_without_provenance_says_that_it_was_not_read():
    assert "Not read." in report_on(make_scan()).text
