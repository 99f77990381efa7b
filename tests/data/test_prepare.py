"""A data set on disk to an index: pictures, boxes, points, splits; what is skipped; going
on; and verifying.
"""

from __future__ import annotations

import csv
import os
import pickle
import shutil
import sys
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from detector.cli import main
from detector.data.examine import chosen_faces
from detector.data.labels import read_index as read_labelled
from detector.data.layouts import read_layout
from detector.data.prepare import Look, jobs_of, prepare
from detector.data.tables import COLUMNS, read_index
from detector.data.verify import verify
from detector.errors import SettingsError
from detector.faces.finder import FinderOptions, default_finder
from detector.faces.landmarks import contradicts
from detector.pipeline import Stopped
from detector.train.dataset import Pairs
from detector.train.recipe import parse_recipe
from tests.data.people import ANN, ANN_FAKE, BEN, CLEO, DrawnFinder
from tests.data.trees import put_clip, put_json, put_picture, put_portrait
from tests.makers import make_face, make_scan
from tests.train.makers import tiny

FORMATS = (".jpg", ".jpeg", ".png", ".bmp", ".tiff", ".webp")
YOUTUBE = "original_sequences/youtube/c23/videos"
DEEPFAKES = "manipulated_sequences/Deepfakes/c23/videos"
LOOK = Look(make_finder=DrawnFinder)
TWO = replace(LOOK, frames=2)


class Heard:
    """A progress that keeps what it is told, and raises Stopped after `most` files."""

    def __init__(self, most: int = 1000) -> None:
        self.words: list[str] = []
        self.most = most

    def __call__(self, share: float, words: str) -> None:
        self.words.append(words)
        if len(self.words) == self.most:
            raise Stopped


def table(path: Path) -> list[dict[str, str]]:
    with path.open(newline="") as stream:
        return list(csv.DictReader(stream))


@pytest.fixture(scope="module")
def folders(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A tree of Train, Validation and Test with a picture of each format, one without a face, a broken one
    and a text.
    """
    folder = tmp_path_factory.mktemp("folders") / "mixed"
    for number, suffix in enumerate(FORMATS):
        put_picture(folder / f"Train/Real/{number}{suffix}", ANN)
    put_picture(folder / "Validation/FAKE/a.jpg", ANN_FAKE)
    put_picture(folder / "Test/real/b.jpg", BEN)
    put_picture(folder / "Test/real/coffee.jpg")
    (folder / "Test/real/broken.png").write_bytes((folder / "Train/Real/2.png").read_bytes()[:5000])
    (folder / "Test/real/readme.txt").write_text("not a picture")
    return folder


@pytest.fixture(scope="module")
def prepared_folders(folders: Path) -> Path:
    out = folders.parent / "out"
    assert (
        prepare(folders, "folders", out, LOOK).sentence
        == "8 pictures of 8 files (train 6 real 0 fake, tune 0 real 1 fake, test 1 real 0 fake); skipped"
        " files: 1 without a face, 1 unreadable, 1 left out by the layout (skipped.csv); skipped frames: 0"
    )
    return out


@pytest.fixture(scope="module")
def prepared_portraits(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Two photographs, whose faces MTCNN has found."""
    folder = tmp_path_factory.mktemp("portraits")
    put_portrait(folder / "data/Train/Real/a.jpg", "portrait_collins.jpg")
    put_portrait(folder / "data/Test/Real/b.jpg", "portrait_hopper.jpg")
    prepare(folder / "data", "folders", folder / "out")
    return folder / "out"


@pytest.fixture(scope="module")
def prepared_ffpp(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """FaceForensics++ of two originals, a fake of one of them and a broken video."""
    folder = tmp_path_factory.mktemp("ffpp")
    put_clip(folder / f"data/{YOUTUBE}/000.mp4", ANN)
    put_clip(folder / f"data/{YOUTUBE}/003.mp4", BEN)
    put_clip(folder / f"data/{DEEPFAKES}/000_003.mp4", ANN_FAKE)
    (folder / f"data/{DEEPFAKES}/003_000.mp4").write_bytes(b"not a video")
    put_json(folder / "data/train.json", [("000", "003")])
    prepare(folder / "data", "ffpp", folder / "out", TWO)
    return folder / "out"


@pytest.mark.fidelity("4-11", "4-20")
def test_pictures_of_every_format_become_rows_of_their_split_and_class(prepared_folders: Path) -> None:
    rows = table(prepared_folders / "index.csv")
    assert tuple(rows[0]) == COLUMNS
    names = {row["file"]: (row["label"], row["split"], row["source"]) for row in rows}
    assert names == {
        **{
            f"pictures/Train/Real/{number}{suffix}.png": ("0", "train", "mixed")
            for number, suffix in enumerate(FORMATS)
        },
        "pictures/Validation/FAKE/a.jpg.png": ("1", "tune", "mixed"),
        "pictures/Test/real/b.jpg.png": ("0", "test", "mixed"),
    }


@pytest.mark.fidelity("4-12")
def test_what_cannot_be_read_or_has_no_face_is_listed_and_never_a_row(prepared_folders: Path) -> None:
    skipped = {row["file"]: row["reason"] for row in table(prepared_folders / "skipped.csv")}
    assert skipped["Test/real/coffee.jpg"] == "no face found"
    assert skipped["Test/real/broken.png"].startswith("broken.png is damaged or cut off")
    assert skipped["Test/real/readme.txt"] == "neither photo nor video by its name"
    assert len(skipped) == 3


@pytest.mark.fidelity("2-10")
def test_box_and_points_are_in_pixels_of_the_saved_picture(prepared_portraits: Path, assets: Path) -> None:
    row = next(row for row in table(prepared_portraits / "index.csv") if row["split"] == "test")
    with (
        Image.open(prepared_portraits / row["file"]) as picture,
        Image.open(assets / "portrait_hopper.jpg") as whole,
    ):
        saved, native = np.asarray(picture), np.asarray(whole)
    height, width = saved.shape[:2]
    corners = [
        (x, y) for y in range(native.shape[0] - height + 1) for x in range(native.shape[1] - width + 1)
    ]
    assert any(
        np.array_equal(native[y : y + height, x : x + width], saved)
        for x, y in corners
        if (native[y, x] == saved[0, 0]).all()
    )
    x1, y1, x2, y2 = (float(row[name]) for name in ("x1", "y1", "x2", "y2"))
    longer = max(x2 - x1, y2 - y1)
    assert (width, height) == (int(row["width"]), int(row["height"])) and 1.9 * longer < height < 2.1 * longer
    assert x1 < float(row["l0x"]) < float(row["l2x"]) < float(row["l1x"]) < x2
    assert y1 < float(row["l0y"]) < float(row["l2y"]) < float(row["l3y"]) < y2


@pytest.mark.fidelity("2-10")
def test_dense_landmarks_are_float16_one_a_row_and_agree_with_the_five(prepared_portraits: Path) -> None:
    points = np.load(prepared_portraits / "landmarks68.npy")
    assert points.shape == (2, 68, 2) and points.dtype == np.float16
    rows = [
        picture for split in ("train", "tune", "test") for picture in read_index(prepared_portraits, split)
    ]
    assert len(rows) == 2 and all(picture.points68 is not None for picture in rows)
    first = table(prepared_portraits / "index.csv")[0]
    five = np.array([[float(first[f"l{number}{axis}"]) for axis in "xy"] for number in range(5)], np.float32)
    assert not contradicts(
        points[0].astype(np.float32),
        five,
        np.array([float(first[name]) for name in ("x1", "y1", "x2", "y2")]),
    )


def test_evaluation_reads_the_index(prepared_ffpp: Path) -> None:
    index = read_labelled(prepared_ffpp / "index.csv")
    assert [
        (row.label, row.source, row.method, row.group, row.compression)
        for row in index.of_split("train").rows
    ] == [
        *[(0, "ffpp", "", "000", "c23")] * 2,
        *[(0, "ffpp", "", "003", "c23")] * 2,
        *[(1, "ffpp", "Deepfakes", "000", "c23")] * 2,
    ]


@pytest.mark.fidelity("0-16")
def test_training_pairs_a_fake_with_its_own_original(prepared_ffpp: Path) -> None:
    pictures = read_index(prepared_ffpp, "train")
    assert {picture.group for picture in pictures if picture.label} == {
        "ffpp:000"
    }  # as text: its zeros are kept
    mixes = {name: {"ffpp": 1.0} for name in ("real_mix", "partner_mix", "fake_mix")}
    pairs = Pairs(pictures, parse_recipe(tiny(**mixes, synthesis={"share": 0.0}), "r"), 0, 1, 32)
    images, labels = pairs[0]
    assert images.shape == (2, 3, 32, 32) and labels.tolist() == [0.0, 1.0]
    assert len(pairs.stock.originals["ffpp:000"]) == 2
    blends = Pairs(pictures, parse_recipe(tiny(**mixes, synthesis={"share": 1.0}), "r"), 0, 1, 32)
    assert blends[0][0].shape == (2, 3, 32, 32)


def test_a_broken_video_is_skipped_and_said(prepared_ffpp: Path) -> None:
    (skipped,) = table(prepared_ffpp / "skipped.csv")
    assert skipped["file"] == f"{DEEPFAKES}/003_000.mp4"
    assert "neither a photo nor a video that can be read" in skipped["reason"]


@pytest.mark.fidelity("0-16")
def test_celebdf_is_prepared_with_its_list_turned_round(tmp_path: Path) -> None:
    put_clip(tmp_path / "data/Celeb-real/id0_0000.mp4", ANN)
    put_clip(tmp_path / "data/Celeb-synthesis/id0_id1_0000.mp4", ANN_FAKE)
    (tmp_path / "data/List_of_testing_videos.txt").write_text(
        "1 Celeb-real/id0_0000.mp4\n0 Celeb-synthesis/id0_id1_0000.mp4\n"
    )
    prepared = prepare(tmp_path / "data", "celebdf", tmp_path / "out", replace(LOOK, frames=1))
    assert prepared.pictures == {("test", 0): 1, ("test", 1): 1}
    assert {picture.group for picture in read_index(tmp_path / "out", "test")} == {"celebdf:id0_0000"}


def test_of_a_tracked_video_the_person_seen_longest_is_chosen() -> None:
    large = [make_face(frame=0, track=0, side=80)]
    long = [make_face(frame=frame, track=1, side=40) for frame in range(3)]
    assert chosen_faces(make_scan(*large, *long, kind="video", tracked=True)) == long


def test_untracked_the_largest_face_of_each_frame_is_chosen() -> None:
    first = [make_face(frame=0, side=80), make_face(frame=0, side=40)]
    second = [make_face(frame=2, side=40)]
    assert chosen_faces(make_scan(*first, *second, kind="video")) == [first[0], second[0]]
    assert chosen_faces(make_scan(kind="video", tracked=True)) == []


@pytest.mark.fidelity("2-10")
def test_an_interrupted_run_goes_on_and_a_finished_one_is_not_done_again(tmp_path: Path) -> None:
    for name, people in {"ann.jpg": (ANN,), "ben.jpg": (BEN,), "a_wall.jpg": ()}.items():
        put_picture(tmp_path / "data" / name, *people)
    out = tmp_path / "out"
    with pytest.raises(Stopped):
        prepare(tmp_path / "data", "prefix", out, LOOK, progress=Heard(most=1))
    assert not (out / "index.csv").exists()
    with (out / "prepared.jsonl").open("a") as stream:
        stream.write('{"name": "an')  # cut off as by a crash
    heard = Heard()
    prepare(tmp_path / "data", "prefix", out, LOOK, progress=heard)
    assert heard.words == ["2 of 3: ann.jpg", "3 of 3: ben.jpg"]
    before = (out / "index.csv").read_bytes()
    again = Heard()
    prepare(tmp_path / "data", "prefix", out, LOOK, progress=again)
    assert again.words == [] and (out / "index.csv").read_bytes() == before
    put_picture(tmp_path / "data/a_wall.jpg", CLEO)
    (out / "pictures/ben.jpg.png").unlink()
    prepare(tmp_path / "data", "prefix", out, LOOK, progress=again)
    assert again.words == ["2 of 3: a_wall.jpg", "3 of 3: ben.jpg"]
    assert len(table(out / "index.csv")) == 3


def test_what_could_not_be_read_is_tried_again(tmp_path: Path) -> None:
    put_picture(tmp_path / "data/F1.jpg")
    (tmp_path / "data/F2.jpg").write_bytes(b"no picture")
    heard = Heard()
    for _ in range(2):
        assert prepare(tmp_path / "data", "prefix", tmp_path / "out", LOOK, progress=heard).unreadable == 1
    assert heard.words == ["1 of 2: F1.jpg", "2 of 2: F2.jpg", "2 of 2: F2.jpg"]
    assert table(tmp_path / "out/index.csv") == []
    with pytest.raises(SettingsError, match="a header alone"):
        read_index(tmp_path / "out", "train")


@pytest.mark.skipif(sys.platform == "win32", reason="names are text there")
def test_a_name_that_no_table_can_hold_is_left_out(tmp_path: Path) -> None:
    (tmp_path / "data").mkdir()
    with open(os.fsencode(tmp_path) + b"/data/F\xff.jpg", "wb") as stream:
        stream.write(b"anything")
    assert prepare(tmp_path / "data", "prefix", tmp_path / "out").left_out == 1
    assert table(tmp_path / "out/skipped.csv") == [
        {"file": r"F\udcff.jpg", "reason": "its name is not UTF-8"}
    ]


def test_what_was_begun_otherwise_is_not_mixed(prepared_ffpp: Path) -> None:
    with pytest.raises(
        SettingsError, match="out was prepared with frames 2; ask for the same, or name another --out"
    ):
        prepare(prepared_ffpp.parent / "data", "ffpp", prepared_ffpp, replace(LOOK, frames=3))


@pytest.mark.parametrize(
    "look, said", [(Look(frames=0), "--frames is 0"), (Look(workers=0), "--workers is 0")]
)
def test_impossible_numbers_are_refused(tmp_path: Path, look: Look, said: str) -> None:
    with pytest.raises(SettingsError, match=said):
        prepare(tmp_path, "folders", tmp_path.with_name("out"), look)


def test_the_index_may_not_lie_in_the_data_set(tmp_path: Path) -> None:
    with pytest.raises(SettingsError, match="name another --out"):
        prepare(tmp_path, "folders", tmp_path / "out")


def test_faces_are_looked_for_as_the_options_say(tmp_path: Path) -> None:
    put_picture(tmp_path / "data/R.png", CLEO, BEN)
    put_picture(tmp_path / "data/S.png", CLEO)
    look = replace(LOOK, finder=FinderOptions(min_side_px=BEN.height))
    prepared = prepare(tmp_path / "data", "prefix", tmp_path / "out", look)
    assert prepared.pictures.total() == prepared.no_face == 1


def test_a_job_pickles_with_the_finder_that_is_handed_in(tmp_path: Path) -> None:
    put_picture(tmp_path / "data/R.png", ANN)
    data = read_layout(tmp_path / "data", "prefix")
    options = FinderOptions(min_side_px=50)
    (job,) = jobs_of(data, tmp_path / "out", replace(LOOK, finder=options))
    assert pickle.loads(pickle.dumps(job)).make_finder() == DrawnFinder(options)
    (job,) = jobs_of(data, tmp_path / "out", Look())
    assert pickle.loads(pickle.dumps(job)).make_finder() is default_finder()


@pytest.mark.slow
def test_several_processes_write_the_same_index(
    tmp_path: Path, folders: Path, prepared_folders: Path
) -> None:
    prepare(folders, "folders", tmp_path / "out", replace(LOOK, workers=2))
    assert (tmp_path / "out/index.csv").read_bytes() == (prepared_folders / "index.csv").read_bytes()


def test_verify_names_what_is_missing_or_altered(
    tmp_path: Path, prepared_folders: Path, capsys: pytest.CaptureFixture[str], assets: Path
) -> None:
    out = tmp_path / "out"
    shutil.copytree(prepared_folders, out)
    assert main(["data", "verify", str(out)]) == 0
    (out / "pictures/Train/Real/0.jpg.png").unlink()
    (out / "pictures/Train/Real/1.jpeg.png").write_bytes(b"no picture")
    shutil.copy(assets / "golden.png", out / "pictures/Train/Real/2.png.png")
    np.save(out / "landmarks68.npy", np.load(out / "landmarks68.npy")[1:])
    capsys.readouterr()
    assert main(["data", "verify", str(out)]) == 1
    said = capsys.readouterr().out.splitlines()
    assert said[0] == "landmarks68.npy: holds float16 (7, 68, 2), not float16 (8, 68, 2)"
    assert said[1] == "pictures/Train/Real/0.jpg.png: does not exist"
    assert said[2].startswith("pictures/Train/Real/1.jpeg.png: 1.jpeg.png is neither a photo nor a video")
    assert said[3].startswith("pictures/Train/Real/2.png.png: is 512 x 512 pixels, the index says ")
    assert len(said) == 4


@pytest.mark.parametrize(
    "name, value, said",
    [
        ("label", "2", "label '2' is neither 0 (real) nor 1 (fake)"),
        ("x1", "", "its box or points are no numbers"),
        ("x1", "900", "its box is empty, or not finite"),
        ("x2", "9000", "its box is centred outside"),
    ],
)
def test_verify_looks_at_each_row(
    tmp_path: Path, prepared_folders: Path, name: str, value: str, said: str
) -> None:
    rows = table(prepared_folders / "index.csv")[:1]
    shutil.copytree(prepared_folders, tmp_path / "out")
    np.save(tmp_path / "out/landmarks68.npy", np.zeros((1, 68, 2), np.float16))
    with (tmp_path / "out/index.csv").open("w", newline="") as stream:
        writer = csv.DictWriter(stream, COLUMNS)
        writer.writeheader()
        writer.writerow({**rows[0], name: value})
    (fault,) = verify(tmp_path / "out")
    assert fault.reason.endswith(said)


def test_verify_without_an_index_or_its_columns(tmp_path: Path) -> None:
    with pytest.raises(SettingsError, match="cannot be read as an index"):
        list(verify(tmp_path))
    (tmp_path / "index.csv").write_text("file,label\na.png,0\n")
    (fault,) = verify(tmp_path)
    assert fault.reason.startswith("has no column source, split, group, x1")


def test_the_command_ends_with_1_where_a_file_could_not_be_read(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    put_portrait(tmp_path / "data/Fake/a.jpg", "portrait_hopper.jpg")
    (tmp_path / "data/Fake/broken.jpg").write_bytes(b"no picture")
    words = ["data", "prepare", str(tmp_path / "data"), "--layout", "folders", "--out", str(tmp_path / "out")]
    assert main(words) == 1
    said = capsys.readouterr()
    assert said.out.strip() == str(tmp_path / "out/index.csv")
    assert "1 pictures of 1 files" in said.err and "1 unreadable" in said.err
    (tmp_path / "data/Fake/broken.jpg").unlink()
    assert main(words) == 0
    assert main([*words[:4], "elsewhere", *words[5:]]) == 2
