import pytest

from detector.errors import DetectorError
from detector.evidence import Score, Scores, Variant, hashed, read_scores, write_scores
from detector.structures import Condition, Question


def score(file="a.jpg", logit=0.25, is_fake=True, kind="swap", **columns):
    return Score(file, logit, is_fake, "swaps", "swaps", kind, "anna", **columns)


def test_scores_that_are_kept_are_read_again_exactly(tmp_path):
    rows = [
        score(logit=1 / 3, conditions=frozenset({Condition.STUDIO, Condition.SMALL}), ways_out=2),
        score("b, c.jpg", is_fake=False, kind="snapshot", clip="x.mp4", variant=Variant.JPEG_30, marked=True),
    ]
    write_scores(tmp_path / "scores.csv", Scores.of(rows))
    again = read_scores(tmp_path / "scores.csv")
    assert [list(getattr(again, name)) for name in ("file", "logit", "is_fake", "conditions", "variant")] == [
        ["a.jpg", "b, c.jpg"],
        [1 / 3, 0.25],
        [True, False],
        [{Condition.STUDIO, Condition.SMALL}, frozenset()],
        [Variant.PLAIN, Variant.JPEG_30],
    ]
    assert (list(again.marked), list(again.ways_out), list(again.clip)) == (
        [False, True],
        [2, 0],
        ["", "x.mp4"],
    )


def test_what_holds_no_scores_is_refused_in_one_line(tmp_path):
    (tmp_path / "scores.csv").write_text("file,logit\na.jpg,1\n")
    with pytest.raises(DetectorError, match="scores.csv cannot be read as scores"):
        read_scores(tmp_path / "scores.csv")


def test_a_logit_that_is_no_number_is_refused():
    with pytest.raises(ValueError, match=r"1 logits are not finite, the first of a\.jpg"):
        Scores.of([score(logit=float("nan"))])


@pytest.mark.parametrize(
    "question, kinds",
    [
        (Question.EITHER, ["swap", "gan", "snapshot", ""]),
        (Question.ALTERED, ["swap", "snapshot"]),
        (Question.GENERATED, ["gan", "snapshot"]),
    ],
)
def test_a_question_keeps_its_fakes_and_every_genuine_picture(question, kinds):
    rows = [score(kind="swap"), score(kind="gan"), score(kind="snapshot", is_fake=False), score(kind="")]
    assert list(Scores.of(rows).of_question(question).kind) == kinds


def test_a_face_in_no_condition_is_ordinary():
    scores = Scores.of([score(), score(conditions=frozenset({Condition.SMALL}))])
    assert list(scores.has(Condition.ORDINARY)) == [True, False]
    assert list(scores.has(Condition.SMALL)) == [False, True]


def test_a_group_is_stored_without_its_name():
    assert "anna" not in hashed("swaps", "anna")
    assert hashed("swaps", "anna") != hashed("talk", "anna")
