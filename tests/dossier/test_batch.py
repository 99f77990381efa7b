"""A report on many files: its order, its rows, and what the command line writes."""

from __future__ import annotations

from dataclasses import replace

from detector.cli import main
from detector.dossier import batch_report, row_of
from tests.dossier.made import GENUINE, MUTED, WEAK, Page, answered, photo
from tests.makers import make_detector, make_evidence

INFO = make_detector().info
MODERATE = make_evidence(20.0)


def rows():
    return [
        row_of("genuine.jpg", [answered(photo(0.1), GENUINE)]),
        row_of("none.jpg", [answered(photo(0.5), MUTED)]),
        row_of("broken.jpg", [], "broken.jpg is cut off; copy it again"),
        row_of("moderate.jpg", [answered(photo(0.9), MODERATE)]),
        row_of("empty.jpg", [answered(photo())]),
        row_of("weak.jpg", [answered(photo(0.8), WEAK)]),
        row_of("weaker.jpg", [answered(photo(0.8), replace(WEAK, lr=2.1))]),
    ]


def test_the_strongest_support_for_fake_stands_first_and_what_was_not_judged_last():
    text = Page(batch_report(rows(), [INFO])).text
    order = ["moderate.jpg", "weak.jpg", "weaker.jpg", "none.jpg", "genuine.jpg", "empty.jpg", "broken.jpg"]
    places = [text.index(name) for name in order]
    assert places == sorted(places)


def test_it_counts_the_answers():
    text = Page(batch_report(rows(), [INFO])).text
    assert "7 files" in text
    assert "1 Moderate support for fake 2 Weak support for fake 1 No support either way" in text
    assert "1 No face found 1 Could not be read" in text


def test_a_row_has_a_thumbnail_where_there_is_a_face_and_a_reason_where_there_is_no_answer():
    page = Page(batch_report(rows(), [INFO]))
    assert len(page.all("img")) == 5
    assert "Could not be read. broken.jpg is cut off; copy it again" in page.text
    assert "on such pictures this detector raises false alarms" in page.text


def test_what_holds_for_every_file_is_told_once_and_each_row_has_its_genuine_pictures():
    both = [row_of(f"{name}.jpg", [answered(photo(0.5), replace(MUTED, nearest="studio"))]) for name in "ab"]
    text = Page(batch_report(both, [INFO])).text
    assert text.count("raises false alarms") == 1 and "For every file: The picture looks" in text
    assert text.count("Of 100 genuine studio portraits 52 score as high.") == 2
    alone = Page(batch_report(both[:1], [INFO])).text
    assert "For every file" not in alone and alone.count("raises false alarms") == 1


def test_rows_of_several_detectors_name_each():
    one = answered(photo(0.8), WEAK)
    other = replace(answered(photo(0.8), MUTED), detector=replace(one.detector, name="b", short="Another"))
    text = Page(batch_report([row_of("a.jpg", [one, other])], [one.detector, other.detector])).text
    assert f"{one.detector.short}: Weak support for fake" in text
    assert "Another: No support either way" in text
    assert "they are not so many witnesses" in text


def test_names_and_errors_are_escaped_and_nothing_is_fetched():
    nasty = "<script>alert(1)</script>.jpg"
    page = Page(batch_report([row_of(nasty, [], f"{nasty} is broken")], [INFO], command=nasty))
    assert page.all("script") == []
    assert page.text.count("<script>") == 3
    assert page.commands


def test_an_empty_batch_is_a_page_too():
    assert "0 files" in Page(batch_report([], [INFO])).text


def test_scan_writes_the_page_beside_its_table(assets, tmp_path, capsys):
    (tmp_path / "text.jpg").write_text("no picture")
    out = tmp_path / "out.html"
    files = [str(assets / "portrait_hopper.jpg"), str(assets / "no_face.jpg"), str(tmp_path / "text.jpg")]
    words = ["scan", *files, "--detector", "unblend-lite2", "--report", str(out)]
    assert main(words) == 1
    page = Page(out.read_text())
    assert "3 files" in page.text and "1 No face found 1 Could not be read" in page.text
    assert len(page.all("img")) == 1
    (command,) = page.commands
    assert command.startswith("python -m detector scan ") and command.endswith(f"--report {out}")
    assert len(capsys.readouterr().out.splitlines()) == 4


def test_a_page_of_all_files_cannot_leave_some_out(tmp_path, capsys):
    words = ["scan", str(tmp_path), "--out", "a.csv", "--resume", "--report", str(tmp_path / "a.html")]
    assert main(words) == 2
    assert "--resume leaves some out" in capsys.readouterr().err
