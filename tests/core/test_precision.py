"""Models that run in bfloat16: close to float32 where they should be, and exact where nothing may be lost."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch

from tests.core.session_examples import session as example
from vitprune import devices, sessions, workflow
from vitprune.cli import main
from vitprune.errors import ArgumentInvalid
from vitprune.images import ImageSet
from vitprune.jobs import Compute, Job
from vitprune.loading import LoadedModel
from vitprune.merging import save_merged
from vitprune.plan import PruningPlan
from vitprune.precision import exactly, full, running_in
from vitprune.repair.ridge import Moments
from vitprune.sessions import schema
from vitprune.surgery import repaired

CPU = torch.device("cpu")
FULL, LOW = Compute("cpu", 8, 1), Compute("cpu", 8, 1, precision="bf16")


@pytest.fixture(scope="module")
def model() -> LoadedModel:
    return workflow.open_model("sample")


@pytest.fixture(scope="module")
def images(model: LoadedModel) -> ImageSet:
    return workflow.open_images("sample", model, purpose="test", images=48)


def test_scores_in_bf16_are_those_in_fp32_but_for_the_digits_that_go(model: LoadedModel, images: ImageSet) -> None:
    exact = workflow.analyze(model, images, metrics=("cosine", "norm_ratio"), compute=FULL).scores
    low = workflow.analyze(model, images, metrics=("cosine", "norm_ratio"), compute=LOW)
    assert exact is not None
    assert low.scores is not None
    assert low.environment.precision == "bf16"
    for table, tolerance in (("cosine", 2e-3), ("norm_ratio", 1e-2)):
        for site, score in exact[table].items():
            found = low.scores[table][site]
            assert found.mean == pytest.approx(score.mean, abs=tolerance, rel=tolerance)
            # The model ran in bf16 indeed, and what was summed up of it has more digits than that.
            assert found.mean != score.mean
            rounded = torch.from_numpy(found.per_image.copy()).bfloat16().double().numpy()
            assert not np.array_equal(rounded, found.per_image)
    boundaries = low.scores.boundaries
    assert boundaries is not None
    assert np.allclose(np.diagonal(boundaries.mean), 1, atol=1e-6)


def test_an_evaluation_says_its_precision_and_predicts_nearly_the_same(model: LoadedModel, images: ImageSet) -> None:
    (exact,), (low,) = (workflow.evaluate(model, images, compute=compute) for compute in (FULL, LOW))
    assert (exact.precision, low.precision) == ("fp32", "bf16")
    assert (exact.predictions == low.predictions).mean() >= 0.95
    assert exact.loss
    assert low.loss
    assert exact.latency
    assert low.latency
    assert low.loss.value == pytest.approx(exact.loss.value, abs=0.02)
    assert low.loss.value != exact.loss.value
    assert exact.latency.device == "cpu"
    assert low.latency.device == "cpu, bf16"
    session = workflow.new_session(model, LOW).with_evaluation(exact).with_evaluation(low)
    assert [e.precision for e in session.evaluations] == ["fp32", "bf16"], "the one does not take the other's place"


def test_a_repair_is_fitted_as_well_in_bf16(model: LoadedModel, images: ImageSet) -> None:
    """The map is solved for in float64 whatever the precision: what it explains is the same."""
    plan = PruningPlan.of(model.architecture, {model.architecture.prunable[2].id: "linear"})
    fits = []
    for compute in (FULL, LOW):
        with devices.running_on(compute):
            fits.append(repaired(plan, model.module, images.batches(16, Job()))[1][0].explained)
    assert fits[0] == pytest.approx(fits[1], abs=5e-3)


def test_moments_are_summed_up_exactly_while_models_run_in_bf16() -> None:
    x, t = torch.randn(200, 8), torch.randn(200, 3)
    plain, within = Moments(8, 3), Moments(8, 3)
    plain.add(x, t)
    with running_in("bf16", CPU):
        within.add(x, t)
        assert (x @ x.mT).dtype == torch.bfloat16
        with exactly(CPU):
            assert torch.equal(x @ x.mT, x.clone() @ x.mT)
            assert (x @ x.mT).dtype == torch.float32
    assert torch.equal(plain.xx, within.xx)
    assert torch.equal(plain.xt, within.xt)
    assert full(x.bfloat16()).dtype == torch.float32
    assert full(x.double()).dtype == torch.float64


def test_a_weight_that_was_changed_counts_at_once() -> None:
    layer = torch.nn.Linear(4, 4)
    x = torch.randn(2, 4)
    with running_in("bf16", CPU):
        before = layer(x)
        with torch.no_grad():
            layer.weight.mul_(2)
            layer.bias.mul_(2)
        assert torch.allclose(layer(x), 2 * before)


def test_an_unknown_precision_is_refused() -> None:
    with (
        pytest.raises(ArgumentInvalid, match="no precision 'fp8'"),
        devices.running_on(Compute("cpu", precision="fp8")),
    ):
        pass


def test_autocast_ends_with_the_work() -> None:
    with devices.running_on(LOW):
        assert torch.is_autocast_enabled("cpu")
    assert not torch.is_autocast_enabled("cpu")


def test_a_session_keeps_its_precision(tmp_path: Path) -> None:
    made = example()
    evaluations = tuple(replace(e, precision="bf16") for e in made.evaluations)
    made = replace(made, environment=replace(made.environment, precision="bf16"), evaluations=evaluations)
    sessions.save(made, tmp_path / "a.vitprune.h5")
    opened = sessions.load(tmp_path / "a.vitprune.h5")
    assert opened.environment.precision == "bf16"
    assert {e.precision for e in opened.evaluations} == {"bf16"}


def test_scores_keep_the_precision_that_they_were_made_in(tmp_path: Path) -> None:
    """An evaluation in another precision that comes into the same file says nothing of the scores in it."""
    path, made = tmp_path / "a.vitprune.h5", example()
    low = replace(made, environment=replace(made.environment, precision="bf16", device="cuda:0"))
    sessions.save(made, path)
    save_merged(replace(low, scores=None, data=None), path)
    opened = sessions.load(path)
    assert (opened.environment.precision, opened.environment.device) == ("fp32", "cuda:0")
    save_merged(low, path)
    assert sessions.load(path).environment.precision == "bf16"
    without = tmp_path / "b.vitprune.h5"
    sessions.save(replace(made, scores=None), without)
    save_merged(replace(low, scores=None), without)
    assert sessions.load(without).environment.precision == "bf16"


def test_a_session_of_an_earlier_release_was_fp32_and_an_unknown_one_is_refused() -> None:
    made = example()
    tree = schema.encode(made)
    for path, node in tree.items():
        tree[path] = replace(node, attributes={n: v for n, v in node.attributes.items() if n != "precision"})
    earlier = schema.decode(tree)
    assert earlier.environment.precision == "fp32"
    assert {e.precision for e in earlier.evaluations} == {"fp32"}
    tree = schema.encode(made)
    where = tree["environment"]
    tree["environment"] = replace(where, attributes={**where.attributes, "precision": "fp8"})
    with pytest.raises(ValueError, match="fp8"):
        schema.decode(tree)


def test_the_command_line_takes_a_precision(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    target = tmp_path / "a.vitprune.h5"
    command = ["evaluate", "sample", "sample", "--images", "8", "--device", "cpu", "-o", str(target), "--json"]
    command += ["--batch-size", "4"]
    with pytest.raises(SystemExit, match="0"):
        main([*command, "--precision", "bf16"])
    assert '"precision": "bf16"' in capsys.readouterr().out
    assert sessions.load(target).evaluations[0].precision == "bf16"
    with pytest.raises(SystemExit, match="2"):
        main([*command, "--precision", "fp8"])


def test_the_devices_of_this_machine_can_be_run_on() -> None:
    found = devices.available()
    assert found[0][0] == "cpu"
    for name, title in found:
        assert title
        assert str(devices.device_of(Compute(name))) == name
