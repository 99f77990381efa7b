"""The page in a real browser, with real pictures and videos."""

from __future__ import annotations

import base64
import csv
import json
import os
import re
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from gradio_client import Client, handle_file
from gradio_client.exceptions import AppError
from PIL import Image as Pictures

from detector.weights import read_manifest
from detector.zoo.specs import SPECS
from tests.conftest import ROOT
from tests.e2e.conftest import SHOWN_MS, Visitor, visit
from tests.media.clips import write_clip, write_sound

PERCENT = re.compile(r"\d+ %")


def by_command_line(path: Path, detector: str, weights: Path) -> dict[str, object]:
    command = [sys.executable, "-m", "detector", "analyze", str(path), "--detector", detector, "--json"]
    done = subprocess.run(
        command,
        cwd=ROOT,
        env={**os.environ, "UNBLEND_WEIGHTS": str(weights)},
        capture_output=True,
        text=True,
        check=True,
    )
    answer: dict[str, object] = json.loads(done.stdout)
    return answer


def one_of_each(weights: Path) -> tuple[str, str]:
    """A trained detector other than the default, and an untrained one."""
    manifest = read_manifest(weights)
    untrained = [name for name in SPECS if name not in manifest]
    if not untrained:
        pytest.skip("all are trained")
    return next(name for name in manifest if name != manifest.default), untrained[-1]


def test_a_photo_gets_a_verdict_a_box_and_a_heat_map(visitor: Visitor, assets: Path, sizes: set[int]) -> None:
    visitor.drop(assets / "portrait_collins.jpg")
    assert visitor.heading() in ("Likely real", "Likely fake", "Uncertain")
    assert PERCENT.search(visitor.answer())
    assert visitor.page.locator("#photo-picture .box").count() == 1
    assert visitor.heat_map() in sizes


def test_the_report_says_what_the_command_line_says(
    visitor: Visitor, assets: Path, weights: Path, tmp_path: Path
) -> None:
    visitor.drop(assets / "portrait_collins.jpg")
    visitor.heading()
    report = json.loads(visitor.save("photo", "JSON", tmp_path).read_text())
    row = next(csv.DictReader(visitor.save("photo", "CSV", tmp_path).open(newline="")))
    answer = by_command_line(assets / "portrait_collins.jpg", report["detector"]["name"], weights)
    assert report["p_fake"] == answer["p_fake"] is not None
    assert report["verdict"] == answer["verdict"] == row["verdict"]
    assert float(row["p_fake"]) == pytest.approx(report["p_fake"], abs=5e-5)


@pytest.mark.fidelity("1-11")
def test_another_detector_gives_another_probability_of_the_same_photo(
    visitor: Visitor, assets: Path, weights: Path, tmp_path: Path
) -> None:
    visitor.drop(assets / "portrait_collins.jpg")
    visitor.heading()
    reports = [json.loads(visitor.save("photo", "JSON", tmp_path).read_text())]
    for name in sorted(set(read_manifest(weights)) - {reports[0]["detector"]["name"]}):
        link = visitor.page.locator("#photo-downloads a").first.get_attribute("href")
        visitor.choose(name)
        visitor.page.wait_for_function(
            "(before) => { const link = document.querySelector('#photo-downloads a'); return link &&"
            " link.href !== before; }",
            arg=link,
            timeout=SHOWN_MS,
        )
        reports.append(json.loads(visitor.save("photo", "JSON", tmp_path).read_text()))
        assert reports[-1]["detector"]["name"] == name
        assert reports[-1]["media"] == reports[0]["media"]
    assert len({report["p_fake"] for report in reports}) == len(reports) == len(read_manifest(weights)) > 1


def test_all_detectors_are_to_choose_from_by_system_and_what_is_not_trained_is_said_so(
    visitor: Visitor, weights: Path
) -> None:
    options = visitor.page.locator("#photo-detector option")
    assert options.evaluate_all("(all) => all.map((one) => one.value)") == list(SPECS)
    systems = visitor.page.locator("#photo-detector optgroup").evaluate_all(
        "(all) => all.map((one) => one.label)"
    )
    assert systems == list(dict.fromkeys(spec.system for spec in SPECS.values()))
    said = {
        option.get_attribute("value") for option in options.all() if "not\xa0trained" in option.inner_text()
    }
    assert said == set(SPECS) - set(read_manifest(weights))
    visitor.choose("bnext-t")
    note = visitor.page.locator("#photo-detector .note p:visible")
    assert SPECS["bnext-t"].good_for in note.inner_text()


@pytest.mark.parametrize("first", ["trained", "untrained"])
def test_an_untrained_detector_gives_words_and_no_number_and_a_trained_one_judges_again(
    visitor: Visitor, assets: Path, weights: Path, first: str
) -> None:
    page, trained, untrained = visitor.page, *one_of_each(weights)
    if first == "trained":
        visitor.drop(assets / "group.jpg")
        visitor.heading()
        page.locator("#photo-faces .tile:not(.chosen)").first.click()
        page.locator("#photo-faces .tile.chosen").wait_for(timeout=SHOWN_MS)
    visitor.choose(untrained)
    refused = page.locator("#photo-verdict h2", has_text="Not trained")
    refused.wait_for(timeout=SHOWN_MS)
    if first == "untrained":
        visitor.drop(assets / "group.jpg")
        page.wait_for_timeout(2000)
        refused.wait_for(timeout=SHOWN_MS)
    assert SPECS[trained].title in visitor.answer()
    assert not PERCENT.search(page.locator(".answering:visible").inner_text())
    assert not page.locator("#photo-downloads a").count()
    visitor.choose(trained)
    visitor.heading()
    assert PERCENT.search(visitor.answer())
    assert page.locator("#photo-faces .tile").count() == 3
    assert visitor.heat_map() == read_manifest(weights)[trained].input.size


def test_an_untrained_detector_judges_no_video_and_a_trained_one_does_after_it(
    visitor: Visitor, assets: Path, weights: Path
) -> None:
    trained, untrained = one_of_each(weights)
    visitor.open_tab("Video")
    visitor.choose(untrained, into="video")
    visitor.drop(assets / "clip_real.mp4", into="video")
    visitor.page.locator("#video-verdict h2", has_text="Not trained").wait_for(timeout=SHOWN_MS)
    visitor.choose(trained, into="video")
    visitor.heading("video")
    visitor.choose(untrained, into="video")
    visitor.page.locator("#video-verdict h2", has_text="Not trained").wait_for(timeout=SHOWN_MS)
    assert not PERCENT.search(visitor.answer("video"))
    assert not visitor.page.locator("#video-downloads a").count()
    visitor.choose(trained, into="video")
    visitor.heading("video")
    assert PERCENT.search(visitor.answer("video"))


def test_programs_that_ask_an_untrained_detector_are_told_in_one_line(
    server: str, assets: Path, weights: Path
) -> None:
    client = Client(server, verbose=False)
    for file, endpoint, more in (
        ("portrait_collins.jpg", "/analyse_photo", [False]),
        ("clip_real.mp4", "/analyse_video", []),
    ):
        with pytest.raises(AppError) as refused:
            client.predict(handle_file(assets / file), one_of_each(weights)[1], *more, api_name=endpoint)
        said = str(refused.value)
        assert "is not trained, so it cannot judge; trained are: " + ", ".join(read_manifest(weights)) in said
        assert "\n" not in said


def test_what_the_networks_see_is_four_pictures_of_the_chosen_face(visitor: Visitor, assets: Path) -> None:
    visitor.drop(assets / "group.jpg")
    visitor.heading()
    page = visitor.page
    pictures = page.locator("#photo-planes img")
    assert not pictures.count()
    page.locator("#photo-planes-part button").first.click()
    decoded = (
        "() => [...document.querySelectorAll('#photo-planes img')].filter((one) => one.complete &&"
        " one.naturalWidth).length === 4"
    )
    page.wait_for_function(decoded, timeout=SHOWN_MS)
    sources = pictures.evaluate_all("(all) => all.map((one) => one.src)")
    assert len(set(sources)) == 4
    page.locator("#photo-faces .tile:not(.chosen)").first.click()
    page.wait_for_function(
        "(before) => { const one = document.querySelector('#photo-planes img'); return one && one.src !=="
        " before; }",
        arg=sources[0],
        timeout=SHOWN_MS,
    )
    page.wait_for_function(decoded, timeout=SHOWN_MS)
    assert not set(sources) & set(pictures.evaluate_all("(all) => all.map((one) => one.src)"))


def test_a_pasted_picture_is_judged(visitor: Visitor, assets: Path) -> None:
    picture = base64.b64encode((assets / "portrait_collins.jpg").read_bytes()).decode("ascii")
    visitor.page.evaluate(
        """(picture) => {
          const bytes = Uint8Array.from(atob(picture), (letter) => letter.charCodeAt(0));
          const clipboardData = new DataTransfer();
          clipboardData.items.add(new File([bytes], 'pasted.jpg', { type: 'image/jpeg' }));
          document.dispatchEvent(new ClipboardEvent('paste', { clipboardData }));
        }""",
        picture,
    )
    assert visitor.heading() in ("Likely real", "Likely fake", "Uncertain")


def test_an_answer_leads_to_how_it_is_made(visitor: Visitor, assets: Path) -> None:
    visitor.drop(assets / "portrait_collins.jpg")
    visitor.heading()
    visitor.page.locator("#photo-downloads [data-tab=About]").click()
    visitor.page.locator("#about h2", has_text="How evidence is worked out").wait_for(timeout=SHOWN_MS)


def test_a_group_has_a_box_and_a_tile_a_face_and_another_can_be_chosen(
    visitor: Visitor, assets: Path
) -> None:
    visitor.drop(assets / "group.jpg")
    visitor.heading()
    page = visitor.page
    assert page.locator("#photo-picture .box").count() == page.locator("#photo-faces .tile").count() == 3
    other = page.locator("#photo-faces .tile:not(.chosen)").first
    number = other.locator("b").inner_text()
    other.click()
    page.locator("#photo-faces .tile.chosen b", has_text=number).wait_for(timeout=SHOWN_MS)
    assert page.locator("#photo-picture .box.chosen b").inner_text() == number.removeprefix("Face ")


def test_an_unreadable_file_gives_words_and_no_number(visitor: Visitor, tmp_path: Path) -> None:
    broken = tmp_path / "notes.jpg"
    broken.write_text("not a picture")
    visitor.drop(broken)
    assert visitor.heading() == "Could not be read"
    assert "notes.jpg" in visitor.answer()
    assert not PERCENT.search(visitor.answer())
    assert not visitor.page.locator("#photo-downloads a").count()


def test_a_picture_without_a_face_gives_words_and_no_number(visitor: Visitor, assets: Path) -> None:
    visitor.drop(assets / "no_face.jpg")
    assert visitor.heading() == "No face found"
    assert not PERCENT.search(visitor.answer())
    assert not visitor.page.locator("#photo-picture .box").count()


def test_a_video_among_the_photos_is_sent_to_its_tab(visitor: Visitor, assets: Path) -> None:
    visitor.drop(assets / "clip_real.mp4")
    assert visitor.heading() == "Could not be read"
    assert "Video" in visitor.answer()


def test_several_photos_give_a_table(visitor: Visitor, assets: Path, tmp_path: Path) -> None:
    broken = tmp_path / "empty.jpg"
    broken.touch()
    visitor.drop(assets / "portrait_collins.jpg", assets / "no_face.jpg", broken)
    table = visitor.page.locator("#photo-table")
    table.get_by_text("could not be read").last.wait_for(timeout=SHOWN_MS)
    assert table.get_by_text("no face found").count()


def test_an_example_is_judged_without_an_upload(visitor: Visitor) -> None:
    visitor.page.locator("#photo-examples [data-pick='0']").click()
    assert visitor.heading()


def test_a_video_gets_a_verdict_a_timeline_and_frames_to_choose(
    visitor: Visitor, assets: Path, sizes: set[int]
) -> None:
    visitor.open_tab("Video")
    visitor.drop(assets / "clip_real.mp4", into="video")
    assert visitor.heading("video") in ("Likely real", "Likely fake", "Uncertain")
    page = visitor.page
    page.locator("#timeline .js-plotly-plot .point").first.wait_for(state="attached", timeout=SHOWN_MS)
    tile = page.locator("#video-frames .tile:not(.chosen)").first
    time_s = float(tile.locator("b").inner_text().split()[0])
    tile.click()
    page.locator("#video-frames .tile.chosen b", has_text=f"{time_s} s").wait_for(timeout=SHOWN_MS)
    page.wait_for_function(
        "(t) => Math.abs(document.querySelector('#video-player video').currentTime - t) < 0.2", arg=time_s
    )
    assert visitor.heat_map("video") in sizes


def test_stop_ends_the_work_and_leaves_no_number(visitor: Visitor, assets: Path, tmp_path: Path) -> None:
    # so large that a frame takes longer than the answer "Stopping"
    group = np.asarray(Pictures.open(assets / "group.jpg").convert("RGB").resize((2400, 900)))
    visitor.open_tab("Video")
    visitor.drop(write_clip(tmp_path / "group.mp4", pictures=[group] * 36), into="video")
    visitor.page.locator("#video-stop").click(timeout=SHOWN_MS)
    visitor.page.locator("#video-verdict h2", has_text="Stopped").wait_for(timeout=SHOWN_MS)
    assert not PERCENT.search(visitor.answer("video"))


def test_a_file_without_pictures_is_said_so_in_the_video_tab(visitor: Visitor, tmp_path: Path) -> None:
    visitor.open_tab("Video")
    visitor.drop(write_sound(tmp_path / "sound.mp4"), into="video")
    assert visitor.heading("video") == "Could not be read"
    assert not PERCENT.search(visitor.answer("video"))


def test_two_people_at_once_each_see_their_own_result(chromium, server: str, assets: Path) -> None:
    first, second = visit(chromium, server), visit(chromium, server)
    first.drop(assets / "group.jpg")
    second.drop(assets / "portrait_obama.jpg")
    for visitor, name, count in ((first, "group.jpg", 3), (second, "portrait_obama.jpg", 1)):
        visitor.heading()
        assert visitor.page.locator("#photo-downloads a").first.get_attribute("download").startswith(name)
        assert visitor.page.locator("#photo-picture .box").count() == count
        assert visitor.complaints == []
        visitor.page.context.close()


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_a_phone_scrolls_in_one_direction_only(chromium, server: str, assets: Path, theme: str) -> None:
    phone = visit(chromium, server, width=390, theme=theme)
    phone.drop(assets / "portrait_collins.jpg")
    phone.heading()
    for tab in ("Photo", "Video", "Detectors", "About"):
        phone.open_tab(tab)
        assert phone.page.evaluate("document.documentElement.scrollWidth <= window.innerWidth"), tab
    ink = phone.page.evaluate("getComputedStyle(document.querySelector('#masthead h1')).color")
    dark = sum(map(int, re.findall(r"\d+", ink)[:3])) > 3 * 128
    assert dark == (theme == "dark")
    assert phone.complaints == []
    phone.page.context.close()
