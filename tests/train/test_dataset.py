"""Pairs of crops: what they hold, and that they follow from their number."""

from __future__ import annotations

from dataclasses import asdict, replace
from pathlib import Path

import cv2
import numpy as np
import pytest
import torch
from PIL import UnidentifiedImageError

from detector.blending.backdrop import draw_backdrop
from detector.data.tables import read_index
from detector.errors import SettingsError
from detector.train.dataset import SELF_BLENDS, Pairs, balanced, pair_loader, tuning_crops
from detector.train.degrade import Look, apply_look, before_backdrop, draw_look, finished, room
from detector.train.pairs import Pair, draw_picture
from detector.train.recipe import RECIPES, changed, parse_recipe, read_recipe
from tests.train.makers import TINY, draw_face, make_data, tiny

UNDAMAGED = {"rescale": 0.0, "jpeg_times": [1.0, 0.0, 0.0], "blur": 0.0, "noise": 0.0}
BOX = np.array([24, 18, 72, 82], np.float32)
PLAIN = Look(
    face_px=64,
    interpolation=1,
    blur_sigma=0,
    sharpening=0,
    noise_sigma=0,
    qualities=(),
    crf=None,
    margin=0,
    shift=(0, 0),
    flipped=False,
)


@pytest.mark.fidelity("0-5", "2-8", "3-15", "4-9")
def test_pair_is_two_crops_with_labels_real_and_fake(tmp_path: Path) -> None:
    pairs = Pairs(read_index(make_data(tmp_path), "train"), parse_recipe(TINY, "r"), 0, 4, 48)
    images, labels = pairs[0]
    assert images.shape == (2, 3, 48, 48)
    assert images.dtype == torch.uint8
    assert labels.tolist() == [0.0, 1.0]


@pytest.mark.fidelity("0-5")
def test_real_and_fake_of_a_pair_differ(tmp_path: Path) -> None:
    pairs = Pairs(read_index(make_data(tmp_path), "train"), parse_recipe(TINY, "r"), 0, 12, 48)
    assert all(not torch.equal(images[0], images[1]) for images, _ in (pairs[number] for number in range(12)))


def test_a_pair_follows_from_its_number_alone(tmp_path: Path) -> None:
    rows, recipe = read_index(make_data(tmp_path), "train"), parse_recipe(TINY, "r")
    straight, shifted = Pairs(rows, recipe, 0, 8, 48), Pairs(rows, recipe, 5, 3, 48)
    assert torch.equal(straight[6][0], shifted[1][0])
    assert not torch.equal(straight[6][0], straight[5][0])


def test_a_source_without_pictures_is_named(tmp_path: Path) -> None:
    rows = read_index(make_data(tmp_path), "train")
    with pytest.raises(SettingsError, match="'elsewhere'"):
        Pairs(rows, parse_recipe(tiny(fake_mix={"elsewhere": 1}), "r"), 0, 1, 48)


def test_a_donor_without_pictures_is_named(tmp_path: Path) -> None:
    rows = read_index(make_data(tmp_path), "train")
    with pytest.raises(SettingsError, match="'elsewhere'"):
        Pairs(rows, parse_recipe(tiny(donor_mix={"elsewhere": 1}), "r"), 0, 1, 48)


def test_a_pair_stands_before_one_backdrop(tmp_path: Path) -> None:
    recipe = parse_recipe(tiny(margin=0.3, margin_jitter=0, centre_jitter=0, degradation=UNDAMAGED), "r")
    rows = read_index(make_data(tmp_path), "train")
    walls = (
        Pairs(rows, recipe, 0, 12, 48),
        Pairs(rows, changed(recipe, synthesis={"backdrop_share": 1.0}), 0, 12, 48),
    )
    moved = 0
    for number in range(12):
        (plain, _), (before, _) = (pairs[number] for pairs in walls)
        corners = before[:, :, :3, :3].float()
        moved += not torch.equal(plain, before)
        assert (corners[0].mean(dim=(1, 2)) - corners[1].mean(dim=(1, 2))).abs().max() < 12
    assert moved == 12


def test_a_face_without_surroundings_keeps_them() -> None:
    tight = Pair(
        draw_face(np.random.default_rng(0), False),
        np.array([4, 4, 92, 92.0]),
        draw_face(np.random.default_rng(1), True),
        BOX,
    )
    assert before_backdrop(tight, shared=False, backdrop=draw_backdrop(np.random.default_rng(0))) is tight


def test_a_fake_of_its_own_original_is_finished_like_it() -> None:
    image = draw_face(np.random.default_rng(0), False)
    synthesis = changed(parse_recipe(TINY, "r"), synthesis={"finish_share": 1.0, "fade_share": 0.5}).synthesis
    for seed in range(8):
        rng = np.random.default_rng(seed)
        pair = finished(Pair(image, BOX, image, BOX), shared=True, synthesis=synthesis, rng=rng)
        assert np.array_equal(pair.real, pair.fake)
        assert not np.array_equal(pair.real, image)


def test_strangers_are_finished_each_by_itself_and_equally_often() -> None:
    image = draw_face(np.random.default_rng(0), False)
    synthesis = changed(parse_recipe(TINY, "r"), synthesis={"finish_share": 0.3, "fade_share": 0.1}).synthesis
    pairs = [
        finished(
            Pair(image, BOX, image, BOX),
            shared=False,
            synthesis=synthesis,
            rng=np.random.default_rng(seed),
        )
        for seed in range(300)
    ]
    reals = [not np.array_equal(pair.real, image) for pair in pairs]
    fakes = [not np.array_equal(pair.fake, image) for pair in pairs]
    assert 0.28 < np.mean(reals) < 0.46
    assert 0.28 < np.mean(fakes) < 0.46
    assert np.mean([real != fake for real, fake in zip(reals, fakes, strict=True)]) > 0.2


def test_faded_pairs_have_less_colour_and_others_stay_as_they_are(tmp_path: Path) -> None:
    rows, recipe = read_index(make_data(tmp_path), "train"), parse_recipe(TINY, "r")
    grey = Pairs(rows, changed(recipe, synthesis={"fade_share": 1.0}), 0, 12, 48)
    plain = Pairs(rows, recipe, 0, 12, 48)
    colour = [
        sum(np.ptp(pairs[number][0].numpy().astype(int), axis=1).mean() for number in range(12))
        for pairs in (plain, grey)
    ]
    assert colour[1] < 0.6 * colour[0]
    assert torch.equal(plain[3][0], Pairs(rows, recipe, 0, 12, 48)[3][0])


def test_denoising_is_drawn_only_where_it_is_asked_for() -> None:
    without, always = (parse_recipe(tiny(degradation=degrade), "r") for degrade in ({}, {"denoise": 1.0}))
    looks = [draw_look(recipe, 64.0, np.random.default_rng(3)) for recipe in (without, always)]
    assert looks[0].denoised == 0.0 and 8 <= looks[1].denoised <= 40
    assert asdict(replace(looks[1], denoised=0.0)) == asdict(looks[0])
    grainy = np.random.default_rng(0).integers(100, 130, (96, 96, 3), dtype=np.uint8)
    shown = [
        apply_look(grainy, BOX, replace(PLAIN, denoised=strength), 64, np.random.default_rng(0)).std()
        for strength in (0, 40)
    ]
    assert shown[1] < 0.7 * shown[0]


def test_contradicted_landmarks_are_not_blended(tmp_path: Path) -> None:
    folder = make_data(tmp_path)
    points = np.load(folder / "landmarks68.npy")
    points[0] += 20
    np.save(folder / "landmarks68.npy", points)
    rows = read_index(folder, "train")
    assert rows[0].points68 is None
    assert rows[1].points68 is not None


def test_a_look_never_enlarges_the_smaller_face() -> None:
    recipe = parse_recipe(TINY, "r")
    looks = [draw_look(recipe, 70.0, np.random.default_rng(seed)) for seed in range(200)]
    assert max(look.face_px for look in looks) <= 70.0
    assert min(look.face_px for look in looks) < 65.0


@pytest.mark.fidelity("3-5")
def test_a_look_without_damage_is_the_plain_crop_and_a_flip_mirrors_it() -> None:
    rng = np.random.default_rng(0)
    image = draw_face(rng, fake=False)
    crop = apply_look(image, BOX, PLAIN, 64, rng)
    assert np.array_equal(crop, image[18:82, 16:80])
    mirrored = apply_look(image, BOX, Look(**{**PLAIN.__dict__, "flipped": True}), 64, rng)
    assert np.array_equal(mirrored, crop[:, ::-1])


def test_tuning_crops_are_always_the_same_and_hold_self_blends(tmp_path: Path) -> None:
    rows = read_index(make_data(tmp_path), "tune")
    once, again = list(tuning_crops(rows, 0.05, 64)), list(tuning_crops(rows, 0.05, 64))
    assert all(np.array_equal(a.crop, b.crop) for a, b in zip(once, again, strict=True))
    blends = [picture for picture in once if picture.source == SELF_BLENDS]
    assert {picture.label for picture in blends} == {0, 1}
    assert len([picture for picture in once if picture.source == "a"]) == 12


def test_a_donor_is_another_persons_picture_laid_on_the_face(tmp_path: Path) -> None:
    rows = read_index(make_data(tmp_path), "train")
    pairs = Pairs(rows, parse_recipe(TINY, "r"), 0, 4, 64)
    own = next(row for row in rows if row.label == 0)
    assert own.points68 is not None

    def grain(image: np.ndarray) -> np.ndarray:
        return (image.astype(float) - cv2.blur(image, (5, 5)))[4:14, 4:-4].ravel()

    laid = pairs.stock._donated(own, own.image(), own.points68, np.random.default_rng(0))
    likeness = {
        row.path: np.corrcoef(grain(laid), grain(row.image()))[0, 1] for row in rows if row.label == 0
    }
    assert likeness.pop(own.path) < 0.3
    assert max(likeness.values()) > 0.7


def test_generated_donors_come_from_the_fakes_of_the_data_set(tmp_path: Path) -> None:
    rows = read_index(make_data(tmp_path), "train")
    recipe = parse_recipe(tiny(synthesis={"share": 1.0}, donor_share=1.0, dataset_donors=1.0), "r")
    pairs = Pairs(rows, recipe, 0, 4, 64)
    assert {picture.label for pool in pairs.stock.generated.values() for picture in pool} == {1}
    assert pairs[0][0].shape == (2, 3, 64, 64)


def test_a_real_picture_beside_a_blend_is_altered_as_a_whole_as_often_as_asked(tmp_path: Path) -> None:
    rows = read_index(make_data(tmp_path), "train")
    plain = {"synthesis": {"share": 1.0}, "margin_jitter": 0.0, "centre_jitter": 0.0}
    clean = {"jpeg_times": [1, 0, 0], "rescale": 0, "blur": 0, "noise": 0}

    def surroundings_equal(share: float) -> float:
        pairs = Pairs(
            rows, parse_recipe(tiny(**plain, degradation={**clean, "altered_real": share}), "r"), 0, 60, 64
        )
        corners = [pairs[number][0][:, :, :6, :6].int() for number in range(60)]
        return float(np.mean([torch.equal(corner[0], corner[1]) for corner in corners]))

    assert surroundings_equal(0.0) == pytest.approx(1.0, abs=0.2)
    assert surroundings_equal(1.0) == pytest.approx(0.5, abs=0.2)


def test_room_is_the_margin_at_which_the_crop_touches_the_edge() -> None:
    image = np.zeros((100, 200, 3), np.uint8)
    assert room(image, np.array([80, 30, 120, 70], np.float32)) == pytest.approx(0.75)
    assert room(image, np.array([2, 30, 42, 70], np.float32)) == pytest.approx(0.05)
    assert room(image, np.array([-9, 30, 31, 70], np.float32)) == 0


def test_a_share_beyond_one_is_refused() -> None:
    with pytest.raises(SettingsError, match="donor_share is 1.5"):
        parse_recipe(tiny(donor_share=1.5), "r")


@pytest.mark.fidelity("4-9")
def test_sources_are_drawn_by_their_weights_whatever_their_sizes(tmp_path: Path) -> None:
    few, many = read_index(make_data(tmp_path), "train")[:1], read_index(tmp_path, "train")[1:]
    rng = np.random.default_rng(0)
    drawn = [draw_picture({"few": few, "many": many}, {"few": 3.0, "many": 1.0}, rng) for _ in range(400)]
    assert sum(picture is few[0] for picture in drawn) / 400 == pytest.approx(0.75, abs=0.06)


@pytest.mark.fidelity("4-12")
def test_a_picture_that_cannot_be_opened_stops_the_run_and_never_becomes_a_black_one(tmp_path: Path) -> None:
    rows = read_index(make_data(tmp_path), "train")
    for row in rows:
        row.path.write_bytes(b"no picture")
    with pytest.raises(UnidentifiedImageError, match=r"train_\d_\d\.png"):
        Pairs(rows, parse_recipe(TINY, "r"), 0, 1, 48)[0]


@pytest.mark.fidelity("0-5", "4-14")
def test_each_epoch_has_a_loader_of_its_own_size_and_the_pairs_that_follow(tmp_path: Path) -> None:
    rows, recipe = read_index(make_data(tmp_path), "train"), parse_recipe(TINY, "r")
    first, second = (pair_loader(rows, recipe, number, workers=0) for number in (0, 1))
    (images, labels), *_ = second
    assert images.shape == (2, 2, 3, 64, 64)
    assert labels.tolist() == [[0.0, 1.0]] * 2
    assert (first.dataset.size, second.dataset.size) == (32, 64)
    assert (first.dataset.first, second.dataset.first) == (0, 4)


@pytest.mark.fidelity("3-7")
@pytest.mark.parametrize("most, expected", [(0, 24), (8, 8), (7, 6), (99, 24)])
def test_a_subset_is_half_real_and_always_the_same(tmp_path: Path, most: int, expected: int) -> None:
    rows = read_index(make_data(tmp_path, each=12), "train")
    subset = balanced(rows, most, random_seed=3)
    assert len(subset) == expected
    assert sum(picture.label for picture in subset) == expected / 2
    assert [picture.path for picture in subset] == [
        picture.path for picture in balanced(rows, most, random_seed=3)
    ]


@pytest.mark.fidelity("3-7")
def test_a_subset_keeps_the_share_of_each_source(tmp_path: Path) -> None:
    rows = read_index(make_data(tmp_path, each=12), "train")
    named = [replace(picture, source="a" if number % 4 else "b") for number, picture in enumerate(rows)]
    assert [picture.source for picture in balanced(named, 8, random_seed=0)].count("b") == 2


@pytest.mark.parametrize(
    ("recipe", "number", "drawn"),
    [
        ("unblend-lite2", 7, (126.672, 1, (91,), None, 0.363685, -0.027320, False)),
        ("unblend-lite2", 4711, (180.0, 2, (95,), None, 0.292738, -0.023688, False)),
        ("multibranch-b4-quick", 0, (180.0, 1, (), 32, 0.172959, 0.047867, False)),
        ("multibranch-b4-quick", 4711, (128.774, 2, (), 21, 0.396862, -0.026139, True)),
    ],
)
def test_what_a_sample_draws_is_what_the_flat_recipes_drew(
    recipe: str, number: int, drawn: tuple[object, ...]
) -> None:
    """Recorded with the code that had no sections; a change here changes every run that is resumed."""
    whole = read_recipe(RECIPES / f"{recipe}.json")
    look = draw_look(whole, 180.0, np.random.default_rng((whole.random_seed, number)))
    of_look = (look.face_px, look.interpolation, look.qualities, look.crf, look.margin, look.shift[0])
    assert [*of_look, look.flipped] == [
        pytest.approx(value, abs=1e-3) if isinstance(value, float) else value for value in drawn
    ]
