"""Fakes beside the videos they were made of: which face is taken, and what was altered in it."""

from __future__ import annotations

import csv
import re
import shutil
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from skimage.metrics import structural_similarity

from detector.cli import main
from detector.data.examine import faces_in
from detector.data.originals import Compared, altered_faces, difference, frames_at
from detector.data.prepare import Look, prepare
from detector.data.tables import COLUMNS
from detector.data.verify import verify
from detector.errors import SettingsError
from detector.media.limits import Limits
from detector.pipeline import scan
from tests.data.people import ANN, ANN_FAKE, BEN, BEN_FAKE, CLEO, DrawnFinder, Person, draw
from tests.data.trees import put_annotations, put_clip, put_json, put_metadata, put_picture
from tests.makers import make_face
from tests.media.clips import number_of, write_clip

YOUTUBE = "original_sequences/youtube/c23/videos"
DEEPFAKES = "manipulated_sequences/Deepfakes/c23/videos"
LOOK = Look(frames=2, make_finder=DrawnFinder)
MASKED = replace(LOOK, masks=True)


def table(path: Path) -> list[dict[str, str]]:
    with path.open(newline="") as stream:
        return list(csv.DictReader(stream))


def pixels(path: Path) -> np.ndarray:
    with Image.open(path) as picture:
        return np.asarray(picture)


@pytest.fixture(scope="module")
def masked(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """FaceForensics++ of one original, a fake of it, and a fake whose original is not there, prepared with
    masks.
    """
    folder = tmp_path_factory.mktemp("ffpp")
    put_clip(folder / f"data/{YOUTUBE}/000.mp4", ANN)
    put_clip(folder / f"data/{DEEPFAKES}/000_003.mp4", ANN_FAKE)
    put_clip(folder / f"data/{DEEPFAKES}/003_000.mp4", BEN_FAKE)
    put_json(folder / "data/train.json", [("000", "003")])
    assert "with a mask: 2" in prepare(folder / "data", "ffpp", folder / "out", MASKED).sentence
    return folder / "out"


def test_the_difference_of_equal_pictures_is_black_and_of_opposite_ones_white() -> None:
    noise = np.random.default_rng(0).integers(0, 256, (40, 50, 3), dtype=np.uint8)
    assert not difference(noise, noise).any()
    opposite = difference(noise, 255 - noise)
    assert opposite.shape == (40, 50) and opposite.dtype == np.uint8 and opposite.mean() > 250


def test_the_difference_is_where_the_pictures_differ_and_no_farther_than_the_window_sees() -> None:
    real = np.random.default_rng(0).integers(0, 256, (60, 60, 3), dtype=np.uint8)
    fake = real.copy()
    fake[20:30, 20:30] = 255 - fake[20:30, 20:30]
    mask = difference(fake, real)
    assert mask[23:27, 23:27].min() > 200 and mask[20:30, 20:30].min() > 100
    seen = np.zeros((60, 60), bool)
    seen[17:33, 17:33] = True  # the window is 7 wide
    assert not mask[~seen].any()


@pytest.mark.parametrize("wanted, shown", [
    ([0.0, 0.2, 2.0], {0.0: 0, 0.2: 5, 2.0: 50}), ([0.21], {0.21: 5}), ([0.0, 99.0], {0.0: 0}), ([], {}),
])  # fmt: skip
def test_frames_are_those_shown_at_the_times(
    tmp_path: Path, wanted: list[float], shown: dict[float, int]
) -> None:
    clip = write_clip(tmp_path / "a.mp4", count=60, rate=25)
    assert {time_s: number_of(image) for time_s, image in frames_at(clip, wanted, Limits())} == shown


def test_a_fake_gets_a_mask_beside_its_picture_and_a_real_one_none(masked: Path) -> None:
    rows = table(masked / "index.csv")
    assert tuple(rows[0])[-5:] == COLUMNS[-5:] == ("compression", "width", "height", "fold", "mask")
    masks = {row["file"]: row["mask"] for row in rows}
    assert masks[f"pictures/{DEEPFAKES}/000_003.mp4_0.png"] == f"pictures/{DEEPFAKES}/000_003.mp4_0.mask.png"
    assert [mask for file, mask in masks.items() if "000_003" not in file] == ["", "", "", ""]
    assert table(masked / "skipped.csv") == [
        {
            "file": f"{DEEPFAKES}/003_000.mp4",
            "reason": "kept, without all of its masks: its original is not there",
        }
    ]


@pytest.mark.fidelity("2-10")
def test_the_mask_is_the_ssim_of_the_two_frames_and_lies_inside_the_altered_face(masked: Path) -> None:
    row = next(row for row in table(masked / "index.csv") if row["mask"])
    fake, mask = pixels(masked / row["file"]), pixels(masked / row["mask"])
    assert mask.dtype == np.uint8 and mask.shape == fake.shape[:2] == (int(row["height"]), int(row["width"]))
    x1, y1, x2, y2 = (round(float(row[name])) for name in ("x1", "y1", "x2", "y2"))
    inside = mask[y1:y2, x1:x2].mean()
    border = np.concatenate([mask[:10].ravel(), mask[-10:].ravel()]).mean()
    assert inside > 4 * border and inside > 10
    scanned = scan(
        masked.parent / "data" / row["file"].removeprefix("pictures/").removesuffix("_0.png"),
        frames=2,
        finder=DrawnFinder(),
    )
    (left, top), time_s = scanned.faces[0].patch_origin, scanned.faces[0].time_s
    ((_, real),) = frames_at(masked.parent / "data" / YOUTUBE / "000.mp4", [time_s], Limits())
    twin = real[top : top + fake.shape[0], left : left + fake.shape[1]]
    similar = np.mean(
        [structural_similarity(fake[..., i], twin[..., i], data_range=255, full=True)[1] for i in range(3)],
        axis=0,
    )
    assert np.abs(255 * np.clip(1 - similar, 0, 1) - mask).max() <= 0.51


def test_masks_are_for_layouts_that_tell_the_original(tmp_path: Path) -> None:
    with pytest.raises(
        SettingsError, match="layout dffd tells no originals, .* leave --masks to ffpp, celebdf, dfdc"
    ):
        prepare(tmp_path / "data", "dffd", tmp_path / "out", MASKED)


def test_a_run_with_masks_does_not_go_on_from_one_without(masked: Path, tmp_path: Path) -> None:
    shutil.copytree(masked, tmp_path / "out")
    with pytest.raises(SettingsError, match="was prepared with masks True"):
        prepare(masked.parent / "data", "ffpp", tmp_path / "out", LOOK)
    journal = tmp_path / "out/prepared.jsonl"
    journal.write_text(
        journal.read_text().replace(', "masks": true}', "}", 1)
    )  # as it was before there were masks
    with pytest.raises(SettingsError, match="was prepared with masks False"):
        prepare(masked.parent / "data", "ffpp", tmp_path / "out", MASKED)


def test_a_lost_mask_or_one_whose_original_comes_later_is_made_in_the_next_run(
    masked: Path, tmp_path: Path
) -> None:
    for name in ("data", "out"):
        shutil.copytree(masked.parent / name, tmp_path / name)
    heard: list[str] = []
    prepare(tmp_path / "data", "ffpp", tmp_path / "out", MASKED, lambda share, words: heard.append(words))
    assert heard == []
    (tmp_path / f"out/pictures/{DEEPFAKES}/000_003.mp4_0.mask.png").unlink()
    put_clip(tmp_path / f"data/{YOUTUBE}/003.mp4", BEN)
    prepared = prepare(
        tmp_path / "data",
        "ffpp",
        tmp_path / "out",
        MASKED,
        lambda share, words: heard.append(words.split(": ")[1]),
    )
    assert heard == [f"{YOUTUBE}/003.mp4", f"{DEEPFAKES}/000_003.mp4", f"{DEEPFAKES}/003_000.mp4"]
    assert prepared.masks == 4 and table(tmp_path / "out/skipped.csv") == []


def test_an_original_of_another_size_gives_no_mask_and_says_so(tmp_path: Path) -> None:
    put_clip(tmp_path / "data/Celeb-real/id0_0000.mp4", ANN, BEN)
    put_clip(tmp_path / "data/Celeb-synthesis/id0_id1_0000.mp4", ANN_FAKE)
    assert prepare(tmp_path / "data", "celebdf", tmp_path / "out", replace(MASKED, frames=1)).masks == 0
    (skipped,) = table(tmp_path / "out/skipped.csv")
    assert "id0_0000.mp4 has pictures of 768 x 384, what was made of it 384 x 384" in skipped["reason"]


def test_an_original_whose_edges_a_method_cut_off_is_laid_on_its_middle(tmp_path: Path) -> None:
    for name, picture in (
        ("Celeb-real/id0_0000.mp4", draw(ANN)),
        ("Celeb-synthesis/id0_id1_0000.mp4", draw(ANN_FAKE)[:, 12:-12]),
    ):
        (tmp_path / "data" / name).parent.mkdir(parents=True)
        write_clip(tmp_path / "data" / name, pictures=[picture] * 3, options={"crf": "18"})
    assert prepare(tmp_path / "data", "celebdf", tmp_path / "out", replace(MASKED, frames=1)).masks == 1
    (row,) = (row for row in table(tmp_path / "out/index.csv") if row["mask"])
    mask = pixels(tmp_path / "out" / row["mask"])
    border = np.concatenate([mask[:8].ravel(), mask[:, :8].ravel(), mask[:, -8:].ravel()])
    assert border.mean() < 10 < mask.mean()


@pytest.mark.fidelity("0-16", "2-10")
@pytest.mark.parametrize("rate", [25, 1], ids=["tracked", "untracked"])
@pytest.mark.parametrize("fake, altered", [((ANN_FAKE, BEN), "left"), ((ANN, BEN_FAKE), "right")])
def test_of_two_people_the_one_who_was_altered_is_taken(
    tmp_path: Path, fake: tuple[Person, Person], altered: str, rate: int
) -> None:
    put_clip(tmp_path / "data/dfdc_train_part_0/aa.mp4", ANN, BEN, rate=rate)
    put_clip(tmp_path / "data/dfdc_train_part_0/ab.mp4", *fake, rate=rate)
    put_metadata(tmp_path / "data/dfdc_train_part_0", aa=("REAL", "train", ""), ab=("FAKE", "train", "aa"))
    prepare(tmp_path / "data", "dfdc", tmp_path / "out", MASKED)
    rows = [row for row in table(tmp_path / "out/index.csv") if row["label"] == "1"]
    assert len(rows) == 2 and {row["group"] for row in rows} == {"aa"}
    faces = sorted(
        scan(tmp_path / "data/dfdc_train_part_0/ab.mp4", frames=2, finder=DrawnFinder()).faces,
        key=lambda face: float(face.box[0]),
    )
    of_side = {"left": faces[:2], "right": faces[2:]}[altered]
    for row in rows:
        assert pixels(tmp_path / "out" / row["mask"]).mean() > 2
        shown = pixels(tmp_path / "out" / row["file"])
        assert any(np.array_equal(face.patch, shown) for face in of_side)


def test_without_its_original_the_usual_face_of_a_fake_is_taken(tmp_path: Path) -> None:
    put_clip(tmp_path / "data/part/ab.mp4", ANN, BEN_FAKE)
    put_metadata(tmp_path / "data/part", ab=("FAKE", "train", "aa"))
    prepared = prepare(tmp_path / "data", "dfdc", tmp_path / "out", LOOK)
    assert prepared.pictures.total() == 2 and table(tmp_path / "out/skipped.csv") == []


def compared(frame: int, altered: float, in_place: bool = True, track: int | None = None) -> Compared:
    return Compared(make_face(frame=frame, track=track), np.zeros((8, 8), np.uint8), altered, in_place)


def test_no_face_altered_is_no_face() -> None:
    assert altered_faces([], tracked=True) == altered_faces([], tracked=False) == []


def test_a_face_where_the_original_has_none_is_taken_only_where_all_are_such() -> None:
    stray, face = compared(0, 0.9, in_place=False), compared(0, 0.2)
    assert altered_faces([stray, face], tracked=False) == [face]
    assert altered_faces([stray], tracked=False) == [stray]


@pytest.mark.fidelity("2-10")
def test_tracked_the_person_altered_most_over_all_frames_is_taken() -> None:
    steady = [compared(frame, 0.3, track=0) for frame in range(3)]
    brief = [compared(0, 0.5, track=1)]
    assert altered_faces([*steady, *brief], tracked=True) == steady
    assert altered_faces([*steady, *brief], tracked=False)[0] is brief[0]


def test_a_marked_face_is_the_found_one_that_fills_its_box() -> None:
    faces = [make_face(side=100), make_face(side=40)]
    assert [(taken.number, taken.face) for taken in faces_in(faces, [(0, 0, 42, 42), (5, 5, 100, 100)])] == [
        (0, faces[1]),
        (1, faces[0]),
    ]
    assert faces_in(faces, [(300, 300, 400, 400)]) == [] == faces_in([], [(0, 0, 9, 9)])
    assert len(faces_in(faces[:1], [(0, 0, 100, 100), (0, 0, 90, 90)])) == 1  # one face is not taken twice


def test_openforensics_takes_the_face_in_each_box_with_the_label_of_the_box(tmp_path: Path) -> None:
    put_picture(tmp_path / "data/Images/Train/a.png", ANN, BEN, CLEO)
    put_picture(tmp_path / "data/Images/Train/b.png")
    boxes = _boxes_by_finder(tmp_path / "data/Images/Train/a.png")
    assert len(boxes) == 3
    marked = [(("Fake", "Real", "Fake")[number], box) for number, box in enumerate(boxes)]
    put_annotations(
        tmp_path / "data/Train_poly.json",
        {
            "Images/Train/a.png": [*marked, ("Real", (0.0, 0.0, 20.0, 20.0))],
            "Images/Train/b.png": [("Fake", boxes[0])],
        },
    )
    prepared = prepare(tmp_path / "data", "openforensics", tmp_path / "out", LOOK)
    assert prepared.pictures == {("train", 0): 1, ("train", 1): 2} and prepared.no_face == 1
    rows = table(tmp_path / "out/index.csv")
    assert [(row["file"], row["label"], row["group"]) for row in rows] == [
        (f"pictures/Images/Train/a.png_{number}.png", label, "a") for number, label in enumerate("101")
    ]
    assert [row["reason"] for row in table(tmp_path / "out/skipped.csv")] == [
        "no face found at 0, 0, 20, 20",
        "no face found",
    ]
    assert list(verify(tmp_path / "out")) == []


def _boxes_by_finder(path: Path) -> list[tuple[float, float, float, float]]:
    """x, y, width, height of the faces, left to right, as somebody else would mark them: 10 % wider."""
    boxes = sorted(
        (face.box for face in scan(path, finder=DrawnFinder()).faces), key=lambda box: float(box[0])
    )
    return [(float(x1) - 5, float(y1), float(x2 - x1) + 10, float(y2 - y1)) for x1, y1, x2, y2 in boxes]


@pytest.mark.parametrize(
    "harm, said",
    [
        ("unlink", "does not exist"),
        ("text", "cannot be read"),
        ("colour", "x .* RGB, its picture .* needs 8 bit grey"),
        ("small", "is 9 x 9 L, its picture"),
    ],
)
def test_verify_looks_at_masks(
    masked: Path, tmp_path: Path, harm: str, said: str, capsys: pytest.CaptureFixture[str]
) -> None:
    shutil.copytree(masked, tmp_path / "out")
    mask = tmp_path / "out" / next(row["mask"] for row in table(masked / "index.csv") if row["mask"])
    if harm == "unlink":
        mask.unlink()
    elif harm == "text":
        mask.write_text("no picture")
    else:
        Image.new("RGB" if harm == "colour" else "L", (9, 9)).save(mask)
    (fault,) = verify(tmp_path / "out")
    assert fault.file.endswith("000_003.mp4_0.mask.png")
    assert re.search(said, fault.reason)
    assert main(["data", "verify", str(tmp_path / "out")]) == 1


def test_verify_finds_a_group_in_two_folds_and_a_fold_that_is_no_number(masked: Path, tmp_path: Path) -> None:
    shutil.copytree(masked, tmp_path / "out")
    rows = table(masked / "index.csv")
    assert len({row["fold"] for row in rows}) == 1  # the pair is never split
    other = str((int(rows[0]["fold"]) + 1) % 5)
    rows[1]["fold"], rows[-1]["fold"] = other, "x"
    with (tmp_path / "out/index.csv").open("w", newline="") as stream:
        writer = csv.DictWriter(stream, COLUMNS)
        writer.writeheader()
        writer.writerows(rows)
    said = [fault.reason for fault in verify(tmp_path / "out")]
    assert said[0] == f"lies in fold {other}, others of its group 000 in fold {rows[0]['fold']}"
    assert said[1] == "fold 'x' is no whole number from 0"


@pytest.mark.fidelity("2-10")
def test_folds_may_be_dealt_again_without_looking_again(masked: Path, tmp_path: Path) -> None:
    shutil.copytree(masked, tmp_path / "out")
    heard: list[str] = []
    look = replace(MASKED, folds=97)
    prepare(masked.parent / "data", "ffpp", tmp_path / "out", look, lambda share, words: heard.append(words))
    assert heard == []
    folds = {row["fold"] for row in table(tmp_path / "out/index.csv")}
    assert len(folds) == 1 and folds != {row["fold"] for row in table(masked / "index.csv")}
    with pytest.raises(SettingsError, match="--folds is 1; it must be 2 or more"):
        prepare(masked.parent / "data", "ffpp", tmp_path / "out", replace(LOOK, folds=1))
