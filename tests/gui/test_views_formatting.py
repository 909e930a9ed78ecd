"""Numbers as people read them."""

from __future__ import annotations

import math

import numpy as np
import pytest

from vitprune.measures import MEASURES
from vitprune.scores import Score
from vitprune.statistics import Estimate
from vitprune_gui.views import formatting


@pytest.mark.parametrize(
    ("count", "text"),
    [
        (0, "0"),
        (999, "999"),
        (1000, "1.00 k"),
        (22_050_664, "22.1 M"),
        (999_600, "1.00 M"),
        (304_326_632, "304 M"),
        (4_608_000_000, "4.61 G"),
        (9_996, "10.0 k"),
        (99_960, "100 k"),
        (None, "–"),
    ],
)
def test_three_digits_and_a_prefix(count: int | None, text: str) -> None:
    assert formatting.si(count) == text


@pytest.mark.parametrize(
    ("number", "text"),
    [
        (1, "1st"),
        (2, "2nd"),
        (3, "3rd"),
        (4, "4th"),
        (11, "11th"),
        (12, "12th"),
        (13, "13th"),
        (21, "21st"),
        (112, "112th"),
    ],
)
def test_ordinals(number: int, text: str) -> None:
    assert formatting.ordinal(number) == text


def test_intervals_are_always_shown() -> None:
    assert formatting.estimate(Estimate(0.852, 0.821, 0.879, 600), percentage=True) == "85.2 % [82.1, 87.9]"
    assert formatting.estimate(Estimate(1.2, 1.1, 1.3, 600)) == "1.200 [1.100, 1.300]"
    assert formatting.estimate(Estimate(1.2, math.nan, math.nan, 1)) == "1.200"
    assert formatting.estimate(None) == "–"
    assert formatting.with_unit(Estimate(0.852, 0.821, 0.879, 600), MEASURES["top1"]) == "85.2 % [82.1, 87.9]"
    assert formatting.with_unit(Estimate(1.2, 1.1, 1.3, 600), MEASURES["kl"]) == "1.200 nats [1.100, 1.300]"
    assert formatting.with_unit(Estimate(1.2, 1.1, 1.3, 600), MEASURES["feature_cosine"]) == "1.200 [1.100, 1.300]"


def test_a_spread_too_small_for_its_digits_is_not_called_zero() -> None:
    score = Score(np.array([0.9, 0.9 + 1e-5, 0.9 - 1e-5]))
    assert formatting.with_interval(score) == "0.900 ±<0.001"
    assert formatting.with_interval(Score(np.array([0.5]))) == "0.500 ±–"
    assert formatting.with_interval(Score(np.array([-0.25, -0.75]))) == "−0.500 ±0.490"
    assert formatting.with_interval(Score(np.array([0.25, 0.75]))) == "0.500 ±0.490"


def test_signs() -> None:
    assert formatting.signed(-1.25, 1, " points") == "−1.2 points"
    assert formatting.signed(0.04, 1) == "0.0"
    assert formatting.signed(3, 1, " %") == "+3.0 %"
    assert formatting.times(1.5) == "1.50×"
    assert formatting.times(math.inf) == "∞"


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (0.000637, "0.00064"),
        (0.0123, "0.012"),
        (1.25, "1.250"),
        (0, "0.000"),
        (-0.0004, "−0.00040"),
        (float("nan"), "–"),
    ],
)
def test_small_numbers_keep_two_digits(value: float, text: str) -> None:
    assert formatting.significant(value) == text


@pytest.mark.parametrize("most", [4, 16, 25])
def test_a_long_name_keeps_its_start_and_its_end(most: int) -> None:
    alphabet = "abcdefghijklmnopqrstuvwxyz"
    for length in range(len(alphabet) + 1):
        name = alphabet[:length]
        start, mark, end = formatting.shortened(name, most).partition("…")
        assert len(start + mark + end) == min(length, most)
        assert bool(mark) == (length > most)
        assert name.startswith(start)
        assert name.endswith(end)
        assert abs(len(start) - len(end)) <= 1 or not mark
