import math
from dataclasses import replace

import numpy as np
import pytest
from scipy import integrate, stats
from scipy.special import expit

from detector.evidence import Scores
from detector.evidence.fitted import Bounds, Model
from detector.evidence.model import _marginal, fit_model, log_ratios, rows_of
from tests.evidence.simulated import collection, collections

SOFT = {"spread": 1.5}


def model_of(rows):
    return fit_model(rows_of(Scores.of(rows)))


def test_a_calibrated_score_gives_its_own_ratio():
    model = model_of(collections(8, fakes=200, reals=200, **SOFT))
    assert model.a == pytest.approx(1, abs=0.08)
    assert model.b == pytest.approx(0, abs=0.08)
    logits = np.array([-2.0, -0.7, 0.0, 0.7, 2.0])
    assert log_ratios(logits, model).ratio == pytest.approx(logits, abs=0.2)


def test_a_score_on_another_scale_is_brought_back():
    rows = [replace(row, logit=3 * row.logit - 5) for row in collections(8, fakes=200, reals=200, **SOFT)]
    logits = np.array([-2.0, 0.0, 2.0])
    assert log_ratios(3 * logits - 5, model_of(rows)).ratio == pytest.approx(logits, abs=0.2)


def test_shifted_sets_widen_the_range_and_temper_the_ratio():
    shifts = [-1.5, 1.5, -1.0, 1.0, -0.5, 0.5, 0.0, 0.0]
    shifted, still = model_of(collections(shifts=shifts, **SOFT)), model_of(collections(8, **SOFT))
    assert shifted.tau == pytest.approx(np.std(shifts), abs=0.3)
    assert still.tau < 0.2
    wide, narrow = (log_ratios(np.array([2.0]), model) for model in (shifted, still))
    assert (wide.high - wide.low)[0] > 3 * (narrow.high - narrow.low)[0]
    assert wide.ratio[0] < narrow.ratio[0]


def test_a_score_that_says_nothing_gives_no_ratio():
    rows = [replace(row, logit=-row.logit) for row in collections(4)]
    model = model_of(rows)
    assert model.a == 0
    assert log_ratios(np.array([5.0]), model).ratio == pytest.approx(0, abs=0.05)


def test_the_likelihood_is_the_integral_over_the_shift():
    rng = np.random.default_rng(0)
    fake = rng.integers(0, 2, 40).astype(float)
    logit, weight = rng.normal(fake, 1), rng.uniform(0.2, 3, 40)
    a, b, tau = 0.8, -0.3, 0.9

    def integrand(shift):
        odds = a * logit + b + shift
        return math.exp(weight @ (fake * odds - np.logaddexp(0, odds))) * stats.norm.pdf(shift, scale=tau)

    expected = math.log(integrate.quad(integrand, -8, 8, epsabs=0, epsrel=1e-11, limit=400, points=[0])[0])
    total, gradient = _marginal(np.array([a, b, tau]), logit, fake, weight)
    assert total == pytest.approx(expected, abs=1e-8)
    for place in range(3):
        step = np.eye(3)[place] * 1e-5
        ahead, behind = (
            _marginal(np.array([a, b, tau]) + move, logit, fake, weight)[0] for move in (step, -step)
        )
        assert gradient[place] == pytest.approx((ahead - behind) / 2e-5, rel=1e-5)


def test_the_ratio_is_of_the_mean_over_new_sets():
    model = Model(0.7, -0.2, 1.1)
    p = integrate.quad(lambda u: expit(0.7 * 2 - 0.2 + u) * stats.norm.pdf(u, scale=1.1), -9, 9)[0]
    assert log_ratios(np.array([2.0]), model).ratio[0] == pytest.approx(math.log(p / (1 - p)), abs=1e-6)


@pytest.mark.parametrize("tau", [0.0, 0.5, 2.0, 5.0])
def test_ratios_rise_with_the_score_and_lie_in_their_range(tau):
    ratios = log_ratios(np.linspace(-40, 40, 201), Model(1.3, 0.4, tau), Bounds(-3.0, 2.0))
    assert np.isfinite(ratios.ratio).all()
    assert (np.diff(ratios.ratio) >= -1e-12).all()
    assert (ratios.low <= ratios.ratio).all() and (ratios.ratio <= ratios.high).all()
    assert (ratios.low >= -3).all() and (ratios.high <= 2).all()


def test_more_pictures_of_a_person_change_nothing():
    rows = collections(3)
    again = [replace(row, file=f"again/{row.file}") for row in rows if row.group.endswith("7")]
    once, twice = model_of(rows), model_of(rows + again)
    assert (twice.a, twice.b, twice.tau) == pytest.approx((once.a, once.b, once.tau), abs=1e-3)


def test_frames_of_a_clip_are_averaged():
    rows = collection("a", 0)
    first = rows[0]
    frames = [
        replace(first, file=f"{number}.jpg", logit=first.logit + move, clip="clip")
        for number, move in enumerate((-1, 0, 1))
    ]
    (set_rows,) = rows_of(Scores.of(frames + rows[1:]))
    (plain,) = rows_of(Scores.of(rows))
    assert sorted(set_rows.logit) == pytest.approx(sorted(plain.logit))


def test_classes_of_every_set_weigh_alike_and_groups_within_them():
    rows = collection("a", 0, fakes=3, reals=2)
    rows += [replace(rows[-1], file="more.jpg")]
    (set_rows,) = rows_of(Scores.of(rows))
    assert sorted(set_rows.weight[set_rows.is_fake]) == pytest.approx([1 / 6, 1 / 6, 1 / 3, 1 / 3])
    assert list(set_rows.weight[~set_rows.is_fake]) == [0.5, 0.5]
    assert set_rows.fewest == 2


def test_a_set_of_one_class_is_not_fitted_on():
    rows = collection("a", 0) + collection("b", 1, fakes=0)
    assert [of.name for of in rows_of(Scores.of(rows))] == ["a"]


def test_there_is_no_model_without_a_set():
    with pytest.raises(ValueError, match="no set with both classes"):
        fit_model([])
