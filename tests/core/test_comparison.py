from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from evaluations import DENSE, OTHER, PRUNED, data, evaluation
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from vitprune.comparison import compare
from vitprune.errors import ArgumentInvalid, ComparisonImpossible
from vitprune.results import Evaluation
from vitprune.statistics import paired_proportion

CLASSES = 5


def pair(n: int, seed: int) -> tuple[Evaluation, Evaluation]:
    """A dense and a pruned model that predict at random, right more often than not."""
    rng = np.random.default_rng(seed)
    labels = rng.integers(0, CLASSES - 1, n)  # the last class has no images
    reference = data(n, labels.tolist(), CLASSES)
    found = []
    for plan in (DENSE, PRUNED):
        predictions = np.where(rng.random(n) < 0.7, labels, rng.integers(0, CLASSES, n))
        values: dict[str, Any] = {"top1": predictions == labels, "loss": rng.exponential(size=n)}
        if plan is PRUNED:
            values |= {"agreement": predictions == found[0].predictions, "kl": rng.exponential(size=n)}
        found.append(evaluation(plan, reference, values, predictions))
    return found[0], found[1]


@given(st.integers(20, 200), st.integers(0, 1000))
def test_it_equals_counting_by_hand(n: int, seed: int) -> None:
    a, b = pair(n, seed)
    found = compare(a, b)
    worse, better, changed = [], [], []
    for i in range(n):
        before, after = a.predictions[i] == a.data.labels[i], b.predictions[i] == a.data.labels[i]
        if before and not after:
            worse.append(i)
        if after and not before:
            better.append(i)
        if a.predictions[i] != b.predictions[i]:
            changed.append(i)
    assert found.flips.right_to_wrong.tolist() == worse
    assert found.flips.wrong_to_right.tolist() == better
    assert found.flips.changed.tolist() == changed
    top1 = found.main
    assert top1.measure.name == "top1"
    assert top1.difference == paired_proportion(len(worse), len(better), n)
    assert top1.b - top1.a == pytest.approx(top1.difference.value)
    assert top1.mcnemar is not None
    assert (top1.mcnemar.b, top1.mcnemar.c) == (len(worse), len(better))
    flips = len(worse) + len(better)
    assert top1.mcnemar.p == pytest.approx(stats.binomtest(len(worse), flips).pvalue if flips else 1)
    loss = found.differences["loss"].difference
    assert loss.value == pytest.approx(np.mean(b.per_image["loss"] - a.per_image["loss"]))
    assert loss.low < loss.value < loss.high
    assert found.differences["loss"].mcnemar is None


@given(st.integers(20, 200), st.integers(0, 1000))
def test_classes_add_up_and_are_adjusted_for_looking_at_all(n: int, seed: int) -> None:
    a, b = pair(n, seed)
    found = compare(a, b)
    assert [c.name for c in found.classes] == [f"class {i}" for i in sorted(set(a.data.labels))]
    assert sum(c.n for c in found.classes) == n
    assert sum(c.n * c.difference for c in found.classes) == pytest.approx(n * found.main.difference.value)
    for damage in found.classes:
        assert damage.change.low <= damage.difference <= damage.change.high
        chosen = np.array(a.data.labels) == int(damage.name.split()[1])
        one = a.per_image["top1"][chosen], b.per_image["top1"][chosen]
        lost, gained = int(np.sum(one[0] > one[1])), int(np.sum(one[1] > one[0]))
        assert damage.p == pytest.approx(stats.binomtest(lost, lost + gained).pvalue if lost + gained else 1)
    adjusted = stats.false_discovery_control([c.p for c in found.classes])
    assert [c.adjusted for c in found.classes] == pytest.approx(adjusted)


def test_a_ruined_class_stands_out() -> None:
    n, rng = 1000, np.random.default_rng(0)
    labels = rng.integers(0, 10, n)
    before = rng.random(n) < 0.9
    after = before & (labels != 3)
    reference = data(n, labels.tolist(), 10)
    found = compare(evaluation(DENSE, reference, {"top1": before}), evaluation(PRUNED, reference, {"top1": after}))
    assert [c.name for c in found.classes if c.adjusted < 0.05] == ["class 3"]
    assert "not shown to be within 1 pp" in found.sentence


def test_turning_it_round_changes_the_sign_alone() -> None:
    a, b = pair(300, 1)
    there, back = compare(a, b), compare(b, a)
    assert there.main.difference.low == pytest.approx(-back.main.difference.high)
    assert there.main.mcnemar is not None
    assert back.main.mcnemar is not None
    assert there.main.mcnemar.p == back.main.mcnemar.p
    assert there.flips.right_to_wrong.tolist() == back.flips.wrong_to_right.tolist()
    assert there.differences["agreement"].difference.value == -back.differences["agreement"].difference.value


def test_without_labels_the_dense_model_is_what_it_is_close_to() -> None:
    a = evaluation(DENSE, data(200), {}, np.zeros(200))
    values = {"agreement": np.arange(200) >= 8, "kl": np.linspace(0.1, 0.3, 200)}
    b = evaluation(PRUNED, data(200), values, np.arange(200) < 8)
    found = compare(a, b)
    assert found.main.measure.name == "agreement"
    assert found.main.difference.value == pytest.approx(-0.04)
    assert found.main.mcnemar is None  # that any image changed is no test of which is better
    assert found.differences["kl"].difference.value == pytest.approx(0.2)
    assert found.flips.changed.tolist() == list(range(8))
    assert found.classes == ()
    assert len(found.flips.right_to_wrong) == 0
    c = evaluation(OTHER, data(200), {"agreement": np.arange(200) >= 2}, np.arange(200) < 2)
    two = compare(b, c)
    assert two.main.difference.value == pytest.approx(0.03)
    assert two.main.mcnemar is not None
    assert two.main.mcnemar.p == pytest.approx(stats.binomtest(6, 6).pvalue)
    assert list(two.differences) == ["agreement"]


def test_equivalence_is_shown_by_enough_images_only() -> None:
    for n, shown in ((100, False), (4000, True)):
        hits = np.arange(n) % 10 > 0
        a, b = (evaluation(plan, data(n), {"top1": hits}) for plan in (DENSE, PRUNED))
        found = compare(a, b).main
        assert found.equivalence is not None
        assert found.equivalence.equivalent is shown
        assert found.difference.low < 0 < found.difference.high
    wide = compare(a, b, margin=0.2).main.equivalence
    assert wide is not None
    assert wide.margin == 0.2


def test_images_for_half_the_interval_do_that() -> None:
    rng = np.random.default_rng(2)
    n = 1000
    before, loss = rng.random(n) < 0.8, rng.exponential(size=(2, n))
    after = np.where(rng.random(n) < 0.06, ~before, before)
    a = evaluation(DENSE, data(n), {"top1": before, "loss": loss[0]})
    b = evaluation(PRUNED, data(n), {"top1": after, "loss": loss[1]})
    for name, difference in compare(a, b).differences.items():
        assert difference.images_for_half is not None
        times = round(difference.images_for_half / n)
        more = [
            evaluation(e.plan, data(n * times, digest="m"), {name: np.tile(e.per_image[name], times)}) for e in (a, b)
        ]
        now, then = difference.difference, compare(*more).differences[name].difference
        assert (then.high - then.low) / (now.high - now.low) == pytest.approx(0.5, abs=0.04)


def test_what_cannot_be_compared_is_refused() -> None:
    n = 20
    hits = np.ones(n)
    a = evaluation(DENSE, data(n, [0] * n, 2), {"top1": hits})
    with pytest.raises(ComparisonImpossible, match="different images"):
        compare(a, evaluation(PRUNED, data(n, [0] * n, 2, digest="e"), {"top1": hits}))
    with pytest.raises(ComparisonImpossible, match="other labels"):
        compare(a, evaluation(PRUNED, data(n, [1] * n, 2), {"top1": hits}))
    with pytest.raises(ComparisonImpossible, match="no measure in common"):
        compare(a, evaluation(DENSE, data(n), {"loss": hits}))
    with pytest.raises(ArgumentInvalid):
        compare(a, a, margin=0)


def test_the_result_is_read_only() -> None:
    found = compare(*pair(50, 3))
    assert not found.flips.changed.flags.writeable
    with pytest.raises(AttributeError):
        found.images = 3  # pyright: ignore[reportAttributeAccessIssue]


@pytest.mark.parametrize(
    ("lost", "gained", "says"),
    [
        (60, 18, "top-1 accuracy 2.1 pp lower (95 % interval 1.3 to 3.0, n 2,000; McNemar p < 0.0001)"),
        (20, 14, "top-1 accuracy 0.3 pp lower (95 % interval 0.3 higher to 0.9 lower, n 2,000; McNemar p 0.39)"),
        (14, 20, "top-1 accuracy 0.3 pp higher (95 % interval 0.3 lower to 0.9 higher, n 2,000; McNemar p 0.39)"),
        (9, 9, "top-1 accuracy the same (95 % interval 0.5 lower to 0.5 higher, n 2,000; McNemar p 1.00)"),
        (0, 0, "top-1 accuracy the same (95 % interval 0.2 lower to 0.2 higher, n 2,000; McNemar p 1.00)"),
    ],
)
def test_the_sentence(lost: int, gained: int, says: str) -> None:
    n = 2000
    place = np.arange(n)
    before = (place < 1500) | (place < lost)
    after = ((place >= lost) & (place < 1500)) | (place >= n - gained)
    found = compare(evaluation(DENSE, data(n), {"top1": before}), evaluation(PRUNED, data(n), {"top1": after}))
    assert found.main.sentence == says
    assert found.sentence.startswith(says)


def test_the_sentence_of_a_mean() -> None:
    rng = np.random.default_rng(1)
    change = rng.normal(0.004, 0.01, 500)
    a = evaluation(DENSE, data(500), {"loss": np.ones(500)})
    found = compare(a, evaluation(PRUNED, data(500), {"loss": 1 + change}))
    mean, half = change.mean(), 1.96 * change.std() / 500**0.5
    assert found.sentence.startswith(f"loss {mean:.5f} nats higher (95 % interval {mean - half:.4f}"[:-2])
    assert found.sentence.endswith("n 500).")
