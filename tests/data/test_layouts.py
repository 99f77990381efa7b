"""Layouts: what a data set's names say of label, method, group, split and compression."""

from __future__ import annotations

import hashlib
from pathlib import Path

import pytest

from detector.cli import build_parser, main
from detector.data.labelled import Labelled, fold_of, split_of
from detector.data.layouts import LAYOUTS, NAMED, missing, read_layout
from detector.errors import SettingsError
from tests.data.trees import put, put_annotations, put_json, put_metadata

YOUTUBE = "original_sequences/youtube/c23/videos"
DEEPFAKES = "manipulated_sequences/Deepfakes/c23/videos"


def rows_of(folder: Path, layout: str) -> dict[str, Labelled]:
    return {row.path.relative_to(folder).as_posix(): row for row in read_layout(folder, layout).rows}


@pytest.mark.parametrize(
    "group, place, split", [("222", 79, "train"), ("96", 80, "tune"), ("99", 89, "tune"), ("193", 90, "test")]
)
def test_the_split_is_the_last_two_digits_of_the_hash(group: str, place: int, split: str) -> None:
    assert int(hashlib.sha256(group.encode()).hexdigest(), 16) % 100 == place
    assert split_of(group) == split


@pytest.mark.fidelity("4-20")
@pytest.mark.parametrize(
    "folder, label, split",
    [
        ("Train/Real", 0, "train"),
        ("train/fake", 1, "train"),
        ("Validation/REAL", 0, "tune"),
        ("val/Fake", 1, "tune"),
        ("Test/Fake", 1, "test"),
        ("Dataset/Test/real", 0, "test"),
    ],
)
def test_folders_say_split_and_class_in_any_case(tmp_path: Path, folder: str, label: int, split: str) -> None:
    (row,) = read_layout(put(tmp_path, f"{folder}/a.jpg"), "folders").rows
    assert (row.label, row.split, row.left_out) == (label, split, "")


def test_without_a_split_folder_a_fake_called_as_its_original_goes_with_it(tmp_path: Path) -> None:
    rows = rows_of(
        put(tmp_path, *(f"{name}/{number}.png" for name in ("real", "fake") for number in range(30))),
        "folders",
    )
    assert all(
        rows[f"real/{number}.png"].split == rows[f"fake/{number}.png"].split == split_of(str(number))
        for number in range(30)
    )


def test_pictures_in_a_folder_below_the_class_are_frames_of_one_video(tmp_path: Path) -> None:
    rows = rows_of(
        put(tmp_path, "real/v1/0.png", "real/v1/1.png", "fake/swap/v1/0.png", "fake/swap/v2.mp4"), "folders"
    )
    assert [row.group for row in rows.values()] == ["v2", "v1", "v1", "v1"]
    assert [row.method for row in rows.values()] == ["swap", "swap/v1", "", ""]


@pytest.mark.fidelity("4-20")
def test_what_has_no_class_or_two_or_is_no_media_is_left_out_with_a_reason(tmp_path: Path) -> None:
    rows = rows_of(
        put(tmp_path, "real/a.jpg", "real/notes.txt", "b.jpg", "real/fake/c.jpg", "real/.hidden.jpg"),
        "folders",
    )
    assert {name: row.left_out for name, row in rows.items()} == {
        "b.jpg": "lies in no folder called Real or Fake",
        "real/a.jpg": "",
        "real/notes.txt": "neither photo nor video by its name",
        "real/fake/c.jpg": "lies in both Real and Fake",
    }


@pytest.mark.fidelity("1-18")
def test_a_name_that_begins_with_f_is_fake(tmp_path: Path) -> None:
    rows = rows_of(put(tmp_path, "F1.jpg", "R1.jpg", "f2.jpg", "notF.png", "sub/Fake.png"), "prefix")
    assert {name: row.label for name, row in rows.items()} == {
        "F1.jpg": 1,
        "R1.jpg": 0,
        "f2.jpg": 0,
        "notF.png": 0,
        "sub/Fake.png": 1,
    }
    assert len({row.group for row in rows.values()}) == 5


@pytest.mark.fidelity("0-16")
def test_a_fake_of_ffpp_has_the_group_and_split_of_its_original(tmp_path: Path) -> None:
    put(
        tmp_path,
        f"{YOUTUBE}/000.mp4",
        f"{YOUTUBE}/003.mp4",
        f"{DEEPFAKES}/000_003.mp4",
        f"{DEEPFAKES}/003_000.mp4",
    )
    put(
        tmp_path,
        "original_sequences/youtube/raw/videos/000.mp4",
        "manipulated_sequences/FaceSwap/c40/videos/000_003.mp4",
    )
    put_json(tmp_path / "train.json", [("071", "054")])
    put_json(tmp_path / "test.json", [("003", "000")])
    rows = rows_of(tmp_path, "ffpp")
    assert {(row.group, row.split) for row in rows.values()} == {("000", "test"), ("003", "test")}
    fake = rows["manipulated_sequences/FaceSwap/c40/videos/000_003.mp4"]
    assert (fake.label, fake.method, fake.group, fake.compression) == (1, "FaceSwap", "000", "c40")
    real = rows["original_sequences/youtube/raw/videos/000.mp4"]
    assert (real.label, real.method, real.group, real.compression) == (0, "", "000", "raw")


@pytest.mark.fidelity("0-16")
def test_without_its_lists_both_people_of_a_pair_go_together(tmp_path: Path) -> None:
    pairs = [(f"{2 * number:03d}", f"{2 * number + 1:03d}") for number in range(30)]
    put(tmp_path, *(f"{YOUTUBE}/{number}.mp4" for pair in pairs for number in pair))
    put(tmp_path, *(f"{DEEPFAKES}/{a}_{b}.mp4" for pair in pairs for a, b in (pair, pair[::-1])))
    rows = rows_of(tmp_path, "ffpp")
    for a, b in pairs:
        names = (
            f"{YOUTUBE}/{a}.mp4",
            f"{YOUTUBE}/{b}.mp4",
            f"{DEEPFAKES}/{a}_{b}.mp4",
            f"{DEEPFAKES}/{b}_{a}.mp4",
        )
        assert len({rows[name].split for name in names}) == 1
    assert len({row.split for row in rows.values()}) > 1


def test_videos_of_ffpp_that_tell_no_original_or_stand_in_no_list_are_left_out(tmp_path: Path) -> None:
    put(
        tmp_path,
        f"{YOUTUBE}/000.mp4",
        f"{YOUTUBE}/900.mp4",
        "manipulated_sequences/DeepFakeDetection/c23/videos/01_02__talking.mp4",
    )
    put_json(tmp_path / "val.json", [("000", "001")])
    assert [row.left_out for row in read_layout(tmp_path, "ffpp").rows] == [
        "",
        "900 stands in none of train.json, val.json, test.json",
        "is not called ACTOR__SCENE, or ACTOR_ACTOR__SCENE__TAKE",
    ]


@pytest.mark.fidelity("0-16")
@pytest.mark.parametrize(
    "compression, called", [("c0", "raw"), ("raw", "raw"), ("c23", "c23"), ("c40", "c40")]
)
@pytest.mark.parametrize("method", ["Deepfakes", "Face2Face", "FaceSwap", "NeuralTextures", "FaceShifter"])
def test_a_fake_of_every_method_of_ffpp_knows_its_original_of_the_same_compression(
    tmp_path: Path, method: str, compression: str, called: str
) -> None:
    original = f"original_sequences/youtube/{compression}/videos/000.mp4"
    put(tmp_path, original, f"manipulated_sequences/{method}/{compression}/videos/000_003.mp4")
    put(
        tmp_path,
        "original_sequences/youtube/c15/videos/000.mp4",
        "manipulated_sequences/Deepfakes/other/videos/000_003.mp4",
    )
    real, fake = read_layout(tmp_path, "ffpp").rows
    assert (fake.method, fake.compression, fake.label, fake.source) == (method, called, 1, "ffpp")
    assert fake.original == tmp_path / original and real.original is None


def test_an_original_of_another_compression_is_not_taken_for_that_of_a_fake(tmp_path: Path) -> None:
    put(tmp_path, f"{YOUTUBE}/000.mp4", "manipulated_sequences/Deepfakes/c40/videos/000_003.mp4")
    assert (
        rows_of(tmp_path, "ffpp")["manipulated_sequences/Deepfakes/c40/videos/000_003.mp4"].original is None
    )


@pytest.mark.fidelity("0-16")
def test_the_actors_of_ffpp_are_a_source_of_their_own_beside_any_list(tmp_path: Path) -> None:
    real, fake = (
        "original_sequences/actors/c23/videos/01__exit_room.mp4",
        "DeepFakeDetection/c23/videos/01_02__exit_room__YVGY8LOK.mp4",
    )
    put(tmp_path, real, f"manipulated_sequences/{fake}", "original_sequences/actors/c23/videos/readme.mp4")
    put_json(tmp_path / "train.json", [("071", "054")])
    rows = rows_of(tmp_path, "ffpp")
    made = rows[f"manipulated_sequences/{fake}"]
    assert (made.label, made.source, made.group, made.method) == (
        1,
        "dfd",
        "01__exit_room",
        "DeepFakeDetection",
    )
    assert made.original == tmp_path / real and made.split == rows[real].split == split_of("01__exit_room")
    assert rows["original_sequences/actors/c23/videos/readme.mp4"].left_out


def test_folds_split_no_group_of_ffpp_and_no_pair(tmp_path: Path) -> None:
    pairs = [(f"{2 * number:03d}", f"{2 * number + 1:03d}") for number in range(30)]
    put(tmp_path, *(f"{YOUTUBE}/{number}.mp4" for pair in pairs for number in pair))
    put(tmp_path, *(f"{DEEPFAKES}/{a}_{b}.mp4" for pair in pairs for a, b in (pair, pair[::-1])))
    rows = rows_of(tmp_path, "ffpp")
    folds = {name: fold_of(row, 5) for name, row in rows.items()}
    for a, b in pairs:
        assert len({folds[name] for name in folds if a in name or b in name}) == 1
    assert set(folds.values()) == {0, 1, 2, 3, 4}


@pytest.mark.fidelity("2-10")
def test_folds_are_about_equal_and_say_nothing_of_the_split() -> None:
    rows = [
        Labelled(Path(str(number)), 0, str(number), split=split_of(str(number))) for number in range(5000)
    ]
    folds = [fold_of(row, 5) for row in rows]
    assert all(900 < folds.count(fold) < 1100 for fold in range(5))
    tuned = [fold for fold, row in zip(folds, rows, strict=True) if row.split == "tune"]
    assert all(0.15 < tuned.count(fold) / len(tuned) < 0.25 for fold in range(5))


def test_a_broken_list_of_ffpp_is_named(tmp_path: Path) -> None:
    put(tmp_path, f"{YOUTUBE}/000.mp4", "train.json")
    with pytest.raises(SettingsError, match=r"train\.json is no JSON list"):
        read_layout(tmp_path, "ffpp")


CELEB = (
    "Celeb-real/id0_0000.mp4",
    "Celeb-real/id1_0007.mp4",
    "YouTube-real/00170.mp4",
    "Celeb-synthesis/id0_id1_0000.mp4",
)


def test_a_fake_of_celebdf_has_the_group_and_split_of_its_original(tmp_path: Path) -> None:
    rows = rows_of(put(tmp_path, *CELEB), "celebdf")
    assert [(row.label, row.group) for row in rows.values()] == [
        (0, "id0_0000"), (0, "id1_0007"), (0, "YouTube-real/00170"), (1, "id0_0000"),
    ]  # fmt: skip
    assert rows[CELEB[0]].split == rows[CELEB[3]].split == split_of("id0_0000")


@pytest.mark.fidelity("0-16")
def test_the_test_list_of_celebdf_says_1_for_real_and_is_test(tmp_path: Path) -> None:
    put(tmp_path, *CELEB, "Celeb-synthesis/id0_id2_0000.mp4")
    (tmp_path / "List_of_testing_videos.txt").write_text(
        "1 YouTube-real/00170.mp4\n0 Celeb-synthesis/id0_id1_0000.mp4\n"
    )
    rows = rows_of(tmp_path, "celebdf")
    assert [rows[name].label for name in CELEB] == [0, 0, 0, 1]
    used = {name: row.split for name, row in rows.items() if not row.left_out}
    assert [name for name, split in used.items() if split == "test"] == [CELEB[2], CELEB[3]]
    assert used[CELEB[1]] in ("train", "tune")
    assert {name for name, row in rows.items() if row.left_out} == {
        CELEB[0],
        "Celeb-synthesis/id0_id2_0000.mp4",
    }


def test_a_test_list_of_celebdf_that_means_1_for_fake_is_refused(tmp_path: Path) -> None:
    put(tmp_path, *CELEB)
    (tmp_path / "List_of_testing_videos.txt").write_text("0 YouTube-real/00170.mp4\n")
    with pytest.raises(SettingsError, match="line 1: '0 YouTube-real/00170.mp4' is not 1 and a real video"):
        read_layout(tmp_path, "celebdf")


def test_a_fake_of_celebdf_knows_the_video_it_was_made_of(tmp_path: Path) -> None:
    rows = rows_of(put(tmp_path, *CELEB, "Celeb-synthesis/id5_id6_0001.mp4"), "celebdf")
    assert rows[CELEB[3]].original == tmp_path / CELEB[0]
    assert [rows[name].original for name in (*CELEB[:3], "Celeb-synthesis/id5_id6_0001.mp4")] == [None] * 4


def test_celebdf_may_have_its_videos_a_folder_deeper(tmp_path: Path) -> None:
    (row,) = read_layout(put(tmp_path, "Celeb-synthesis/videos/id0_id1_0003.mp4"), "celebdf").rows
    assert (row.label, row.group, row.method) == (1, "id0_0003", "Celeb-synthesis")


@pytest.mark.fidelity("1-19")
def test_dffd_splits_celeba_by_the_official_list_and_the_rest_by_folders(tmp_path: Path) -> None:
    put(tmp_path, *(f"img_align_celeba/{name}.jpg" for name in ("000001", "162771", "182638")))
    put(tmp_path, "ffhq/validation/1.png", "pggan_v2/test/1.png", "stargan/train/1.png", "masks/1.png")
    (tmp_path / "list_eval_partition.txt").write_text("000001.jpg 0\n162771.jpg 1\n182638.jpg 2\n")
    rows = rows_of(tmp_path, "dffd")
    assert {name: (row.label, row.method, row.split) for name, row in rows.items()} == {
        "img_align_celeba/000001.jpg": (0, "", "train"),
        "img_align_celeba/162771.jpg": (0, "", "tune"),
        "img_align_celeba/182638.jpg": (0, "", "test"),
        "ffhq/validation/1.png": (0, "", "tune"),
        "pggan_v2/test/1.png": (1, "pggan_v2", "test"),
        "stargan/train/1.png": (1, "stargan", "train"),
    }
    assert len({row.group for row in rows.values()}) == 6


@pytest.mark.fidelity("1-19")
def test_a_broken_partition_list_of_dffd_is_named(tmp_path: Path) -> None:
    put(tmp_path, "ffhq/train/1.png")
    (tmp_path / "list_eval_partition.txt").write_text("202599\n000001.jpg 0\n")
    with pytest.raises(SettingsError, match=r"list_eval_partition\.txt has lines other"):
        read_layout(tmp_path, "dffd")


@pytest.mark.fidelity("2-10")
def test_dfdc_reads_label_and_original_from_the_list_of_each_part(tmp_path: Path) -> None:
    put(
        tmp_path,
        "dfdc_train_part_2/aa.mp4",
        "dfdc_train_part_2/ab.mp4",
        "dfdc_train_part_10/ba.mp4",
        "dfdc_train_part_10/stray.mp4",
    )
    put_metadata(
        tmp_path / "dfdc_train_part_2",
        aa=("REAL", "train", ""),
        ab=("FAKE", "train", "aa"),
        ac=("FAKE", "train", "aa"),
    )
    put_metadata(tmp_path / "dfdc_train_part_10", ba=("FAKE", "train", "gone"))
    rows = rows_of(tmp_path, "dfdc")
    assert {name: (row.label, row.group, row.method, row.left_out) for name, row in rows.items()} == {
        "dfdc_train_part_2/aa.mp4": (0, "aa", "", ""),
        "dfdc_train_part_2/ab.mp4": (1, "aa", "dfdc-faceswap", ""),
        "dfdc_train_part_2/ac.mp4": (1, "aa", "dfdc-faceswap", "is named by the data set and not there"),
        "dfdc_train_part_10/ba.mp4": (1, "gone", "dfdc-faceswap", ""),
        "dfdc_train_part_10/stray.mp4": (0, "", "", "stands not in metadata.json"),
    }
    assert list(rows)[0].startswith("dfdc_train_part_2/")
    assert rows["dfdc_train_part_2/ab.mp4"].original == tmp_path / "dfdc_train_part_2/aa.mp4"
    assert rows["dfdc_train_part_2/ab.mp4"].split == split_of("aa")


def test_dfdc_keeps_the_parts_that_say_validation_or_test_and_draws_none_of_these_again(
    tmp_path: Path,
) -> None:
    numbers = {f"v{number}": ("REAL", "train", "") for number in range(60)}
    assert {split_of(name) for name in numbers} == {"train", "tune", "test"}
    put_metadata(tmp_path, **numbers, a=("REAL", "test", ""), b=("FAKE", "test", "a"))
    rows = rows_of(put(tmp_path, *(f"{name}.mp4" for name in (*numbers, "a", "b"))), "dfdc")
    assert {name for name, row in rows.items() if row.split == "test"} == {"a.mp4", "b.mp4"}
    assert {name for name, row in rows.items() if row.split == "tune"} == {
        f"{name}.mp4" for name in numbers if split_of(name) == "tune"
    }


@pytest.mark.parametrize(
    "text, said",
    [
        ("[1, 2]", "is no list of videos with their labels"),
        ('{"a.mp4": {"label": "fake"}}', "the label of a.mp4 is neither REAL nor FAKE"),
        ('{"../a.mp4": {"label": "FAKE"}}', "names videos outside its own folder"),
        ("{", "is no list of videos"),
    ],
)
def test_a_broken_list_of_dfdc_is_named(tmp_path: Path, text: str, said: str) -> None:
    (tmp_path / "metadata.json").write_text(text)
    with pytest.raises(SettingsError, match=f"metadata.json.*{said}"):
        read_layout(tmp_path, "dfdc")


def test_openforensics_has_a_row_for_each_marked_face_and_the_splits_of_its_lists(tmp_path: Path) -> None:
    put(
        tmp_path,
        "Images/Train/a.jpg",
        "Images/Val/b.jpg",
        "Images/Test-Dev/c.jpg",
        "Images/Test-Challenge/d.jpg",
    )
    put_annotations(
        tmp_path / "Train_poly.json",
        {"Images/Train/a.jpg": [("Real", (10, 20, 30, 40)), ("Fake", (50, 60, 30, 40))]},
    )
    for part, name in (("Val", "b"), ("Test-Dev", "c"), ("Test-Challenge", "d")):
        put_annotations(
            tmp_path / f"{part}_poly.json", {f"Images/{part}/{name}.jpg": [("Fake", (1, 2, 3, 4))]}
        )
    rows = read_layout(tmp_path, "openforensics").rows
    assert {(row.group, row.label, row.split, row.box, row.compression) for row in rows} == {
        ("a", 0, "train", (10, 20, 40, 60), ""),
        ("a", 1, "train", (50, 60, 80, 100), ""),
        ("b", 1, "tune", (1, 2, 4, 6), ""),
        ("c", 1, "test", (1, 2, 4, 6), ""),
        ("d", 1, "test", (1, 2, 4, 6), "augmented"),
    }
    assert {row.method for row in rows if row.label} == {"openforensics-gan"}


@pytest.mark.parametrize(
    "text, said", [("{}", "has not the form of COCO"), ("[", "has not the form of COCO")]
)
def test_broken_annotations_of_openforensics_are_named(tmp_path: Path, text: str, said: str) -> None:
    (tmp_path / "Train_poly.json").write_text(text)
    with pytest.raises(SettingsError, match=rf"Train_poly\.json {said}"):
        read_layout(tmp_path, "openforensics")


def test_annotations_may_not_name_pictures_elsewhere(tmp_path: Path) -> None:
    put_annotations(tmp_path / "data/Train_poly.json", {"../secret.jpg": [("Real", (0, 0, 9, 9))]})
    with pytest.raises(SettingsError, match="names pictures outside"):
        read_layout(tmp_path / "data", "openforensics")


def test_what_the_lists_of_a_data_set_name_and_is_not_there_is_missing(tmp_path: Path) -> None:
    ffpp, celeb, dfdc, dffd, opened = (tmp_path / name for name in ("ffpp", "celeb", "dfdc", "dffd", "open"))
    put(
        ffpp,
        f"{YOUTUBE}/000.mp4",
        f"{DEEPFAKES}/000_003.mp4",
        "manipulated_sequences/DeepFakeDetection/c23/videos/01_02__a__AAAAAAAA.mp4",
    )
    put_json(ffpp / "train.json", [("000", "003")])
    put(celeb, *CELEB)
    (celeb / "List_of_testing_videos.txt").write_text("1 YouTube-real/00170.mp4\n1 YouTube-real/00171.mp4\n")
    put(dfdc, "part/a.mp4")
    put_metadata(dfdc / "part", a=("REAL", "train", ""), b=("FAKE", "train", "a"))
    put(dffd, "img_align_celeba/000001.jpg")
    (dffd / "list_eval_partition.txt").write_text("000001.jpg 0\n000002.jpg 1\n")
    put(opened, "Images/Train/a.jpg")
    put_annotations(opened / "Train_poly.json", {"Images/Train/a.jpg": [], "Images/Train/b.jpg": []})
    assert [
        [path.as_posix() for path in missing(tmp_path / name, layout)]
        for name, layout in (
            ("ffpp", "ffpp"),
            ("celeb", "celebdf"),
            ("dfdc", "dfdc"),
            ("dffd", "dffd"),
            ("open", "openforensics"),
        )
    ] == [
        [f"{YOUTUBE}/003.mp4", f"{DEEPFAKES}/003_000.mp4"],
        ["YouTube-real/00171.mp4"],
        ["part/b.mp4"],
        ["img_align_celeba/000002.jpg"],
        ["Images/Train/b.jpg"],
    ]


def test_a_layout_without_lists_cannot_say_what_is_missing(tmp_path: Path) -> None:
    with pytest.raises(SettingsError, match=f"layout folders has no list .*: {', '.join(NAMED)}"):
        missing(put(tmp_path, "real/a.jpg"), "folders")


def test_the_command_says_what_of_a_data_set_is_missing(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    put_metadata(put(tmp_path, "part/a.mp4") / "part", a=("REAL", "train", ""), b=("FAKE", "train", "a"))
    assert main(["data", "verify", str(tmp_path), "--layout", "dfdc"]) == 1
    said = capsys.readouterr()
    assert (said.out, said.err) == ("part/b.mp4: does not exist\n", "1 missing\n")
    put(tmp_path, "part/b.mp4")
    assert main(["data", "verify", str(tmp_path), "--layout", "dfdc"]) == 0
    assert main(["data", "verify", str(tmp_path), "--layout", "ffpp"]) == 2


@pytest.mark.parametrize("layout", LAYOUTS)
def test_a_folder_of_another_layout_is_refused_with_what_was_expected(tmp_path: Path, layout: str) -> None:
    put(tmp_path, "somewhere/else.txt")
    with pytest.raises(SettingsError, match=rf"does not look like layout {layout}, which expects \w+"):
        read_layout(tmp_path, layout)


def test_an_unknown_layout_is_refused_with_those_there_are(tmp_path: Path) -> None:
    with pytest.raises(
        SettingsError,
        match=(
            "no layout is called 'uadfv'; there are: folders, prefix, ffpp, celebdf, dfdc, dffd,"
            " openforensics"
        ),
    ):
        read_layout(tmp_path, "uadfv")


def test_a_folder_that_is_not_there_is_refused(tmp_path: Path) -> None:
    with pytest.raises(SettingsError, match="missing is no folder"):
        read_layout(tmp_path / "missing", "folders")


def test_the_command_line_names_every_layout(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        build_parser().parse_args(["data", "prepare", "--help"])
    said = " ".join(capsys.readouterr().out.split())
    assert all(layout in said for layout in LAYOUTS)


@pytest.mark.parametrize("encoding", ["utf-8-sig", "utf-16"])
def test_a_list_of_a_data_set_is_read_in_every_encoding(encoding: str, tmp_path: Path) -> None:
    put(tmp_path, "Celeb-real/id0_0000.mp4", "Celeb-synthesis/id0_id1_0000.mp4")
    listed = tmp_path / "List_of_testing_videos.txt"
    listed.write_bytes("1 Celeb-real/id0_0000.mp4\r0\tCeleb-synthesis/id0_id1_0000.mp4\r".encode(encoding))
    assert [row.split for row in rows_of(tmp_path, "celebdf").values()] == ["test", "test"]
    listed.write_text("1 Celeb-real/\n")
    with pytest.raises(SettingsError, match=r"testing_videos\.txt line 1: .* cannot be the name of a file"):
        rows_of(tmp_path, "celebdf")


@pytest.mark.parametrize("encoding", ["utf-8-sig", "utf-16"])
def test_the_list_of_a_dfdc_part_is_read_in_every_encoding(encoding: str, tmp_path: Path) -> None:
    put(tmp_path, "a.mp4")
    (tmp_path / "metadata.json").write_bytes('{"a.mp4": {"label": "REAL"}}'.encode(encoding))
    assert len(rows_of(tmp_path, "dfdc")) == 1
    (tmp_path / "metadata.json").write_text('{"": {"label": "REAL"}}')
    with pytest.raises(SettingsError, match=r"metadata\.json entry 1: the name of the file is empty"):
        rows_of(tmp_path, "dfdc")
