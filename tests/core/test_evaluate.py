from __future__ import annotations

from typing import Any

import numpy as np
import pytest
import torch
from small_models import build, images
from torch import Tensor

from vitprune import PruningPlan, apply, describe
from vitprune.evaluate import evaluate, nearest_neighbours
from vitprune.jobs import Cancelled, Job
from vitprune.latency import measure
from vitprune.results import DataReference, Evaluation

N = 60


def data(labels: Any, classes: int = 10) -> DataReference:
    paths = tuple(f"{i}.png" for i in range(N))
    names = tuple(f"class {i}" for i in range(classes))
    return DataReference("images", paths, tuple(int(x) for x in labels), names, (), 0, "digest")


def run(name: str, labels: Any, classes: int = 10, sizes: int = 16, job: Job | None = None) -> tuple[Any, ...]:
    model, batch = build(name), images(N)
    architecture = describe(model)
    plan = PruningPlan.of(architecture, {"blocks.1.attn": "remove"})
    pruned = apply(plan, model)
    results = evaluate(
        model,
        [(plan, pruned)],
        batch.split(sizes),
        data(labels, classes),
        architecture,
        device=torch.device("cpu"),
        job=job,
    )
    return model, pruned, batch, results


@torch.no_grad()
def test_accuracy_equals_counting() -> None:
    labels = torch.randint(0, 10, (N,), generator=torch.Generator().manual_seed(2))
    model, pruned, batch, results = run("vit", labels)
    for module, result in zip((model, pruned), results, strict=True):
        logits = module(batch)
        assert result.predictions.tolist() == logits.argmax(1).tolist()
        assert result.top1.value == pytest.approx((logits.argmax(1) == labels).double().mean().item())
        fifth = logits.sort(dim=1, descending=True).values[:, 4]
        assert result.top5.value == pytest.approx((logits[range(N), labels] >= fifth).double().mean().item())
        assert result.loss.value == pytest.approx(torch.nn.functional.cross_entropy(logits, labels).item(), rel=1e-4)
        assert result.top1.n == N
        assert result.top1.low < result.top1.value < result.top1.high
    assert results[0].params > results[1].params


@torch.no_grad()
def test_closeness_to_the_dense_model() -> None:
    model, pruned, batch, (dense, result) = run("vit", [])
    p, q = model(batch).double().softmax(1), pruned(batch).double().softmax(1)
    assert dense.top1 is dense.kl is dense.agreement is None
    assert result.top1 is None
    expected = (p * (p.log() - q.log())).sum(1)
    np.testing.assert_allclose(result.per_image["kl"], expected, rtol=1e-3, atol=1e-5)
    assert result.agreement.value == pytest.approx((p.argmax(1) == q.argmax(1)).double().mean().item())
    a, b = (m.forward_head(m.forward_features(batch), pre_logits=True) for m in (model, pruned))
    cosines = torch.nn.functional.cosine_similarity(a, b)
    np.testing.assert_allclose(result.per_image["feature_cosine"], cosines, atol=1e-6)


def test_the_batch_size_changes_nothing() -> None:
    labels = [i % 10 for i in range(N)]
    once, often = (run("vit", labels, sizes=size)[-1] for size in (N, 7))
    for a, b in zip(once, often, strict=True):
        assert a.predictions.tolist() == b.predictions.tolist()
        for name in a.per_image:
            np.testing.assert_allclose(a.per_image[name], b.per_image[name], rtol=1e-3, atol=1e-5)


def test_a_head_that_does_not_fit_gives_neighbours_and_says_so() -> None:
    dense = run("vit", [i % 3 for i in range(N)], classes=3)[-1][0]
    assert dense.top1 is None
    assert dense.knn is not None
    assert "does not" in dense.warnings[0]


def test_a_model_without_a_head_is_still_measured() -> None:
    results: tuple[Evaluation, ...] = run("no head", [i % 3 for i in range(N)], classes=3)[-1]
    assert results[1].feature_cosine is not None
    assert results[1].agreement is results[1].kl is None
    assert results[0].knn is not None
    assert len(results[0].predictions) == 0


def test_neighbours_equal_a_loop() -> None:
    generator = np.random.default_rng(0)
    labels = generator.integers(0, 3, 50)
    features = generator.normal(size=(50, 4)) + 1.5 * np.eye(4)[labels]
    features /= np.linalg.norm(features, axis=1, keepdims=True)
    found = nearest_neighbours(torch.tensor(features, dtype=torch.float32), labels, 5)
    for i in range(50):
        near = [j for j in np.argsort(-features @ features[i]) if j != i][:5]
        votes = np.zeros(3)
        for j in near:
            votes[labels[j]] += np.exp(features[i] @ features[j] / 0.07)
        assert found[i] == (votes.argmax() == labels[i])


@torch.no_grad()
def test_classes_in_another_order_are_noticed() -> None:
    model = build("vit")
    predictions = model(images(N)).argmax(1)
    order = torch.randperm(10, generator=torch.Generator().manual_seed(5))
    dense = run("vit", order[predictions])[-1][0]
    assert "another order" in dense.warnings[0]
    assert run("vit", predictions)[-1][0].warnings == ()


def test_a_cancel_stops_it() -> None:
    job = Job()
    job.stop.set()
    with pytest.raises(Cancelled):
        run("vit", [], job=job)


def test_latency_records_what_was_done() -> None:
    small, large = build("vit"), build("vit", depth=12, embed_dim=192)
    job = Job()
    fast, slow = measure([small, large], (3, 32, 32), batch_size=4, device=torch.device("cpu"), seconds=0.3, job=job)
    assert fast.median_ms < slow.median_ms
    assert len(fast.samples_ms) == len(slow.samples_ms) >= 5
    low, high = fast.quartiles_ms
    assert low <= fast.median_ms <= high
    assert (fast.batch_size, fast.threads, fast.device) == (4, torch.get_num_threads(), "cpu")
    assert fast.images_per_second == pytest.approx(4000 / fast.median_ms)


def test_latency_leaves_random_numbers_alone() -> None:
    model = build("vit")
    torch.manual_seed(3)
    expected: Tensor = torch.randn(1)
    torch.manual_seed(3)
    measure([model], (3, 32, 32), batch_size=1, device=torch.device("cpu"), seconds=0.1)
    assert torch.equal(torch.randn(1), expected)
