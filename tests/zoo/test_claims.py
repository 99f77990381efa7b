"""What claims say was found, worked out again from the published confusion matrices and times."""

from __future__ import annotations

from dataclasses import dataclass

import pytest

from detector.zoo.build import cost
from detector.zoo.claims import BNEXT_M, DEIT_LARGE, INSPECTOR, MULTIBRANCH_PUBLISHED, SBI_MOBILEVIT
from detector.zoo.specs import SPECS


@dataclass(frozen=True)
class Matrix:
    """How many real and fake pictures were called what, as published."""

    real_as_real: int
    real_as_fake: int
    fake_as_real: int
    fake_as_fake: int

    @property
    def pictures(self) -> int:
        return self.real_as_real + self.real_as_fake + self.fake_as_real + self.fake_as_fake

    @property
    def accuracy(self) -> float:
        return (self.real_as_real + self.fake_as_fake) / self.pictures

    @property
    def precision(self) -> float:
        return self.fake_as_fake / (self.fake_as_fake + self.real_as_fake)

    @property
    def recall(self) -> float:
        return self.fake_as_fake / (self.fake_as_fake + self.fake_as_real)

    @property
    def f1(self) -> float:
        return 2 * self.fake_as_fake / (2 * self.fake_as_fake + self.real_as_fake + self.fake_as_real)


WHOLE, CROPPED = Matrix(10_000, 0, 5, 8_974), Matrix(9_983, 17, 11, 8_968)
TRANSFORMER, TEACHER = Matrix(2_278, 222, 187, 2_313), Matrix(2_388, 112, 335, 2_165)
DENSE = Matrix(87_881, 1_789, 1_794, 87_966)


@pytest.mark.fidelity("1-20")
def test_the_accuracy_of_the_binary_network_is_a_copy_of_its_f1() -> None:
    assert (
        BNEXT_M.accuracy == BNEXT_M.f1 == pytest.approx(2 * 10_000 / (2 * 10_000 + 5), abs=1e-7)
    )  # the F1 of real
    assert f"accuracy of {WHOLE.accuracy:.7f} and an F1 of fake of {WHOLE.f1:.7f}" in " ".join(
        BNEXT_M.note.split()
    )
    assert CROPPED.real_as_fake + CROPPED.fake_as_real == 28
    assert "28 errors in place of 5" in BNEXT_M.note


@pytest.mark.fidelity("1-21")
def test_the_times_of_the_binary_network_make_more_than_ten_pictures_a_second() -> None:
    assert BNEXT_M.faces_per_s == 10
    assert (
        f"times make {WHOLE.pictures / 600:.1f} without cropping and {CROPPED.pictures / 1380:.2f} with"
        in BNEXT_M.note
    )


@pytest.mark.fidelity("2-16", "2-19")
def test_the_figures_of_the_transformer_follow_from_its_matrix() -> None:
    assert (DEIT_LARGE.accuracy, DEIT_LARGE.f1) == (
        TRANSFORMER.accuracy,
        pytest.approx(TRANSFORMER.f1, abs=5e-4),
    )
    assert (DEIT_LARGE.precision, DEIT_LARGE.recall) == pytest.approx(
        (TRANSFORMER.precision, TRANSFORMER.recall), abs=5e-4
    )
    assert f"F1 {TEACHER.f1:.3f}" in DEIT_LARGE.note


@pytest.mark.fidelity("3-11")
def test_the_matrix_of_the_inspector_counts_its_whole_collection_and_gives_another_recall() -> None:
    assert "179,430 pictures, the whole collection" in INSPECTOR.on
    assert DENSE.pictures == 179_430
    assert DENSE.accuracy == pytest.approx(INSPECTOR.accuracy, abs=5e-4)
    assert f"{DENSE.recall:.3f} by the confusion matrix" in INSPECTOR.note
    assert INSPECTOR.recall == 0.99


@pytest.mark.fidelity("4-22")
def test_the_four_branches_claim_the_parameters_of_a_plain_b4() -> None:
    params = cost(SPECS["multibranch-b4-published"]).params
    assert MULTIBRANCH_PUBLISHED.params == 19e6
    assert f"{params / 1e6:.2f} M and {4 * params / 1e6:.0f} MB" in MULTIBRANCH_PUBLISHED.note


@pytest.mark.fidelity("0-21")
def test_the_network_for_phones_costs_more_than_b4() -> None:
    times = cost(SPECS["sbi-mobilevitv2-200"]).gmacs / cost(SPECS["sbi-efficientnet-b4"]).gmacs
    assert f"{times:.1f} times the operations of B4" in SBI_MOBILEVIT.note
