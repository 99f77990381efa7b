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
from axe_playwright_python.sync_playwright import Axe
from gradio_client import Client, handle_file
from gradio_client.exceptions import AppError
from PIL import Image as Pictures

from detector.weights import read_manifest
from detector.zoo.specs import SPECS
from tests.conftest import ROOT
from tests.e2e.conftest import SHOWN_MS, Visitor, visit
from tests.media.clips import write_clip, write_sound

PERCENT = re.compile(r"\d+ %")
SUPPORT = re.compile(r"support (either way|for (fake|genuine))")
AXE_TAGS = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "best-practice"]


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


def test_a_photo_gets_a_heading_a_box_and_a_map_of_every_detector(
    visitor: Visitor, assets: Path, weights: Path
) -> None:
    visitor.drop(assets / "portrait_collins.jpg")
    assert SUPPORT.search(visitor.heading())
    assert not PERCENT.search(visitor.answer())
    assert visitor.page.locator("#check-picture .box").count() == 1
    visitor.map()
    radios = visitor.page.locator("#check-row input[type=radio]")
    assert radios.count() == len(read_manifest(weights))
    assert visitor.page.evaluate("document.activeElement.hasAttribute('data-answer')")


def test_the_report_says_what_the_command_line_says(
    visitor: Visitor, assets: Path, weights: Path, tmp_path: Path
) -> None:
    visitor.drop(assets / "portrait_collins.jpg")
    visitor.map()
    report = json.loads(visitor.save("JSON", tmp_path).read_text())
    rows = list(csv.DictReader(visitor.save("CSV", tmp_path).open(newline="")))
    assert [row["detector"] for row in rows][0] == report["detector"]["name"]
    assert {row["detector"] for row in rows} == set(read_manifest(weights))
    answer = by_command_line(assets / "portrait_collins.jpg", report["detector"]["name"], weights)
    assert report["p_fake"] == answer["p_fake"] is not None
    assert report["verdict"] == answer["verdict"] == rows[0]["verdict"]


@pytest.mark.fidelity("1-11")
def test_another_detector_has_an_answer_and_a_map_of_its_own(
    visitor: Visitor, assets: Path, weights: Path
) -> None:
    visitor.drop(assets / "portrait_collins.jpg")
    seen = {visitor.map()}
    visitor.page.locator("#check-more summary").first.click()
    figures = set(re.findall(r"p_fake 0\.\d{4}", visitor.page.locator("#check-more").inner_text()))
    assert len(figures) == len(read_manifest(weights)) > 1
    for name in list(read_manifest(weights))[1:]:
        before = visitor.page.locator("#check-maps img.map").get_attribute("src")
        visitor.page.locator(f"#check-row input[value={name}]").check(force=True)
        visitor.page.wait_for_function(
            "(before) => document.querySelector('#check-maps img.map')?.src !== before",
            arg=before,
            timeout=SHOWN_MS,
        )
        seen.add(visitor.map())
    assert len(seen) > 1


def test_only_what_can_judge_is_offered_and_one_alone_can_be_asked(
    visitor: Visitor, assets: Path, weights: Path
) -> None:
    options = visitor.page.locator("#check-bar option").evaluate_all("(all) => all.map((one) => one.value)")
    assert options[0] == "all" and set(options[1:]) == set(read_manifest(weights))
    visitor.page.locator("#check-bar select").select_option(options[2])
    visitor.drop(assets / "portrait_collins.jpg")
    visitor.map()
    assert visitor.page.locator("#check-row input[type=radio]").count() == 1
    visitor.page.locator("#check-bar select").select_option("all")
    visitor.page.locator("#check-row input[type=radio]").nth(len(options) - 2).wait_for(state="attached")


def test_programs_that_ask_an_untrained_detector_are_told_in_one_line(
    server: str, assets: Path, weights: Path
) -> None:
    client = Client(server, verbose=False)
    untrained = next(name for name in reversed(SPECS) if name not in read_manifest(weights))
    for file, endpoint, more in (
        ("portrait_collins.jpg", "/photo", [False]),
        ("clip_real.mp4", "/video", []),
    ):
        with pytest.raises(AppError) as refused:
            client.predict(handle_file(assets / file), untrained, *more, api_name=endpoint)
        said = str(refused.value)
        assert "is not trained, so it cannot judge; trained are: " + ", ".join(read_manifest(weights)) in said
        assert "\n" not in said


def test_a_pasted_picture_is_looked_at(visitor: Visitor, assets: Path) -> None:
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
    assert SUPPORT.search(visitor.heading())


def test_a_group_has_a_box_and_a_tile_a_face_and_another_can_be_chosen(
    visitor: Visitor, assets: Path
) -> None:
    visitor.drop(assets / "group.jpg")
    visitor.map()
    page = visitor.page
    assert page.locator("#check-picture .box").count() == page.locator("#check-picture .face").count() == 3
    other = page.locator("#check-picture .face input:not(:checked)").first
    number = int(other.get_attribute("value") or 0)
    page.locator(f"#check-picture [data-box='{number}']").click()
    page.locator("#check-row legend", has_text=f"face {number + 1}").wait_for(timeout=SHOWN_MS)
    assert page.locator("#check-picture .box.chosen").inner_text() == str(number + 1)


def test_an_unreadable_file_gives_words_and_no_number(visitor: Visitor, tmp_path: Path) -> None:
    broken = tmp_path / "notes.jpg"
    broken.write_text("not a picture")
    visitor.drop(broken)
    assert visitor.heading() == "Could not be read"
    assert "notes.jpg" in visitor.answer()
    assert not PERCENT.search(visitor.answer())


def test_a_picture_without_a_face_is_said_so_and_can_be_judged_whole(visitor: Visitor, assets: Path) -> None:
    visitor.drop(assets / "no_face.jpg")
    assert visitor.heading() == "No face found"
    assert not PERCENT.search(visitor.answer())
    visitor.page.get_by_role("button", name="Judge the whole picture as a face").click()
    visitor.page.locator("#check-answer .card.answer h2, #check-answer .drawn h2").wait_for(timeout=SHOWN_MS)


def test_an_example_is_looked_at_without_an_upload_and_earlier_files_stay_at_hand(visitor: Visitor) -> None:
    page = visitor.page
    for number in (0, 5):
        page.locator(f"#check-bar [data-act=example][data-value='{number}']").click()
        page.locator(f"#check-strip li:nth-child({1 if number == 0 else 2})").wait_for(timeout=SHOWN_MS)
    assert visitor.heading() == "No face found"
    page.locator("#check-strip .again").nth(1).click()
    page.locator("#check-answer .card.answer").wait_for(timeout=SHOWN_MS)
    page.locator("#check-strip .forget").nth(1).click()
    page.locator("#check-answer .card.empty").wait_for(timeout=SHOWN_MS)
    assert page.locator("#check-strip li").count() == 1


def test_a_clip_has_a_player_a_curve_and_moments_to_choose(visitor: Visitor, assets: Path) -> None:
    visitor.drop(assets / "clip_half_selfblend.mp4")
    assert SUPPORT.search(visitor.heading())
    visitor.map()
    page = visitor.page
    page.locator("#check-curve polyline").first.wait_for(state="attached", timeout=SHOWN_MS)
    face = page.locator("#check-maps img.face").get_attribute("src")
    moment = page.locator("#check-curve input[type=range]")
    moment.focus()
    page.keyboard.press("Home")
    page.wait_for_function(
        "(before) => document.querySelector('#check-maps img.face')?.src !== before",
        arg=face,
        timeout=SHOWN_MS,
    )
    page.wait_for_function("document.querySelector('#check-picture video').currentTime < 0.2")
    assert page.evaluate("document.activeElement.type") == "range"
    assert page.locator("#check-picture .boxes .box").count() == 1


@pytest.mark.slow
def test_a_clip_is_stopped_at_a_frame_and_goes_on_from_there(
    visitor: Visitor, assets: Path, tmp_path: Path
) -> None:
    group = np.asarray(Pictures.open(assets / "group.jpg").convert("RGB").resize((2400, 900)))
    visitor.drop(write_clip(tmp_path / "group.mp4", pictures=[group] * 36))
    page = visitor.page
    page.get_by_role("button", name="Stop").click(timeout=SHOWN_MS)
    page.locator("#check-progress .stopped").wait_for(timeout=SHOWN_MS)
    said = page.locator("#check-progress .said").inner_text()
    assert re.fullmatch(r"Stopped at frame \d+ of 32", said)
    assert page.locator("#check-answer .empty").count() == 1  # what stood there stays
    page.get_by_role("button", name="Go on").click()
    assert SUPPORT.search(visitor.heading())


def test_a_file_without_pictures_is_said_so(visitor: Visitor, tmp_path: Path) -> None:
    visitor.drop(write_sound(tmp_path / "sound.mp4"))
    assert visitor.heading() == "Could not be read"
    assert not PERCENT.search(visitor.answer())


def test_two_people_at_once_each_see_their_own_result(chromium, server: str, assets: Path) -> None:
    first, second = visit(chromium, server), visit(chromium, server)
    first.drop(assets / "group.jpg")
    second.drop(assets / "portrait_obama.jpg")
    for visitor, count in ((first, 3), (second, 1)):
        visitor.page.bring_to_front()
        visitor.heading()
        assert visitor.page.locator("#check-picture .box").count() == count
        assert visitor.page.locator("#check-strip li").count() == 1
        assert visitor.complaints == []
        visitor.page.context.close()


def test_by_keyboard_alone_a_photo_is_chosen_and_its_faces_and_detectors_are_gone_through(
    visitor: Visitor,
) -> None:
    page = visitor.page
    page.locator("[data-choose]").focus()
    for _ in range(4):  # camera, and three examples
        page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    visitor.map()
    assert page.evaluate("document.activeElement.hasAttribute('data-answer')")
    page.locator("#check-picture input:checked").focus()
    page.keyboard.press("ArrowDown")
    page.wait_for_function("document.activeElement.name === 'check-face' && document.activeElement.checked")
    chosen = int(page.evaluate("document.activeElement.value"))
    page.locator("#check-row legend", has_text=f"face {chosen + 1}").wait_for(timeout=SHOWN_MS)
    assert page.evaluate("document.activeElement.name") == "check-face"
    page.locator("#check-row input:checked").focus()
    page.keyboard.press("ArrowDown")
    page.wait_for_function("document.activeElement.name === 'check-detector'")
    page.locator("#announcer", has_text="support").wait_for(state="attached", timeout=SHOWN_MS)


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_nothing_bars_who_does_not_see_or_point(chromium, server: str, assets: Path, theme: str) -> None:
    visitor, axe = visit(chromium, server, theme=theme), Axe()
    rules = {"runOnly": AXE_TAGS}
    empty = axe.run(visitor.page, options=rules)
    assert empty.violations_count == 0, empty.generate_report()
    for name in ("group_selfblend.jpg", "no_face.jpg", "clip_half_selfblend.mp4"):
        visitor.drop(assets / name)
        visitor.page.locator("#check-strip .current", has_text=name[:8]).wait_for(timeout=SHOWN_MS)
        if name != "no_face.jpg":
            visitor.map()
        found = axe.run(visitor.page, options=rules)
        assert found.violations_count == 0, found.generate_report()
    visitor.page.context.close()


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_a_phone_goes_to_the_answer_and_scrolls_in_one_direction_only(
    chromium, server: str, assets: Path, theme: str
) -> None:
    phone = visit(chromium, server, width=390, theme=theme)
    phone.drop(assets / "group.jpg")
    phone.heading()
    phone.page.wait_for_function("document.querySelector('[data-answer]').getBoundingClientRect().top < 120")
    phone.map()
    for tab in ("Compare", "Learn", "Batch", "Detectors", "About", "Check"):
        phone.open_tab(tab)
        assert phone.page.evaluate("document.documentElement.scrollWidth <= window.innerWidth"), tab
    ink = phone.page.evaluate("getComputedStyle(document.querySelector('#masthead h1')).color")
    dark = sum(map(int, re.findall(r"\d+", ink)[:3])) > 3 * 128
    assert dark == (theme == "dark")
    assert phone.complaints == []
    phone.page.context.close()
