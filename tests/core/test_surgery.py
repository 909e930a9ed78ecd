"""A pruned model is the original minus those branches: against hooks that zero them, and against a fresh process."""

from __future__ import annotations

import random
import subprocess
import sys
import tempfile
import threading
import time
from pathlib import Path
from typing import Any

import psutil
import pytest
import torch
from small_models import MODELS, build, hooks_of, images
from torch import Tensor, nn

from vitprune import PruningPlan, apply, describe, verify
from vitprune.errors import ModelUnsupported, PlanInvalid
from vitprune.families import vision_transformer
from vitprune.jobs import Cancelled, Job
from vitprune.surgery import cut


def plan_of(model: nn.Module, *sites: str) -> PruningPlan:
    return PruningPlan.of(describe(model), dict.fromkeys(sites, "remove"))


def random_plans(model: nn.Module, count: int) -> list[PruningPlan]:
    generator = random.Random(7)
    ids = [site.id for site in describe(model).sublayers]
    return [plan_of(model, *generator.sample(ids, generator.randint(1, len(ids) - 1))) for _ in range(count)]


def zero(_: nn.Module, __: object, output: Tensor) -> Tensor:
    return output * 0


@torch.no_grad()
def with_zeroed_branches(model: nn.Module, plan: PruningPlan, batch: Tensor) -> Tensor:
    """The original, with what each removed branch adds to the stream made zero, the modules found by their names."""
    handles = []
    for site in plan.removed_branches(describe(model)):
        number = 1 if site.id.endswith("attn") else 2
        name = site.id if site.parent == "attn_pool" else f"{site.parent}.drop_path{number}"
        last = model.get_submodule(name)
        handles.append(last.register_forward_hook(zero))
    try:
        return model(batch)
    finally:
        for handle in handles:
            handle.remove()


@pytest.mark.parametrize("name", MODELS)
def test_removal_equals_zeroed_branches(name: str) -> None:
    model, batch = build(name), images(3)
    plans = [plan_of(model, site.id) for site in describe(model).prunable] + random_plans(model, 5)
    for plan in plans:
        with torch.no_grad():
            pruned = apply(plan, model)(batch)
        expected = with_zeroed_branches(model, plan, batch)
        scale = expected.abs().max()
        assert float((pruned - expected).abs().max() / scale) <= 1e-6
        assert not torch.allclose(pruned, model(batch), rtol=1e-3)


@pytest.mark.parametrize("name", MODELS)
def test_predicted_and_counted_agree(name: str) -> None:
    model = build(name)
    architecture = describe(model)
    for plan in random_plans(model, 3):
        pruned = apply(plan, model)
        left = describe(pruned)
        summary = plan.summary(architecture)
        assert sum(p.numel() for p in pruned.parameters()) == summary.params
        assert left.macs == summary.macs
        gone = {site.id for site in plan.removed_branches(architecture)}
        assert {site.id for site in left.sublayers} == {site.id for site in architecture.sublayers} - gone


def test_the_original_is_untouched_and_shares_no_memory() -> None:
    model = build("vit")
    before = {name: value.clone() for name, value in model.state_dict().items()}
    pruned = apply(plan_of(model, "blocks.0.attn", "blocks.2"), model)
    with torch.no_grad():
        for parameter in pruned.parameters():
            parameter.zero_()
    after = model.state_dict()
    assert after.keys() == before.keys()
    assert all(torch.equal(before[name], after[name]) for name in before)
    assert hooks_of(model) == hooks_of(pruned) == 0


def test_names_of_what_stays_do_not_change() -> None:
    model = build("vit")
    kept = apply(plan_of(model, "blocks.1"), model).state_dict()
    assert set(kept) == {name for name in model.state_dict() if not name.startswith("blocks.1.")}


def test_a_pruned_model_can_be_pruned_further() -> None:
    model, batch = build("vit"), images(2)
    once = apply(plan_of(model, "blocks.0.attn"), model)
    twice = apply(plan_of(once, "blocks.1.mlp"), once)
    both = apply(plan_of(model, "blocks.0.attn", "blocks.1.mlp"), model)
    with torch.no_grad():
        assert torch.equal(twice(batch), both(batch))


def test_an_empty_plan_changes_nothing() -> None:
    model, batch = build("eva, gamma"), images(2)
    with torch.no_grad():
        assert torch.equal(apply(plan_of(model), model)(batch), model(batch))


def test_a_pruned_model_still_trains() -> None:
    model = build("layer scale, registers").train()
    pruned = apply(plan_of(model, "blocks.1.attn"), model)
    pruned(images(2)).sum().backward()
    assert all(p.grad is not None for p in pruned.parameters())


def test_a_plan_of_another_model_is_refused() -> None:
    with pytest.raises(PlanInvalid):
        apply(plan_of(build("vit", depth=2), "blocks.1"), build("vit"))


@pytest.mark.parametrize("removals", [{"blocks.7": ["attn"]}, {"blocks.1": ["forward"]}, {"norm": ["weight"]}])
def test_only_branches_can_be_cut(removals: Any) -> None:
    with pytest.raises(ModelUnsupported):
        cut(build("vit"), removals)


def test_the_proof_holds() -> None:
    prove("vit")


@pytest.mark.usefixtures("forked_proofs")
@pytest.mark.parametrize("name", ["eva, swiglu, rope", "eva, post-norm"])
def test_the_proof_holds_for_other_blocks(name: str) -> None:
    prove(name)


def prove(name: str) -> None:
    model = build(name)
    plan = plan_of(model, "blocks.0.attn", "blocks.2.mlp")
    proof = verify(model, plan)
    assert proof.failures == ()
    assert proof.ok
    assert proof.round_trip is True
    assert proof.max_difference <= 1e-6
    summary = plan.summary(describe(model))
    assert (proof.params, proof.macs) == (summary.params, summary.macs)


@pytest.mark.usefixtures("forked_proofs")
def test_the_proof_fails_for_wrong_surgery(monkeypatch: pytest.MonkeyPatch) -> None:
    def halved(self: Any, x: Tensor, attn_mask: Tensor | None = None, is_causal: bool = False) -> Tensor:
        return x if self.attn is None else x / 2

    monkeypatch.setattr(vision_transformer.SkippingBlock, "forward", halved)
    model = build("vit")
    proof = verify(model, plan_of(model, "blocks.0.attn"))
    assert not proof.ok
    assert any("differ" in failure for failure in proof.failures)


def test_a_proof_that_is_cancelled_leaves_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """While the folder is rebuilt in another process, which takes seconds."""
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    model, job, ended = build("vit"), Job(), []

    def prove() -> None:
        try:
            verify(model, plan_of(model, "blocks.0.attn"), job=job)
        except Cancelled:
            ended.append(time.monotonic())

    thread = threading.Thread(target=prove)
    thread.start()
    me, deadline = psutil.Process(), time.monotonic() + 60
    while not (children := [child for child in me.children() if "rebuild.py" in child.cmdline()]):
        assert thread.is_alive()
        assert time.monotonic() < deadline
        time.sleep(0.01)
    assert list(tmp_path.iterdir())
    cancelled = time.monotonic()
    job.stop.set()
    thread.join(30)
    (end,) = ended
    assert end - cancelled < 1
    assert not any(child.is_running() for child in children)
    assert list(tmp_path.iterdir()) == []


def test_the_exported_script_needs_no_vitprune(tmp_path: Path) -> None:
    from vitprune.export.folder import export
    from vitprune.verification import _config_of, _reference_of

    model = build("vit")
    plan = plan_of(model, "blocks.1")
    reference = _reference_of(model)
    assert reference is not None
    export(
        model,
        plan,
        tmp_path / "out",
        architecture=describe(model),
        reference=reference,
        data_config=_config_of(model),
    )
    blocked = (
        "import sys, runpy; sys.modules['vitprune'] = None; sys.argv = ['rebuild.py'];"
        "runpy.run_path('rebuild.py', run_name='__main__')"
    )
    run = subprocess.run(
        [sys.executable, "-c", blocked], cwd=tmp_path / "out", capture_output=True, text=True, check=True
    )
    with torch.no_grad():
        generator = torch.Generator().manual_seed(0)
        expected = apply(plan, model)(torch.randn(2, 3, 32, 32, generator=generator))
    rows = [[float(value) for value in line.split(": ", 1)[1].split()] for line in run.stdout.splitlines()]
    torch.testing.assert_close(torch.tensor(rows), expected, rtol=1e-4, atol=1e-4)
    assert "vitprune" not in (tmp_path / "out" / "rebuild.py").read_text().lower().replace("without vitprune", "")
