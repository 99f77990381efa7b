"""What of a file was looked at, as values and in the words of every door."""

from __future__ import annotations

import csv
import io
from dataclasses import replace

import pytest

from detector.dossier import batch_report, row_of
from detector.dossier.report import Judgement, file_report
from detector.pipeline import judge, scan
from detector.report import csv_row, to_csv, to_dict
from detector.statements import coverage_phrases, coverage_sentences, lines
from detector.structures import (
    Cause,
    Choice,
    Coverage,
    CutOff,
    Dropped,
    Part,
    PartKind,
    Transfer,
)
from tests.makers import FakeFinder, make_detector, make_face, make_scan, whole_frame_face
from tests.media.clips import write_clip

CUT = Coverage(planned=32, read=5, dropped=(Dropped(Cause.CUT_OFF, 27),), cut_off=CutOff(5, 0.2, 75, 3.0))
CUT_SAID = "The file is cut off: 5 of its 75 frames are there."


@pytest.mark.parametrize(
    "coverage, said",
    [
        (None, []),
        (Coverage(planned=8, read=8), []),
        (
            CUT,
            [CUT_SAID, "27 of 32 frames that were to be looked at lie beyond the end of the file."],
        ),
        (
            Coverage(planned=8, read=8, cut_off=CutOff(50, 2.0, None, 4.0)),
            ["The file is cut off: 2.0 of its 4.0 s are there."],
        ),
        (
            Coverage(planned=8, read=8, cut_off=CutOff(50, 2.0)),
            ["The file is cut off: it announces more than is there."],
        ),
        (
            Coverage(planned=8, read=7, dropped=(Dropped(Cause.DAMAGED, 1),)),
            ["1 of 8 frames that were to be looked at could not be decoded."],
        ),
        (
            Coverage(part=Part(PartKind.STREAM, 2, 2, Choice.DEFAULT)),
            ["Of 2 picture streams only stream 2 was looked at, which players show."],
        ),
        (
            Coverage(part=Part(PartKind.DIRECTORY, 2, 3, Choice.PREVIEW)),
            [
                "Of 3 pictures in the file only picture 2 was looked at, the camera's own preview; its raw"
                " data are not read."
            ],
        ),
        (
            Coverage(planned=8, read=8, clock_restarts=2),
            ["The clock of the file begins anew 2 times; its parts were joined and all looked at."],
        ),
        (
            Coverage(planned=8, read=8, sizes=((64, 48), (128, 96))),
            ["The pictures change their size: 64 x 48, then 128 x 96."],
        ),
        (
            Coverage(transfer=Transfer.PQ, tone_mapped=True),
            ["High dynamic range (PQ) was tone-mapped to that of a usual screen first."],
        ),
        (
            Coverage(transfer=Transfer.HLG),
            ["High dynamic range (HLG) was not tone-mapped: the picture looks other than on a screen."],
        ),
    ],
)
def test_only_what_is_not_as_usual_is_told(coverage: Coverage | None, said: list[str]) -> None:
    assert coverage_sentences(coverage) == said


def test_what_came_of_the_plan_is_counted() -> None:
    planned = Coverage(planned=10, dropped=(Dropped(Cause.CUT_OFF, 4),))
    done = planned.after_reading(((64, 48), (64, 48), (32, 24)))
    assert done.read == 3 and done.sizes == ((64, 48), (32, 24))
    assert done.dropped == (Dropped(Cause.CUT_OFF, 4), Dropped(Cause.DAMAGED, 3))
    assert Coverage(planned=1).after_reading(((64, 48),)) == Coverage(planned=1, read=1)


def test_a_scan_of_a_cut_off_clip_carries_it_to_the_answer(tmp_path) -> None:
    path = write_clip(tmp_path / "a.mp4", 75, mux={"movflags": "faststart"})
    path.write_bytes(path.read_bytes()[:-300])
    answer = judge(scan(path, finder=FakeFinder(whole_frame_face)), make_detector())
    assert answer.coverage and answer.coverage.cut_off and answer.coverage.cut_off.of_pictures == 75
    assert answer.coverage.read == answer.frames_read
    assert coverage_phrases(answer.coverage)[0].startswith("The file is cut off")


SCAN = replace(make_scan(make_face(0.7)), coverage=CUT)
ANSWER = judge(SCAN, make_detector())


def test_the_command_line_says_it() -> None:
    assert CUT_SAID in list(lines(ANSWER))


def test_the_table_says_it() -> None:
    (row,) = csv.DictReader(io.StringIO(to_csv([csv_row(ANSWER)])))
    assert row["reasons"].startswith("The file is cut off: 5 of its 75 frames are there; 27 of 32 frames")


def test_the_document_has_it_as_values_and_in_words() -> None:
    told = to_dict(ANSWER)["coverage"]
    assert isinstance(told, dict)
    assert told["planned"] == 32 and told["read"] == 5
    assert told["cut_off"] == {"pictures": 5, "seconds": 0.2, "of_pictures": 75, "of_seconds": 3.0}
    assert [dict(each) for each in told["dropped"]] == [{"cause": "cut_off", "pictures": 27}]
    assert told["words"][0] == CUT_SAID


def test_the_reports_on_one_file_and_on_many_say_it() -> None:
    assert CUT_SAID in file_report(SCAN, [Judgement(ANSWER)])
    assert CUT_SAID in batch_report([row_of("a.mp4", [ANSWER])], [ANSWER.detector])
