"""Layouts: what a data set's names say of label, method, group, split and compression."""

from __future__ import annotations

import hashlib
from pathlib import Path

import pytest

from detector.cli.words import build_parser
from detector.data.labelled import Labelled, split_of
from detector.data.layouts import LAYOUTS, read_layout
from detector.errors import SettingsError
from tests.data.trees import put, put_json

YOUTUBE = "original_sequences/youtube/c23/videos"
DEEPFAKES = "manipulated_sequences/Deepfakes/c23/videos"


def rows_of(folder: Path, layout: str) -> dict[str, Labelled]:
    return {row.path.relative_to(folder).as_posix(): row for row in read_layout(folder, layout).rows}


@pytest.mark.parametrize("group, place, split", [("222", 79, "train"), ("96", 80, "tune"), ("99", 89, "tune"), ("193", 90, "val")])
def test_the_split_is_the_last_two_digits_of_the_hash(group: str, place: int, split: str) -> None:
    assert int(hashlib.sha256(group.encode()).hexdigest(), 16) % 100 == place
    assert split_of(group) == split


@pytest.mark.parametrize("folder, label, split", [
    ("Train/Real", 0, "train"), ("train/fake", 1, "train"), ("Validation/REAL", 0, "tune"), ("val/Fake", 1, "tune"),
    ("Test/Fake", 1, "val"), ("Dataset/Test/real", 0, "val"),
])  # fmt: skip
def test_folders_say_split_and_class_in_any_case(tmp_path: Path, folder: str, label: int, split: str) -> None:
    (row,) = read_layout(put(tmp_path, f"{folder}/a.jpg"), "folders").rows
    assert (row.label, row.split, row.left_out) == (label, split, "")


def test_without_a_split_folder_a_fake_called_as_its_original_goes_with_it(tmp_path: Path) -> None:
    rows = rows_of(put(tmp_path, *(f"{name}/{number}.png" for name in ("real", "fake") for number in range(30))), "folders")
    assert all(rows[f"real/{number}.png"].split == rows[f"fake/{number}.png"].split == split_of(str(number)) for number in range(30))


def test_pictures_in_a_folder_below_the_class_are_frames_of_one_video(tmp_path: Path) -> None:
    rows = rows_of(put(tmp_path, "real/v1/0.png", "real/v1/1.png", "fake/swap/v1/0.png", "fake/swap/v2.mp4"), "folders")
    assert [row.group for row in rows.values()] == ["v2", "v1", "v1", "v1"]
    assert [row.method for row in rows.values()] == ["swap", "swap/v1", "", ""]


def test_what_has_no_class_or_two_or_is_no_media_is_left_out_with_a_reason(tmp_path: Path) -> None:
    rows = rows_of(put(tmp_path, "real/a.jpg", "real/notes.txt", "b.jpg", "real/fake/c.jpg", "real/.hidden.jpg"), "folders")
    assert {name: row.left_out for name, row in rows.items()} == {
        "b.jpg": "lies in no folder called Real or Fake",
        "real/a.jpg": "",
        "real/notes.txt": "neither photo nor video by its name",
        "real/fake/c.jpg": "lies in both Real and Fake",
    }


def test_a_name_that_begins_with_f_is_fake(tmp_path: Path) -> None:
    rows = rows_of(put(tmp_path, "F1.jpg", "R1.jpg", "f2.jpg", "notF.png", "sub/Fake.png"), "prefix")
    assert {name: row.label for name, row in rows.items()} == {"F1.jpg": 1, "R1.jpg": 0, "f2.jpg": 0, "notF.png": 0, "sub/Fake.png": 1}
    assert len({row.group for row in rows.values()}) == 5


def test_a_fake_of_ffpp_has_the_group_and_split_of_its_original(tmp_path: Path) -> None:
    put(tmp_path, f"{YOUTUBE}/000.mp4", f"{YOUTUBE}/003.mp4", f"{DEEPFAKES}/000_003.mp4", f"{DEEPFAKES}/003_000.mp4")
    put(tmp_path, "original_sequences/youtube/raw/videos/000.mp4", "manipulated_sequences/FaceSwap/c40/videos/000_003.mp4")
    put_json(tmp_path / "train.json", [("071", "054")])
    put_json(tmp_path / "test.json", [("003", "000")])
    rows = rows_of(tmp_path, "ffpp")
    assert {(row.group, row.split) for row in rows.values()} == {("000", "val"), ("003", "val")}
    fake = rows["manipulated_sequences/FaceSwap/c40/videos/000_003.mp4"]
    assert (fake.label, fake.method, fake.group, fake.compression) == (1, "FaceSwap", "000", "c40")
    real = rows["original_sequences/youtube/raw/videos/000.mp4"]
    assert (real.label, real.method, real.group, real.compression) == (0, "", "000", "raw")


def test_without_its_lists_both_people_of_a_pair_go_together(tmp_path: Path) -> None:
    pairs = [(f"{2 * number:03d}", f"{2 * number + 1:03d}") for number in range(30)]
    put(tmp_path, *(f"{YOUTUBE}/{one}.mp4" for pair in pairs for one in pair))
    put(tmp_path, *(f"{DEEPFAKES}/{a}_{b}.mp4" for pair in pairs for a, b in (pair, pair[::-1])))
    rows = rows_of(tmp_path, "ffpp")
    for a, b in pairs:
        names = (f"{YOUTUBE}/{a}.mp4", f"{YOUTUBE}/{b}.mp4", f"{DEEPFAKES}/{a}_{b}.mp4", f"{DEEPFAKES}/{b}_{a}.mp4")
        assert len({rows[name].split for name in names}) == 1
    assert len({row.split for row in rows.values()}) > 1


def test_videos_of_ffpp_that_tell_no_original_or_stand_in_no_list_are_left_out(tmp_path: Path) -> None:
    put(tmp_path, f"{YOUTUBE}/000.mp4", f"{YOUTUBE}/900.mp4", "manipulated_sequences/DeepFakeDetection/c23/videos/01_02__talking.mp4")
    put_json(tmp_path / "val.json", [("000", "001")])
    assert [row.left_out for row in read_layout(tmp_path, "ffpp").rows] == [
        "",
        "900 stands in none of train.json, val.json, test.json",
        "is not called by the three digits of an original, or of a pair",
    ]


def test_a_broken_list_of_ffpp_is_named(tmp_path: Path) -> None:
    put(tmp_path, f"{YOUTUBE}/000.mp4", "train.json")
    with pytest.raises(SettingsError, match=r"train\.json is no JSON list"):
        read_layout(tmp_path, "ffpp")


CELEB = ("Celeb-real/id0_0000.mp4", "Celeb-real/id1_0007.mp4", "YouTube-real/00170.mp4", "Celeb-synthesis/id0_id1_0000.mp4")


def test_a_fake_of_celebdf_has_the_group_and_split_of_its_original(tmp_path: Path) -> None:
    rows = rows_of(put(tmp_path, *CELEB), "celebdf")
    assert [(row.label, row.group) for row in rows.values()] == [
        (0, "id0_0000"), (0, "id1_0007"), (0, "YouTube-real/00170"), (1, "id0_0000"),
    ]  # fmt: skip
    assert rows[CELEB[0]].split == rows[CELEB[3]].split == split_of("id0_0000")


def test_the_test_list_of_celebdf_says_1_for_real_and_is_val(tmp_path: Path) -> None:
    put(tmp_path, *CELEB, "Celeb-synthesis/id0_id2_0000.mp4")
    (tmp_path / "List_of_testing_videos.txt").write_text("1 YouTube-real/00170.mp4\n0 Celeb-synthesis/id0_id1_0000.mp4\n")
    rows = rows_of(tmp_path, "celebdf")
    assert [rows[name].label for name in CELEB] == [0, 0, 0, 1]
    used = {name: row.split for name, row in rows.items() if not row.left_out}
    assert [name for name, split in used.items() if split == "val"] == [CELEB[2], CELEB[3]]
    assert used[CELEB[1]] in ("train", "tune")
    assert {name for name, row in rows.items() if row.left_out} == {CELEB[0], "Celeb-synthesis/id0_id2_0000.mp4"}


def test_a_test_list_of_celebdf_that_means_1_for_fake_is_refused(tmp_path: Path) -> None:
    put(tmp_path, *CELEB)
    (tmp_path / "List_of_testing_videos.txt").write_text("0 YouTube-real/00170.mp4\n")
    with pytest.raises(SettingsError, match="line 1: '0 YouTube-real/00170.mp4' is not 1 and a real video"):
        read_layout(tmp_path, "celebdf")


def test_celebdf_may_have_its_videos_a_folder_deeper(tmp_path: Path) -> None:
    (row,) = read_layout(put(tmp_path, "Celeb-synthesis/videos/id0_id1_0003.mp4"), "celebdf").rows
    assert (row.label, row.group, row.method) == (1, "id0_0003", "Celeb-synthesis")


def test_dffd_splits_celeba_by_the_official_list_and_the_rest_by_folders(tmp_path: Path) -> None:
    put(tmp_path, *(f"img_align_celeba/{name}.jpg" for name in ("000001", "162771", "182638")))
    put(tmp_path, "ffhq/validation/1.png", "pggan_v2/test/1.png", "stargan/train/1.png", "masks/1.png")
    (tmp_path / "list_eval_partition.txt").write_text("000001.jpg 0\n162771.jpg 1\n182638.jpg 2\n")
    rows = rows_of(tmp_path, "dffd")
    assert {name: (row.label, row.method, row.split) for name, row in rows.items()} == {
        "img_align_celeba/000001.jpg": (0, "", "train"),
        "img_align_celeba/162771.jpg": (0, "", "tune"),
        "img_align_celeba/182638.jpg": (0, "", "val"),
        "ffhq/validation/1.png": (0, "", "tune"),
        "pggan_v2/test/1.png": (1, "pggan_v2", "val"),
        "stargan/train/1.png": (1, "stargan", "train"),
    }
    assert len({row.group for row in rows.values()}) == 6


def test_a_broken_partition_list_of_dffd_is_named(tmp_path: Path) -> None:
    put(tmp_path, "ffhq/train/1.png")
    (tmp_path / "list_eval_partition.txt").write_text("202599\n000001.jpg 0\n")
    with pytest.raises(SettingsError, match=r"list_eval_partition\.txt has lines other"):
        read_layout(tmp_path, "dffd")


@pytest.mark.parametrize("layout", LAYOUTS)
def test_a_folder_of_another_layout_is_refused_with_what_was_expected(tmp_path: Path, layout: str) -> None:
    put(tmp_path, "somewhere/else.txt")
    with pytest.raises(SettingsError, match=rf"does not look like layout {layout}, which expects \w+"):
        read_layout(tmp_path, layout)


def test_an_unknown_layout_is_refused_with_those_there_are(tmp_path: Path) -> None:
    with pytest.raises(SettingsError, match="no layout is called 'dfdc'; there are: folders, prefix, ffpp, celebdf, dffd"):
        read_layout(tmp_path, "dfdc")


def test_a_folder_that_is_not_there_is_refused(tmp_path: Path) -> None:
    with pytest.raises(SettingsError, match="missing is no folder"):
        read_layout(tmp_path / "missing", "folders")


def test_the_command_line_names_every_layout(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        build_parser().parse_args(["data", "prepare", "--help"])
    said = " ".join(capsys.readouterr().out.split())
    assert all(layout in said for layout in LAYOUTS)
