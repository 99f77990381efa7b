"""The planes beside RGB: grey levels, Fourier spectrum, local binary patterns, gradient; each against the
library that published it.
"""

from __future__ import annotations

from pathlib import Path

import cv2
import numpy as np
import pytest
import torch
from skimage.feature import local_binary_pattern

from detector.zoo.bnext.planes import (
    Planes,
    fourier_matrices,
    fourier_plane,
    gradient_plane,
    grey_levels,
    lbp_plane,
)


def as_images(picture: np.ndarray) -> torch.Tensor:
    return torch.from_numpy(picture.copy()).permute(2, 0, 1)[None].float() / 255


def noise(height: int, width: int, seed: int = 0) -> np.ndarray:
    return np.random.default_rng(seed).integers(0, 256, (height, width, 3), dtype=np.uint8)


def spectrum(grey: torch.Tensor) -> np.ndarray:
    height, width = grey.shape[-2:]
    return fourier_plane(grey, fourier_matrices(height), fourier_matrices(width))[0, 0].numpy()


@pytest.fixture(scope="module")
def face(assets: Path) -> np.ndarray:
    picture = cv2.cvtColor(cv2.imread(str(assets / "golden.png")), cv2.COLOR_BGR2RGB)
    return cv2.resize(picture, (224, 224), interpolation=cv2.INTER_AREA)


def test_grey_is_to_the_last_bit_that_of_the_published_code() -> None:
    picture = noise(64, 96)
    assert np.array_equal(
        grey_levels(as_images(picture))[0, 0].numpy(), cv2.cvtColor(picture, cv2.COLOR_BGR2GRAY)
    )


def test_red_has_the_weight_of_blue_as_published() -> None:
    red, green, blue = (
        as_images(np.eye(3, dtype=np.uint8)[channel].reshape(1, 1, 3) * 255) for channel in range(3)
    )
    assert [grey_levels(image).item() for image in (red, green, blue)] == [29, 150, 76]


@pytest.mark.fidelity("1-4")
def test_the_spectrum_of_a_face_is_numpys(face: np.ndarray) -> None:
    grey = grey_levels(as_images(face))
    expected = 20 * np.log(np.abs(np.fft.fftshift(np.fft.fft2(grey[0, 0].double().numpy()))) + 1e-9) / 255
    assert np.abs(spectrum(grey) - expected).max() < 2e-4


@pytest.mark.parametrize("height, width", [(33, 33), (32, 48), (31, 20)])
def test_the_spectrum_of_any_shape_is_numpys(height: int, width: int) -> None:
    grey = grey_levels(as_images(noise(height, width)))
    expected = 20 * np.log(np.abs(np.fft.fftshift(np.fft.fft2(grey[0, 0].double().numpy()))) + 1e-9) / 255
    assert np.abs(spectrum(grey) - expected).max() < 2e-4


def test_an_even_picture_has_nothing_but_frequency_zero() -> None:
    plane = spectrum(torch.full((1, 1, 32, 32), 100.0))
    assert plane[16, 16] == pytest.approx(20 * np.log(32 * 32 * 100) / 255, abs=1e-6)
    plane[16, 16] = plane[0, 0]
    assert np.unique(plane).tolist() == pytest.approx([20 * np.log(1e-9) / 255])


def test_a_wave_is_two_points_in_the_spectrum() -> None:
    wave = 100 + 50 * torch.cos(2 * torch.pi * 4 * torch.arange(32) / 32).expand(1, 1, 32, 32)
    plane = torch.from_numpy(spectrum(wave))
    plane[16, 16] = -9
    places = plane.flatten().topk(2).indices.tolist()
    assert sorted(divmod(place, 32) for place in places) == [(16, 12), (16, 20)]


@pytest.mark.fidelity("1-4")
def test_binary_patterns_of_a_face_are_those_of_skimage(face: np.ndarray) -> None:
    grey = grey_levels(as_images(face))
    expected = local_binary_pattern(grey[0, 0].numpy().astype(np.uint8), P=3, R=6, method="uniform")
    assert np.array_equal((lbp_plane(grey)[0, 0] * 255).round().numpy(), expected)


def test_binary_patterns_of_noise_are_those_of_skimage_but_for_ties() -> None:
    grey = grey_levels(as_images(noise(64, 64)))
    expected = local_binary_pattern(grey[0, 0].numpy().astype(np.uint8), P=3, R=6, method="uniform")
    differ = (lbp_plane(grey)[0, 0] * 255).round().numpy() != expected
    assert differ.mean() < 0.002


def test_a_pixel_as_bright_as_its_neighbours_counts_them_all_and_outside_counts_as_black() -> None:
    counts = (lbp_plane(torch.full((1, 1, 32, 32), 77.0))[0, 0] * 255).round()
    assert (counts[6:-6, 6:-6] == 3).all()
    assert counts[16, -1] == 2  # the neighbour at 0 degrees lies outside
    assert counts[0, 16] == counts[-1, 16] == 2
    assert counts[0, -1] == 1


def test_a_dot_is_brighter_than_its_neighbours() -> None:
    grey = torch.full((1, 1, 32, 32), 10.0)
    grey[0, 0, 16, 16] = 200
    assert lbp_plane(grey)[0, 0, 16, 16] == 0


@pytest.mark.fidelity("1-4")
def test_the_gradient_is_that_of_opencv(face: np.ndarray) -> None:
    grey = grey_levels(as_images(face))
    levels = grey[0, 0].numpy().astype(np.uint8)
    across, down = (cv2.Sobel(levels, cv2.CV_64F, dx, 1 - dx, ksize=7) for dx in (1, 0))
    assert np.allclose(gradient_plane(grey)[0, 0].numpy(), np.hypot(across, down) / 255, rtol=1e-4, atol=1e-3)


def test_planes_stand_in_the_published_order(face: np.ndarray) -> None:
    images = as_images(face)
    grey = grey_levels(images)
    five, six = Planes(224)(images)[0], Planes(224, gradient=True)(images)[0]
    fourier = torch.from_numpy(spectrum(grey))
    assert torch.equal(five, torch.cat([images[0], fourier[None], lbp_plane(grey)[0]]))
    assert torch.equal(
        six, torch.cat([images[0], gradient_plane(grey)[0], fourier[None], lbp_plane(grey)[0]])
    )


def test_planes_have_the_published_ranges(face: np.ndarray) -> None:
    planes = Planes(224, gradient=True)(as_images(face))[0]
    assert planes[:3].min() >= 0 and planes[:3].max() <= 1
    assert 10 < planes[3].max() < 1000
    assert planes[4].min() > -1.63 and planes[4].max() < 1.5
    assert planes[5].min() >= 0 and planes[5].max() <= 3 / 255 + 1e-7


def test_another_size_than_the_one_held_gives_the_same_planes(face: np.ndarray) -> None:
    images = as_images(face)
    assert torch.equal(Planes(64)(images), Planes(224)(images))


def test_each_picture_of_a_batch_has_its_own_planes() -> None:
    first, second = as_images(noise(32, 32, 1)), as_images(noise(32, 32, 2))
    together = Planes(32)(torch.cat([first, second]))
    assert torch.allclose(together, torch.cat([Planes(32)(first), Planes(32)(second)]), atol=1e-4)


def test_sixteen_bit_training_does_not_spoil_the_planes() -> None:
    images, planes = as_images(noise(32, 32)), Planes(32)
    expected = planes(images)
    with torch.autocast("cpu", torch.bfloat16):
        output = planes(images)
    assert output.dtype == torch.float32
    assert torch.equal(output, expected)


def test_planes_have_nothing_to_learn_and_nothing_to_store() -> None:
    planes = Planes(32)
    assert not list(planes.parameters())
    assert not planes.state_dict()
