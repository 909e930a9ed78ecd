"""The choice of a repair for each site."""

from __future__ import annotations

import numpy as np
import torch

from tests.core.small_models import build, images
from vitprune import PruningPlan, apply, describe
from vitprune.lab import Lab
from vitprune.ladder import climb
from vitprune.plan import Action
from vitprune.searches import Rung


def climbed(model: torch.nn.Module, plan: PruningPlan) -> tuple[PruningPlan, list[Rung]]:
    rungs: list[Rung] = []
    lab = Lab(model, images(32, seed=5).split(8))
    return climb(lab, plan, images(48).split(8), on_site=rungs.extend), rungs


def test_what_a_constant_does_as_well_is_a_constant() -> None:
    """An attention that gives the same whatever it sees is worth its mean, and nothing more."""
    model = build("vit")
    attention = model.get_submodule("blocks.1.attn")
    with torch.no_grad():
        attention.get_submodule("proj").get_parameter("weight").zero_()
    architecture = describe(model)
    plan, rungs = climbed(model, PruningPlan.of(architecture, {"blocks.1.attn": "linear"}))
    assert plan.action("blocks.1.attn") is Action.MEAN
    of_mean = next(rung for rung in rungs if rung.chosen)
    assert of_mean.damage.value < 1e-6
    assert (of_mean.cost.params, of_mean.cost.macs) == (0, 0)
    removed = next(rung for rung in rungs if rung.cost.action == Action.REMOVE)
    assert removed.damage.value > 1e-4
    assert removed.worse < 0.05


def test_every_rung_is_measured_on_images_of_its_own() -> None:
    """Against the model with that one repair, applied and run."""
    model = build("layer scale, registers")
    architecture = describe(model)
    site = "blocks.1.mlp"
    plan, rungs = climbed(model, PruningPlan.of(architecture, {site: "linear"}))
    assert {rung.cost.action for rung in rungs} == {str(action) for action in Action}
    assert [rung.site for rung in rungs if rung.chosen] == [site]
    assert next(rung.cost.action for rung in rungs if rung.chosen) == plan.action(site)
    held = images(32, seed=5)
    with torch.no_grad():
        expected = model(held).log_softmax(-1)
        for rung in rungs:
            repaired = apply(PruningPlan.of(architecture, {site: rung.cost.action}), model, images(48).split(8))
            found = repaired(held).log_softmax(-1)
            kl = (expected.exp() * (expected - found)).sum(-1).mean()
            np.testing.assert_allclose(rung.damage.value, kl, rtol=1e-3, atol=1e-6)
    best = min(rungs, key=lambda rung: rung.damage.value)
    cheaper = [rung for rung in rungs if (rung.cost.macs, rung.cost.params) < _cost(rungs)]
    assert all(rung.worse <= 0.05 for rung in cheaper)
    assert best.worse == 1.0


def _cost(rungs: list[Rung]) -> tuple[int, int]:
    chosen = next(rung for rung in rungs if rung.chosen)
    return chosen.cost.macs, chosen.cost.params
